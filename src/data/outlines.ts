import type { Stream } from '../math/rng';

/** Signed distance from a point to an outline, negative within. Outlines are about as large as the unit circle about 0. */
export type Outline = (x: number, y: number) => number;

const { abs, hypot, max, min } = Math;

export const disc =
  (radius: number, centre = 0): Outline =>
  (x, y) =>
    hypot(x - centre, y) - radius;

/** A rectangle with half sides `a` and `b`. */
export const box =
  (a: number, b: number): Outline =>
  (x, y) => {
    const dx = abs(x) - a;
    const dy = abs(y) - b;
    return hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0);
  };

/** The line along an outline, `width` wide, outer edge on the outline. */
export const line =
  (outline: Outline, width: number): Outline =>
  (x, y) =>
    abs(outline(x, y) + width / 2) - width / 2;

/** Exact outside; within, a bound where the outlines overlap. */
export const union =
  (...outlines: readonly Outline[]): Outline =>
  (x, y) =>
    outlines.reduce((least, outline) => min(least, outline(x, y)), Infinity);

/** A closed polygon; its inside by the even-odd rule. */
export const polygon = (corners: readonly (readonly [number, number])[]): Outline => {
  const edges = corners.map(([ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length]!;
    return { ax, ay, by, ux: bx - ax, uy: by - ay, lengthSquared: (bx - ax) ** 2 + (by - ay) ** 2 };
  });
  return (x, y) => {
    let nearest = Infinity;
    let inside = false;
    for (const { ax, ay, by, ux, uy, lengthSquared } of edges) {
      const px = x - ax;
      const py = y - ay;
      const along = min(1, max(0, (px * ux + py * uy) / lengthSquared));
      nearest = min(nearest, (px - ux * along) ** 2 + (py - uy * along) ** 2);
      if (ay > y !== by > y && px < (ux * py) / uy) inside = !inside;
    }
    return inside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
  };
};

/** A polygon with `points` corners on the unit circle; with `inner` a star, whose other corners lie at that radius. */
export const star = (points: number, inner?: number): Outline => {
  const radii = inner === undefined ? [1] : [1, inner];
  const count = points * radii.length;
  return polygon(
    Array.from({ length: count }, (_, i): [number, number] => {
      const angle = (2 * Math.PI * i) / count;
      const radius = radii[i % radii.length]!;
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    }),
  );
};

const HALF_DISC = polygon(
  Array.from({ length: 17 }, (_, i): [number, number] => [
    Math.sin((Math.PI * i) / 16) - 0.4,
    Math.cos((Math.PI * i) / 16) * 0.9,
  ]),
);

/** The classes of the data set `shapes`, in the order of their labels; `draw` varies proportions and strokes. */
export const SHAPES: readonly { readonly name: string; readonly outline: (draw: Stream) => Outline }[] = [
  { name: 'disc', outline: (draw) => disc(draw.uniform(0.8, 1)) },
  { name: 'ring', outline: (draw) => line(disc(1), draw.uniform(0.2, 0.45)) },
  { name: 'square', outline: (draw) => box(draw.uniform(0.7, 0.85), draw.uniform(0.7, 0.85)) },
  { name: 'frame', outline: (draw) => line(box(0.85, 0.85), draw.uniform(0.2, 0.45)) },
  { name: 'triangle', outline: () => star(3) },
  {
    name: 'cross',
    outline: (draw) => {
      const arm = draw.uniform(0.15, 0.32);
      return union(box(1, arm), box(arm, 1));
    },
  },
  { name: 'bar', outline: (draw) => box(1, draw.uniform(0.18, 0.4)) },
  { name: 'star', outline: (draw) => star(5, draw.uniform(0.38, 0.5)) },
  {
    name: 'two dots',
    outline: (draw) => {
      const radius = draw.uniform(0.28, 0.42);
      return union(disc(radius, radius - 1), disc(radius, 1 - radius));
    },
  },
  { name: 'half disc', outline: () => HALF_DISC },
];
