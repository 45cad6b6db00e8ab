// The picture: a canvas that shows a view, and tells what a reader does in it.
//
// The scene is painted into a bitmap somewhat larger than the window. While the reader pans or
// zooms, the bitmap is moved and stretched, which is quick however much is drawn; when they pause,
// it is painted anew, in pieces, so that the page never stands still.

import type { Pack } from "../model/pack";
import type { View } from "../model/types";
import { counted } from "../model/words";
import { Arranger } from "./arranger";
import { between, fitting, sightOf, zoomed, type Camera } from "./camera";
import { hitAt, itemTowards, type Hit } from "./hit";
import { boundsOf, type Box, type Layout } from "./layout";
import { Measure } from "./measure";
import { orderOf, type Order } from "./order";
import { paint, paintOver, type Brush } from "./paint";
import { sceneOf, type Line, type Scene } from "./scene";
import { CanvasSurface, SvgSurface, type Surface } from "./surface";
import { readTheme, type Theme } from "./theme";

export interface PictureEvents {
  /** A node was clicked; with shift, a path to it is asked for. */
  onNode(node: number, shift: boolean): void;
  /** A node was double-clicked: its lineage is asked for. */
  onNodeTwice(node: number): void;
  /** A line was clicked: all drawn links from one node to another. */
  onLine(source: number, target: number, links: readonly number[]): void;
  onBackground(): void;
  /** A table is to be opened into its columns, or closed. */
  onToggle(table: number): void;
  /** What the pointer is over, and where in the window; null when over nothing. */
  onHover(at: Hover | null): void;
  /** How much is drawn, whenever that changes. */
  onDrawn(drawn: Drawn): void;
}

export type Hover = { x: number; y: number } & (
  | { node: number }
  | { source: number; target: number; links: readonly number[] }
);

export interface Drawn {
  nodes: number;
  lines: number;
  /** Lines that there would be without a budget. */
  ofLines: number;
  links: number;
}

const ROOM = 220; // pixels painted beyond each side of the window
const PAUSE = 110; // milliseconds without a movement before the bitmap is painted anew
const SLICE = 9; // milliseconds of painting before the page may do something else
const GLIDE = 260; // milliseconds of a movement to another place
const MARGIN = 28;
const LEGIBLE = 0.55; // scale below which the names of columns cannot be read
const STEADY = 4; // pixels that a pointer may move and still click

export class Picture {
  readonly #events: PictureEvents;
  readonly #host: HTMLElement;
  readonly #front: HTMLCanvasElement;
  readonly #over: HTMLCanvasElement;
  readonly #said: HTMLElement;
  readonly #measure = new Measure();
  #bitmap = document.createElement("canvas");
  #back = document.createElement("canvas");
  #bitmapCamera: Camera | null = null;
  #camera: Camera = { scale: 1, x: 0, y: 0 };
  #width = 0;
  #height = 0;
  #ratio = 1;
  /** The window as it is without panels: when one opens, nothing is to move. */
  #shape = { width: 0, height: 0 };
  #order: Order | null = null;
  #arranger: Arranger | null = null;
  #view: View | null = null;
  #layout: Layout | null = null;
  #scene: Scene | null = null;
  #theme: Theme | null = null;
  #job: Generator<void> | null = null;
  #jobCamera: Camera | null = null;
  #pause = 0;
  #frame = 0;
  #glide = 0;
  #moved = false;
  #cursor = -1;
  #hover: Hit | null = null;
  #lastNode = -1;

  constructor(host: HTMLElement, events: PictureEvents) {
    this.#host = host;
    this.#events = events;
    this.#front = document.createElement("canvas");
    this.#over = document.createElement("canvas");
    this.#said = document.createElement("div");
    for (const canvas of [this.#front, this.#over]) {
      canvas.className = "picture-layer";
      canvas.setAttribute("aria-hidden", "true");
    }
    this.#said.className = "visually-hidden";
    this.#said.setAttribute("aria-live", "polite");
    host.append(this.#front, this.#over, this.#said);
    this.#listen();
    new ResizeObserver(() => this.#resize()).observe(host);
    // A window may say so though nothing of it changed, as when a keyboard comes and goes.
    window.addEventListener("resize", () => {
      const { width, height } = host.getBoundingClientRect();
      if (width >= 2 && height >= 2) this.#shape = { width, height };
    });
    this.#resize();
  }

  /** Show a view; what has not changed since the last one is kept. */
  show(view: View): void {
    const before = this.#view;
    if (before === view && this.#scene) return;
    this.#view = view;
    if (this.#arranger?.pack !== view.pack) {
      this.#order = orderOf(view.pack);
      this.#arranger = new Arranger(view.pack, this.#order, this.#measure, () => this.#late());
    }
    this.#theme = readTheme(this.#host);
    if (!this.#width) return;
    const anchor = this.#anchor(before, view);
    const layout = this.#arranger.layout(view, this.#shape.width, this.#shape.height);
    const moved = layout !== this.#layout;
    const kind = this.#layout?.kind;
    this.#layout = layout;
    if (
      moved ||
      !before ||
      before.passes !== view.passes ||
      before.clusters !== view.clusters ||
      before.status !== view.status ||
      before.seen !== view.seen ||
      before.state.all !== view.state.all
    ) {
      this.#scene = sceneOf(view, layout);
      this.#cursor = -1;
      this.#hover = null;
      this.#tellDrawn();
    }
    if (moved) {
      if (anchor && kind === layout.kind) this.#hold(anchor);
      else if (!before || kind !== layout.kind || layout.kind === "layers" || (!this.#moved && !view.seen)) {
        this.#moved = false;
        this.#camera = this.#fitted();
      }
    }
    this.#repaint(before === null);
  }

  /** Paint anew, for colours have changed. */
  refresh(): void {
    this.#theme = readTheme(this.#host);
    this.#repaint();
  }

  /** Paint for paper: at once, as lines and letters, all on the canvas that is printed. */
  print(): void {
    const scene = this.#scene;
    if (!scene || !this.#width) return;
    this.#theme = readTheme(this.#host);
    const context = this.#front.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
    const { scale, x, y } = this.#camera;
    const pixels = scale * this.#ratio;
    context.save();
    context.fillStyle = this.#theme.paper;
    context.fillRect(0, 0, this.#front.width, this.#front.height);
    context.setTransform(pixels, 0, 0, pixels, x * this.#ratio, y * this.#ratio);
    const surface = new CanvasSurface(context);
    this.#paintAll(surface);
    const selected = this.#selectedItem();
    if (selected >= 0) paintOver(this.#brush(surface, this.#camera, 0), scene, selected, []);
    context.restore();
  }

  fit(): void {
    this.#moved = false;
    this.#glideTo(this.#fitted());
  }

  zoom(factor: number): void {
    this.#moved = true;
    this.#glideTo(zoomed(this.#camera, factor, this.#width / 2, this.#height / 2));
  }

  /**
   * Bring nodes, or what stands for them, into sight.
   *
   * @param alone the one to be seen if all of them were too small to read; -1 for none.
   * @param floor where in the window something begins that lies over the picture.
   */
  reveal(nodes: Iterable<number>, alone = -1, floor = Infinity): void {
    const scene = this.#scene;
    if (!scene) return;
    const boxes: Box[] = [];
    for (const node of nodes) {
      const item = scene.itemOf[node];
      if (item >= 0) boxes.push(scene.items[item]);
    }
    if (!boxes.length) return;
    const box = boundsOf(boxes);
    const height = Math.min(this.#height, floor - this.#host.getBoundingClientRect().top);
    const sight = sightOf(this.#camera, this.#width, height, -MARGIN);
    const inside =
      box.x >= sight.x && box.y >= sight.y &&
      box.x + box.width <= sight.x + sight.width && box.y + box.height <= sight.y + sight.height;
    if (inside && this.#camera.scale >= LEGIBLE) return;
    const end = fitting(box, this.#width, height, 70, 1.15);
    if (alone >= 0 && end.scale < LEGIBLE) {
      this.reveal([alone], -1, floor);
      return;
    }
    this.#moved = true;
    this.#glideTo(end);
  }

  async png(): Promise<Blob> {
    const canvas = document.createElement("canvas");
    const ratio = 2;
    canvas.width = this.#width * ratio;
    canvas.height = this.#height * ratio;
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    const theme = this.#theme as Theme;
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    const { scale, x, y } = this.#camera;
    context.setTransform(scale * ratio, 0, 0, scale * ratio, x * ratio, y * ratio);
    this.#paintAll(new CanvasSurface(context));
    return new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large for a PNG."))), "image/png"),
    );
  }

  svg(): string {
    const surface = new SvgSurface();
    this.#paintAll(surface);
    const title = this.#view?.pack.header.title ?? "";
    const sight = sightOf(this.#camera, this.#width, this.#height);
    return surface.document(sight, this.#width, this.#height, (this.#theme as Theme).paper, title);
  }

  /** Where a node, or what stands for it, is in the window; for tests and scripts. */
  placeOf(node: number): { x: number; y: number; width: number; height: number } | null {
    const item = this.#scene ? this.#scene.itemOf[node] : -1;
    if (!this.#scene || item < 0) return null;
    const box = this.#scene.items[item];
    const { scale, x, y } = this.#camera;
    const { left, top } = this.#host.getBoundingClientRect();
    return { x: left + box.x * scale + x, y: top + box.y * scale + y, width: box.width * scale, height: box.height * scale };
  }

  /** What is drawn, for tests and scripts. */
  scene(): Scene | null {
    return this.#scene;
  }

  /** Whether nothing is left to paint and nothing moves. */
  get quiet(): boolean {
    return !this.#job && !this.#pause && !this.#glide;
  }

  // --- painting ------------------------------------------------------------------------------

  #brush(surface: Surface, camera: Camera, room: number): Brush {
    const theme = this.#theme as Theme;
    return {
      surface,
      theme,
      measure: this.#measure,
      view: this.#view as View,
      scale: camera.scale,
      sight: sightOf(camera, this.#width, this.#height, room),
      colourOf: (system) => (system < 0 ? theme.quiet : theme.series[system % theme.series.length]),
    };
  }

  #paintAll(surface: Surface): void {
    if (!this.#scene) return;
    for (const _ of paint(this.#brush(surface, this.#camera, 0), this.#scene));
  }

  /** Paint the bitmap anew: at once, or in slices. */
  #repaint(atOnce = false): void {
    clearTimeout(this.#pause);
    this.#pause = 0;
    if (!this.#scene || !this.#width) return;
    const back = this.#back;
    const width = Math.round((this.#width + 2 * ROOM) * this.#ratio);
    const height = Math.round((this.#height + 2 * ROOM) * this.#ratio);
    if (back.width !== width || back.height !== height) {
      back.width = width;
      back.height = height;
    }
    const context = back.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
    const camera = { ...this.#camera };
    const pixels = camera.scale * this.#ratio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = (this.#theme as Theme).paper;
    context.fillRect(0, 0, width, height);
    context.setTransform(pixels, 0, 0, pixels, (camera.x + ROOM) * this.#ratio, (camera.y + ROOM) * this.#ratio);
    this.#jobCamera = camera;
    this.#job = paint(this.#brush(new CanvasSurface(context), camera, ROOM), this.#scene);
    this.#work(atOnce ? Infinity : 3 * SLICE);
  }

  #work(slice: number): void {
    const job = this.#job;
    if (!job) return;
    const until = performance.now() + slice;
    for (;;) {
      if (job.next().done) break;
      if (performance.now() > until) {
        requestAnimationFrame(() => {
          if (this.#job === job) this.#work(SLICE);
        });
        return;
      }
    }
    this.#job = null;
    [this.#bitmap, this.#back] = [this.#back, this.#bitmap];
    this.#bitmapCamera = this.#jobCamera;
    this.#draw();
    const { scale, x, y } = this.#camera;
    const painted = this.#bitmapCamera as Camera;
    if (painted.scale !== scale || painted.x !== x || painted.y !== y) this.#later();
  }

  /** Put the bitmap into the window, where the camera is now. */
  #draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const context = this.#front.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
    context.fillStyle = (this.#theme as Theme).paper;
    context.fillRect(0, 0, this.#front.width, this.#front.height);
    const painted = this.#bitmapCamera;
    if (painted && this.#bitmap.width) {
      const stretch = this.#camera.scale / painted.scale;
      const x = (this.#camera.x - (ROOM + painted.x) * stretch) * this.#ratio;
      const y = (this.#camera.y - (ROOM + painted.y) * stretch) * this.#ratio;
      context.imageSmoothingEnabled = stretch !== 1;
      context.drawImage(this.#bitmap, x, y, this.#bitmap.width * stretch, this.#bitmap.height * stretch);
    }
    this.#drawOver();
  }

  #drawOver(): void {
    const context = this.#over.getContext("2d") as CanvasRenderingContext2D;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#over.width, this.#over.height);
    const scene = this.#scene;
    if (!scene) return;
    const { scale, x, y } = this.#camera;
    const pixels = scale * this.#ratio;
    context.setTransform(pixels, 0, 0, pixels, x * this.#ratio, y * this.#ratio);
    const brush = this.#brush(new CanvasSurface(context), this.#camera, 0);
    const selected = this.#selectedItem();
    if (selected >= 0) paintOver(brush, scene, selected, []);
    const hit = this.#hover;
    if (hit?.kind === "line") paintOver(brush, scene, -1, [hit.line]);
    const at = this.#cursor >= 0 ? this.#cursor : hit?.kind === "item" ? hit.item : -1;
    if (at >= 0) paintOver(brush, scene, at, this.#touchingLines(at));
  }

  #selectedItem(): number {
    const focus = this.#view?.state.focus;
    if (!this.#scene || !focus || !("node" in focus)) return -1;
    return this.#scene.itemOf[focus.node];
  }

  #touchingLines(item: number): Line[] {
    const scene = this.#scene as Scene;
    const { kind, card } = scene.items[item];
    const inside = (end: number) =>
      end === item || (kind === "table" && scene.items[end].card === card);
    const lines = scene.lines.filter((line) => (line.seen || !scene.seen) && (inside(line.from) || inside(line.to)));
    return lines.slice(0, 200);
  }

  #soon(): void {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** Paint anew when the reader pauses. */
  #later(): void {
    clearTimeout(this.#pause);
    this.#job = null;
    this.#pause = window.setTimeout(() => this.#repaint(), PAUSE);
  }

  // --- where it looks ------------------------------------------------------------------------

  #fitted(): Camera {
    const { bounds, kind } = this.#layout as Layout;
    const camera = fitting(bounds, this.#width, this.#height, Math.min(MARGIN, this.#width / 20), 1.25);
    // On a small screen the whole would be too small to read: begin at its upper left part.
    const least = this.#width < 700 && kind !== "free" ? 0.5 : 0;
    if (camera.scale >= least) return camera;
    return { scale: least, x: 12 - bounds.x * least, y: 12 - bounds.y * least };
  }

  #glideTo(end: Camera): void {
    cancelAnimationFrame(this.#glide);
    this.#glide = 0;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const begin = { ...this.#camera };
    if (still) {
      this.#camera = end;
      this.#repaint();
      return;
    }
    const from = performance.now();
    const step = (now: number) => {
      const part = Math.min(1, Math.max(0, (now - from) / GLIDE));
      this.#camera = part === 1 ? end : between(begin, end, 1 - (1 - part) ** 3);
      this.#draw();
      if (part < 1) this.#glide = requestAnimationFrame(step);
      else {
        this.#glide = 0;
        this.#repaint();
      }
    };
    this.#job = null;
    clearTimeout(this.#pause);
    this.#pause = 0;
    this.#glide = requestAnimationFrame(step);
  }

  #move(camera: Camera): void {
    cancelAnimationFrame(this.#glide);
    this.#glide = 0;
    this.#moved = true;
    this.#camera = camera;
    this.#soon();
    this.#later();
  }

  /** What a change looks at, opens or closes, and where it is. */
  #anchor(before: View | null, view: View): { node: number; x: number; y: number } | null {
    if (!before || !this.#scene) return null;
    const { focus } = view.state;
    if (focus && focus !== before.state.focus && "node" in focus) return this.#whereIs(focus.node);
    if (before.state.toggled === view.state.toggled) return null;
    const changed = [...before.state.toggled, ...view.state.toggled].filter(
      (node) => before.state.toggled.has(node) !== view.state.toggled.has(node),
    );
    return changed.length === 1 ? this.#whereIs(changed[0]) : null;
  }

  #whereIs(node: number): { node: number; x: number; y: number } | null {
    const scene = this.#scene as Scene;
    const item = scene.itemOf[node];
    return item < 0 ? null : { node, x: scene.items[item].x, y: scene.items[item].y };
  }

  /** Keep what was opened where the reader saw it. */
  #hold(anchor: { node: number; x: number; y: number }): void {
    const scene = this.#scene as Scene;
    const item = scene.itemOf[anchor.node];
    if (item < 0) return;
    const { scale } = this.#camera;
    this.#camera = {
      scale,
      x: this.#camera.x + (anchor.x - scene.items[item].x) * scale,
      y: this.#camera.y + (anchor.y - scene.items[item].y) * scale,
    };
  }

  #late(): void {
    const view = this.#view;
    if (!view) return;
    this.#moved = false;
    this.#view = null;
    this.show(view);
  }

  #resize(): void {
    const { width, height } = this.#host.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    if (width < 2 || height < 2) return;
    if (width === this.#width && height === this.#height && ratio === this.#ratio) return;
    this.#width = width;
    this.#height = height;
    this.#ratio = ratio;
    this.#shape = { width: Math.max(width, this.#shape.width), height: Math.max(height, this.#shape.height) };
    for (const canvas of [this.#front, this.#over]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const view = this.#view;
    if (!view) return;
    const before = this.#layout;
    this.#view = null;
    this.show(view);
    if (!this.#moved && before === this.#layout && this.#layout) {
      this.#camera = this.#fitted();
      this.#repaint();
    }
    if (this.#bitmapCamera) this.#draw();
  }

  #tellDrawn(): void {
    const scene = this.#scene as Scene;
    this.#events.onDrawn({
      nodes: scene.items.filter((item) => item.kind !== "stub").length,
      lines: scene.layout.kind === "matrix" ? scene.cells.length : scene.lines.filter((line) => line.seen).length,
      ofLines: scene.layout.kind === "matrix" ? scene.cells.length : scene.nLines,
      links: scene.nLinks,
    });
  }

  // --- what the reader does ------------------------------------------------------------------

  #listen(): void {
    const host = this.#host;
    const pointers = new Map<number, { x: number; y: number }>();
    let start: { x: number; y: number } | null = null;
    let dragging = false;
    host.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      host.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, this.#point(event));
      start = this.#point(event);
      dragging = false;
    });
    host.addEventListener("pointermove", (event) => {
      const at = this.#point(event);
      const last = pointers.get(event.pointerId);
      if (!last) {
        if (event.pointerType === "mouse") this.#hovering(at, event);
        return;
      }
      if (pointers.size === 2) {
        const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
        const factor = Math.hypot(at.x - other.x, at.y - other.y) / (Math.hypot(last.x - other.x, last.y - other.y) || 1);
        const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
        const panned = { ...this.#camera, x: this.#camera.x + (at.x - last.x) / 2, y: this.#camera.y + (at.y - last.y) / 2 };
        this.#move(zoomed(panned, factor, middle.x, middle.y));
        dragging = true;
      } else if (dragging || (start && Math.hypot(at.x - start.x, at.y - start.y) > STEADY)) {
        dragging = true;
        host.classList.add("dragging");
        this.#setHover(null, event);
        this.#move({ ...this.#camera, x: this.#camera.x + at.x - last.x, y: this.#camera.y + at.y - last.y });
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
      if (event.detail === 2 && this.#lastNode >= 0) this.#events.onNodeTwice(this.#lastNode);
      else this.#click(this.#point(event), event.shiftKey);
    });
    host.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const unit = event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? 400 : 1;
        const at = this.#point(event);
        if (event.shiftKey && !event.ctrlKey) {
          this.#move({ ...this.#camera, x: this.#camera.x - (event.deltaX || event.deltaY) * unit });
        } else {
          const speed = event.ctrlKey ? 0.01 : 0.0018;
          this.#move(zoomed(this.#camera, Math.exp(-event.deltaY * unit * speed), at.x, at.y));
        }
      },
      { passive: false },
    );
    host.addEventListener("keydown", (event) => this.#key(event));
    host.addEventListener("blur", () => {
      if (this.#cursor < 0) return;
      this.#cursor = -1;
      this.#drawOver();
    });
  }

  #point(event: MouseEvent): { x: number; y: number } {
    const { left, top } = this.#host.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #hit(at: { x: number; y: number }): Hit | null {
    if (!this.#scene) return null;
    const { scale, x, y } = this.#camera;
    return hitAt(this.#scene, (at.x - x) / scale, (at.y - y) / scale, 6 / scale);
  }

  #hovering(at: { x: number; y: number }, event: MouseEvent): void {
    this.#setHover(this.#hit(at), event);
  }

  #setHover(hit: Hit | null, event: MouseEvent): void {
    const before = this.#hover;
    const same =
      before === hit ||
      (before?.kind === "item" && hit?.kind === "item" && before.item === hit.item) ||
      (before?.kind === "line" && hit?.kind === "line" && before.line === hit.line);
    this.#hover = hit;
    this.#host.classList.toggle("pointing", hit !== null);
    if (!same) {
      this.#cursor = -1;
      this.#drawOver();
    }
    if (!hit && !before) return;
    this.#events.onHover(hit && this.#told(hit, event));
  }

  #told(hit: Hit, event: MouseEvent): Hover | null {
    const { items } = this.#scene as Scene;
    const at = { x: event.clientX, y: event.clientY };
    if (hit.kind === "item") {
      return items[hit.item].kind === "stub" ? null : { ...at, node: items[hit.item].node };
    }
    const { from, to, links } = hit.kind === "line" ? hit.line : hit.cell;
    return { ...at, source: items[from].node, target: items[to].node, links };
  }

  #click(at: { x: number; y: number }, shift: boolean): void {
    const hit = this.#hit(at);
    const scene = this.#scene;
    this.#lastNode = -1;
    if (!hit || !scene) {
      this.#events.onBackground();
      return;
    }
    if (hit.kind === "item") {
      const { kind, node } = scene.items[hit.item];
      if (kind === "stub" || (hit.opener && kind === "table")) this.#events.onToggle(node);
      else {
        this.#lastNode = node;
        this.#events.onNode(node, shift);
      }
      return;
    }
    const { from, to, links } = hit.kind === "line" ? hit.line : hit.cell;
    if (!links.length) return;
    this.#events.onLine(scene.items[from].node, scene.items[to].node, links);
  }

  #key(event: KeyboardEvent): void {
    const scene = this.#scene;
    if (!scene || event.ctrlKey || event.metaKey || event.altKey) return;
    const ways: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const way = ways[event.key];
    if (way && event.shiftKey) {
      this.#move({ ...this.#camera, x: this.#camera.x - way[0] * 80, y: this.#camera.y - way[1] * 80 });
    } else if (way) this.#step(scene, way[0], way[1]);
    else if (event.key === "Enter" || event.key === " ") {
      if (this.#cursor < 0) return;
      const { kind, node } = scene.items[this.#cursor];
      if (kind === "stub") this.#events.onToggle(node);
      else this.#events.onNode(node, event.shiftKey);
    } else if (event.key === "o" && this.#cursor >= 0) {
      const { kind, node } = scene.items[this.#cursor];
      const table = kind === "column" ? (this.#view as View).pack.table[node] : node;
      if (table >= 0) this.#events.onToggle(table);
    } else if (event.key === "+" || event.key === "=") this.zoom(1.3);
    else if (event.key === "-") this.zoom(1 / 1.3);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #step(scene: Scene, dx: number, dy: number): void {
    const begin = this.#cursor >= 0 ? this.#cursor : this.#selectedItem();
    const next = begin < 0 ? (scene.items.length ? 0 : -1) : itemTowards(scene, begin, dx, dy);
    if (next < 0) return;
    this.#cursor = next;
    const item = scene.items[next];
    const { pack } = this.#view as View;
    this.#said.textContent =
      item.kind === "stub"
        ? "tables without links, folded"
        : `${describedKind(pack, item.node)} ${pack.marked(item.node)}, ${counted(scene.touching[next], "link")}`;
    const sight = sightOf(this.#camera, this.#width, this.#height, -MARGIN);
    const inside =
      item.x >= sight.x && item.y >= sight.y &&
      item.x + item.width <= sight.x + sight.width && item.y + item.height <= sight.y + sight.height;
    if (!inside) {
      const { scale } = this.#camera;
      this.#moved = true;
      this.#glideTo({
        scale,
        x: this.#width / 2 - (item.x + item.width / 2) * scale,
        y: this.#height / 2 - (item.y + item.height / 2) * scale,
      });
    } else this.#drawOver();
  }
}

function describedKind(pack: Pack, node: number): string {
  return ["system", "table", "column"][pack.level(node)];
}
