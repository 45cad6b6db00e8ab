// The fields of a concept by system, with what each rests on and what can be done about it.

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { openDependents, openTable, type App } from "../app/app";
import { Badge, Icon } from "../app/icons";
import { breakable, counted } from "../app/parts";
import { APPROVED, REJECTED } from "../generated";
import { conceptEffect, effectUnknown } from "../model/concept-effect";
import { crosswalkOf, type Mark } from "../model/crosswalk";
import { fieldsName } from "../model/sentence";
import { approvedOf, linksToTakeOut } from "../model/take-out";
import type { View } from "../model/types";
import { decideAll } from "./concept-acts";
import { First, Said, useLater } from "./concept-parts";

const MAX_FIELDS = 12; // of one system, before the others are asked for
const MAX_FLAT = 40; // of all systems

const MARKS: Record<Mark, { sign: "contradiction" | "approved" | "suggested"; says: string }> = {
  rejected: { sign: "contradiction", says: "against a rejection" },
  approved: { sign: "approved", says: "approved" },
  suggested: { sign: "suggested", says: "only suggested" },
};

interface Acts {
  app: App;
  view: View;
  cluster: number;
  /** The field whose menu is open, -1 for none. */
  open: number;
  setOpen: (node: number) => void;
  showLinks: (node: number) => void;
  why: (node: number) => void;
  /** Whether each field has the badge of its system, where no heading says it. */
  badges?: boolean;
}

export function ConceptFields(acts: Acts): JSX.Element {
  const { view, cluster } = acts;
  const { pack } = view;
  const row = crosswalkOf(view).row(cluster);
  const title = fieldsName(pack);
  return (
    <section class="card concept-fields" aria-label={`${title[0].toUpperCase()}${title.slice(1)} by system`}>
      <h2 class="section-title">{title[0].toUpperCase()}{title.slice(1)} by system</h2>
      {row.cells.map((cell) => (
        <section key={cell.system} class="of-system">
          <h3>
            <Badge pack={pack} system={cell.system} named />
            <bdi>{cell.system < 0 ? "Unknown system" : breakable(pack.name[cell.system])}</bdi>
            <span class="number">{cell.members.length}</span>
          </h3>
          <ul>
            <First items={[...cell.members]} most={MAX_FIELDS} what={title}>
              {(node) => <OneField key={node} node={node} {...acts} />}
            </First>
          </ul>
        </section>
      ))}
    </section>
  );
}

/** All fields of a concept in one list. */
export function FlatFields(acts: Acts): JSX.Element {
  const { view, cluster } = acts;
  const title = fieldsName(view.pack);
  const members = crosswalkOf(view).row(cluster).cells.flatMap((cell) => [...cell.members]);
  return (
    <section class="card concept-fields" aria-label={`${title[0].toUpperCase()}${title.slice(1)}`}>
      <ul>
        <First items={members} most={MAX_FLAT} what={title}>
          {(node) => <OneField key={node} node={node} {...acts} badges />}
        </First>
      </ul>
    </section>
  );
}

function OneField({ node, ...acts }: Acts & { node: number }): JSX.Element {
  const { view, open, setOpen, badges } = acts;
  const { pack } = view;
  const isColumn = pack.level(node) === 2;
  const table = isColumn && <bdi class="quiet">{breakable(pack.tableName(node))}</bdi>;
  const mark = MARKS[crosswalkOf(view).markOf(node)];
  const isOpen = open === node;
  const button = useRef<HTMLButtonElement>(null);
  return (
    <li class={isOpen ? "is-open" : ""}>
      <button
        type="button"
        ref={button}
        class="field-button"
        aria-expanded={isOpen}
        title={pack.marked(node)}
        onClick={() => setOpen(isOpen ? -1 : node)}
      >
        <Icon sign={mark.sign} says={mark.says} />
        <span class="words">
          {badges && <><Badge pack={pack} system={pack.system[node]} />{"\u00a0"}{table} </>}
          <bdi class="own">{breakable(pack.level(node) === 1 ? pack.tableName(node) : pack.name[node])}</bdi>{" "}
          {!badges && table}
          {pack.mark(node)}
        </span>
        <span class="dots" aria-hidden="true">{"\u22ef"}</span>
      </button>
      {isOpen && <FieldActs node={node} {...acts} toField={() => button.current?.focus()} />}
    </li>
  );
}

function FieldActs({ app, view, cluster, node, setOpen, showLinks, why, badges, toField }: Acts & { node: number; toField: () => void }): JSX.Element {
  const [rejects, setRejects] = useState(false);
  const fieldWord = fieldsName(view.pack, 1);
  return (
    <div class="field-acts">
      {rejects ? (
        <Reject app={app} view={view} cluster={cluster} node={node} close={() => { toField(); setRejects(false); }} done={() => setOpen(-1)} />
      ) : (
        <>
          <button type="button" class="link act" onClick={() => why(node)}>Why is it here, with{"\u2026"}</button>
          <button type="button" class="link act" onClick={() => showLinks(node)}>Show its links</button>
          <button type="button" class="link act" onClick={() => openDependents(app, node)}>What depends on it</button>
          <button type="button" class="link act" onClick={() => openTable(app, node)}>{view.pack.level(node) === 1 ? "Open the table" : "Open its table"}</button>
          <button type="button" class="link act" onClick={() => setRejects(true)}>Reject it from the concept{"\u2026"}</button>
          {!badges && <p class="secondary">Or choose a second {fieldWord}: why are both here?</p>}
          <button type="button" class="visually-hidden" aria-keyshortcuts="Escape" onClick={() => { toField(); setOpen(-1); }}>Close</button>
        </>
      )}
    </div>
  );
}

/** What taking a field out does, before it is done. */
function Reject({ app, view, cluster, node, close, done }: {
  app: App;
  view: View;
  cluster: number;
  node: number;
  close: () => void;
  done: () => void;
}): JSX.Element {
  const links = useMemo(() => linksToTakeOut(view, node), [view.clusters, view.status, node]);
  const later = useLater();
  const effect = useMemo(
    () => (later ? conceptEffect(view, cluster, links, REJECTED) : undefined),
    [later, view.clusters, view.status, links],
  );
  const approved = links.filter((link) => view.status[link] === APPROVED).length;
  const box = useRef<HTMLDivElement>(null);
  // What opened it is gone: the keyboard goes on in it.
  useLayoutEffect(() => box.current?.focus(), []);
  return (
    <div class="reject" ref={box} tabIndex={-1} role="group" aria-label="Reject this field from the concept">
      <p>
        This rejects {counted(links.length, "link")} to the others{approved > 0 && `, ${approvedOf(approved, links.length)}`}.{" "}
        {effect === undefined && "\u2026"}
        {effect === null && effectUnknown(view)}
        {effect?.sentences.map((sentence, at) => <span key={at}><Said pack={view.pack} sentence={sentence} /> </span>)}
      </p>
      <button
        type="button"
        class="warning"
        disabled={!links.length}
        onClick={() => {
          // After an undo its menu is closed, as if it had not been opened.
          done();
          decideAll(app, links, REJECTED, effect?.stay);
        }}
      >
        Reject {counted(links.length, "link")}
      </button>{" "}
      <button type="button" aria-keyshortcuts="Escape" onClick={close}>Cancel</button>
    </div>
  );
}
