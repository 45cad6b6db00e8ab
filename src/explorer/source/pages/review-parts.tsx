// Small parts of a review.

import type { JSX } from "preact";
import { Badge } from "../app/icons";
import { breakable } from "../app/parts";
import type { Pack } from "../model/pack";
import type { Part } from "../model/words";

/** A sentence with its emphasis; nodes as everywhere, by the badge of their system. */
export function Parts({ of, pack }: { of: readonly Part[]; pack?: Pack }): JSX.Element {
  return (
    <span>
      {of.map((part, at) => {
        if (typeof part === "string") return part;
        return <b key={at} title={part.exact}>{pack && part.node !== undefined ? <Node pack={pack} node={part.node} /> : part.strong}</b>;
      })}
    </span>
  );
}

function Node({ pack, node }: { pack: Pack; node: number }): JSX.Element {
  const level = pack.level(node);
  return (
    <>
      <Badge pack={pack} system={pack.system[node]} />{"\u00a0"}
      {level === 2 && <><span class="table-name">{breakable(pack.tableName(node))}</span> </>}
      {breakable(level === 1 ? pack.tableName(node) : pack.name[node])}{pack.mark(node)}
    </>
  );
}

export function Meter({ share }: { share: number }): JSX.Element {
  return <span class="meter" aria-hidden="true"><span style={{ width: `${share * 100}%` }} /></span>;
}
