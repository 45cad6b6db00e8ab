// Rejected links whose fields are together nevertheless, and the ways out of it.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { openLink, type App } from "../app/app";
import { Icon, Key } from "../app/icons";
import { number } from "../app/parts";
import { REJECTED } from "../generated";
import { effectUnknown } from "../model/concept-effect";
import { badgeOf } from "../model/badges";
import { unknownWords } from "../model/remote";
import type { View } from "../model/types";
import { waysOut, type Way } from "../model/ways-out";
import { beginningOf, decideAll, goOn } from "./concept-acts";
import { linkFacts } from "./concept-links";
import { Field, Said, useLater } from "./concept-parts";

export function Contradictions({ app, view, cluster, links: found }: { app: App; view: View; cluster: number; links: readonly number[] }): JSX.Element | null {
  const { pack } = view;
  const [at, setAt] = useState(0);
  const [first] = useState(() => beginningOf(app, found));
  const begin = Math.max(0, found.indexOf(first));
  const links = [...found.slice(begin), ...found.slice(0, begin)];
  const [chosen, setChosen] = useState(0);
  const place = Math.min(at, links.length - 1);
  const rejected = links[place];
  // The ways need the clusters held, which takes a moment where links are many.
  const later = useLater();
  const out = useMemo(
    () => (later && rejected !== undefined ? waysOut(view, cluster, rejected) : null),
    [later, view.clusters, view.status, cluster, rejected],
  );
  if (rejected === undefined) return null;
  const skip = () => {
    setAt((place + 1) % links.length);
    setChosen(0);
  };
  const way = out?.ways[Math.min(chosen, out.ways.length - 1)];
  const decide = () => {
    if (!way) return;
    setChosen(0);
    decideAll(app, way.links, way.status, way.effect?.stay);
    goOn();
  };
  return (
    <section class="card is-warning contradictions-card" aria-label="Rejected, yet together">
      <div class="row">
        <Icon sign="contradiction" />
        <h2 class="section-title">Rejected, yet together{links.length > 1 && <span class="secondary"> {number(place + 1)} of {number(links.length)}</span>}</h2>
        <Key>X</Key>
      </div>
      <button type="button" class="pair" title="Open the rejected link" onClick={() => openLink(app, rejected)}>
        <Field pack={pack} node={pack.source[rejected]} />
        <span class="quiet">is not</span>
        <Field pack={pack} node={pack.target[rejected]} />
      </button>
      <p class="secondary"><Because view={view} chain={out?.nodes ?? []} tied={(out?.chain.length ?? 0) > 0} /></p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          decide();
        }}
        onKeyDown={(event) => {
          // Enter decides from the choices too; a browser would need the button to have the keyboard.
          if (event.key === "Enter" && (event.target as HTMLElement).matches("input")) {
            decide();
            event.preventDefault();
          }
        }}
      >
        <fieldset>
          <legend class="visually-hidden">Which decision gives way?</legend>
          {!out && <p class="secondary">{"\u2026"}</p>}
          {out?.ways.map((one, index) => (
            <label key={`${rejected} ${one.status} ${one.links.join(" ")}`} class="way">
              <input type="radio" name="way" checked={one === way} onChange={() => setChosen(index)} />
              <span>
                <b><WayName view={view} way={one} /></b>
                <span class="secondary">
                  {linkFacts(view, one.links)}{" "}
                  {one.effect?.sentences.map((sentence, n) => <span key={n}><Said pack={pack} sentence={sentence} /> </span>)}
                </span>
              </span>
            </label>
          ))}
        </fieldset>
        {way?.effect === null && <p class="secondary">{effectUnknown(view)}</p>}
        <div class="row">
          <button type="submit" class="primary" disabled={!way}>Decide <span class="when-inside"><Key>Enter</Key></span></button>
          {links.length > 1 && <button type="button" data-skip onClick={skip}>Skip <Key>S</Key></button>}
        </div>
      </form>
    </section>
  );
}

/** "Reject Stripe = HubSpot": by systems if these tell the fields apart. */
function WayName({ view, way }: { view: View; way: Way }): JSX.Element {
  const { pack } = view;
  const verb = way.status === REJECTED ? "Reject" : "Approve";
  if (way.links.length !== 1) return <>{verb} {number(way.links.length)} links</>;
  const [x, y] = [pack.source[way.links[0]], pack.target[way.links[0]]];
  const differ = pack.system[x] !== pack.system[y] && pack.system[x] >= 0 && pack.system[y] >= 0 && badgeOf(pack, pack.system[x]) !== "?";
  return differ
    ? <>{verb} <bdi>{pack.name[pack.system[x]]}</bdi> = <bdi>{pack.name[pack.system[y]]}</bdi></>
    : <>{verb} <Field pack={pack} node={x} /> = <Field pack={pack} node={y} /></>;
}

/** Why the two are together nevertheless. */
function Because({ view, chain, tied }: { view: View; chain: readonly number[]; tied: boolean }): JSX.Element {
  const { pack, clusters } = view;
  if (clusters.stale) return <>{unknownWords(pack, `The concepts are from before your decisions: ${clusters.method} does not run in this page.`)}</>;
  if (!tied) return <>{pack.policy.rejected === "refuse" ? "Approved links hold both." : "This page was made so that rejections do not keep fields apart."}</>;
  const between = chain.slice(1, -1);
  if (between.length === 0) return <>Another link between the two is approved. One decision must give way.</>;
  return (
    <>
      Approved links hold both{between.length === 1 ? ": each is the same as " : ", by way of "}
      {between.slice(0, 3).map((node, at) => <span key={node}>{at > 0 && ", "}<Field pack={pack} node={node} /></span>)}
      {between.length > 3 && ` and ${number(between.length - 3)} more`}. One decision must give way.
    </>
  );
}
