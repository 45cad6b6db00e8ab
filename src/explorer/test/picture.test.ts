// The picture without a canvas: where things stand, where lines run, what is at a point.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pack } from "../source/model/pack";
import { between, fitting, sightOf, zoomed } from "../source/picture/camera";
import { groupsOf, HEAD, namesBeside, ROW, type Group } from "../source/picture/cards";
import { simulate, type ForceJob } from "../source/picture/force-job";
import { hitAt, itemTowards } from "../source/picture/hit";
import { layersLayout } from "../source/picture/layers";
import { arrange, lanesLayout, type Box, type Layout } from "../source/picture/layout";
import { CARDS_FROM, leastScale, MIN_TEXT, ROWS_FROM, showsLanesOnly, sizeAt } from "../source/picture/legible";
import type { Measure } from "../source/picture/measure";
import { orderOf } from "../source/picture/order";
import { CELL, matrixLayout, systemsLayout } from "../source/picture/overview";
import { nearest, pathOf, pointAt } from "../source/picture/route";
import { sceneOf, type Scene } from "../source/picture/scene";
import { SvgSurface } from "../source/picture/surface";
import type { Clustering, View } from "../source/model/types";
import { STATUSES } from "../source/generated";
import { node, organisation as linked, stateOf as state, type Row } from "./linked";
import { NO_IDENTITY } from "./organisation";

type LinkSpec = [source: string, target: string, confidence: number, status?: number];

function organisation({ links = [], nodes = [] }: { links?: LinkSpec[]; nodes?: string[] }): Pack {
  const rows = links.map(([from, to, confidence, status = 0]): Row => [from, to, confidence, STATUSES[status]]);
  return linked(rows, { also: nodes });
}

/** A view in which every link passes and nothing is clustered. */
function plainView(pack: Pack, change: Partial<View> = {}): View {
  const clusters: Clustering = {
    labels: new Int32Array(pack.nNodes).fill(-1), sizes: new Int32Array(0), members: () => new Int32Array(0),
    threshold: 0, method: "components", note: null, stale: false, identity: NO_IDENTITY,
  };
  return {
    pack, state: state(), status: pack.status, weight: pack.confidence, score: pack.confidence,
    setting: pack.clustering.setting, calibrated: null,
    passes: new Uint8Array(pack.nLinks).fill(1), nPassing: pack.nLinks, clusters, contradictions: [], seen: null, ...change,
  };
}

// As if every character were six tenths of a size wide.
const measure = {
  width: (text: string, size: number) => text.length * size * 0.6,
  clip: (text: string) => text,
} as unknown as Measure;

/** An organisation of many systems whose tables are linked at random, the same every time. */
function many(nSystems: number, nTables: number, nLinks: number): Pack {
  let seed = 42;
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * n);
  };
  const nodes: string[] = [];
  for (let system = 0; system < nSystems; system += 1) {
    for (let table = 0; table < nTables; table += 1) {
      for (let column = 0; column < 3; column += 1) nodes.push(`s${system}/t${table}.c${column}`);
    }
  }
  const links: LinkSpec[] = [];
  while (links.length < nLinks) {
    const from = nodes[random(nodes.length)];
    const to = nodes[random(nodes.length)];
    if (from.split(".")[0] !== to.split(".")[0]) links.push([from, to, random(100) / 100, random(3)]);
  }
  return organisation({ nodes, links });
}

function laidOut(pack: Pack, change = {}): { layout: Layout; groups: Group[] } {
  const chosen = state(change);
  const groups = groupsOf(pack, chosen, orderOf(pack), measure);
  return { groups, layout: lanesLayout(groups, arrange(groups, 1400, 850)) };
}

function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function assertApart(boxes: readonly Box[]): void {
  boxes.forEach((a, index) => {
    for (const b of boxes.slice(index + 1)) assert.ok(!overlaps(a, b), JSON.stringify([a, b]));
  });
}

for (const [nSystems, nTables, nLinks] of [[1, 1, 0], [3, 4, 20], [9, 14, 300], [25, 6, 400]]) {
  test(`cards stand in their lane and do not overlap: ${nSystems} systems, ${nTables} tables each`, () => {
    const pack = many(nSystems, nTables, nLinks);
    const { layout } = laidOut(pack);
    assert.equal(layout.regions.length, nSystems);
    assertApart(layout.cards);
    assertApart(layout.regions);
    for (const card of layout.cards) {
      const lane = layout.regions.find((region) => region.system === card.system) as Box;
      assert.ok(card.x >= lane.x && card.x + card.width <= lane.x + lane.width);
      assert.ok(card.y >= lane.y && card.y + card.height <= lane.y + lane.height);
    }
  });
}

test("every table has a card, or is counted by the stub of its system", () => {
  const pack = organisation({
    nodes: ["a/x.c", "a/y.c", "a/z.c", "b/only.c"],
    links: [["a/x.c", "b/only.c", 0.5]],
  });
  const { layout } = laidOut(pack);
  const folded = layout.cards.filter((card) => card.card.stub);
  assert.deepEqual(folded.map((card) => card.card.stub), [2]);
  const unfolded = laidOut(pack, { toggled: new Set([node(pack, "a")]) });
  assert.equal(unfolded.layout.cards.filter((card) => !card.card.stub).length, 4);
});

test("an open table has a row for each column, and pushes only what is below it", () => {
  const pack = many(3, 6, 40);
  const closed = laidOut(pack);
  const table = closed.layout.cards[1].card.node;
  const groups = groupsOf(pack, state({ toggled: new Set([table]) }), orderOf(pack), measure);
  const open = lanesLayout(groups, arrange(closed.groups, 1400, 850));
  const card = open.cards.find((placed) => placed.card.node === table) as (typeof open.cards)[0];
  assert.deepEqual([...card.card.rows].sort((a, b) => a - b), [...pack.children(table)].sort((a, b) => a - b));
  assertApart(open.cards);
  open.cards.forEach((placed, index) => {
    const before = closed.layout.cards[index];
    assert.equal(placed.card.node, before.card.node);
    assert.equal(placed.x, before.x);
    if (placed.stack !== card.stack || before.y <= closed.layout.cards[1].y) assert.equal(placed.y, before.y);
  });
});

test("lanes with most links between them are neighbours", () => {
  const links: LinkSpec[] = [];
  for (let index = 0; index < 9; index += 1) links.push([`a/t${index}.c`, `d/t${index}.c`, 0.9]);
  links.push(["b/t.c", "d/t0.c", 0.9], ["c/t.c", "a/t0.c", 0.9]);
  const pack = organisation({ links });
  const order = orderOf(pack).systems.map((system) => pack.name[system]);
  assert.equal(Math.abs(order.indexOf("a") - order.indexOf("d")), 1);
});

test("a link counts once for everything that it touches", () => {
  const pack = organisation({ links: [["a/t.x", "a/t.y", 0.5], ["a/t.x", "b/u.z", 0.5]] });
  const { nLinks } = orderOf(pack);
  assert.equal(nLinks[node(pack, "a")], 2);
  assert.equal(nLinks[node(pack, "a/t")], 2);
  assert.equal(nLinks[node(pack, "a/t.y")], 1);
  assert.equal(nLinks[node(pack, "b")], 1);
});

function scene(pack: Pack, change = {}): Scene {
  const { layout } = laidOut(pack, change);
  return sceneOf(plainView(pack, { state: state(change) }), layout);
}

test("lines cross no cards other than those at their ends", () => {
  const made = scene(many(6, 8, 200), { all: true });
  assert.ok(made.lines.length > 100);
  for (const line of made.lines) {
    const path = pathOf(line, made);
    const curves = (path.length - 2) / 6;
    for (let step = 0; step <= curves * 12; step += 1) {
      const [x, y] = pointAt(path, step / (curves * 12));
      made.layout.cards.forEach((card, index) => {
        const own = made.items[line.from].card === index || made.items[line.to].card === index;
        // Half a unit: lines may touch.
        const inside = x > card.x + 0.5 && x < card.x + card.width - 0.5 && y > card.y + 0.5 && y < card.y + card.height - 0.5;
        assert.ok(own || !inside, `a line crosses ${index}`);
      });
    }
  }
});

test("a line stands for all links between two closed tables, and for single ones when open", () => {
  const pack = organisation({
    links: [["a/t.x", "b/u.y", 0.4, 0], ["a/t.z", "b/u.y", 0.9, 1], ["b/u.y", "a/t.x", 0.3, 2], ["a/t.x", "a/t.z", 0.5]],
  });
  const closed = scene(pack);
  assert.deepEqual(closed.lines.map((line) => [line.links.length, line.status, line.best]), [[2, 1, 0.9], [1, 2, 0.3]]);
  const open = scene(pack, { toggled: new Set([node(pack, "a/t"), node(pack, "b/u")]) });
  assert.equal(open.lines.length, 4);
  assert.equal(closed.touching[closed.itemOf[node(pack, "a/t")]], 4);
});

test("the strongest lines are drawn, all of them on request", () => {
  const pack = many(9, 14, 900);
  const some = scene(pack);
  const every = scene(pack, { all: true });
  assert.ok(some.lines.length < some.nLines);
  assert.equal(every.lines.length, every.nLines);
  assert.equal(every.nLinks, pack.nLinks);
  const weakest = Math.min(...some.lines.filter((line) => line.status !== 1).map((line) => line.best));
  const left = every.lines.slice(some.lines.length);
  assert.ok(left.every((line) => line.best <= weakest));
});

test("a column in focus is marked, and so is its table", () => {
  const pack = organisation({ links: [["a/t.x", "b/u.y", 0.4], ["a/t.z", "c/v.w", 0.9]] });
  const seen = { nodes: new Set([node(pack, "a/t.x"), node(pack, "b/u.y")]), links: new Set([0]), distance: new Map(), path: null };
  const { layout } = laidOut(pack);
  const made = sceneOf(plainView(pack, { seen }), layout);
  assert.deepEqual(made.lines.map((line) => line.seen), [true, false]);
  const marked = made.items.filter((_, index) => made.seen?.[index]).map((item) => pack.path(item.node));
  assert.deepEqual(marked.sort(), ["a/t", "b/u"]);
});

test("layers follow the direction of links, and ignore links that close a cycle", () => {
  const pack = organisation({
    links: [["a/t.x", "b/u.y", 1], ["b/u.y", "c/v.z", 1], ["c/v.z", "a/t.x", 1], ["a/t.x", "c/v.z", 1]],
  });
  const { groups } = laidOut(pack);
  const layout = layersLayout(groups, { from: [0, 1, 2, 0], to: [1, 2, 0, 2] }, null, () => 150);
  const x = layout.cards.map((card) => card.x);
  assert.ok(x[0] < x[1] && x[1] < x[2]);
  assertApart(layout.cards);
  const apart = layersLayout(groups, { from: [], to: [] }, (card) => [0, -2, 3][card], () => 150);
  const flat = groups.flatMap((group) => group.cards.map((card) => card.node));
  assert.deepEqual(apart.cards.map((card) => card.card.node), [flat[1], flat[0], flat[2]]);
});

test("a wide layer is folded", () => {
  const pack = many(2, 40, 100);
  const { groups } = laidOut(pack);
  const layout = layersLayout(groups, { from: [], to: [] }, null, () => 150);
  assert.ok(layout.stacks.length > 3);
  assertApart(layout.cards);
});

test("the force layout leaves no overlap, and gives the same places again", () => {
  const job: ForceJob = {
    width: Array.from({ length: 60 }, (_, index) => 120 + (index % 5) * 20),
    height: Array.from({ length: 60 }, (_, index) => (index % 7 ? 30 : 150)),
    group: Array.from({ length: 60 }, (_, index) => index % 4),
    nGroups: 4,
    from: Array.from({ length: 90 }, (_, index) => index % 60),
    to: Array.from({ length: 90 }, (_, index) => (index * 7 + 1) % 60),
    weight: Array.from({ length: 90 }, (_, index) => 1 + (index % 9)),
    ratio: 1.6,
  };
  const { x, y } = simulate(job);
  assertApart(x.map((at, index) => ({ x: at - job.width[index] / 2, y: y[index] - job.height[index] / 2, width: job.width[index], height: job.height[index] })));
  assert.deepEqual(simulate(job), { x, y });
  assert.deepEqual(simulate({ ...job, width: [], height: [], group: [], from: [], to: [], weight: [] }), { x: [], y: [] });
});

for (const n of [0, 1, 2, 7, 24]) {
  test(`${n} systems on a ring do not touch`, () => {
    const pack = many(n, n ? 1 : 0, 0);
    const groups = groupsOf(pack, state({ level: 0 }), orderOf(pack), measure);
    assertApart(systemsLayout(groups, 1400, 850).cards);
    assertApart(systemsLayout(groups, 390, 800).cards);
  });
}

test("systems stand in rows where a ring would be too small to read", () => {
  const pack = many(42, 1, 0);
  const groups = groupsOf(pack, state({ level: 0 }), orderOf(pack), measure);
  for (const [width, height] of [[1136, 850], [390, 700], [752, 700]] as const) {
    const { cards, bounds } = systemsLayout(groups, width, height);
    assertApart(cards);
    if (width > 1000) assert.ok(Math.min(width / bounds.width, height / bounds.height) > 0.6);
  }
});

test("at every scale that can be reached, names have room", () => {
  // Text of ten pixels is no taller than a card or a row from the scale on at which it is painted there.
  assert.ok(sizeAt(CARDS_FROM, 13) <= HEAD);
  assert.ok(sizeAt(ROWS_FROM, 12) <= ROW);
  assert.ok(CARDS_FROM * 112 >= 40);
  assert.equal(sizeAt(0.1, 13) * 0.1, MIN_TEXT);
  for (const [nSystems, nTables] of [[1, 1], [3, 4], [25, 6], [74, 2]]) {
    const { layout } = laidOut(many(nSystems, nTables, nSystems > 1 ? 60 : 0));
    const least = leastScale(layout);
    assert.ok(least > 0 && least <= CARDS_FROM);
    for (const { width, height } of layout.regions) {
      const [short, long] = [Math.min(width, height) * least, Math.max(width, height) * least];
      assert.ok(long >= 39.9 && short >= 12.9, `${short} x ${long}`);
    }
  }
});

test("from afar a lane stands for its tables, also for the pointer", () => {
  const pack = many(3, 4, 20);
  const made = scene(pack);
  assert.ok(showsLanesOnly(made.layout, CARDS_FROM - 0.01) && !showsLanesOnly(made.layout, CARDS_FROM));
  const [card] = made.layout.cards;
  const [x, y] = [card.x + 20, card.y + 10];
  assert.equal(hitAt(made, x, y, 4)?.kind, "item");
  assert.deepEqual(hitAt(made, x, y, 4, true), { kind: "item", item: made.itemOf[card.system], opener: false });
});

test("nobody zooms out to where names have no room, and who is there comes closer", () => {
  const camera = { scale: 0.5, x: 0, y: 0 };
  assert.equal(zoomed(camera, 0.1, 0, 0, 0.36).scale, 0.36);
  assert.equal(zoomed({ ...camera, scale: 0.2 }, 0.1, 0, 0, 0.36).scale, 0.2);
  assert.equal(zoomed({ ...camera, scale: 0.2 }, 2, 0, 0, 0.36).scale, 0.4);
});

test("names stand beside those of the same table, system, or the other systems", () => {
  const pack = organisation({ nodes: ["a/t.x", "a/t.y", "a/u.z", "b/v.w"] });
  assert.deepEqual([...namesBeside(pack, node(pack, "a/t.x"))].sort(), ["x", "y"]);
  assert.deepEqual([...namesBeside(pack, node(pack, "a/u"))].sort(), ["t", "u"]);
  assert.deepEqual([...namesBeside(pack, node(pack, "b"))].sort(), ["a", "b"]);
});

test("links of a result that fail the filters are drawn apart from those that pass", () => {
  const pack = organisation({ links: [["a/t.x", "b/u.y", 0.4], ["a/t.z", "b/u.y", 0.9]] });
  const passes = Uint8Array.from([0, 1]);
  const seen = { nodes: new Set<number>(), links: new Set([0, 1]), distance: new Map(), path: null };
  const { layout } = laidOut(pack);
  const lines = sceneOf(plainView(pack, { passes, nPassing: 1, seen }), layout).lines;
  assert.deepEqual(lines.map(({ fails, links }) => [fails, links]), [[false, [1]], [true, [0]]]);
});

test("the matrix has a cell for the links from one system to another", () => {
  const pack = organisation({ links: [["a/t.x", "b/u.y", 0.4], ["a/t.z", "b/u.y", 0.9], ["b/u.y", "a/t.x", 0.3], ["a/t.x", "a/t.z", 0.5]] });
  const groups = groupsOf(pack, state({ level: 0 }), orderOf(pack), measure);
  const made = sceneOf(plainView(pack, { state: state({ level: 0, layout: "matrix" }) }), matrixLayout(groups));
  const cells = made.cells.map(({ from, to, links }) => [pack.path(made.items[from].node), pack.path(made.items[to].node), links.length]);
  assert.deepEqual(cells.sort(), [["a", "a", 1], ["a", "b", 2], ["b", "a", 1]]);
  const place = new Map(made.layout.cards.map((card, index) => [pack.name[card.system], index]));
  const at = (row: string, column: string) =>
    hitAt(made, ((place.get(column) as number) + 0.5) * CELL, ((place.get(row) as number) + 0.5) * CELL, 4);
  assert.equal(at("a", "b")?.kind, "cell");
  assert.equal(at("b", "b"), null);
  assert.equal(hitAt(made, -20, CELL / 2, 4)?.kind, "item");
});

test("a point hits a row before its card, and a card before a line", () => {
  const pack = organisation({ links: [["a/t.x", "b/u.y", 0.4], ["a/w.x", "b/u.y", 0.4]] });
  const made = scene(pack, { toggled: new Set([node(pack, "a/t")]) });
  const box = made.items[made.itemOf[node(pack, "a/t.x")]];
  const hit = hitAt(made, box.x + 20, box.y + 5, 4);
  assert.deepEqual(hit, { kind: "item", item: made.itemOf[node(pack, "a/t.x")], opener: false });
  const table = made.items[made.itemOf[node(pack, "a/t")]];
  assert.deepEqual(hitAt(made, table.x + table.width - 8, table.y + HEAD / 2, 4), { kind: "item", item: made.itemOf[node(pack, "a/t")], opener: true });
  const [x, y] = pointAt(pathOf(made.lines[0], made), 0.4);
  assert.equal(hitAt(made, x, y + 2, 6)?.kind, "line");
  assert.equal(hitAt(made, x, y + 400, 6), null);
});

test("arrow keys go to the nearest item in their direction", () => {
  const pack = organisation({ links: [["a/t.x", "b/u.y", 0.4], ["a/v.x", "b/u.y", 0.4]] });
  const made = scene(pack);
  const at = (path: string) => made.itemOf[node(pack, path)];
  const [left, right] = made.items[at("a/t")].x < made.items[at("b/u")].x ? ["a/t", "b/u"] : ["b/u", "a/t"];
  assert.equal(made.items[itemTowards(made, at(left), 1, 0)].x, made.items[at(right)].x);
  assert.equal(itemTowards(made, at(left), -1, 0), -1);
});

test("the camera: fitting shows all, zooming holds its point, moving begins and ends in place", () => {
  const box = { x: -50, y: 10, width: 400, height: 100 };
  const camera = fitting(box, 800, 600, 20, 2);
  const sight = sightOf(camera, 800, 600);
  assert.ok(sight.x <= box.x && sight.x + sight.width >= box.x + box.width);
  const closer = zoomed(camera, 1.2, 100, 200);
  assert.ok(Math.abs((100 - closer.x) / closer.scale - (100 - camera.x) / camera.scale) < 1e-9);
  assert.deepEqual(between(camera, closer, 0), camera);
  assert.ok(Math.abs(between(camera, closer, 1).x - closer.x) < 1e-9);
  const moved = { ...camera, x: camera.x + 40 };
  assert.equal(between(camera, moved, 0.5).x, camera.x + 20);
});

test("nearest() finds the nearest of increasing numbers", () => {
  assert.equal(nearest([1, 5, 9], 3.5), 5);
  assert.equal(nearest([1, 5, 9], -4), 1);
  assert.equal(nearest([1, 5, 9], 40), 9);
});

test("an SVG holds text as text", () => {
  const surface = new SvgSurface();
  surface.text(`<script>&"'\u0007\ud800`, 1, 2, { size: 12, weight: 400, colour: "#000" });
  surface.curves([Float64Array.of(0, 0, 1, 1, 2, 2, 3, 3)], { colour: "#111", width: 2, dash: [1.5, 4], alpha: 0.5 });
  surface.polygons([[0, 0, 1, 0, 1, 1]], { colour: "#222" });
  const text = surface.document({ x: 0, y: 0, width: 10, height: 10 }, 20, 20, "#fff", "<title>");
  assert.ok(text.includes("&lt;script&gt;&amp;&quot;'\ufffd\ufffd"));
  assert.ok(!text.includes("<script"));
  assert.ok(text.includes('d="M0 0C1 1 2 2 3 3"') && text.includes('stroke-dasharray="1.5 4"') && text.includes("&lt;title&gt;"));
});
