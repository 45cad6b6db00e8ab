// The picture as a file of its own: an image of pixels, or of lines and letters.
//
// A file has all of the picture, at the size at which every name can be read, whatever the window shows.

import type { Box } from "./layout";
import { ROWS_FROM } from "./legible";
import { CanvasSurface, SvgSurface, type Surface } from "./surface";

const PNG_RATIO = 2; // pixels of the image to a unit of the picture
const MAX_SIDE = 16_000; // pixels: browsers make no wider canvas
const MAX_AREA = 200e6; // pixels

/** Paints on a surface all that lies in a part of the picture, with so many pixels to a unit. */
export type PartPainter = (surface: Surface, part: Box, scale: number) => void;

export function pngOf(part: Box, paper: string, paintOn: PartPainter): Promise<Blob> {
  const { width, height } = part;
  const ratio = Math.min(PNG_RATIO, MAX_SIDE / width, MAX_SIDE / height, Math.sqrt(MAX_AREA / (width * height)));
  // Smaller, the names of columns would have no room.
  if (ratio < ROWS_FROM) return Promise.reject(new Error("The picture is too large for a PNG: save it as SVG."));
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * ratio);
  canvas.height = Math.ceil(height * ratio);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.fillStyle = paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(ratio, 0, 0, ratio, -part.x * ratio, -part.y * ratio);
  paintOn(new CanvasSurface(context), part, Math.min(1, ratio));
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large for a PNG: save it as SVG."))), "image/png"),
  );
}

export function svgOf(part: Box, scale: number, paper: string, title: string, paintOn: PartPainter): string {
  const surface = new SvgSurface();
  paintOn(surface, part, scale);
  return surface.document(part, part.width * scale, part.height * scale, paper, title);
}
