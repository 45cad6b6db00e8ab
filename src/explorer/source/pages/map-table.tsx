// The pairs of tables of two systems as a table, which on a phone is all there is.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { breakable, number } from "../app/parts";
import { APPROVED, REJECTED, SUGGESTED } from "../generated";
import type { TablePair, TwoSystems } from "../model/table-pairs";
import type { View } from "../model/types";
import { onArrows } from "./map-parts";

const PAGE = 100;

export function PairTable({ view: { pack }, two, pair, choose }: { view: View; two: TwoSystems; pair: TablePair | null; choose: (pair: TablePair) => void }): JSX.Element {
  const [most, setMost] = useState(PAGE);
  const listed = two.pairs.slice(0, most);
  const stop = pair && listed.includes(pair) ? pair : listed[0];
  return (
    <div class="map-scroll">
      <table class="map-list">
        <thead>
          <tr>
            <th scope="col"><bdi>{pack.marked(two.left.system)}</bdi></th>
            <th scope="col"><bdi>{pack.marked(two.right.system)}</bdi></th>
            <th scope="col" class="is-number">links</th>
            <th scope="col" class="is-number not-phone">approved</th>
            <th scope="col" class="is-number not-phone">suggested</th>
            <th scope="col" class="is-number not-phone">rejected</th>
          </tr>
        </thead>
        <tbody data-roving onKeyDown={onArrows}>
          {listed.map((one) => (
            <tr key={`${one.left} ${one.right}`} class={one === pair ? "is-at" : ""} onClick={() => choose(one)}>
              <th scope="row"><button type="button" class="link" data-stop tabIndex={one === stop ? 0 : -1} title={pack.marked(one.left)} onClick={() => choose(one)}><bdi>{breakable(pack.tableName(one.left))}</bdi>{pack.mark(one.left)}</button></th>
              <td title={pack.marked(one.right)}><bdi>{breakable(pack.tableName(one.right))}</bdi>{pack.mark(one.right)}</td>
              <td class="is-number"><b>{number(one.links.length)}</b></td>
              {[APPROVED, SUGGESTED, REJECTED].map((status) => <td key={status} class="is-number not-phone">{one.byStatus[status] > 0 && number(one.byStatus[status])}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
      {two.pairs.length > most && <button type="button" class="text-button" onClick={() => setMost(most + PAGE)}>Show {number(Math.min(PAGE, two.pairs.length - most))} more of {number(two.pairs.length)}</button>}
    </div>
  );
}
