// What a picture is painted on: a canvas, or an SVG document. Both take the same strokes.

import { escaped } from "../out/xml";
import type { Weight } from "./measure";
import { font } from "./measure";
import { FACE } from "./theme";

export interface Stroke {
  colour: string;
  width: number;
  dash?: readonly number[];
  alpha?: number;
  /** Draw straight lines: from far away a bend cannot be seen. */
  straight?: boolean;
}

export interface Fill {
  colour?: string;
  stroke?: string;
  lineWidth?: number;
  radius?: number;
  alpha?: number;
}

export interface Lettering {
  size: number;
  weight: Weight;
  colour: string;
  align?: "left" | "center" | "right";
  alpha?: number;
}

export interface Surface {
  box(x: number, y: number, width: number, height: number, fill: Fill): void;
  /** Stroke curves, all in the same style. */
  curves(paths: readonly Float64Array[], stroke: Stroke): void;
  /** Polygons, filled or in outline. */
  polygons(shapes: readonly (readonly number[])[], fill: Fill): void;
  disc(x: number, y: number, radius: number, fill: Fill): void;
  /** Text, centred vertically at `y`. */
  text(text: string, x: number, y: number, lettering: Lettering): void;
  /** Text that begins at a point and runs upwards. */
  upright(text: string, x: number, y: number, lettering: Lettering): void;
}

export class CanvasSurface implements Surface {
  constructor(readonly context: CanvasRenderingContext2D) {}

  box(x: number, y: number, width: number, height: number, fill: Fill): void {
    const { context } = this;
    context.globalAlpha = fill.alpha ?? 1;
    if (!fill.radius && !fill.stroke && fill.colour) {
      context.fillStyle = fill.colour;
      context.fillRect(x, y, width, height);
      return;
    }
    context.beginPath();
    context.roundRect(x, y, width, height, fill.radius ?? 0);
    this.#finish(fill);
  }

  curves(paths: readonly Float64Array[], stroke: Stroke): void {
    const { context } = this;
    context.globalAlpha = stroke.alpha ?? 1;
    context.strokeStyle = stroke.colour;
    context.lineWidth = stroke.width;
    context.setLineDash((stroke.dash ?? []) as number[]);
    context.beginPath();
    for (const path of paths) {
      context.moveTo(path[0], path[1]);
      for (let at = 2; at < path.length; at += 6) {
        if (stroke.straight) context.lineTo(path[at + 4], path[at + 5]);
        else context.bezierCurveTo(path[at], path[at + 1], path[at + 2], path[at + 3], path[at + 4], path[at + 5]);
      }
    }
    context.stroke();
    context.setLineDash([]);
  }

  polygons(shapes: readonly (readonly number[])[], fill: Fill): void {
    const { context } = this;
    context.globalAlpha = fill.alpha ?? 1;
    context.beginPath();
    for (const shape of shapes) {
      context.moveTo(shape[0], shape[1]);
      for (let at = 2; at < shape.length; at += 2) context.lineTo(shape[at], shape[at + 1]);
      context.closePath();
    }
    this.#finish(fill);
  }

  disc(x: number, y: number, radius: number, fill: Fill): void {
    const { context } = this;
    context.globalAlpha = fill.alpha ?? 1;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    this.#finish(fill);
  }

  text(text: string, x: number, y: number, lettering: Lettering): void {
    const { context } = this;
    context.globalAlpha = lettering.alpha ?? 1;
    context.font = font(lettering.size, lettering.weight);
    context.fillStyle = lettering.colour;
    context.textAlign = lettering.align ?? "left";
    context.textBaseline = "middle";
    context.fillText(text, x, y);
  }

  upright(text: string, x: number, y: number, lettering: Lettering): void {
    const { context } = this;
    context.save();
    context.translate(x, y);
    context.rotate(-Math.PI / 2);
    this.text(text, 0, 0, lettering);
    context.restore();
  }

  #finish(fill: Fill): void {
    const { context } = this;
    if (fill.colour) {
      context.fillStyle = fill.colour;
      context.fill();
    }
    if (fill.stroke) {
      context.strokeStyle = fill.stroke;
      context.lineWidth = fill.lineWidth ?? 1;
      context.stroke();
    }
  }
}

const number = (value: number) => String(Math.round(value * 10) / 10);

export class SvgSurface implements Surface {
  #parts: string[] = [];

  box(x: number, y: number, width: number, height: number, fill: Fill): void {
    const radius = fill.radius ? ` rx="${number(fill.radius)}"` : "";
    this.#parts.push(
      `<rect x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"${radius}${fillAttributes(fill)}/>`,
    );
  }

  curves(paths: readonly Float64Array[], stroke: Stroke): void {
    if (!paths.length) return;
    const d = paths
      .map((path) => {
        let text = `M${number(path[0])} ${number(path[1])}C`;
        for (let at = 2; at < path.length; at += 1) text += `${at > 2 ? " " : ""}${number(path[at])}`;
        return text;
      })
      .join("");
    const dash = stroke.dash?.length ? ` stroke-dasharray="${stroke.dash.map(number).join(" ")}"` : "";
    this.#parts.push(
      `<path d="${d}" fill="none" stroke="${escaped(stroke.colour)}" stroke-width="${number(stroke.width)}"${dash}${opacityAttribute(stroke.alpha)}/>`,
    );
  }

  polygons(shapes: readonly (readonly number[])[], fill: Fill): void {
    if (!shapes.length) return;
    const d = shapes.map((shape) => `M${shape.map(number).join(" ")}Z`).join("");
    this.#parts.push(`<path d="${d}"${fillAttributes(fill)}/>`);
  }

  disc(x: number, y: number, radius: number, fill: Fill): void {
    this.#parts.push(`<circle cx="${number(x)}" cy="${number(y)}" r="${number(radius)}"${fillAttributes(fill)}/>`);
  }

  text(text: string, x: number, y: number, lettering: Lettering): void {
    this.#parts.push(this.#lettering(text, lettering, `x="${number(x)}" y="${number(y)}"`));
  }

  upright(text: string, x: number, y: number, lettering: Lettering): void {
    this.#parts.push(
      this.#lettering(text, lettering, `transform="translate(${number(x)} ${number(y)}) rotate(-90)"`),
    );
  }

  #lettering(text: string, { size, weight, colour, align, alpha }: Lettering, place: string): string {
    const anchor = align === "center" ? "middle" : align === "right" ? "end" : "start";
    return (
      `<text ${place} font-size="${number(size)}" font-weight="${weight}" fill="${escaped(colour)}"` +
      ` text-anchor="${anchor}" dominant-baseline="central"${opacityAttribute(alpha)}>${escaped(text)}</text>`
    );
  }

  /** The document that shows a part of the picture at a size in pixels. */
  document(view: { x: number; y: number; width: number; height: number }, width: number, height: number, paper: string, title: string): string {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${number(width)}" height="${number(height)}"` +
      ` viewBox="${number(view.x)} ${number(view.y)} ${number(view.width)} ${number(view.height)}" font-family="${escaped(FACE)}">` +
      `<title>${escaped(title)}</title>` +
      `<rect x="${number(view.x)}" y="${number(view.y)}" width="${number(view.width)}" height="${number(view.height)}" fill="${escaped(paper)}"/>` +
      `${this.#parts.join("")}</svg>\n`
    );
  }
}

function opacityAttribute(alpha: number | undefined): string {
  return alpha === undefined || alpha === 1 ? "" : ` opacity="${Math.round(alpha * 100) / 100}"`;
}

function fillAttributes(fill: Fill): string {
  const stroke = fill.stroke
    ? ` stroke="${escaped(fill.stroke)}" stroke-width="${number(fill.lineWidth ?? 1)}"`
    : "";
  return ` fill="${fill.colour ? escaped(fill.colour) : "none"}"${stroke}${opacityAttribute(fill.alpha)}`;
}
