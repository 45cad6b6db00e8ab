// One concept: is it right, what holds it, and what if.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { openConcept, openOnMap, openPage, toContent, type App } from "../app/app";
import { Icon, Key } from "../app/icons";
import { breakable, counted, number } from "../app/parts";
import type { Props } from "../app/props";
import { APPROVED, REJECTED, SUGGESTED } from "../generated";
import { clusterName } from "../model/clusters";
import { crosswalkOf, type RoleKind } from "../model/crosswalk";
import { besidesName } from "../model/listing";
import { placeInOrder } from "../model/place-in-order";
import { quality } from "../model/quality";
import { fieldsCounted, fieldsName } from "../model/sentence";
import type { Members, Quality, View } from "../model/types";
import { lowered, scoreText } from "../model/words";
import { fileName, saveText } from "../out/save";
import { conceptCsv } from "../out/csv";
import { rename } from "./concept-acts";
import { Contradictions } from "./concept-contradictions";
import { Dependents } from "./concept-dependents";
import { ConceptFields } from "./concept-fields";
import { ConceptLinks } from "./concept-links";
import { ConceptMatrix } from "./concept-matrix";
import { CloseButApart, SingleLinks } from "./concept-near";
import { Field } from "./concept-parts";
import { ConceptTree } from "./concept-tree";
import { Why, type Asked } from "./concept-why";

/** The page of the concept that a member is in. */
export function Concept(props: Props): JSX.Element {
  const { focus } = props.view.state;
  const member = focus?.kind === "cluster" ? focus.member : -1;
  return <OneConcept key={member} {...props} member={member} />;
}

function OneConcept({ app, view, member }: Props & { member: number }): JSX.Element {
  const { pack, clusters } = view;
  const cluster = clusters.labels[member];
  const [open, setOpen] = useState(-1);
  const [leaf, setLeaf] = useState(-1);
  // Two fields are in the address; one that waits for the other is not.
  const [half, setHalf] = useState<Asked | null>(null);
  const pair = view.state.why;
  const asked: Asked | null = half ?? (pair && { a: pair[0], b: pair[1] });
  const ask = (next: Asked | null) => {
    const isWhole = next !== null && next.a >= 0 && next.b >= 0;
    setHalf(isWhole ? null : next);
    if (isWhole || (!next && app.store.state.why)) app.store.set({ why: isWhole ? [next.a, next.b] : null }, "push");
  };
  const drawn = useDrawn(view, member);
  const found = useMemo(() => (cluster < 0 ? null : quality(view, cluster)), [clusters, view.status, cluster]);
  const whyNot = () => ask({ a: -1, b: -1 });
  useKeys({
    s: () => document.querySelector<HTMLElement>(".contradictions-card [data-skip]")?.click(),
    x: () => {
      const card = document.querySelector<HTMLElement>(".contradictions-card");
      (card?.querySelector<HTMLElement>("input:checked") ?? card?.querySelector<HTMLElement>("button"))?.focus({ preventScroll: true });
      card?.scrollIntoView({ block: "nearest" });
    },
  });
  const inside = (node: number) => clusters.labels[node] === cluster;
  const shownLeaf = leaf >= 0 && inside(leaf) ? leaf : -1;
  // One field and then another one: why are they together?
  const chooseLeaf = (node: number) => {
    const isSecond = shownLeaf >= 0 && node >= 0 && node !== shownLeaf;
    if (isSecond) ask({ a: shownLeaf, b: node });
    setLeaf(isSecond ? -1 : node);
  };
  const waiting = asked || open >= 0 ? -1 : shownLeaf;
  const tree = (
    <ConceptTree app={app} view={view} drawn={drawn.clusters} cluster={drawn.cluster} leaf={shownLeaf} setLeaf={chooseLeaf} />
  );
  const members = cluster < 0 ? [member] : [...clusters.members(cluster)];
  const answer = asked && (
    <Why app={app} view={view} asked={asked} members={members} ask={ask} close={() => { ask(null); toContent(); }} />
  );
  if (cluster < 0 || !found) {
    return (
      <div class="concept-page">
        <Alone app={app} view={view} member={member}>
          {answer}
          {drawn.cluster >= 0 && <div class="card concept-main">{tree}</div>}
        </Alone>
      </div>
    );
  }
  return (
    <div class="concept-page">
      <Head app={app} view={view} cluster={cluster} members={members} found={found} whyNot={whyNot} />
      {clusters.note && (pack.clustering.tree || clusters.stale) && <p class="warn">{clusters.note.replace(/\bclusters\b/g, "concepts")}</p>}
      <div class="concept-body">
        <ConceptFields
          app={app}
          view={view}
          cluster={cluster}
          open={open}
          setOpen={(node) => {
            if (open >= 0 && node >= 0 && node !== open) {
              ask({ a: open, b: node });
              setOpen(-1);
            } else setOpen(node);
          }}
          showLinks={(node) => {
            setLeaf(node);
            requestAnimationFrame(() => {
              const title = document.querySelector<HTMLElement>("#concept-links");
              title?.scrollIntoView({ block: "nearest" });
              title?.focus({ preventScroll: true });
            });
          }}
          why={(node) => {
            setOpen(-1);
            ask({ a: node, b: -1 });
          }}
        />
        <div class="card concept-main">
          {pack.clustering.tree ? tree : <ConceptMatrix app={app} view={view} cluster={cluster} />}
          <div role="status" class="choose-second">
            {waiting >= 0 && (
              <p>
                <Field pack={pack} node={waiting} /> is chosen. <b>Now choose the second field: why are both in it?</b>{" "}
                <button type="button" onClick={() => setLeaf(-1)}>Leave it</button>
              </p>
            )}
          </div>
          <ConceptLinks app={app} view={view} cluster={cluster} member={member} leaf={shownLeaf} setLeaf={setLeaf} />
        </div>
        <div class="concept-side">
          {answer}
          <Contradictions app={app} view={view} cluster={cluster} links={found.contradictions} />
          <SingleLinks app={app} view={view} found={found} />
          <CloseButApart app={app} view={view} cluster={cluster} why={(a, b) => ask({ a, b })} />
        </div>
      </div>
    </div>
  );
}

/**
 * The concept that is drawn: that of the lowest setting since the page was opened, so that what splits
 * off while the handle moves stays in sight, and comes back with it.
 */
function useDrawn(view: View, member: number): { clusters: Members; cluster: number } {
  const kept = useRef<{ clusters: Members; status: Uint8Array; setting: View["setting"] } | null>(null);
  const { clusters, status, setting } = view;
  const before = kept.current;
  const isSame = before && before.status === status && before.setting === setting;
  if (!isSame || clusters.threshold <= before.clusters.threshold || !view.pack.clustering.tree) {
    kept.current = { clusters, status, setting };
  }
  const drawn = kept.current!.clusters;
  return { clusters: drawn, cluster: drawn.labels[member] };
}

export function useKeys(acts: Record<string, () => void>): void {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement;
      const writes = at.matches("input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select");
      const act = latest.current[event.key];
      if (!act || writes || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      act();
      event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

const KINDS: Record<RoleKind, string> = { identifies: "identifies", describes: "describes", shared: "shared values" };

function Head({ app, view, cluster, members, found, whyNot }: { app: App; view: View; cluster: number; members: readonly number[]; found: Quality; whyNot: () => void }): JSX.Element {
  const { pack, clusters } = view;
  const [renaming, setRenaming] = useState(false);
  const { kind } = crosswalkOf(view).row(cluster);
  const name = clusterName(clusters, cluster);
  const besides = besidesName(view, cluster);
  const carriers = clusters.identity.carriers(cluster);
  const gone = clusters.members(cluster).filter((node) => pack.deleted[node] === 1).length;
  const n = found.contradictions.length;
  const nSystems = pack.first[1];
  const save = () => {
    saveText(fileName(name, "csv"), "text/csv", conceptCsv(view, cluster));
    app.setUi({ announcement: "The browser was asked to save the fields as CSV." });
  };
  return (
    <header class="concept-head">
      <div class="row">
        <Order app={app} view={view} cluster={cluster} />
        <span class="gap" />
        <div class="actions">
          <Dependents app={app} view={view} members={members} />
          <button type="button" aria-expanded={renaming} onClick={() => setRenaming(!renaming)}>Rename</button>
          <button type="button" aria-keyshortcuts="W" onClick={whyNot}>Why{"\u2026"} <Key>W</Key></button>
          <button type="button" onClick={save}>Save as CSV</button>
        </div>
      </div>
      <div class="row title-row">
        {renaming ? <Rename app={app} view={view} name={name} member={found.centralNode} close={() => setRenaming(false)} /> : (
          <h1><bdi>{breakable(name)}</bdi></h1>
        )}
        {besides && <span class="pill" title={clusters.identity.also(cluster) ? `${number(carriers)} of ${fieldsCounted(pack, found.members)} are called so` : "What its tables hold"}><bdi>{besides}</bdi></span>}
        <span class={`pill${kind === "identifies" ? " is-accent" : ""}`}>{kind === "identifies" && <Icon sign="key" />}{KINDS[kind]}</span>
        {n > 0 && <span class="pill is-warning"><Icon sign="contradiction" />{counted(n, "contradiction")}</span>}
        {gone > 0 && <span class="pill">{number(gone)} deleted</span>}
        <span class="gap" />
        <ul class="totals">
          <li><b>{number(found.members)}</b> {fieldsName(pack, found.members)}</li>
          <li><b>{number(found.systems.length)}</b> of {counted(nSystems, "system")}</li>
          <li title="Mean score of the links that hold it">{found.meanConfidence === null ? "no score" : <><b>{scoreText(found.meanConfidence)}</b> mean score</>}</li>
          <Total sign="approved" n={found.linksByStatus[APPROVED]} />
          <Total sign="suggested" n={found.linksByStatus[SUGGESTED]} />
          <Total sign="rejected" n={found.linksByStatus[REJECTED]} />
        </ul>
      </div>
    </header>
  );
}

function Total({ sign, n }: { sign: "approved" | "suggested" | "rejected"; n: number }): JSX.Element {
  return <li title={`${counted(n, "link")} ${sign}`}><Icon sign={sign} /> <b>{number(n)}</b> {sign}</li>;
}

/** Back to the list, the place in it, and its neighbours there. */
function Order({ app, view, cluster }: { app: App; view: View; cluster: number }): JSX.Element {
  const { clusters } = view;
  const { labels, at, isPart } = useMemo(() => placeInOrder(view, cluster), [clusters, view.status, view.state, cluster]);
  const step = (by: number) => {
    const label = labels[at + by];
    return label === undefined ? undefined : () => openConcept(app, clusters.members(label)[0]);
  };
  const [before, after] = [step(-1), step(1)];
  return (
    <nav class="order" aria-label="Concepts in their order">
      <button type="button" class="link act" onClick={() => openPage(app, "concepts")}>{"\u2039"} {isPart ? `These ${number(labels.length)} concepts` : "All concepts"}</button>
      <span class="secondary">{number(at + 1)} of {number(labels.length)}</span>
      <button type="button" class="icon" aria-label="Previous concept" disabled={!before} onClick={before}>{"\u2039"}</button>
      <button type="button" class="icon" aria-label="Next concept" disabled={!after} onClick={after}>{"\u203a"}</button>
    </nav>
  );
}

/** A name as it is compared: without case and outer spaces. */
const nameKey = (name: string): string => name.trim().toLowerCase();

function Rename({ app, view: { clusters }, name, member, close }: { app: App; view: View; name: string; member: number; close: () => void }): JSX.Element {
  const [text, setText] = useState(name);
  const [wrong, setWrong] = useState("");
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => box.current?.select(), []);
  const form = useRef<HTMLFormElement>(null);
  const others = useMemo(() => new Set(Array.from(clusters.sizes, (_, label) => (label === clusters.labels[member] ? "" : nameKey(clusterName(clusters, label))))), [clusters, member]);
  const said = wrong || (nameKey(text) && others.has(nameKey(text)) ? "Another concept has this name, too." : "");
  // A click beside it leaves the name as it was.
  useEffect(() => {
    const outside = ({ target }: PointerEvent) => {
      if (!form.current?.contains(target as Node)) close();
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, []);
  return (
    <form
      class="rename"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        const problem = text === name ? "" : rename(app, member, text);
        setWrong(problem);
        if (!problem) close();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <input ref={box} aria-label="Name of the concept" aria-invalid={wrong !== ""} aria-describedby="rename-problem" dir="auto" value={text} onInput={(event) => { setText(event.currentTarget.value); setWrong(""); }} />
      <button type="submit" class="primary">Save the name</button>
      <button type="button" onClick={close}>Cancel</button>
      <span id="rename-problem" class={wrong ? "problem-text" : "secondary problem-text"} role="status">{said}</span>
    </form>
  );
}

/** A field that is in no concept at this setting: why, and where it would be in one. */
export function Alone({ app, view, member, children }: { app: App; view: View; member: number; children: ComponentChildren }): JSX.Element {
  const { pack, clusters, state } = view;
  const height = useMemo(() => joinsAt(app, view, member), [view.status, view.setting, member]);
  const isLevel = member >= 0 && pack.level(member) === pack.clustering.level;
  return (
    <>
      <header class="concept-head">
        <nav class="order" aria-label="Concepts in their order">
          <button type="button" class="link act" onClick={() => openPage(app, "concepts")}>{"\u2039"} All concepts</button>
        </nav>
        <h1>{member < 0 ? "No concept" : <Field pack={pack} node={member} />}</h1>
        <p>
          {!isLevel ? `Concepts are of ${fieldsName(pack)}, and this is none.`
            : !pack.clustering.tree ? `It is in no concept: ${clusters.method} puts it with no other.`
            : height === null ? "It is in no concept, and no setting puts it in one: none of its links counts."
            : `It is in no concept when joined from ${lowered(state.threshold)}. It joins others from ${lowered(height)}.`}
        </p>
        {isLevel && height !== null && height < state.threshold && (
          <button type="button" class="primary" title={`It joins from ${String(height)}`} onClick={() => app.store.set({ threshold: Number(lowered(height)) })}>Join from {lowered(height)}</button>
        )}{" "}
        {member >= 0 && <button type="button" onClick={() => openOnMap(app, { kind: "near", node: member, hops: 1 })}>Show its links on the map</button>}
      </header>
      {children}
    </>
  );
}

/** The highest setting at which a node joins another; null for none. */
function joinsAt(app: App, { pack, status, setting }: View, member: number): number | null {
  if (!pack.clustering.tree || member < 0) return null;
  const { a, b, height } = app.engine.joins(status, setting);
  for (let join = 0; join < height.length; join += 1) if (a[join] === member || b[join] === member) return height[join];
  return null;
}
