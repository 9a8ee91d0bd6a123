import type { Drawing, Ink, Shape } from '../render/drawing';

/** A picture of a grid: one square for each cell that has an ink, and the agent. */
export function drawBoard(
  rows: number,
  columns: number,
  inkOf: (row: number, column: number) => Ink | undefined,
  agent: readonly [row: number, column: number],
  more: readonly Shape[] = [],
): Drawing {
  const shapes: Shape[] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const ink = inkOf(row, column);
      if (ink) shapes.push({ kind: 'rectangle', x: column + 0.03, y: row + 0.03, width: 0.94, height: 0.94, ink });
    }
  shapes.push(...more, { kind: 'circle', x: agent[1] + 0.5, y: agent[0] + 0.5, radius: 0.28, ink: 'accent' });
  return { width: columns, height: rows, shapes };
}
