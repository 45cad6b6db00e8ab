// Which part of the picture is in sight, and at what scale.

import type { Box } from "./layout";

export interface Camera {
  /** Pixels to a unit. */
  scale: number;
  /** Where the picture's origin is in the window, in pixels. */
  x: number;
  y: number;
}

export const MAX_SCALE = 2.5;
export const MIN_SCALE = 0.02;

export function sightOf(camera: Camera, width: number, height: number, room = 0): Box {
  return {
    x: (-camera.x - room) / camera.scale,
    y: (-camera.y - room) / camera.scale,
    width: (width + 2 * room) / camera.scale,
    height: (height + 2 * room) / camera.scale,
  };
}

/** The camera that shows a box as large as it fits, at a scale of at most `most`. */
export function fitting(box: Box, width: number, height: number, margin: number, most: number): Camera {
  const across = Math.max(1, width - 2 * margin);
  const down = Math.max(1, height - 2 * margin);
  const scale = Math.max(
    MIN_SCALE,
    Math.min(most, across / Math.max(box.width, 1), down / Math.max(box.height, 1)),
  );
  return {
    scale,
    x: (width - box.width * scale) / 2 - box.x * scale,
    y: (height - box.height * scale) / 2 - box.y * scale,
  };
}

/** Zoom about a point of the window. */
export function zoomed(camera: Camera, factor: number, x: number, y: number, least = MIN_SCALE): Camera {
  // Who is farther away than the least scale may come closer, and not go farther.
  const floor = Math.min(least, Math.max(camera.scale, MIN_SCALE));
  const scale = Math.min(MAX_SCALE, Math.max(floor, camera.scale * factor));
  const real = scale / camera.scale;
  return { scale, x: x - (x - camera.x) * real, y: y - (y - camera.y) * real };
}

export function between(a: Camera, b: Camera, part: number): Camera {
  // Scales are interpolated by their logarithms, so that a zoom seems to have constant speed.
  const scale = a.scale * (b.scale / a.scale) ** part;
  const t = Math.abs(b.scale - a.scale) < 1e-9 ? part : (scale - a.scale) / (b.scale - a.scale);
  return { scale, x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
}
