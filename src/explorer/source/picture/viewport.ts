// The window onto the picture: how large it is, where it looks, and how it gets to another place.

import { between, fitting, sightOf, zoomed, type Camera } from "./camera";
import type { Box, Layout } from "./layout";
import { CARDS_FROM, leastScale, ROWS_FROM } from "./legible";

const GLIDE = 260; // milliseconds of a movement to another place
const MARGIN = 28; // pixels

/** What a viewport calls as it moves. */
export interface Movement {
  /** The reader moves the picture by hand. */
  onMove(): void;
  /** A movement to another place begins. */
  onGlide(): void;
  /** It has come some of the way. */
  onStep(): void;
  /** It has arrived. */
  onArrival(): void;
}

export class Viewport {
  camera: Camera = { scale: 1, x: 0, y: 0 };
  /** Size in CSS pixels; 0 until the window is shown. */
  width = 0;
  height = 0;
  /** Device pixels to a CSS pixel. */
  ratio = 1;
  /** The window as it is without panels: nothing should move when one opens. */
  shape = { width: 0, height: 0 };
  /** Whether the reader has moved the picture since all of it was shown. */
  isMoved = false;
  /** Scale below which nobody goes: something would have no name. */
  least = 0;
  #glide = 0;

  constructor(private readonly movement: Movement) {}

  /** Whether it is on its way to another place. */
  get isGliding(): boolean {
    return this.#glide !== 0;
  }

  /** Take a new size; return false if it is the old one, or nothing is shown. */
  resize(width: number, height: number, ratio: number): boolean {
    if (width < 2 || height < 2) return false;
    if (width === this.width && height === this.height && ratio === this.ratio) return false;
    this.width = width;
    this.height = height;
    this.ratio = ratio;
    this.shape = { width: Math.max(width, this.shape.width), height: Math.max(height, this.shape.height) };
    return true;
  }

  /** The camera that shows all of a layout, or as much of it as can be read. */
  cameraOf(layout: Layout): Camera {
    const { bounds, kind } = layout;
    const margin = Math.min(MARGIN, this.width / 20);
    const camera = fitting(bounds, this.width, this.height, margin, 1.25);
    // On a small screen lanes would stand for too much: begin where names of tables and columns are.
    const isSmall = this.width < 700 && kind !== "free" && kind !== "matrix";
    const least = isSmall || kind === "layers" ? ROWS_FROM : leastScale(layout);
    return camera.scale >= least ? camera : this.#beginningOf(bounds, least);
  }

  /** The camera that shows nodes, or the first of them where not all can be read. */
  cameraOn(boxes: readonly Box[], whole: Box, height: number, least: number): Camera {
    const camera = fitting(whole, this.width, height, 70, 1.15);
    if (camera.scale >= least) return camera;
    const begin = this.#beginningOf(whole, least);
    const [first] = boxes;
    return whole.height * least <= height
      ? { ...begin, y: (height - whole.height * least) / 2 - whole.y * least }
      : { ...begin, y: height / 2 - (first.y + first.height / 2) * least };
  }

  /** The camera at a scale that begins at the left and the top, or has in the middle what has room. */
  #beginningOf(bounds: Box, scale: number): Camera {
    const margin = 12;
    const place = (begin: number, size: number, room: number) =>
      size * scale <= room - 2 * margin ? (room - size * scale) / 2 - begin * scale : margin - begin * scale;
    return {
      scale,
      x: place(bounds.x, bounds.width, this.width),
      y: place(bounds.y, bounds.height, this.height),
    };
  }

  /** Whether a box lies in sight, with a margin around it. */
  shows(box: Box, height = this.height, camera = this.camera): boolean {
    const sight = sightOf(camera, this.width, height, -MARGIN);
    return (
      box.x >= sight.x && box.y >= sight.y &&
      box.x + box.width <= sight.x + sight.width && box.y + box.height <= sight.y + sight.height
    );
  }

  /** Whether the names of columns can be read. */
  isLegible(scale = this.camera.scale): boolean {
    return scale >= ROWS_FROM;
  }

  /** Let a canvas draw in units of the picture. */
  aim(context: CanvasRenderingContext2D, ratio = this.ratio): void {
    const { scale, x, y } = this.camera;
    context.setTransform(scale * ratio, 0, 0, scale * ratio, x * ratio, y * ratio);
  }

  /** Move at once, as the reader does by hand. */
  move(camera: Camera): void {
    this.stop();
    this.isMoved = true;
    this.camera = camera;
    this.movement.onMove();
  }

  moveBy(x: number, y: number): void {
    this.move({ ...this.camera, x: this.camera.x + x, y: this.camera.y + y });
  }

  zoom(factor: number): void {
    this.isMoved = true;
    this.glideTo(zoomed(this.camera, factor, this.width / 2, this.height / 2, this.least));
  }

  /** Zoom about a point of the window, at once. */
  zoomAt(factor: number, x: number, y: number, camera = this.camera): void {
    this.move(zoomed(camera, factor, x, y, this.least));
  }

  /** Bring the middle of a box into the middle of the window, so close that it has its name. */
  centre(box: Box): void {
    const scale = Math.max(this.camera.scale, CARDS_FROM);
    this.isMoved = true;
    this.glideTo({
      scale,
      x: this.width / 2 - (box.x + box.width / 2) * scale,
      y: this.height / 2 - (box.y + box.height / 2) * scale,
    });
  }

  /** Go to another place, in some steps unless the reader prefers none. */
  glideTo(end: Camera): void {
    this.stop();
    const begin = this.camera;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.camera = end;
      this.movement.onArrival();
      return;
    }
    const from = performance.now();
    const step = (now: number) => {
      const part = Math.min(1, Math.max(0, (now - from) / GLIDE));
      this.camera = part === 1 ? end : between(begin, end, 1 - (1 - part) ** 3);
      this.movement.onStep();
      if (part < 1) this.#glide = requestAnimationFrame(step);
      else {
        this.#glide = 0;
        this.movement.onArrival();
      }
    };
    this.movement.onGlide();
    this.#glide = requestAnimationFrame(step);
  }

  /** Stay where it is. */
  stop(): void {
    cancelAnimationFrame(this.#glide);
    this.#glide = 0;
  }
}
