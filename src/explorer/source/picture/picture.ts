// The picture: a canvas that shows a view, and reports what a reader does in it.
//
// The scene is painted into a bitmap (bitmap.ts), and what is outlined is drawn over it. Where the
// window looks is in viewport.ts, mouse, touch and keys in pointer.ts.

import type { View } from "../model/types";
import { Arranger } from "./arranger";
import { Bitmap, FIRST_PAUSE } from "./bitmap";
import { sightOf, type Camera } from "./camera";
import type { PictureEvents } from "./events";
import { pngOf, svgOf } from "./image";
import { boundsOf, type Box, type Layout } from "./layout";
import { CARDS_FROM, leastScale, ROWS_FROM } from "./legible";
import { Measure } from "./measure";
import { orderOf } from "./order";
import { paint, paintOver, type Brush } from "./paint";
import { Pointer } from "./pointer";
import { sceneOf, type Line, type Scene } from "./scene";
import { CanvasSurface, type Surface } from "./surface";
import { readTheme, type Theme } from "./theme";
import { Viewport } from "./viewport";

const AROUND = 60; // units around the picture in a file
const MAX_OUTLINED = 200; // lines that touch what the pointer is at

/** What a picture leaves to the next one, for when the reader comes back to it. */
export interface Kept {
  arranger: Arranger | null;
  layout: Layout | null;
  camera: Camera;
  isMoved: boolean;
  shape: { width: number; height: number };
  /** Size of the browser's window. */
  window: string;
}

/** A node, and where it stands. */
interface Anchor {
  node: number;
  x: number;
  y: number;
}

export class Picture {
  readonly #events: PictureEvents;
  readonly #host: HTMLElement;
  readonly #front = document.createElement("canvas");
  readonly #over = document.createElement("canvas");
  readonly #measure: Measure;
  readonly #sizes = new ResizeObserver(() => this.#resize());
  readonly #end = new AbortController();
  readonly #viewport: Viewport;
  readonly #bitmap: Bitmap;
  readonly #pointer: Pointer;
  #arranger: Arranger | null = null;
  #view: View | null = null;
  #layout: Layout | null = null;
  #scene: Scene | null = null;
  #theme: Theme | null = null;
  /** Where the camera was when the window was painted without a bitmap. */
  #painted: Camera = { scale: 1, x: 0, y: 0 };
  /** Request of a frame in which the bitmap is drawn. */
  #frame = 0;
  #kept: Kept | null;

  constructor(host: HTMLElement, events: PictureEvents, kept: Kept | null = null) {
    this.#host = host;
    this.#events = events;
    this.#kept = kept;
    this.#measure = kept?.arranger?.measure ?? new Measure();
    this.#arranger = kept?.arranger ?? null;
    if (this.#arranger) this.#arranger.onLate = () => this.#showLateLayout();
    for (const canvas of [this.#front, this.#over]) {
      canvas.className = "picture-layer";
      canvas.setAttribute("aria-hidden", "true");
    }
    host.append(this.#front, this.#over);
    this.#viewport = new Viewport({
      onMove: () => {
        if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
        this.#repaintLater();
      },
      onGlide: () => this.#bitmap.stop(),
      onStep: () => this.#draw(),
      onArrival: () => this.#repaint(),
    });
    this.#bitmap = new Bitmap(this.#viewport, () => {
      this.#draw();
      if (!this.#bitmap.isCurrent) this.#repaintLater();
    });
    this.#pointer = new Pointer(
      host,
      this.#viewport,
      {
        scene: () => this.#scene,
        view: () => this.#view,
        selected: () => this.#selectedItem(),
        fit: () => this.fit(),
        outline: () => this.#drawOver(),
      },
      events,
    );
    if (kept?.window === windowSize()) this.#viewport.shape = kept.shape;
    this.#sizes.observe(host);
    // A window may report a new size though it has the old one, as when a keyboard comes and goes.
    window.addEventListener(
      "resize",
      () => {
        const { width, height } = host.getBoundingClientRect();
        if (width >= 2 && height >= 2) this.#viewport.shape = { width, height };
      },
      { signal: this.#end.signal },
    );
    this.#resize();
  }

  /** Stop watching the window and all that runs; the picture is not used any more. */
  destroy(): Kept {
    this.#sizes.disconnect();
    this.#end.abort();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#viewport.stop();
    this.#bitmap.stop();
    this.#arranger?.stop();
    const { camera, isMoved, shape } = this.#viewport;
    return { arranger: this.#arranger, layout: this.#layout, camera, isMoved, shape, window: windowSize() };
  }

  /** Show a view; what has not changed since the last one is kept. */
  show(view: View): void {
    const before = this.#view;
    if (before === view && this.#scene) return;
    this.#view = view;
    if (this.#arranger?.pack !== view.pack) {
      this.#arranger = new Arranger(view.pack, orderOf(view.pack), this.#measure, () => this.#showLateLayout());
    }
    this.#theme = readTheme(this.#host);
    const viewport = this.#viewport;
    if (!viewport.width) return;
    const anchor = this.#anchorOf(before, view);
    const layout = this.#arranger.layout(view, viewport.shape.width, viewport.shape.height);
    const moved = layout !== this.#layout;
    const kind = this.#layout?.kind;
    this.#layout = layout;
    viewport.least = leastScale(layout);
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
      this.#pointer.reset();
      this.#reportDrawn();
    }
    if (moved) {
      if (anchor && kind === layout.kind) this.#holdInPlace(anchor);
      else if (!before || kind !== layout.kind || layout.kind === "layers" || (!viewport.isMoved && !view.seen)) {
        const isBack = this.#kept?.layout === layout && this.#kept.isMoved;
        viewport.isMoved = isBack;
        viewport.camera = isBack ? (this.#kept as Kept).camera : viewport.cameraOf(layout);
      }
    }
    this.#kept = null;
    if (before || this.#bitmap.exists) this.#repaint();
    else if (this.#scene) {
      // What is in the window comes first, without the room around it that the bitmap has.
      this.#paintWindow(this.#scene);
      this.#drawOver();
      this.#bitmap.paintLater(() => this.#repaint(), FIRST_PAUSE);
    }
  }

  /** Paint again, for colours have changed. */
  refresh(): void {
    this.#theme = readTheme(this.#host);
    this.#repaint();
  }

  fit(): void {
    this.#viewport.isMoved = false;
    this.#viewport.glideTo(this.#viewport.cameraOf(this.#layout as Layout));
  }

  zoom(factor: number): void {
    this.#viewport.zoom(factor);
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
    const items = Array.from(nodes, (node) => scene.itemOf[node]).filter((item) => item >= 0);
    const boxes: Box[] = items.map((item) => scene.items[item]);
    if (!boxes.length) return;
    const viewport = this.#viewport;
    const box = boundsOf(boxes);
    const height = Math.min(viewport.height, floor - this.#host.getBoundingClientRect().top);
    if (viewport.shows(box, height) && viewport.isLegible()) return;
    const least = items.some((item) => scene.items[item].kind === "column") ? ROWS_FROM : CARDS_FROM;
    const end = viewport.cameraOn(boxes, box, height, least);
    if (alone >= 0 && !viewport.shows(box, height, end)) {
      this.reveal([alone], -1, floor);
      return;
    }
    viewport.isMoved = true;
    viewport.glideTo(end);
  }

  // --- what others take from it ----------------------------------------------------------------

  /** Paint for paper: at once, as lines and letters, all on the canvas that is printed. */
  print(): void {
    const scene = this.#scene;
    if (!scene || !this.#viewport.width) return;
    this.#theme = readTheme(this.#host);
    this.#paintWindow(scene, this.#selectedItem());
  }

  /** Paint what is in the window on its own canvas, without a bitmap. */
  #paintWindow(scene: Scene, selected = -1): void {
    this.#painted = this.#viewport.camera;
    const context = this.#front.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
    context.save();
    context.fillStyle = (this.#theme as Theme).paper;
    context.fillRect(0, 0, this.#front.width, this.#front.height);
    this.#viewport.aim(context);
    const brush = this.#brush(new CanvasSurface(context), 0);
    for (const _ of paint(brush, scene));
    if (selected >= 0) paintOver(brush, scene, selected, []);
    context.restore();
  }

  /** All of the picture as an image, with every name. */
  async png(): Promise<Blob> {
    return pngOf(this.#whole(), (this.#theme as Theme).paper, this.#paintFile);
  }

  /** The same, of lines and letters; or what is in the window, as it is there. */
  svg(what: "whole" | "sight" = "whole"): string {
    const title = this.#view?.pack.header.title ?? "";
    const { camera, width, height } = this.#viewport;
    const [part, scale] = what === "whole" ? [this.#whole(), 1] : [sightOf(camera, width, height), camera.scale];
    return svgOf(part, scale, (this.#theme as Theme).paper, title, what === "whole" ? this.#paintFile : this.#paintPart);
  }

  /** Where a node, or what stands for it, is in the window; for tests and scripts. */
  placeOf(node: number): { x: number; y: number; width: number; height: number } | null {
    const item = this.#scene ? this.#scene.itemOf[node] : -1;
    if (!this.#scene || item < 0) return null;
    const box = this.#scene.items[item];
    const { scale, x, y } = this.#viewport.camera;
    const { left, top } = this.#host.getBoundingClientRect();
    return { x: left + box.x * scale + x, y: top + box.y * scale + y, width: box.width * scale, height: box.height * scale };
  }

  /** What is drawn, for tests and scripts. */
  scene(): Scene | null {
    return this.#scene;
  }

  /** Pixels to a unit of the picture, and whether a part of it is in sight; for tests and scripts. */
  get scale(): number {
    return this.#viewport.camera.scale;
  }

  isNear(box: Box): boolean {
    const { camera, width, height } = this.#viewport;
    const sight = sightOf(camera, width, height);
    return (
      box.x < sight.x + sight.width && box.x + box.width > sight.x &&
      box.y < sight.y + sight.height && box.y + box.height > sight.y
    );
  }

  /** Whether nothing is left to paint and nothing moves. */
  get quiet(): boolean {
    return this.#bitmap.quiet && !this.#viewport.isGliding;
  }

  // --- painting --------------------------------------------------------------------------------

  #brush(surface: Surface, room: number): Brush {
    const theme = this.#theme as Theme;
    const { camera, width, height } = this.#viewport;
    return {
      surface,
      theme,
      measure: this.#measure,
      view: this.#view as View,
      scale: camera.scale,
      sight: sightOf(camera, width, height, room),
      colourOf: (system) => (system < 0 ? theme.quiet : theme.systems[Math.min(system, theme.systems.length - 1)]),
    };
  }

  /** All that is drawn, with some room around it. */
  #whole(): Box {
    const { x, y, width, height } = (this.#layout as Layout).bounds;
    return { x: x - AROUND, y: y - AROUND, width: width + 2 * AROUND, height: height + 2 * AROUND };
  }

  readonly #paintPart = (surface: Surface, sight: Box, scale: number, isFile = false): void => {
    if (!this.#scene) return;
    for (const _ of paint({ ...this.#brush(surface, 0), sight, scale, isFile }, this.#scene));
  };

  /** The same, with every name whole. */
  readonly #paintFile = (surface: Surface, sight: Box, scale: number): void => this.#paintPart(surface, sight, scale, true);

  /** Paint the bitmap again, in slices. */
  #repaint(): void {
    this.#bitmap.stop();
    const scene = this.#scene;
    if (!scene || !this.#viewport.width) return;
    this.#bitmap.paint((surface, room) => paint(this.#brush(surface, room), scene), (this.#theme as Theme).paper);
  }

  /** Paint the bitmap again when the reader pauses. */
  #repaintLater(): void {
    this.#bitmap.paintLater(() => this.#repaint());
  }

  /** Draw the bitmap into the window, where the camera is now, and what is outlined over it. */
  #draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    // Whoever moves before a bitmap was painted moves what was in the window.
    if (!this.#bitmap.exists) this.#bitmap.take(this.#front, this.#painted);
    const context = this.#front.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
    context.fillStyle = (this.#theme as Theme).paper;
    context.fillRect(0, 0, this.#front.width, this.#front.height);
    this.#bitmap.drawOn(context);
    this.#drawOver();
  }

  #drawOver(): void {
    const context = this.#over.getContext("2d") as CanvasRenderingContext2D;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#over.width, this.#over.height);
    const scene = this.#scene;
    if (!scene) return;
    this.#viewport.aim(context);
    const brush = this.#brush(new CanvasSurface(context), 0);
    const selected = this.#selectedItem();
    if (selected >= 0) paintOver(brush, scene, selected, []);
    const { cursor, hover } = this.#pointer;
    if (hover?.kind === "line") paintOver(brush, scene, -1, [hover.line]);
    const at = cursor >= 0 ? cursor : hover?.kind === "item" ? hover.item : -1;
    if (at >= 0) paintOver(brush, scene, at, touchingLines(scene, at));
  }

  #selectedItem(): number {
    const focus = this.#view?.state.focus;
    if (!this.#scene || !focus || !("node" in focus)) return -1;
    return this.#scene.itemOf[focus.node];
  }

  #reportDrawn(): void {
    const scene = this.#scene as Scene;
    this.#events.onDrawn({
      nodes: scene.items.filter((item) => item.kind !== "stub").length,
      lines: scene.layout.kind === "matrix" ? scene.cells.length : scene.lines.filter((line) => line.seen).length,
      ofLines: scene.layout.kind === "matrix" ? scene.cells.length : scene.nLines,
      links: scene.nLinks,
    });
  }

  // --- where things stand ----------------------------------------------------------------------

  /** What a change looks at, opens or closes, and where it is. */
  #anchorOf(before: View | null, view: View): Anchor | null {
    if (!before || !this.#scene) return null;
    const { focus } = view.state;
    if (focus && focus !== before.state.focus && "node" in focus) return anchorAt(this.#scene, focus.node);
    if (before.state.toggled === view.state.toggled) return null;
    const changed = [...before.state.toggled, ...view.state.toggled].filter(
      (node) => before.state.toggled.has(node) !== view.state.toggled.has(node),
    );
    return changed.length === 1 ? anchorAt(this.#scene, changed[0]) : null;
  }

  /** Keep what was opened where the reader saw it. */
  #holdInPlace(anchor: Anchor): void {
    const now = anchorAt(this.#scene as Scene, anchor.node);
    if (!now) return;
    const { scale, x, y } = this.#viewport.camera;
    this.#viewport.camera = { scale, x: x + (anchor.x - now.x) * scale, y: y + (anchor.y - now.y) * scale };
  }

  #showLateLayout(): void {
    const view = this.#view;
    if (!view) return;
    this.#viewport.isMoved = false;
    this.#view = null;
    this.show(view);
    this.#events.onLate();
  }

  #resize(): void {
    const viewport = this.#viewport;
    const { width, height } = this.#host.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    if (!viewport.resize(width, height, ratio)) return;
    for (const canvas of [this.#front, this.#over]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const view = this.#view;
    if (!view) return;
    const before = this.#layout;
    this.#view = null;
    this.show(view);
    if (!viewport.isMoved && before === this.#layout && this.#layout) {
      viewport.camera = viewport.cameraOf(this.#layout);
      this.#repaint();
    }
    if (this.#bitmap.exists) this.#draw();
  }
}

const windowSize = (): string => `${window.innerWidth} ${window.innerHeight}`;

function anchorAt(scene: Scene, node: number): Anchor | null {
  const item = scene.itemOf[node];
  return item < 0 ? null : { node, x: scene.items[item].x, y: scene.items[item].y };
}

/** Lines that touch an item, or anything on the card of a table. */
function touchingLines(scene: Scene, item: number): Line[] {
  const { kind, card } = scene.items[item];
  const inside = (end: number) => end === item || (kind === "table" && scene.items[end].card === card);
  const lines = scene.lines.filter((line) => (line.seen || !scene.seen) && (inside(line.from) || inside(line.to)));
  return lines.slice(0, MAX_OUTLINED);
}
