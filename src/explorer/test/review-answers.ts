// Walks through review queues as the Python tests ask, for a comparison: reads `<n>.pack` and
// `<n>.json` in a folder, and writes `<n>.answers.json`.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { APPROVED, REJECTED } from "../source/generated";
import { engineOf } from "../source/model/clusters";
import { unpack, type Pack } from "../source/model/pack";
import { effectSentence, type AnswerEffect } from "../source/model/review/effect";
import { ReviewQueue, type Question, type QueueOptions } from "../source/model/review/queue";
import { moved } from "../source/model/review/regrouping";

/** How a queue is made, and what is done at each of its questions. */
interface Walk extends QueueOptions {
  /** A status, or something else. */
  acts: (number | "skip" | "undo")[];
  /** Links whose joint effect is asked for at the end, and their status. */
  preview: [links: number[], status: number];
  /** How many questions are planned at the end. */
  plan: number;
}

function effect(found: AnswerEffect | null): unknown {
  return (
    found && {
      changes: found.changes.map((change) => ({
        kind: change.kind,
        before: change.before.map(({ size }) => size),
        after: change.after.map(({ size }) => size),
        names: change.after.map(({ name }) => name),
        comes: change.comes,
        left: change.left,
        moved: moved(change.regrouping),
        nodes: Array.from(change.regrouping.nodes),
      })),
      made: found.made,
      resolved: found.resolved,
    }
  );
}

function sentence(question: Question, status: number): string | null {
  const found = question.effect(status);
  return found && effectSentence(found, { cluster: "cluster" });
}

function told(question: Question): unknown {
  const { link, group, asked, reason, probability, clusters, status } = question;
  const [approving, rejecting] = [sentence(question, APPROVED), sentence(question, REJECTED)];
  return { link, group, asked, reason, probability, clusters, status, approving, rejecting };
}

/** Number labels in the order in which they occur. */
function numbered(labels: Int32Array): number[] {
  const known = new Map<number, number>();
  return Array.from(labels, (label) => known.get(label) ?? known.set(label, known.size).size - 1);
}

function walked(pack: Pack, walk: Walk): unknown {
  const { status, clustering } = pack;
  const clusters = engineOf(pack).at(clustering.threshold, status, false);
  const queue = new ReviewQueue({ pack, clusters, status, setting: clustering.setting }, walk);
  const steps = walk.acts.map((act) => {
    const open = { counts: queue.counts(), nOpen: queue.nOpen };
    const question = queue.next();
    const asked = question && told(question);
    if (act === "undo") queue.undo();
    else if (question && act === "skip") queue.skip();
    else if (question && typeof act === "number") queue.answer(act);
    return { open, asked, labels: numbered(queue.now.label) };
  });
  return { steps, preview: effect(queue.preview(...walk.preview)), plan: queue.plan(walk.plan).map(told) };
}

const folder = process.argv[2];
for (const name of readdirSync(folder).filter((each) => each.endsWith(".pack"))) {
  const stem = join(folder, name.slice(0, -".pack".length));
  const bytes = readFileSync(`${stem}.pack`);
  const pack = unpack(new Uint8Array(bytes).buffer);
  const walks = JSON.parse(readFileSync(`${stem}.json`, "utf8")) as Walk[];
  writeFileSync(`${stem}.answers.json`, JSON.stringify(walks.map((walk) => walked(pack, walk))));
}
