// The panel of a link: its ends, its evidence, and the decision about it.

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { APPROVED, LINK_TYPES, REJECTED } from "../generated";
import { clusterName, whyContradicted } from "../model/clusters";
import { effectOf } from "../model/decide";
import type { View } from "../model/types";
import { statusWord, typeWord } from "../model/statuses";
import { scoreText } from "../model/words";
import { decide, lookAtPath, openLink, type App } from "./app";
import { Icon, signOf } from "./icons";
import { flattenEvidence, type Fact } from "../model/evidence";
import { ConceptLink, LineSample, NodeLink } from "./parts";

export function LinkDetails({ app, view, link }: { app: App; view: View; link: number }): JSX.Element {
  const { pack, clusters } = view;
  const source = pack.source[link];
  const target = pack.target[link];
  const confidence = pack.confidence[link];
  const weight = view.weight[link];
  const [a, b] = [clusters.labels[source], clusters.labels[target]];
  const inside = a >= 0 && a === b;
  const named = (label: number) => (label < 0 ? "none" : clusterName(clusters, label));
  const contradicted = inside && view.status[link] === REJECTED;
  return (
    <section>
      <h2 class="title">Link</h2>
      <div class="ends-box">
        <NodeLink app={app} node={source} />
        <div class="arrow"><LineSample status={view.status[link]} /> <span class="note">to</span></div>
        <NodeLink app={app} node={target} />
      </div>
      <div class="actions">
        <button type="button" onClick={() => openLink(app, link)}>Review</button>
      </div>
      <dl class="facts">
        <dt>Status</dt>
        <dd><Icon sign={signOf(view.status[link])} /> {statusWord(pack, view.status[link])}</dd>
        <dt>Found by</dt>
        <dd {...(pack.type[link] < LINK_TYPES.length && { title: pack.types[pack.type[link]] })}>{typeWord(pack, pack.type[link])}</dd>
        <dt>Score</dt>
        <dd>
          {Number.isNaN(confidence) ? "no score" : <><Meter value={confidence} /> {String(confidence)}</>}
        </dd>
        {!Number.isNaN(weight) && weight !== confidence && (
          <>
            <dt>Counts as</dt>
            <dd><Meter value={weight} /> <span title={String(weight)}>{scoreText(weight)}</span>, by the policy</dd>
          </>
        )}
        {view.calibrated && !Number.isNaN(view.calibrated[link]) && pack.clustering.scale !== "confidence" && (
          <>
            <dt>{pack.clustering.scale === "probability" ? "Probability" : "Competition"}</dt>
            <dd><Meter value={view.calibrated[link]} /> <span title={String(view.calibrated[link])}>{scoreText(view.calibrated[link])}</span></dd>
          </>
        )}
        <dt>Concept</dt>
        <dd>
          {inside ? (
            <ConceptLink app={app} view={view} member={source} />
          ) : (
            a < 0 && b < 0 ? "its ends are in none" : `its ends are in ${named(a)} and ${named(b)}`
          )}
        </dd>
        <Time name="Created" seconds={pack.createdAt(link)} />
        <Time name="Updated" seconds={pack.updatedAt(link)} />
      </dl>
      {contradicted && (
        <p class="contradictions">
          <Icon sign="contradiction" /> Rejected, yet its ends are in one concept. {whyContradicted(pack, clusters)}{" "}
          <button type="button" class="link" onClick={() => lookAtPath(app, source, target)}>By which way?</button>
        </p>
      )}
      <Decide app={app} view={view} link={link} />
      <Evidence text={pack.evidence(link)} />
      <p class="note id">{pack.linkId(link)}</p>
    </section>
  );
}

export function Meter({ value }: { value: number }): JSX.Element {
  return (
    <span class="meter" aria-hidden="true">
      <span style={{ width: `${Math.max(0, Math.min(1, value)) * 100}%` }} />
    </span>
  );
}

function Time({ name, seconds }: { name: string; seconds: number }): JSX.Element | null {
  if (!seconds) return null;
  const iso = new Date(seconds * 1000).toISOString();
  return (
    <>
      <dt>{name}</dt>
      <dd><time dateTime={iso}>{iso.slice(0, 16).replace("T", " ")} UTC</time></dd>
    </>
  );
}

const CHOICES = [
  { status: APPROVED, name: "Approve" },
  { status: REJECTED, name: "Reject" },
];

function Decide({ app, view, link }: { app: App; view: View; link: number }): JSX.Element {
  const { pack, state } = view;
  const decision = state.decisions.get(link);
  const [note, setNote] = useState(decision?.note ?? "");
  const status = view.status[link];
  const [effects, setEffects] = useState<string[]>([]);
  // The effects are computed after the panel is shown: on large graphs that takes a moment.
  useEffect(() => {
    setEffects([]);
    const waiting = setTimeout(() =>
      setEffects(CHOICES.map((choice) => (choice.status === status ? "" : effectOf(app.engine, view, link, choice.status).text))),
    );
    return () => clearTimeout(waiting);
  }, [view.clusters, view.status, link]);
  return (
    <div class="decide">
      <h3>Decide</h3>
      {CHOICES.map((choice, index) => (
        <div class="choice-row" key={choice.status}>
          <button
            type="button"
            class={choice.status === APPROVED ? "approve" : "reject"}
            aria-pressed={status === choice.status}
            onClick={() => {
              if (status !== choice.status) decide(app, link, choice.status, note);
            }}
          >
            {choice.name}
          </button>
          <p class="note">
            {status !== choice.status ? effects[index] || "\u2026" : decision ? `Decided here: it is ${statusWord(pack, status)}.` : `It came as ${statusWord(pack, status)}.`}
          </p>
        </div>
      ))}
      {decision && (
        <div class="choice-row">
          <button type="button" onClick={() => decide(app, link, null)}>Undo</button>
          <p class="note">
            It came as {statusWord(pack, pack.status[link])}; the decision is kept in this page until it is saved.
          </p>
        </div>
      )}
      <label class="note-field">
        <span>Note</span>
        <textarea
          rows={2}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
          onChange={(event) => {
            if (decision) decide(app, link, decision.status, event.currentTarget.value);
          }}
        />
      </label>
    </div>
  );
}

function Evidence({ text }: { text: string | null }): JSX.Element {
  const facts = useMemo(() => (text === null ? null : flattenEvidence(text)), [text]);
  if (facts === null) return <><h3>Evidence</h3><p class="note">None came with it.</p></>;
  return (
    <>
      <h3>Evidence</h3>
      {facts.length ? (
        <table class="evidence">
          <tbody>
            {facts.map((fact, index) => <EvidenceRow key={index} fact={fact} />)}
          </tbody>
        </table>
      ) : (
        <p class="note">Empty.</p>
      )}
      <details>
        <summary>As it came</summary>
        <pre>{text}</pre>
      </details>
    </>
  );
}

function EvidenceRow({ fact }: { fact: Fact }): JSX.Element {
  const share = typeof fact.value === "number" && fact.value >= 0 && fact.value <= 1 && !Number.isInteger(fact.value);
  return (
    <tr>
      <th scope="row">{fact.name}</th>
      <td>
        {share && <Meter value={fact.value as number} />}
        {fact.value === null ? <span class="note">null</span> : typeof fact.value === "boolean" ? (fact.value ? "yes" : "no") : String(fact.value)}
      </td>
    </tr>
  );
}
