// What a reader does in the picture by mouse, touch and keys.

import { LEVEL_WORDS } from "../generated";
import type { View } from "../model/types";
import { counted } from "../model/words";
import type { Hover, PictureEvents } from "./events";
import { hitAt, itemTowards, type Hit } from "./hit";
import { showsLanesOnly } from "./legible";
import type { Item, Scene } from "./scene";
import type { Viewport } from "./viewport";

const STEADY = 4; // pixels that a pointer may move and still click
const REACH = 6; // pixels from a line at which the pointer is on it
const STRIDE = 80; // pixels that an arrow key moves the picture

const ARROWS: Record<string, [x: number, y: number] | undefined> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What a pointer needs of the picture. */
export interface Pointed {
  scene(): Scene | null;
  view(): View | null;
  /** Item of the node in focus, -1 for none. */
  selected(): number;
  /** Show everything. */
  fit(): void;
  /** Draw the outlines again: what the pointer or the cursor is at has changed. */
  outline(): void;
}

interface Point {
  x: number;
  y: number;
}

export class Pointer {
  /** Item that the keyboard is at, -1 if it is at none. */
  cursor = -1;
  /** What the mouse is over. */
  hover: Hit | null = null;
  /** Node of the last click, -1 if it was on no node. */
  #clicked = -1;
  readonly #liveRegion = document.createElement("div");

  constructor(
    private readonly host: HTMLElement,
    private readonly viewport: Viewport,
    private readonly picture: Pointed,
    private readonly events: PictureEvents,
  ) {
    this.#liveRegion.className = "visually-hidden";
    this.#liveRegion.setAttribute("aria-live", "polite");
    host.append(this.#liveRegion);
    this.#listenToPointers();
    this.#listenToWheel();
    host.addEventListener("keydown", (event) => this.#pressKey(event));
    host.addEventListener("blur", () => {
      if (this.cursor < 0) return;
      this.cursor = -1;
      this.picture.outline();
    });
  }

  /** Be at nothing: the items are new ones. */
  reset(): void {
    this.cursor = -1;
    this.hover = null;
  }

  // --- mouse and touch -------------------------------------------------------------------------

  #listenToPointers(): void {
    const { host, viewport } = this;
    const pointers = new Map<number, Point>();
    let start: Point | null = null;
    let dragging = false;
    host.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      host.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, this.#pointOf(event));
      start = this.#pointOf(event);
      dragging = false;
    });
    host.addEventListener("pointermove", (event) => {
      const at = this.#pointOf(event);
      const last = pointers.get(event.pointerId);
      if (!last) {
        if (event.pointerType === "mouse") this.#setHover(this.#hitAt(at), event);
        return;
      }
      if (pointers.size === 2) {
        const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
        this.#pinch(last, at, other);
        dragging = true;
      } else if (dragging || (start && Math.hypot(at.x - start.x, at.y - start.y) > STEADY)) {
        dragging = true;
        host.classList.add("dragging");
        this.#setHover(null, event);
        viewport.moveBy(at.x - last.x, at.y - last.y);
      }
      pointers.set(event.pointerId, at);
    });
    const end = (event: PointerEvent) => {
      pointers.delete(event.pointerId);
      if (!pointers.size) host.classList.remove("dragging");
    };
    host.addEventListener("pointerup", end);
    host.addEventListener("pointercancel", end);
    host.addEventListener("pointerleave", (event) => this.#setHover(null, event));
    host.addEventListener("click", (event) => {
      if (dragging) return;
      // The first click of two may have moved the picture: the second is of the same node.
      if (event.detail === 2 && this.#clicked >= 0) this.events.onNodeTwice(this.#clicked);
      else this.#click(this.#pointOf(event), event.shiftKey);
    });
  }

  /** Move and zoom as one of two fingers goes from a point to another while the other rests. */
  #pinch(last: Point, at: Point, other: Point): void {
    const { camera } = this.viewport;
    const factor = Math.hypot(at.x - other.x, at.y - other.y) / (Math.hypot(last.x - other.x, last.y - other.y) || 1);
    const panned = { ...camera, x: camera.x + (at.x - last.x) / 2, y: camera.y + (at.y - last.y) / 2 };
    this.viewport.zoomAt(factor, (at.x + other.x) / 2, (at.y + other.y) / 2, panned);
  }

  #listenToWheel(): void {
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? 400 : 1;
      if (event.shiftKey && !event.ctrlKey) {
        this.viewport.moveBy(-(event.deltaX || event.deltaY) * unit, 0);
        return;
      }
      const at = this.#pointOf(event);
      const speed = event.ctrlKey ? 0.01 : 0.0018;
      this.viewport.zoomAt(Math.exp(-event.deltaY * unit * speed), at.x, at.y);
    };
    this.host.addEventListener("wheel", turn, { passive: false });
  }

  #pointOf(event: MouseEvent): Point {
    const { left, top } = this.host.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #hitAt(at: Point): Hit | null {
    const scene = this.picture.scene();
    if (!scene) return null;
    const { scale, x, y } = this.viewport.camera;
    return hitAt(scene, (at.x - x) / scale, (at.y - y) / scale, REACH / scale, showsLanesOnly(scene.layout, scale));
  }

  #setHover(hit: Hit | null, event: MouseEvent): void {
    const before = this.hover;
    const same =
      before === hit ||
      (before?.kind === "item" && hit?.kind === "item" && before.item === hit.item) ||
      (before?.kind === "line" && hit?.kind === "line" && before.line === hit.line);
    this.hover = hit;
    this.host.classList.toggle("pointing", hit !== null);
    if (!same) {
      this.cursor = -1;
      this.picture.outline();
    }
    if (!hit && !before) return;
    this.events.onHover(hit && this.#hoverOf(hit, event));
  }

  #hoverOf(hit: Hit, event: MouseEvent): Hover | null {
    const { items } = this.picture.scene() as Scene;
    const at = { x: event.clientX, y: event.clientY };
    if (hit.kind === "item") {
      return items[hit.item].kind === "stub" ? null : { ...at, node: items[hit.item].node };
    }
    const { from, to, links } = hit.kind === "line" ? hit.line : hit.cell;
    return { ...at, source: items[from].node, target: items[to].node, links };
  }

  #click(at: Point, shift: boolean): void {
    const hit = this.#hitAt(at);
    const scene = this.picture.scene();
    this.#clicked = -1;
    if (!hit || !scene) {
      this.events.onBackground();
      return;
    }
    if (hit.kind === "item") {
      const { kind, node } = scene.items[hit.item];
      if (kind === "stub" || (hit.opener && kind === "table")) this.events.onToggle(node);
      else {
        this.#clicked = node;
        this.events.onNode(node, shift);
      }
      return;
    }
    const { from, to, links } = hit.kind === "line" ? hit.line : hit.cell;
    if (!links.length) return;
    this.events.onLine(scene.items[from].node, scene.items[to].node, links);
  }

  // --- keys ------------------------------------------------------------------------------------

  #pressKey(event: KeyboardEvent): void {
    const scene = this.picture.scene();
    if (!scene || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) this.viewport.moveBy(-arrow[0] * STRIDE, -arrow[1] * STRIDE);
    else if (arrow) this.#step(scene, arrow[0], arrow[1]);
    else if (event.key === "Enter" || event.key === " ") {
      if (this.cursor < 0) return;
      const { kind, node } = scene.items[this.cursor];
      if (kind === "stub") this.events.onToggle(node);
      else this.events.onNode(node, event.shiftKey);
    } else if (event.key === "o" && this.cursor >= 0) {
      const { kind, node } = scene.items[this.cursor];
      const table = kind === "column" ? (this.picture.view() as View).pack.table[node] : node;
      if (table >= 0) this.events.onToggle(table);
    } else if (event.key === "+" || event.key === "=") this.viewport.zoom(1.3);
    else if (event.key === "-") this.viewport.zoom(1 / 1.3);
    else if (event.key === "0") this.picture.fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Go to the next item in a direction, and say where that is. */
  #step(scene: Scene, dx: number, dy: number): void {
    const begin = this.cursor >= 0 ? this.cursor : this.picture.selected();
    const next = begin < 0 ? (scene.items.length ? 0 : -1) : itemTowards(scene, begin, dx, dy);
    if (next < 0) return;
    this.cursor = next;
    const item = scene.items[next];
    this.#liveRegion.textContent = this.#describe(item, scene.touching[next]);
    const named = !showsLanesOnly(scene.layout, this.viewport.camera.scale) || item.kind === "system";
    if (this.viewport.shows(item) && named) this.picture.outline();
    else this.viewport.centre(item);
  }

  #describe(item: Item, nLinks: number): string {
    if (item.kind === "stub") return "tables without links, folded";
    const { pack } = this.picture.view() as View;
    const level = pack.level(item.node);
    const kind = level === 2 ? "field" : LEVEL_WORDS[level];
    return `${kind} ${pack.marked(item.node)}, ${counted(nLinks, "link")}`;
  }
}
