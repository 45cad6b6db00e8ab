// Paints a scene piece by piece, so that the caller can pause in between.

import { APPROVED, DETERMINISTIC, REJECTED, SUGGESTED } from "../generated";
import type { Pack } from "../model/pack";
import { OTHER, shownStatus } from "../model/statuses";
import type { View } from "../model/types";
import { counted, grouped } from "../model/words";
import { cardLabel, HEAD, HEAD_SIZE, namesBeside, ROW, ROW_SIZE, type Card } from "./cards";
import type { Box, PlacedCard, Region } from "./layout";
import { MIN_TEXT, ROWS_FROM, showsLanesOnly, sizeAt } from "./legible";
import type { Measure } from "./measure";
import { fitted, type Fitted } from "./naming";
import { CELL } from "./overview";
import { pathOf, pointAt, uncovered } from "./route";
import type { Line, Scene } from "./scene";
import type { Lettering, Surface } from "./surface";
import type { Theme } from "./theme";

export interface Brush {
  surface: Surface;
  theme: Theme;
  measure: Measure;
  view: View;
  /** Pixels to a unit of the picture. */
  scale: number;
  /** Whether a file is painted, in which no name is cut. */
  isFile?: boolean;
  /** The part of the picture that is in sight, with some room around it. */
  sight: Box;
  /** Colour of a system, by its position in the pack. */
  colourOf: (system: number) => string;
}

const FADE = 0.32;
const MAX_ABOVE = 18; // units: the room above a card for the name of its system
const CHUNK = 600; // lines or cards painted before a pause
const MANY_LINES = 1500; // lines
const MAX_DASHED = 2500; // lines; dashes are slow, and beyond this many only width and colour show a status

const DASHES: readonly (readonly number[])[] = [[7, 4], [], [1.5, 4], [3, 3]];
const WIDTHS = [1.3, 2.3, 1.5, 1.2];
const ALPHAS = [0.8, 0.95, 0.85, 0.7];

export function* paint(brush: Brush, scene: Scene): Generator<void> {
  if (scene.layout.kind === "matrix") {
    yield* paintMatrix(brush, scene);
    return;
  }
  for (const region of scene.layout.regions) {
    if (overlaps(region, brush.sight)) paintLane(brush, region);
  }
  yield* paintLines(brush, scene);
  const { cards } = scene.layout;
  if (showsLanesOnly(scene.layout, brush.scale)) {
    for (const region of scene.layout.regions) {
      if (overlaps(region, brush.sight)) paintLaneAlone(brush, scene, region);
    }
    return;
  }
  let painted = 0;
  for (let index = 0; index < cards.length; index += 1) {
    if (!overlaps(cards[index], brush.sight)) continue;
    paintCard(brush, scene, cards[index]);
    painted += 1;
    if (painted % CHUNK === 0) yield;
  }
  for (const region of scene.layout.regions) {
    if (overlaps(region, brush.sight)) paintLaneHead(brush, scene, region);
  }
}

function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && a.x + a.width > b.x && a.y < b.y + b.height && a.y + a.height > b.y;
}

// --- lines -----------------------------------------------------------------------------------

/** Colour of a line, by the reader's choice of what colours mean. */
export function lineColour(line: Line, brush: Brush, scene: Scene): string {
  const { theme, view } = brush;
  if (line.contradicted) return theme.status[REJECTED];
  if (line.relation !== null) return theme.quiet;
  if (view.state.colour === "status") return theme.status[shownStatus(line.status)];
  // A line between systems stands for links of very many clusters.
  if (view.state.colour === "system" || scene.layout.kind === "systems") {
    return brush.colourOf(view.pack.system[scene.items[line.from].node]);
  }
  return line.cluster < 0 ? theme.faint : clusterColour(line.cluster, theme);
}

/** There are more clusters than colours, which is why their numbers are shown as well. */
export function clusterColour(cluster: number, theme: Theme): string {
  return theme.series[cluster % theme.series.length];
}

export function lineWidth(line: Line, scale: number, crowd = 1): number {
  const width = (WIDTHS[shownStatus(line.status)] + 0.45 * Math.log2(Math.max(line.links.length, 1))) * crowd;
  return Math.max(width, (line.status === APPROVED ? 1.2 : 0.7) / scale);
}

/** How much thinner and paler lines are where there are many. */
function crowdFactor(scene: Scene): number {
  const n = scene.seen ? scene.lines.filter((line) => line.seen).length : scene.lines.length;
  return Math.max(0.45, Math.min(1, 1.25 - Math.log10(Math.max(n, 1)) * 0.3));
}

function* paintLines(brush: Brush, scene: Scene): Generator<void> {
  const { surface, theme, scale } = brush;
  const dashed = scene.lines.length <= MAX_DASHED && scale > 0.25;
  // From afar the rows of a table are one place: of equal lines between two tables one is drawn.
  const afar = ROW * scale < 4 && scene.lines.length > MANY_LINES;
  const taken = new Set<string>();
  const crowd = crowdFactor(scene);
  // Lanes that stand for their cards lie over the lines: what is below them is not drawn.
  const covers = !scene.seen && showsLanesOnly(scene.layout, scale) ? scene.layout.regions : [];
  const pathsOf = (lines: readonly Line[]): Float64Array[] => {
    const paths = lines.map((line) => pathOf(line, scene));
    return covers.length ? paths.flatMap((path) => uncovered(path, covers)) : paths;
  };
  // Lines of the same style are stroked together.
  const looks = new Map<string, { lines: Line[]; colour: string; width: number; alpha: number; dash: readonly number[] }>();
  let asked = 0;
  for (const line of scene.lines) {
    asked += 1;
    if (asked % CHUNK === 0) yield;
    if (!afar && !nearSight(pathOf(line, scene), brush.sight)) continue;
    const colour = line.seen && !line.fails ? lineColour(line, brush, scene) : theme.faint;
    // A line of one pixel is drawn much quicker than a slightly wider one.
    const width = afar
      ? 0.99 / scale
      : line.seen
        ? Math.ceil(lineWidth(line, scale, crowd) * 2) / 2
        : Math.max(1, 0.6 / scale);
    const alpha = line.fails ? 0.5 : line.seen ? ALPHAS[shownStatus(line.status)] * (line.contradicted ? 1 : crowd) : 0.2;
    const dash = dashed && line.seen ? DASHES[shownStatus(line.status)] : DASHES[1];
    const key = `${Number(line.seen)}|${colour}|${width}|${alpha}|${dash}`;
    if (afar) {
      const pair = `${scene.items[line.from].card}|${scene.items[line.to].card}|${key}`;
      if (taken.has(pair)) continue;
      taken.add(pair);
    }
    const look = looks.get(key);
    if (look) look.lines.push(line);
    else looks.set(key, { lines: [line], colour, width, alpha, dash });
  }
  const order = [...looks.values()].sort((a, b) => a.alpha - b.alpha || a.width - b.width);
  for (const { lines, colour, width, alpha, dash } of order) {
    for (let begin = 0; begin < lines.length; begin += CHUNK) {
      const part = lines.slice(begin, begin + CHUNK);
      const contradicted = part.filter((line) => line.contradicted && line.seen);
      surface.curves(pathsOf(contradicted), { colour, width: width + 6, alpha: 0.25 });
      surface.curves(pathsOf(part), { colour, width, alpha, dash, straight: afar });
      yield;
    }
    const seen = lines.filter((line) => line.seen);
    if (!covers.length && seen.length && seen.length <= MAX_DASHED) paintEnds(brush, scene, seen, colour, alpha);
  }
  paintMarks(brush, scene);
}

/** Whether any part of a line may be in sight, by the box around its points. */
function nearSight(path: Float64Array, sight: Box): boolean {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < path.length; at += 2) {
    left = Math.min(left, path[at]);
    right = Math.max(right, path[at]);
    top = Math.min(top, path[at + 1]);
    bottom = Math.max(bottom, path[at + 1]);
  }
  return left < sight.x + sight.width && right > sight.x && top < sight.y + sight.height && bottom > sight.y;
}

/** Arrow heads: filled where a link is DETERMINISTIC, hollow where all are PROBABILISTIC. */
function paintEnds(brush: Brush, scene: Scene, lines: readonly Line[], colour: string, alpha: number): void {
  if (brush.scale < 0.35) return;
  const filled: number[][] = [];
  const hollow: number[][] = [];
  for (const line of lines) (line.type === DETERMINISTIC ? filled : hollow).push(arrowHead(pathOf(line, scene)));
  brush.surface.polygons(filled, { colour, alpha });
  brush.surface.polygons(hollow, { colour: brush.theme.paper, stroke: colour, lineWidth: 1, alpha });
}

function arrowHead(path: Float64Array): number[] {
  const n = path.length;
  const x = path[n - 2];
  const y = path[n - 1];
  let [fromX, fromY] = [path[n - 4], path[n - 3]];
  if (fromX === x && fromY === y) [fromX, fromY] = [path[n - 6], path[n - 5]];
  const length = Math.hypot(x - fromX, y - fromY) || 1;
  const ux = (x - fromX) / length;
  const uy = (y - fromY) / length;
  const size = 8;
  const half = 3.6;
  return [x, y, x - ux * size - uy * half, y - uy * size + ux * half, x - ux * size + uy * half, y - uy * size - ux * half];
}

/** Paint marks on lines: the number of links, a cross if all are rejected, a warning for contradictions. */
function paintMarks(brush: Brush, scene: Scene): void {
  const { surface, theme, scale, view } = brush;
  const lines = scene.lines.filter((line) => line.seen && !line.fails);
  if (scale < ROWS_FROM || lines.length > 130) return;
  const size = sizeAt(scale, 10);
  const high = MARK * (size / 10);
  const named: { text: string; x: number; y: number }[] = [];
  const taken: Box[] = [...scene.layout.cards];
  for (const line of lines) {
    const n = line.links.length;
    if (line.relation !== null) {
      const [x, y] = pointAt(pathOf(line, scene), 0.5);
      // Of lines of one kind that lie close together, one is named.
      const text = line.relation;
      const room = brush.measure.width(text, size, 400);
      if (named.some((other) => Math.abs(other.x - x) < room && Math.abs(other.y - y) < (other.text === text ? 40 : size * 1.2))) continue;
      const under = { x: x - room / 2, y: y - 1.2 * size, width: room, height: size };
      if (scene.layout.cards.some((card) => overlaps(card, under))) continue;
      named.push({ text, x, y });
      surface.text(text, x, y - size * 0.7, { size, weight: 400, colour: theme.quiet, align: "center" });
      continue;
    }
    if (n === 1 && !line.contradicted && line.status !== REJECTED && !(line.status === APPROVED && view.seen)) continue;
    const text = grouped(n);
    const width = n > 1 ? Math.max(high, brush.measure.width(text, size, 600) + 0.9 * size) : 1.2 * size;
    const spot = freePlace(pathOf(line, scene), width, high, taken);
    if (!spot) continue;
    taken.push(spot);
    const [x, y] = [spot.x + width / 2, spot.y + high / 2];
    const radius = 0.6 * size;
    if (n > 1) {
      surface.box(spot.x, spot.y, width, high, { colour: theme.card, stroke: lineColour(line, brush, scene), radius: high / 2 });
      surface.text(text, x, y + 0.5, { size, weight: 600, colour: theme.ink, align: "center" });
    } else if (line.status === REJECTED) {
      surface.disc(x, y, radius, { colour: theme.card, stroke: theme.status[REJECTED], lineWidth: 1.2 });
      surface.text(line.contradicted ? "!" : "\u00d7", x, y + 0.5, { size: 1.1 * size, weight: 700, colour: theme.status[REJECTED], align: "center" });
    } else {
      surface.disc(x, y, radius, { colour: theme.card, stroke: theme.status[APPROVED], lineWidth: 1.2 });
      surface.text("\u2713", x, y + 0.5, { size, weight: 700, colour: theme.status[APPROVED], align: "center" });
    }
  }
}

const MARK = 15; // height of a mark on a line
const PLACES = [0, -0.14, 0.14, -0.28, 0.28]; // offsets along the curve at which a mark is tried

/** Find room for a mark on a line, off all cards and other marks; null if there is none. */
function freePlace(path: Float64Array, width: number, height: number, taken: readonly Box[]): Box | null {
  // Near the start of a long line, before it runs together with others; in the middle of a short one.
  const part = path.length > 8 ? 0.5 / ((path.length - 2) / 6) : 0.5;
  for (const aside of PLACES) {
    const [x, y] = pointAt(path, part * (1 + 2 * aside));
    const box = { x: x - width / 2, y: y - height / 2, width, height };
    if (!taken.some((other) => overlaps(box, other))) return box;
  }
  return null;
}

// --- cards -----------------------------------------------------------------------------------

function alphaOf(scene: Scene, item: number): number {
  return !scene.seen || item < 0 || scene.seen[item] ? 1 : FADE;
}

function paintCard(brush: Brush, scene: Scene, placed: PlacedCard): void {
  const { surface, theme, view, measure, scale } = brush;
  const { card, x, y, width, height } = placed;
  const { pack } = view;
  if (card.stub) {
    paintStub(brush, scene, placed);
    return;
  }
  if (scene.layout.kind === "systems") {
    paintSystem(brush, scene, placed);
    return;
  }
  const item = scene.itemOf[card.node];
  const n = scene.touching[item];
  const alpha = alphaOf(scene, item);
  const idle = n === 0;
  if (alpha < 1) surface.box(x, y, width, height, { colour: theme.paper, radius: 5 });
  surface.box(x, y, width, height, {
    colour: idle ? theme.lane : theme.card,
    stroke: theme.rule,
    lineWidth: Math.max(1, 0.7 / scale),
    radius: 5,
    alpha,
  });
  surface.box(x, y + 4, 3.5, (card.open ? HEAD : height) - 8, { colour: brush.colourOf(placed.system), radius: 1.5, alpha: idle ? alpha * 0.5 : alpha });
  paintStrip(brush, card, placed, alpha);
  // From far away, the name uses the room of rows that are too small to read.
  const afar = card.open && scale < ROWS_FROM;
  const size = afar ? Math.max(sizeAt(scale, HEAD_SIZE), Math.min(height * 0.3, 12.5 / scale)) : Math.min(HEAD - 2, sizeAt(scale, HEAD_SIZE));
  const small = Math.max(11, MIN_TEXT / scale);
  const opens = pack.level(card.node) === 1 && scale >= ROWS_FROM;
  const label = cardLabel(pack, card.node);
  const plainRoom = width - (afar ? 14 : 18) - (opens ? 12 : 0);
  const count = n && !afar && scale >= ROWS_FROM ? grouped(n) : "";
  const high = afar ? height - HEAD / 2 : HEAD - (view.state.colour === "system" || card.open ? 1 : 6);
  const nameIn = (room: number): Fitted =>
    fitted(brush, label, { width: room, height: high, size, weight: 600, mark: pack.mark(card.node), beside: namesBeside(pack, card.node), breaks: afar });
  // The whole name goes before the number of links, and that before a part of the name.
  const beside = nameIn(count ? plainRoom - measure.width(count, small, 400) - 4 : plainRoom);
  const alone = beside.isWhole || !count ? beside : nameIn(plainRoom);
  const name = alone.isWhole ? alone : beside;
  const badge = name === beside ? count : "";
  const middle = y + (afar ? Math.max(HEAD, size * 1.3) : card.open ? HEAD : height) / 2 - 0.5;
  const top = afar ? middle : middle - (name.step * (name.lines.length - 1)) / 2;
  const last = top + name.step * (name.lines.length - 1);
  paintName(brush, name, x + 10, top, { weight: 600, colour: idle ? theme.quiet : theme.ink, alpha });
  if (badge) surface.text(badge, x + width - 18, middle, { size: small, weight: 400, colour: theme.quiet, align: "right", alpha });
  if (opens) paintOpener(brush, card, x + width - 10, middle, alpha);
  if (afar) paintRowCount(brush, placed, last + name.size * 0.6, alpha);
  // Without lanes, the system is written above the card.
  const above = sizeAt(scale, 10);
  if (!scene.layout.regions.length && above <= MAX_ABOVE) {
    const system = placed.system < 0 ? "no system known" : pack.name[placed.system];
    const others = placed.system < 0 ? undefined : namesBeside(pack, placed.system);
    paintName(brush, fitted(brush, system, { width, size: above, weight: 400, beside: others }), x + 1, y - 0.6 * above, { weight: 400, colour: theme.quiet, alpha });
  }
  if (card.open) paintRows(brush, scene, placed);
}

/** Paint the lines of a name, the first at a height. */
function paintName({ surface }: Brush, { lines, size, step }: Fitted, x: number, y: number, lettering: Omit<Lettering, "size">): void {
  lines.forEach((line, index) => surface.text(line, x, y + index * step, { ...lettering, size }));
}

/** Write how many columns an open card has, for they are too small to be named. */
function paintRowCount(brush: Brush, { card, x, y, width, height }: PlacedCard, top: number, alpha: number): void {
  const { surface, theme, measure, scale } = brush;
  const size = sizeAt(scale, 11);
  if (top + 1.5 * size > y + height - 8) return;
  const about = counted(card.rows.length, "field");
  if (measure.width(about, size, 400) > width - 12) return;
  surface.text(about, x + 10, top + 0.8 * size, { size, weight: 400, colour: theme.quiet, alpha });
}

function paintOpener(brush: Brush, card: Card, x: number, y: number, alpha: number): void {
  const shape = card.open ? [x - 4, y - 2, x + 4, y - 2, x, y + 3] : [x - 2, y - 4, x + 3, y, x - 2, y + 4];
  brush.surface.polygons([shape], { colour: brush.theme.faint, alpha });
}

/** Paint the strip below a card's name: the clusters of its columns, or the statuses of its links. */
function paintStrip(brush: Brush, card: Card, placed: PlacedCard, alpha: number): void {
  const { surface, view } = brush;
  const afar = brush.scale < ROWS_FROM;
  const parts = card.open && !afar ? [] : partsOfStrip(brush, card.node);
  const total = parts.reduce((sum, part) => sum + part.n, 0);
  if (!total || view.state.colour === "system") return;
  const room = placed.width - 20;
  let at = placed.x + 10;
  for (const { n, colour } of parts) {
    const width = (room * n) / total;
    surface.box(at, placed.y + placed.height - 5, Math.max(width - 1, 1), 2.5, { colour, alpha });
    at += width;
  }
}

function partsOfStrip(brush: Brush, node: number): { n: number; colour: string }[] {
  const { view, theme } = brush;
  const { pack } = view;
  if (view.state.colour === "status") {
    const counts = [0, 0, 0, 0];
    for (const link of pack.linksOf(node)) if (view.passes[link]) counts[shownStatus(view.status[link])] += 1;
    return [APPROVED, SUGGESTED, REJECTED, OTHER].map((code) => ({ n: counts[code], colour: theme.status[code] })).filter((part) => part.n);
  }
  const counts = new Map<number, number>();
  for (const column of pack.children(node)) {
    const label = view.clusters.labels[column];
    if (label < 0) continue;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => a[0] - b[0]).map(([cluster, n]) => ({ n, colour: clusterColour(cluster, theme) }));
}

function paintRows(brush: Brush, scene: Scene, placed: PlacedCard): void {
  const { surface, theme, view, measure, scale, sight } = brush;
  const { card, x, y, width } = placed;
  const { pack, clusters } = view;
  if (scale < ROWS_FROM) return;
  const size = sizeAt(scale, ROW_SIZE);
  const small = sizeAt(scale, 11);
  surface.box(x + 1, y + HEAD - 1, width - 2, 1, { colour: theme.rule });
  card.rows.forEach((column, row) => {
    const top = y + HEAD + row * ROW;
    if (top > sight.y + sight.height || top + ROW < sight.y) return;
    const item = scene.itemOf[column];
    const n = scene.touching[item];
    const alpha = alphaOf(scene, item);
    const label = clusters.labels[column];
    const middle = top + ROW / 2;
    if (label >= 0) {
      const colour = view.state.colour === "cluster" ? clusterColour(label, theme) : theme.faint;
      surface.box(x + 9, top + 4, 4, ROW - 8, { colour, alpha });
    }
    const badge = n ? grouped(n) : "";
    const badgeRoom = badge ? measure.width(badge, small, 400) + 6 : 0;
    const nameIn = (room: number): Fitted =>
      fitted(brush, pack.name[column], { width: room, height: brush.isFile ? ROW : 0, size, weight: 400, mark: pack.mark(column), beside: namesBeside(pack, column) });
    // Even a name cut to nothing may need more: then the number gives way.
    const room = width - 28 - badgeRoom;
    const beside = nameIn(room);
    const hasBadge = badge && measure.width(beside.lines[0], beside.size, 400) <= room + 1e-6;
    const name = hasBadge ? beside : nameIn(width - 28);
    paintName(brush, name, x + 19, middle - (name.step * (name.lines.length - 1)) / 2, { weight: 400, colour: n ? theme.ink : theme.quiet, alpha });
    if (hasBadge) surface.text(badge, x + width - 9, middle, { size: small, weight: 400, colour: theme.quiet, align: "right", alpha });
  });
  if (card.more) {
    const middle = y + HEAD + (card.rows.length + 0.5) * ROW;
    const text = view.state.level === 2 ? `${card.more} without links` : `${card.more} more`;
    surface.text(text, x + 19, middle, { size: small, weight: 400, colour: theme.quiet });
  }
}

function paintStub(brush: Brush, scene: Scene, placed: PlacedCard): void {
  const { surface, theme, scale } = brush;
  const alpha = scene.seen ? FADE : 1;
  surface.box(placed.x, placed.y, placed.width, placed.height, { stroke: theme.rule, radius: 5, alpha });
  const size = Math.min(HEAD - 2, sizeAt(scale, 11.5));
  const about = fitted(brush, `${placed.card.stub} tables without links`, { width: placed.width - 16, height: HEAD - 1, size, weight: 400 });
  const top = placed.y + placed.height / 2 - (about.step * (about.lines.length - 1)) / 2;
  paintName(brush, about, placed.x + 10, top, { weight: 400, colour: theme.quiet, alpha });
}

function paintSystem(brush: Brush, scene: Scene, placed: PlacedCard): void {
  const { surface, theme, view, scale } = brush;
  const { x, y, width, height, system } = placed;
  const { pack } = view;
  const item = system < 0 ? -1 : scene.itemOf[system];
  const alpha = alphaOf(scene, item);
  if (alpha < 1) surface.box(x, y, width, height, { colour: theme.paper, radius: 8 });
  surface.box(x, y, width, height, { colour: theme.card, stroke: theme.rule, radius: 8, alpha });
  surface.box(x, y + 8, 5, height - 16, { colour: brush.colourOf(system), radius: 2.5, alpha });
  const name = system < 0 ? "no system known" : pack.name[system];
  const small = sizeAt(scale, 11);
  const alone = small > 15; // then there is room for the name only
  const size = sizeAt(scale, 15);
  const room = width - 28;
  const shown = fitted(brush, name, {
    width: room,
    height: alone ? height - 6 : 0,
    size,
    weight: 700,
    mark: system < 0 ? "" : pack.mark(system),
    beside: system < 0 ? undefined : namesBeside(pack, system),
  });
  paintName(brush, shown, x + 16, y + (alone ? height / 2 - (shown.step * (shown.lines.length - 1)) / 2 : 19), { weight: 700, colour: theme.ink, alpha });
  if (alone) return;
  const about = fitted(brush, aboutSystem(pack, system, item < 0 ? 0 : scene.touching[item]), { width: room, size: small, weight: 400 });
  paintName(brush, about, x + 16, y + 38, { weight: 400, colour: theme.quiet, alpha });
}

function aboutSystem(pack: Pack, system: number, nLinks: number): string {
  const nTables = system < 0 ? 0 : pack.children(system).filter((node) => pack.level(node) === 1).length;
  return `${counted(nTables, "table")}, ${counted(nLinks, "link")}`;
}

// --- lanes -----------------------------------------------------------------------------------

function paintLane(brush: Brush, region: Region): void {
  const { surface, theme } = brush;
  surface.box(region.x, region.y, region.width, region.height, { colour: theme.lane, radius: 10 });
  surface.box(region.x + 14, region.y + 34, region.width - 28, 3, { colour: brush.colourOf(region.system), radius: 1.5 });
}

function paintLaneHead(brush: Brush, scene: Scene, region: Region): void {
  const { surface, theme, view, measure, scale } = brush;
  const name = region.system < 0 ? "no system known" : view.pack.name[region.system];
  const mark = region.system < 0 ? "" : view.pack.mark(region.system);
  // The name of a system stays readable as long as there is room for it.
  const size = Math.max(15, 12.5 / scale);
  const alpha = scene.seen && region.system >= 0 ? Math.max(0.55, alphaOf(scene, scene.itemOf[region.system])) : 1;
  const room = region.width - 28;
  const shown = fitted(brush, name, { width: room, size, weight: 700, mark, beside: besideSystem(brush, region) });
  paintName(brush, shown, region.x + 14, region.y + 18, { weight: 700, colour: theme.ink, alpha });
  const about = counted(region.nTables, "table");
  const small = sizeAt(scale, 11);
  if (small <= 16 && shown.isWhole && measure.width(shown.lines[0], shown.size, 700) + measure.width(about, small, 400) + 16 < room) {
    surface.text(about, region.x + region.width - 14, region.y + 18, { size: small, weight: 400, colour: theme.quiet, align: "right", alpha });
  }
}

const besideSystem = (brush: Brush, { system }: Region): readonly string[] | undefined =>
  system < 0 ? undefined : namesBeside(brush.view.pack, system);

/** Paint a lane from so far away that it stands for its cards: its name, and how many they are. */
function paintLaneAlone(brush: Brush, scene: Scene, region: Region): void {
  const { surface, theme, view, measure, scale } = brush;
  const { x, y, width, height, system } = region;
  const item = system < 0 ? -1 : scene.itemOf[system];
  const alpha = scene.seen && item >= 0 ? Math.max(0.55, alphaOf(scene, item)) : 1;
  const colour = brush.colourOf(system);
  surface.box(x, y, width, height, { colour: theme.card, stroke: theme.rule, lineWidth: 1 / scale, radius: 10, alpha });
  surface.box(x, y, width, 3 / scale, { colour, radius: 1 / scale, alpha });
  const name = system < 0 ? "no system known" : view.pack.name[system];
  const mark = system < 0 ? "" : view.pack.mark(system);
  const about = counted(region.nTables, "table");
  const gap = 6 / scale;
  const wide = width - 2 * gap;
  const lettering = { weight: 700, colour: theme.ink, alpha } as const;
  const quiet = { weight: 400, colour: theme.quiet, alpha } as const;
  // At the top, where nothing lies over the picture.
  const room = { size: Math.min(18 / scale, 0.5 * Math.max(width, height)), weight: 700, mark, beside: besideSystem(brush, region) } as const;
  const shown = fitted(brush, name, { ...room, width: wide, height: height - 2 * gap });
  let below = y + gap;
  if (shown.isWhole || height <= width) {
    paintName(brush, shown, x + width / 2, below + 0.8 * shown.size, { ...lettering, align: "center" });
    below += shown.step * (shown.lines.length - 1) + 1.4 * shown.size;
  } else {
    const { lines: [line], size } = fitted(brush, name, { ...room, width: height - 2 * gap });
    below += measure.width(line, size, 700);
    surface.upright(line, x + width / 2, below, { ...lettering, size });
    below += gap;
  }
  const count = fitted(brush, about, { width: width - gap, height: y + height - below, size: sizeAt(scale, 11), weight: 400 });
  if (count.isWhole && below + count.lines.length * Math.max(count.step, 1.2 * count.size) < y + height) {
    paintName(brush, count, x + width / 2, below + 0.9 * count.size, { ...quiet, align: "center" });
  }
}

// --- matrix ----------------------------------------------------------------------------------

function* paintMatrix(brush: Brush, scene: Scene): Generator<void> {
  const { surface, theme, view, measure, scale } = brush;
  const { cards } = scene.layout;
  const n = cards.length;
  const place = new Map(cards.map((card, index) => [card.system, index]));
  const most = Math.max(1, ...scene.cells.map((cell) => cell.links.length));
  const size = Math.min(CELL - 8, Math.max(13, 11 / scale));
  cards.forEach((placed, index) => {
    const system = placed.system;
    const name = system < 0 ? "no system known" : view.pack.name[system];
    const beside = system < 0 ? undefined : namesBeside(view.pack, system);
    const { lines: [shown], size: own } = fitted(brush, name, { width: placed.width - 22, size, weight: 600, mark: system < 0 ? "" : view.pack.mark(system), beside });
    if (index % 2 === 0) {
      surface.box(placed.x, placed.y, placed.width + n * CELL, CELL, { colour: theme.lane });
    }
    surface.box(placed.x + placed.width - 8, placed.y + 6, 4, CELL - 12, { colour: brush.colourOf(system), radius: 2 });
    surface.text(shown, placed.x + placed.width - 16, placed.y + CELL / 2, { size: own, weight: 600, colour: theme.ink, align: "right" });
    surface.box(index * CELL + 6, -8, CELL - 12, 4, { colour: brush.colourOf(system), radius: 2 });
    surface.upright(shown, index * CELL + CELL / 2, -16, { size: own, weight: 600, colour: theme.ink });
  });
  yield;
  for (const cell of scene.cells) {
    const row = place.get(scene.items[cell.from].node);
    const column = place.get(scene.items[cell.to].node);
    if (row === undefined || column === undefined) continue;
    const share = Math.log1p(cell.links.length) / Math.log1p(most);
    const x = column * CELL;
    const y = row * CELL;
    surface.box(x + 2, y + 2, CELL - 4, CELL - 4, { colour: theme.accent, radius: 4, alpha: 0.1 + 0.75 * share });
    const text = cell.links.length >= 10000 ? `${Math.round(cell.links.length / 1000)}k` : grouped(cell.links.length);
    const figure = sizeAt(scale, 12);
    if (measure.width(text, figure, 600) > CELL - 4) continue; // the shade tells it, and the tip
    surface.text(text, x + CELL / 2, y + CELL / 2, { size: figure, weight: 600, colour: share > 0.55 ? theme.card : theme.ink, align: "center" });
  }
}

/** Outline what the pointer or the keyboard is at, and the lines that touch it. */
export function paintOver(brush: Brush, scene: Scene, item: number, lines: readonly Line[]): void {
  const { surface, theme, scale } = brush;
  for (const line of lines) {
    const width = lineWidth(line, scale) + 1.2;
    surface.curves([pathOf(line, scene)], { colour: lineColour(line, brush, scene), width });
  }
  if (item < 0) return;
  const { kind, card } = scene.items[item];
  const box = kind === "table" && card >= 0 ? scene.layout.cards[card] : scene.items[item];
  surface.box(box.x - 2, box.y - 2, box.width + 4, box.height + 4, {
    stroke: theme.selected,
    lineWidth: Math.max(2, 1.6 / scale),
    radius: kind === "column" ? 4 : 7,
  });
}

