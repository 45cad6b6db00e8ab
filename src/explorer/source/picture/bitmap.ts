// The picture as a bitmap somewhat larger than the window, painted in slices.
//
// While the camera moves, the bitmap is moved and stretched, which is quick however much is drawn.
// A new one is painted on a second canvas, a slice at a time, and takes its place when it is complete.

import type { Camera } from "./camera";
import { CanvasSurface, type Surface } from "./surface";
import type { Viewport } from "./viewport";

const ROOM = 220; // pixels painted beyond each side of the window
const PAUSE = 110; // milliseconds without a movement before the bitmap is painted again
/** The same before the first bitmap: the page itself comes first. */
export const FIRST_PAUSE = 400;
const SLICE = 9; // milliseconds of painting before the page may do something else

/** Paints on a surface, step by step, what is in sight and `room` pixels around it. */
export type Painter = (surface: Surface, room: number) => Generator<void>;

interface Job {
  steps: Generator<void>;
  camera: Camera;
}

export class Bitmap {
  #shown = document.createElement("canvas");
  #back = document.createElement("canvas");
  /** Where the camera was when the bitmap that is shown was painted. */
  #camera: Camera | null = null;
  /** Pixels that it has beyond each side of the window. */
  #room = 0;
  #job: Job | null = null;
  #pause = 0;

  constructor(
    private readonly viewport: Viewport,
    /** Called when a new bitmap is complete. */
    private readonly onPainted: () => void,
  ) {}

  /** Whether there is a bitmap to show. */
  get exists(): boolean {
    return this.#camera !== null;
  }

  /** Whether nothing is being painted, or waits for it. */
  get quiet(): boolean {
    return !this.#job && !this.#pause;
  }

  /** Whether the bitmap was painted for where the camera is now. */
  get isCurrent(): boolean {
    const { scale, x, y } = this.viewport.camera;
    return this.#camera !== null && this.#camera.scale === scale && this.#camera.x === x && this.#camera.y === y;
  }

  /** Show what the window shows, for a camera, until a bitmap was painted: to paint one takes longer than a frame. */
  take(window: HTMLCanvasElement, camera: Camera): void {
    const shown = this.#shown;
    shown.width = window.width;
    shown.height = window.height;
    (shown.getContext("2d", { alpha: false }) as CanvasRenderingContext2D).drawImage(window, 0, 0);
    this.#camera = camera;
    this.#room = 0;
  }

  /** Paint the bitmap again, in slices. */
  paint(painter: Painter, paper: string): void {
    this.stop();
    const { camera, width, height, ratio } = this.viewport;
    const back = this.#back;
    const across = Math.round((width + 2 * ROOM) * ratio);
    const down = Math.round((height + 2 * ROOM) * ratio);
    if (back.width !== across || back.height !== down) {
      back.width = across;
      back.height = down;
    }
    const context = back.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
    const pixels = camera.scale * ratio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = paper;
    context.fillRect(0, 0, across, down);
    context.setTransform(pixels, 0, 0, pixels, (camera.x + ROOM) * ratio, (camera.y + ROOM) * ratio);
    this.#job = { steps: painter(new CanvasSurface(context), ROOM), camera };
    this.#paintSlice(3 * SLICE);
  }

  /** Abandon what is being painted, and call `repaint` when the reader pauses. */
  paintLater(repaint: () => void, pause = PAUSE): void {
    this.stop();
    this.#pause = window.setTimeout(repaint, pause);
  }

  /** Abandon what is being painted, and what waits for a pause. */
  stop(): void {
    this.#job = null;
    clearTimeout(this.#pause);
    this.#pause = 0;
  }

  /** Draw the bitmap into the window, where the camera is now. */
  drawOn(context: CanvasRenderingContext2D): void {
    const bitmap = this.#shown;
    const painted = this.#camera;
    if (!painted || !bitmap.width) return;
    const { camera, ratio } = this.viewport;
    const stretch = camera.scale / painted.scale;
    const x = (camera.x - (this.#room + painted.x) * stretch) * ratio;
    const y = (camera.y - (this.#room + painted.y) * stretch) * ratio;
    context.imageSmoothingEnabled = stretch !== 1;
    context.drawImage(bitmap, x, y, bitmap.width * stretch, bitmap.height * stretch);
  }

  #paintSlice(milliseconds: number): void {
    const job = this.#job;
    if (!job) return;
    const until = performance.now() + milliseconds;
    while (!job.steps.next().done) {
      if (performance.now() > until) {
        requestAnimationFrame(() => {
          if (this.#job === job) this.#paintSlice(SLICE);
        });
        return;
      }
    }
    this.#job = null;
    [this.#shown, this.#back] = [this.#back, this.#shown];
    this.#camera = job.camera;
    this.#room = ROOM;
    this.onPainted();
  }
}
