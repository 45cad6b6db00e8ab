// The window onto the picture: how large it is, where it looks, and how it gets to another place.

import { between, fitting, sightOf, zoomed, type Camera } from "./camera";
import type { Box, Layout } from "./layout";

const GLIDE = 260; // milliseconds of a movement to another place
const MARGIN = 28; // pixels
const LEGIBLE = 0.55; // scale below which the names of columns cannot be read

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

  /** The camera that shows all of a layout. */
  cameraOf({ bounds, kind }: Layout): Camera {
    const camera = fitting(bounds, this.width, this.height, Math.min(MARGIN, this.width / 20), 1.25);
    // On a small screen the whole would be too small to read: begin at its upper left part.
    const least = this.width < 700 && kind !== "free" ? 0.5 : 0;
    if (camera.scale >= least) return camera;
    return { scale: least, x: 12 - bounds.x * least, y: 12 - bounds.y * least };
  }

  /** Whether a box lies in sight, with a margin around it. */
  shows(box: Box, height = this.height): boolean {
    const sight = sightOf(this.camera, this.width, height, -MARGIN);
    return (
      box.x >= sight.x && box.y >= sight.y &&
      box.x + box.width <= sight.x + sight.width && box.y + box.height <= sight.y + sight.height
    );
  }

  /** Whether the names of columns can be read. */
  isLegible(scale = this.camera.scale): boolean {
    return scale >= LEGIBLE;
  }

  /** Let a canvas draw in units of the picture. */
  aim(context: CanvasRenderingContext2D, ratio = this.ratio): void {
    const { scale, x, y } = this.camera;
    context.setTransform(scale * ratio, 0, 0, scale * ratio, x * ratio, y * ratio);
  }

  /** Move at once, as the reader does by hand. */
  move(camera: Camera): void {
    this.#stop();
    this.isMoved = true;
    this.camera = camera;
    this.movement.onMove();
  }

  moveBy(x: number, y: number): void {
    this.move({ ...this.camera, x: this.camera.x + x, y: this.camera.y + y });
  }

  zoom(factor: number): void {
    this.isMoved = true;
    this.glideTo(zoomed(this.camera, factor, this.width / 2, this.height / 2));
  }

  /** Bring the middle of a box into the middle of the window. */
  centre(box: Box): void {
    const { scale } = this.camera;
    this.isMoved = true;
    this.glideTo({
      scale,
      x: this.width / 2 - (box.x + box.width / 2) * scale,
      y: this.height / 2 - (box.y + box.height / 2) * scale,
    });
  }

  /** Go to another place, in some steps unless the reader prefers none. */
  glideTo(end: Camera): void {
    this.#stop();
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

  #stop(): void {
    cancelAnimationFrame(this.#glide);
    this.#glide = 0;
  }
}
