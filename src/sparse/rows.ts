import { sparseKernel } from './kernel';

/*
 * Kernels over the entries of each row. What is reduced are rows of a matrix x [n, width]: that of place p is `index[p]`,
 * or p itself without an index. The index is the entries' order where x has a row for each entry, their columns where
 * x has a row for each column.
 */

export const SUM = 0;
export const MAX = 1;

/** out[r,:] = the sum or maximum over the places p of row r of x[index[p],:]; 0 for a row without entries. NaN wins. */
export const reduceKernel = sparseKernel({
  name: 'rowReduce',
  sizes: ['kind', 'rows', 'width'],
  inputs: ['pointers', 'index', 'x'],
  shape: ({ rows, width }) => [rows, width],
  compute: ({ kind, rows, width }, { pointers, index, x }, out) => {
    for (let row = 0; row < rows; row++)
      for (let place = pointers[row]!; place < pointers[row + 1]!; place++) {
        const from = (index ? index[place]! : place) * width;
        const to = row * width;
        const first = kind === MAX && place === pointers[row]!;
        for (let i = 0; i < width; i++) {
          const value = x[from + i]!;
          if (kind === SUM) out[to + i]! += value;
          else if (first || value > out[to + i]! || Number.isNaN(value)) out[to + i] = value;
        }
      }
  },
});

/** The number order[p] of the entry of row r with the first maximum of x[index[p],:]; −1 for a row without entries. */
export const argMaxKernel = sparseKernel({
  name: 'rowArgMax',
  sizes: ['rows', 'width'],
  inputs: ['pointers', 'index', 'order', 'x'],
  dtype: 'int32',
  shape: ({ rows, width }) => [rows, width],
  compute: ({ rows, width }, { pointers, index, order, x }, out) => {
    const largest = new Float64Array(width);
    for (let row = 0; row < rows; row++) {
      out.fill(-1, row * width, (row + 1) * width);
      for (let place = pointers[row]!; place < pointers[row + 1]!; place++) {
        const from = (index ? index[place]! : place) * width;
        const entry = order ? order[place]! : place;
        for (let i = 0; i < width; i++) {
          const value = x[from + i]!;
          const before = largest[i]!;
          const wins = value > before || (Number.isNaN(value) && !Number.isNaN(before));
          if (place !== pointers[row] && !wins) continue;
          largest[i] = value;
          out[row * width + i] = entry;
        }
      }
    }
  },
});

/**
 * The gradient of a maximum. Without `indices`: of entries; out [entries, width] has dy[r,:] at the entries chosen[r,:]. With
 * them: of columns; the layout is by column, out [rows, width] sums dy[indices[p],:] where chosen[indices[p],:] is order[p].
 */
export const maxGradientKernel = sparseKernel({
  name: 'rowMaxGrad',
  sizes: ['rows', 'results', 'width'],
  inputs: ['pointers', 'indices', 'order', 'chosen', 'dy'],
  shape: ({ results, width }) => [results, width],
  compute: ({ rows, width }, { pointers, indices, order, chosen, dy }, out) => {
    for (let row = 0; row < rows; row++) {
      if (!indices) {
        for (let at = row * width, i = 0; i < width; i++, at++)
          if (chosen[at]! >= 0) out[chosen[at]! * width + i] = dy[at]!;
        continue;
      }
      for (let place = pointers[row]!; place < pointers[row + 1]!; place++) {
        const from = indices[place]! * width;
        const entry = order ? order[place]! : place;
        for (let i = 0; i < width; i++) if (chosen[from + i] === entry) out[row * width + i]! += dy[from + i]!;
      }
    }
  },
});

/** out[order[p],:] = x[r,:] for the places p of every row r; entries in no row get 0. */
export const spreadKernel = sparseKernel({
  name: 'rowSpread',
  sizes: ['rows', 'entries', 'width'],
  inputs: ['pointers', 'order', 'x'],
  shape: ({ entries, width }) => [entries, width],
  compute: ({ rows, width }, { pointers, order, x }, out) => {
    for (let row = 0; row < rows; row++)
      for (let place = pointers[row]!; place < pointers[row + 1]!; place++) {
        const to = (order ? order[place]! : place) * width;
        for (let i = 0; i < width; i++) out[to + i] = x[row * width + i]!;
      }
  },
});

/** Softmax of x [entries, width] over the entries of each row, every column by itself. */
export const softmaxKernel = sparseKernel({
  name: 'rowSoftmax',
  sizes: ['rows', 'entries', 'width'],
  inputs: ['pointers', 'order', 'x'],
  shape: ({ entries, width }) => [entries, width],
  compute: ({ rows, width }, { pointers, order, x }, out) => {
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < width; i++) {
        const at = (place: number) => (order ? order[place]! : place) * width + i;
        const [begin, end] = [pointers[row]!, pointers[row + 1]!];
        let largest = Number.NEGATIVE_INFINITY;
        for (let place = begin; place < end; place++) largest = Math.max(largest, x[at(place)]!);
        let sum = 0;
        for (let place = begin; place < end; place++) sum += Math.exp(x[at(place)]! - largest);
        for (let place = begin; place < end; place++) out[at(place)] = Math.exp(x[at(place)]! - largest) / sum;
      }
  },
});

/** The gradient of `softmaxKernel` by its result y: y · (dy − Σ y · dy), the sum over the row's entries. */
export const softmaxGradientKernel = sparseKernel({
  name: 'rowSoftmaxGrad',
  sizes: ['rows', 'entries', 'width'],
  inputs: ['pointers', 'order', 'y', 'dy'],
  shape: ({ entries, width }) => [entries, width],
  compute: ({ rows, width }, { pointers, order, y, dy }, out) => {
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < width; i++) {
        const at = (place: number) => (order ? order[place]! : place) * width + i;
        const [begin, end] = [pointers[row]!, pointers[row + 1]!];
        let sum = 0;
        for (let place = begin; place < end; place++) sum += y[at(place)]! * dy[at(place)]!;
        for (let place = begin; place < end; place++) out[at(place)] = y[at(place)]! * (dy[at(place)]! - sum);
      }
  },
});

/** out[order[p],:] = left[r,:] + right[indices[p],:] for the places p of every row r. */
export const scoresKernel = sparseKernel({
  name: 'edgeScores',
  sizes: ['rows', 'entries', 'width'],
  inputs: ['pointers', 'indices', 'order', 'left', 'right'],
  shape: ({ entries, width }) => [entries, width],
  compute: ({ rows, width }, { pointers, indices, order, left, right }, out) => {
    for (let row = 0; row < rows; row++)
      for (let place = pointers[row]!; place < pointers[row + 1]!; place++) {
        const to = (order ? order[place]! : place) * width;
        const from = indices[place]! * width;
        for (let i = 0; i < width; i++) out[to + i] = left[row * width + i]! + right[from + i]!;
      }
  },
});
