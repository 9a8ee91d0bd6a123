import type { Drawing, Shape } from './drawing';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphOf } from './font';
import { hexOf } from './inks';

type Rgb = readonly [number, number, number];

export function rgbOf(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** An image in memory that shapes are painted on with smooth edges: each pixel by its distance from the shape. */
export class Raster {
  /** RGBA, row by row. */
  readonly pixels: Uint8ClampedArray;

  constructor(
    readonly width: number,
    readonly height: number,
    background: string,
  ) {
    this.pixels = new Uint8ClampedArray(4 * width * height);
    const [red, green, blue] = rgbOf(background);
    for (let k = 0; k < this.pixels.length; k += 4) this.pixels.set([red, green, blue, 255], k);
  }

  /** Paints a picture with its upper left corner at (x, y), `scale` pixels a unit. */
  draw({ shapes }: Drawing, x: number, y: number, scale: number): void {
    for (const shape of shapes) this.shape(shape, x, y, scale);
  }

  rectangle(x: number, y: number, width: number, height: number, color: string): void {
    const [halfWidth, halfHeight] = [width / 2, height / 2];
    const [cx, cy] = [x + halfWidth, y + halfHeight];
    this.paint(x, y, x + width, y + height, color, (px, py) =>
      Math.max(Math.abs(px - cx) - halfWidth, Math.abs(py - cy) - halfHeight),
    );
  }

  /** A line of text whose baseline begins at (x, y), `size` pixels high; lower-case letters are drawn as capitals. */
  text(text: string, x: number, y: number, size: number, color: string): void {
    const dot = size / GLYPH_HEIGHT;
    [...text].forEach((character, k) => {
      const rows = glyphOf(character);
      const left = x + k * (GLYPH_WIDTH + 1) * dot;
      rows.forEach((row, r) => {
        for (let c = 0; c < GLYPH_WIDTH; c++)
          if (row[c] === '#') this.rectangle(left + c * dot, y - size + r * dot, dot, dot, color);
      });
    });
  }

  private shape(shape: Shape, x: number, y: number, scale: number): void {
    const color = hexOf(shape.ink);
    const place = (at: readonly [number, number]) => [x + at[0] * scale, y + at[1] * scale] as const;
    switch (shape.kind) {
      case 'rectangle': {
        const [left, top] = place([shape.x, shape.y]);
        this.rectangle(left, top, shape.width * scale, shape.height * scale, color);
        return;
      }
      case 'circle': {
        const [cx, cy] = place([shape.x, shape.y]);
        const radius = shape.radius * scale;
        const distance = (px: number, py: number) => Math.hypot(px - cx, py - cy) - radius;
        this.paint(cx - radius, cy - radius, cx + radius, cy + radius, color, distance);
        return;
      }
      case 'line': {
        const points = shape.points.map(place);
        for (let k = 1; k < points.length; k++)
          this.stroke(points[k - 1]!, points[k]!, (shape.width * scale) / 2, color);
        return;
      }
      case 'text': {
        const size = shape.size * scale * 0.72;
        const wide = (shape.text.length * (GLYPH_WIDTH + 1) - 1) * (size / GLYPH_HEIGHT);
        const [cx, base] = place([shape.x, shape.y]);
        this.text(shape.text, cx - wide / 2, base, size, color);
      }
    }
  }

  private stroke(from: readonly [number, number], to: readonly [number, number], radius: number, color: string): void {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const square = dx * dx + dy * dy;
    const distance = (px: number, py: number) => {
      const along = square === 0 ? 0 : ((px - from[0]) * dx + (py - from[1]) * dy) / square;
      const t = Math.min(1, Math.max(0, along));
      return Math.hypot(px - from[0] - t * dx, py - from[1] - t * dy) - radius;
    };
    const [left, right] = [Math.min(from[0], to[0]) - radius, Math.max(from[0], to[0]) + radius];
    const [top, bottom] = [Math.min(from[1], to[1]) - radius, Math.max(from[1], to[1]) + radius];
    this.paint(left, top, right, bottom, color, distance);
  }

  /** Covers every pixel within the bounds by how far its centre lies inside; `distance` is negative inside. */
  private paint(
    left: number,
    top: number,
    right: number,
    bottom: number,
    color: string,
    distance: (x: number, y: number) => number,
  ): void {
    const rgb = rgbOf(color);
    const lastRow = Math.min(this.height - 1, Math.ceil(bottom));
    const lastColumn = Math.min(this.width - 1, Math.ceil(right));
    for (let row = Math.max(0, Math.floor(top) - 1); row <= lastRow; row++)
      for (let column = Math.max(0, Math.floor(left) - 1); column <= lastColumn; column++) {
        const cover = Math.min(1, 0.5 - distance(column + 0.5, row + 0.5));
        if (cover <= 0) continue;
        const at = 4 * (row * this.width + column);
        for (let c = 0; c < 3; c++) this.pixels[at + c] = this.pixels[at + c]! * (1 - cover) + rgb[c]! * cover;
      }
  }
}
