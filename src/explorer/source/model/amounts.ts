// How many links and children each node has: counted at once, without a list of them.

import type { Pack } from "./pack";

export interface Amounts {
  /** Links that touch a node or anything below it, each once. */
  readonly links: Int32Array;
  readonly children: Int32Array;
}

const known = new WeakMap<Pack, Amounts>();

export function amountsOf(pack: Pack): Amounts {
  let found = known.get(pack);
  if (!found) {
    found = count(pack);
    known.set(pack, found);
  }
  return found;
}

function count({ nNodes, nLinks, source, target, parent }: Pack): Amounts {
  const links = new Int32Array(nNodes);
  const children = new Int32Array(nNodes);
  const latest = new Int32Array(nNodes).fill(-1);
  for (let link = 0; link < nLinks; link += 1) {
    for (const end of [source[link], target[link]]) {
      for (let node = end; node >= 0 && latest[node] !== link; node = parent[node]) {
        latest[node] = link;
        links[node] += 1;
      }
    }
  }
  for (let node = 0; node < nNodes; node += 1) if (parent[node] >= 0) children[parent[node]] += 1;
  return { links, children };
}
