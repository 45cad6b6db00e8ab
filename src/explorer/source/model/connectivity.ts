// Bridges and articulation points: edges and nodes without which a graph falls apart.

export interface Cut {
  /** Edges without which their ends would not be connected, by position. */
  bridges: number[];
  /** Number of nodes on the smaller side of each bridge. */
  splitsOff: number[];
  /** Nodes without which their neighbours would not all be connected. */
  points: number[];
}

/**
 * Find the bridges and articulation points of a graph without parallel edges; nodes are 0 to n - 1.
 *
 * R. E. Tarjan: Depth-first search and linear graph algorithms. SIAM Journal on Computing 1(2),
 * 1972. Iterative, so that a long chain does not overflow the stack.
 */
export function cutOf(n: number, a: ArrayLike<number>, b: ArrayLike<number>): Cut {
  const begin = new Int32Array(n + 1);
  for (let edge = 0; edge < a.length; edge += 1) {
    begin[a[edge] + 1] += 1;
    begin[b[edge] + 1] += 1;
  }
  for (let node = 0; node < n; node += 1) begin[node + 1] += begin[node];
  const next = begin.slice(0, n);
  const edges = new Int32Array(2 * a.length);
  for (let edge = 0; edge < a.length; edge += 1) {
    edges[next[a[edge]]++] = edge;
    edges[next[b[edge]]++] = edge;
  }

  const entered = new Int32Array(n).fill(-1);
  const lowest = new Int32Array(n);
  const above = new Int32Array(n).fill(-1);
  const below = new Int32Array(n).fill(1);
  const slot = begin.slice(0, n);
  const isPoint = new Uint8Array(n);
  const bridges: { edge: number; root: number; beneath: number }[] = [];
  let clock = 0;
  for (let root = 0; root < n; root += 1) {
    if (entered[root] >= 0) continue;
    let node = root;
    let children = 0;
    entered[node] = lowest[node] = clock++;
    for (;;) {
      if (slot[node] < begin[node + 1]) {
        const edge = edges[slot[node]++];
        if (edge === above[node]) continue;
        const there = a[edge] === node ? b[edge] : a[edge];
        if (entered[there] >= 0) {
          lowest[node] = Math.min(lowest[node], entered[there]);
          continue;
        }
        above[there] = edge;
        entered[there] = lowest[there] = clock++;
        if (node === root) children += 1;
        node = there;
        continue;
      }
      if (node === root) break;
      const edge = above[node];
      const parent = a[edge] === node ? b[edge] : a[edge];
      below[parent] += below[node];
      lowest[parent] = Math.min(lowest[parent], lowest[node]);
      if (lowest[node] > entered[parent]) bridges.push({ edge, root, beneath: below[node] });
      if (parent !== root && lowest[node] >= entered[parent]) isPoint[parent] = 1;
      node = parent;
    }
    if (children > 1) isPoint[root] = 1;
  }
  bridges.sort((x, y) => x.edge - y.edge);
  return {
    bridges: bridges.map(({ edge }) => edge),
    splitsOff: bridges.map(({ root, beneath }) => Math.min(beneath, below[root] - beneath)),
    points: [...isPoint.keys()].filter((node) => isPoint[node] === 1),
  };
}
