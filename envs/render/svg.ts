import type { Drawing, Ink, Shape } from './drawing';
import { hexOf } from './inks';

const rounded = (value: number) => String(Number(value.toFixed(4)));
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** One shape as SVG. `colorOf` gives a CSS colour. */
export function shapeMarkup(shape: Shape, colorOf: (ink: Ink) => string = hexOf): string {
  const color = colorOf(shape.ink);
  switch (shape.kind) {
    case 'rectangle': {
      const [x, y, width, height] = [shape.x, shape.y, shape.width, shape.height].map(rounded);
      return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${color}"/>`;
    }
    case 'circle':
      return `<circle cx="${rounded(shape.x)}" cy="${rounded(shape.y)}" r="${rounded(shape.radius)}" fill="${color}"/>`;
    case 'line': {
      const points = shape.points.map(([x, y]) => `${rounded(x)},${rounded(y)}`).join(' ');
      const style = 'fill="none" stroke-linecap="round" stroke-linejoin="round"';
      return `<polyline points="${points}" stroke="${color}" stroke-width="${rounded(shape.width)}" ${style}/>`;
    }
    case 'text': {
      const at = `x="${rounded(shape.x)}" y="${rounded(shape.y)}" font-size="${rounded(shape.size)}"`;
      return `<text ${at} fill="${color}" text-anchor="middle" font-family="sans-serif">${escaped(shape.text)}</text>`;
    }
  }
}

/** A picture as a self-contained SVG document, `size` pixels at its longer side. */
export function svgOf({ width, height, shapes }: Drawing, { size = 400 }: { size?: number } = {}): string {
  const scale = size / Math.max(width, height);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${rounded(width)} ${rounded(height)}" ` +
    `width="${Math.round(width * scale)}" height="${Math.round(height * scale)}">` +
    `${shapes.map((shape) => shapeMarkup(shape)).join('')}</svg>`
  );
}
