// What is in the window, as a file of its own: an image of pixels, or of lines and letters.

import { sightOf } from "./camera";
import { CanvasSurface, SvgSurface, type Surface } from "./surface";
import type { Viewport } from "./viewport";

const PNG_RATIO = 2; // pixels of the image to a CSS pixel

export function pngOf(viewport: Viewport, paper: string, paintOn: (surface: Surface) => void): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = viewport.width * PNG_RATIO;
  canvas.height = viewport.height * PNG_RATIO;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.fillStyle = paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  viewport.aim(context, PNG_RATIO);
  paintOn(new CanvasSurface(context));
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large for a PNG."))), "image/png"),
  );
}

export function svgOf(viewport: Viewport, paper: string, title: string, paintOn: (surface: Surface) => void): string {
  const surface = new SvgSurface();
  paintOn(surface);
  const { camera, width, height } = viewport;
  return surface.document(sightOf(camera, width, height), width, height, paper, title);
}
