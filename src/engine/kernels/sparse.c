/*
 * Sparse algebra; the meaning of each instruction stands beside its plain loops in src/sparse. Work is divided by rows,
 * in parts of about the same number of entries. Entries of a row are taken in order, so no result depends on the threads.
 */
#include "functions.h"
#include "kernels.h"

typedef VECTOR(float, 4) Quad;
typedef VECTOR(int32_t, 4) QuadMask;

/* Either operand being NaN gives NaN. */
INLINE Quad larger_quad(Quad a, Quad b) {
  QuadMask takes = (a > b) | (a != a);
  return (Quad)((takes & (QuadMask)a) | (~takes & (QuadMask)b));
}

/* The entries of a matrix by row. `order` is null where the number of an entry is its place. */
typedef struct Rows {
  const int32_t *pointers, *indices, *order;
  size_t begin, end; /* this thread's rows */
} Rows;

static const int32_t *ints_or_null(const Context *context, uint32_t address) {
  return address == NONE ? NULL : kd_ints(context, address);
}

/* The first row before which there are at least `target` entries and rows. */
static size_t boundary(const int32_t *pointers, size_t rows, size_t target) {
  size_t low = 0, high = rows;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if ((size_t)pointers[middle] + middle < target) low = middle + 1;
    else high = middle;
  }
  return low;
}

static Rows share_rows(const Context *context, size_t rows, const int32_t *pointers, const int32_t *indices,
                       const int32_t *order) {
  size_t total = (size_t)pointers[rows] + rows, thread = (size_t)context->thread, threads = (size_t)context->threads;
  Rows part = {pointers, indices, order, boundary(pointers, rows, total * thread / threads), rows};
  if (thread + 1 < threads) part.end = boundary(pointers, rows, total * (thread + 1) / threads);
  return part;
}

INLINE size_t entry_of(const Rows *rows, size_t place) {
  return rows->order ? (size_t)rows->order[place] : place;
}

/* Entries in no row get 0, from the last thread. */
static void clear_padding(const Context *context, const Rows *part, size_t rows, size_t entries, size_t width,
                          float *out) {
  if (context->thread + 1 < context->threads) return;
  for (size_t place = (size_t)part->pointers[rows]; place < entries; place++)
    for (size_t i = 0; i < width; i++) out[entry_of(part, place) * width + i] = 0.0f;
}

/* How far ahead rows of x are fetched. */
#define AHEAD 8

/*
 * to[0 … unit·count) = Σ over places of weight · from[index · stride …], for count units of one kind of vector. `weights`
 * is by entry, `heads` apart. Inlined for each case, so that the sums stay in registers.
 */
#define DEFINE_WEIGHTED_SUM(name, Vector, count_max)                                                                   \
  INLINE void name(const Rows *rows, size_t begin, size_t end, const float *weights, size_t heads, const float *from,  \
                   size_t stride, float *to, int count, int indexed, int weighted, int ordered) {                      \
    Vector sums[count_max];                                                                                            \
    for (int j = 0; j < count; j++) sums[j] = (Vector){0};                                                             \
    for (size_t place = begin; place < end; place++) {                                                                 \
      if (indexed && place + AHEAD < end) __builtin_prefetch(from + (size_t)rows->indices[place + AHEAD] * stride);     \
      const float *x = from + (indexed ? (size_t)rows->indices[place] : place) * stride;                               \
      float weight = weighted ? weights[(ordered ? (size_t)rows->order[place] : place) * heads] : 1.0f;                \
      for (int j = 0; j < count; j++) {                                                                                \
        Vector value = ((const Vector *)x)[j];                                                                         \
        sums[j] = weighted ? sums[j] + value * weight : sums[j] + value;                                               \
      }                                                                                                                \
    }                                                                                                                  \
    for (int j = 0; j < count; j++) ((Vector *)to)[j] = sums[j];                                                       \
  }
typedef VECTOR(float, 1) Single;
DEFINE_WEIGHTED_SUM(sum_floats, Floats, 4)
DEFINE_WEIGHTED_SUM(sum_quads, Quad, 3)
DEFINE_WEIGHTED_SUM(sum_singles, Single, 3)

/* One row and head: all of its width, in the widest vectors that fit. */
INLINE void sum_row(const Rows *rows, size_t begin, size_t end, const float *weights, size_t heads, const float *from,
                    size_t stride, float *to, size_t width, int indexed, int weighted, int ordered) {
  size_t i = 0;
#define PART(function, unit, count)                                                                                    \
  function(rows, begin, end, weights, heads, from + i, stride, to + i, count, indexed, weighted, ordered);             \
  i += (size_t)(unit) * (count)
  while (width - i >= 4 * LANES) { PART(sum_floats, LANES, 4); }
  switch ((width - i) / LANES) {
    case 3: PART(sum_floats, LANES, 3); break;
    case 2: PART(sum_floats, LANES, 2); break;
    case 1: PART(sum_floats, LANES, 1); break;
    default: break;
  }
  switch ((width - i) / 4) {
    case 3: PART(sum_quads, 4, 3); break;
    case 2: PART(sum_quads, 4, 2); break;
    case 1: PART(sum_quads, 4, 1); break;
    default: break;
  }
  switch (width - i) {
    case 3: PART(sum_singles, 1, 3); break;
    case 2: PART(sum_singles, 1, 2); break;
    case 1: PART(sum_singles, 1, 1); break;
    default: break;
  }
#undef PART
}

INLINE void sum_rows(const Rows *rows, const float *weights, size_t heads, const float *x, size_t width, float *out,
                     int indexed, int weighted, int ordered) {
  for (size_t row = rows->begin; row < rows->end; row++) {
    size_t begin = (size_t)rows->pointers[row], end = (size_t)rows->pointers[row + 1];
    for (size_t head = 0; head < heads; head++)
      sum_row(rows, begin, end, weighted ? weights + head : NULL, heads, x + head * width, heads * width,
              out + (row * heads + head) * width, width, indexed, weighted, ordered);
  }
}

/* [rows, heads, width, pointers, indices, order|NONE, values|NONE, x, out] */
static void spmm(Context *context, const uint32_t *o) {
  size_t heads = o[1], width = o[2];
  Rows rows = share_rows(context, o[0], kd_ints(context, o[3]), kd_ints(context, o[4]), ints_or_null(context, o[5]));
  const float *x = kd_floats(context, o[7]);
  float *out = kd_floats(context, o[8]);
  if (o[6] == NONE) {
    /* Without weights the heads of a row are summed as one. */
    sum_rows(&rows, NULL, 1, x, heads * width, out, 1, 0, 0);
    return;
  }
  const float *values = kd_floats(context, o[6]);
  if (rows.order) sum_rows(&rows, values, heads, x, width, out, 1, 1, 1);
  else sum_rows(&rows, values, heads, x, width, out, 1, 1, 0);
}

INLINE float dot(const float *a, const float *b, size_t width) {
  size_t i = 0;
  float sum = 0.0f;
  if (width >= LANES) {
    Floats wide = load(a) * load(b);
    for (i = LANES; i + LANES <= width; i += LANES) wide = fma(load(a + i), load(b + i), wide);
    for (int lane = 0; lane < LANES; lane++) sum += wide[lane];
  }
  if (width - i >= 4) {
    Quad quad = *(const Quad *)(a + i) * *(const Quad *)(b + i);
    for (i += 4; i + 4 <= width; i += 4) quad += *(const Quad *)(a + i) * *(const Quad *)(b + i);
    sum += (quad[0] + quad[1]) + (quad[2] + quad[3]);
  }
  for (; i < width; i++) sum += a[i] * b[i];
  return sum;
}

/* [rows, entries, heads, width, pointers, indices, order|NONE, left, right, out] */
static void sddmm(Context *context, const uint32_t *o) {
  size_t heads = o[2], width = o[3];
  Rows rows = share_rows(context, o[0], kd_ints(context, o[4]), kd_ints(context, o[5]), ints_or_null(context, o[6]));
  const float *left = kd_floats(context, o[7]), *right = kd_floats(context, o[8]);
  float *out = kd_floats(context, o[9]);
  for (size_t row = rows.begin; row < rows.end; row++) {
    const float *a = left + row * heads * width;
    size_t end = (size_t)rows.pointers[row + 1];
    for (size_t place = (size_t)rows.pointers[row]; place < end; place++) {
      if (place + AHEAD < end) __builtin_prefetch(right + (size_t)rows.indices[place + AHEAD] * heads * width);
      const float *b = right + (size_t)rows.indices[place] * heads * width;
      float *to = out + entry_of(&rows, place) * heads;
      for (size_t head = 0; head < heads; head++) to[head] = dot(a + head * width, b + head * width, width);
    }
  }
  clear_padding(context, &rows, o[0], o[1], heads, out);
}

/* [rows, entries, width, pointers, indices, order|NONE, left, right, out] */
static void edge_scores(Context *context, const uint32_t *o) {
  size_t width = o[2];
  Rows rows = share_rows(context, o[0], kd_ints(context, o[3]), kd_ints(context, o[4]), ints_or_null(context, o[5]));
  const float *left = kd_floats(context, o[6]), *right = kd_floats(context, o[7]);
  float *out = kd_floats(context, o[8]);
  for (size_t row = rows.begin; row < rows.end; row++)
    for (size_t place = (size_t)rows.pointers[row]; place < (size_t)rows.pointers[row + 1]; place++) {
      const float *a = left + row * width, *b = right + (size_t)rows.indices[place] * width;
      float *to = out + entry_of(&rows, place) * width;
      for (size_t i = 0; i < width; i++) to[i] = a[i] + b[i];
    }
  clear_padding(context, &rows, o[0], o[1], width, out);
}

/* to[0 … unit·count) = the greatest of from[index · stride …] over at least one place; NaN wins. */
#define DEFINE_LARGEST(name, Vector, larger_of, count_max)                                                             \
  INLINE void name(const Rows *rows, size_t begin, size_t end, const float *from, size_t stride, float *to,            \
                   int count, int indexed) {                                                                           \
    Vector largest[count_max];                                                                                         \
    for (size_t place = begin; place < end; place++) {                                                                 \
      if (indexed && place + AHEAD < end) __builtin_prefetch(from + (size_t)rows->indices[place + AHEAD] * stride);     \
      const Vector *x = (const Vector *)(from + (indexed ? (size_t)rows->indices[place] : place) * stride);            \
      for (int j = 0; j < count; j++)                                                                                  \
        if (place == begin) largest[j] = x[j];                                                                         \
        else largest[j] = larger_of(x[j], largest[j]);                                                                 \
    }                                                                                                                  \
    for (int j = 0; j < count; j++) ((Vector *)to)[j] = largest[j];                                                    \
  }
DEFINE_LARGEST(largest_floats, Floats, larger, 4)
DEFINE_LARGEST(largest_quads, Quad, larger_quad, 1)

INLINE void max_rows(const Rows *rows, const float *x, size_t width, float *out, int indexed) {
  for (size_t row = rows->begin; row < rows->end; row++) {
    float *to = out + row * width;
    size_t begin = (size_t)rows->pointers[row], end = (size_t)rows->pointers[row + 1], i = 0;
    if (begin == end) {
      for (; i < width; i++) to[i] = 0.0f;
      continue;
    }
    for (; i + 4 * LANES <= width; i += 4 * LANES) largest_floats(rows, begin, end, x + i, width, to + i, 4, indexed);
    for (; i + LANES <= width; i += LANES) largest_floats(rows, begin, end, x + i, width, to + i, 1, indexed);
    for (; i + 4 <= width; i += 4) largest_quads(rows, begin, end, x + i, width, to + i, 1, indexed);
    for (; i < width; i++)
      for (size_t place = begin; place < end; place++) {
        float value = x[(indexed ? (size_t)rows->indices[place] : place) * width + i];
        to[i] = place == begin || value > to[i] || value != value ? value : to[i];
      }
  }
}

/* [0 sum | 1 max, rows, width, pointers, index|NONE, x, out] */
static void row_reduce(Context *context, const uint32_t *o) {
  size_t width = o[2];
  Rows rows = share_rows(context, o[1], kd_ints(context, o[3]), ints_or_null(context, o[4]), NULL);
  const float *x = kd_floats(context, o[5]);
  float *out = kd_floats(context, o[6]);
  if (o[0] == 1 && rows.indices) max_rows(&rows, x, width, out, 1);
  else if (o[0] == 1) max_rows(&rows, x, width, out, 0);
  else if (rows.indices) sum_rows(&rows, NULL, 1, x, width, out, 1, 0, 0);
  else sum_rows(&rows, NULL, 1, x, width, out, 0, 0, 0);
}

/* Columns that are worked on together where their intermediate results need room. */
#define ROOM 256

/* [rows, width, pointers, index|NONE, order|NONE, x, out (int32)] */
static void row_arg_max(Context *context, const uint32_t *o) {
  size_t width = o[1];
  Rows rows =
      share_rows(context, o[0], kd_ints(context, o[2]), ints_or_null(context, o[3]), ints_or_null(context, o[4]));
  const float *x = kd_floats(context, o[5]);
  int32_t *out = kd_ints(context, o[6]);
  float largest[ROOM];
  for (size_t row = rows.begin; row < rows.end; row++) {
    size_t begin = (size_t)rows.pointers[row], end = (size_t)rows.pointers[row + 1];
    for (size_t first = 0; first < width; first += ROOM) {
      size_t count = width - first < ROOM ? width - first : ROOM;
      int32_t *to = out + row * width + first;
      for (size_t i = 0; i < count; i++) to[i] = -1;
      for (size_t place = begin; place < end; place++) {
        const float *from = x + (rows.indices ? (size_t)rows.indices[place] : place) * width + first;
        int32_t entry = (int32_t)entry_of(&rows, place);
        for (size_t i = 0; i < count; i++) {
          int wins = place == begin || from[i] > largest[i] || (from[i] != from[i] && largest[i] == largest[i]);
          to[i] = wins ? entry : to[i];
          largest[i] = wins ? from[i] : largest[i];
        }
      }
    }
  }
}

/* [rows, results, width, pointers, indices|NONE, order|NONE, chosen (int32), dy, out] */
static void row_max_grad(Context *context, const uint32_t *o) {
  size_t width = o[2];
  Rows rows =
      share_rows(context, o[0], kd_ints(context, o[3]), ints_or_null(context, o[4]), ints_or_null(context, o[5]));
  const int32_t *chosen = kd_ints(context, o[6]);
  const float *dy = kd_floats(context, o[7]);
  float *out = kd_floats(context, o[8]);
  for (size_t row = rows.begin; row < rows.end; row++) {
    size_t begin = (size_t)rows.pointers[row], end = (size_t)rows.pointers[row + 1];
    if (!rows.indices) {
      for (size_t place = begin; place < end; place++)
        for (size_t i = 0; i < width; i++) out[entry_of(&rows, place) * width + i] = 0.0f;
      for (size_t i = 0; i < width; i++) {
        int32_t entry = chosen[row * width + i];
        if (entry >= 0) out[(size_t)entry * width + i] = dy[row * width + i];
      }
      continue;
    }
    float *to = out + row * width;
    for (size_t i = 0; i < width; i++) to[i] = 0.0f;
    for (size_t place = begin; place < end; place++) {
      size_t from = (size_t)rows.indices[place] * width;
      int32_t entry = (int32_t)entry_of(&rows, place);
      for (size_t i = 0; i < width; i++) to[i] += chosen[from + i] == entry ? dy[from + i] : 0.0f;
    }
  }
  if (!rows.indices) clear_padding(context, &rows, o[0], o[1], width, out);
}

/* [rows, entries, width, pointers, order|NONE, x, out] */
static void row_spread(Context *context, const uint32_t *o) {
  size_t width = o[2];
  Rows rows = share_rows(context, o[0], kd_ints(context, o[3]), NULL, ints_or_null(context, o[4]));
  const float *x = kd_floats(context, o[5]);
  float *out = kd_floats(context, o[6]);
  for (size_t row = rows.begin; row < rows.end; row++)
    for (size_t place = (size_t)rows.pointers[row]; place < (size_t)rows.pointers[row + 1]; place++)
      for (size_t i = 0; i < width; i++) out[entry_of(&rows, place) * width + i] = x[row * width + i];
  clear_padding(context, &rows, o[0], o[1], width, out);
}

/* Softmax of `count` ≤ ROOM columns over one row's entries. The exponentials are taken of many entries at a time. */
static void softmax_row(const Rows *rows, size_t begin, size_t end, const float *x, size_t width, size_t count,
                        float *out) {
  float largest[ROOM], sum[ROOM], held[ROOM];
  size_t together = ROOM / count;
  for (size_t i = 0; i < count; i++) {
    largest[i] = -INFINITE;
    sum[i] = 0.0f;
  }
  for (size_t place = begin; place < end; place++) {
    const float *from = x + entry_of(rows, place) * width;
    for (size_t i = 0; i < count; i++) largest[i] = from[i] > largest[i] || from[i] != from[i] ? from[i] : largest[i];
  }
  for (size_t first = begin; first < end; first += together) {
    size_t last = first + together < end ? first + together : end;
    size_t filled = (last - first) * count;
    for (size_t place = first; place < last; place++) {
      const float *from = x + entry_of(rows, place) * width;
      for (size_t i = 0; i < count; i++) held[(place - first) * count + i] = from[i] - largest[i];
    }
    /* A last vector that is not full is filled up; ROOM is a multiple of LANES. */
    for (size_t at = filled; at % LANES != 0; at++) held[at] = 0.0f;
    for (size_t at = 0; at < filled; at += LANES) store(held + at, exponential(load(held + at)));
    for (size_t place = first; place < last; place++) {
      float *to = out + entry_of(rows, place) * width;
      const float *from = held + (place - first) * count;
      for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
        sum[i] += from[i];
      }
    }
  }
  for (size_t i = 0; i < count; i++) sum[i] = 1.0f / sum[i];
  for (size_t place = begin; place < end; place++) {
    float *to = out + entry_of(rows, place) * width;
    for (size_t i = 0; i < count; i++) to[i] *= sum[i];
  }
}

/* [rows, entries, width, pointers, order|NONE, x, out] */
static void row_softmax(Context *context, const uint32_t *o) {
  size_t width = o[2];
  Rows rows = share_rows(context, o[0], kd_ints(context, o[3]), NULL, ints_or_null(context, o[4]));
  const float *x = kd_floats(context, o[5]);
  float *out = kd_floats(context, o[6]);
  for (size_t row = rows.begin; row < rows.end; row++)
    for (size_t first = 0; first < width; first += ROOM)
      softmax_row(&rows, (size_t)rows.pointers[row], (size_t)rows.pointers[row + 1], x + first, width,
                  width - first < ROOM ? width - first : ROOM, out + first);
  clear_padding(context, &rows, o[0], o[1], width, out);
}

/* [rows, entries, width, pointers, order|NONE, y, dy, out] */
static void row_softmax_grad(Context *context, const uint32_t *o) {
  size_t width = o[2];
  Rows rows = share_rows(context, o[0], kd_ints(context, o[3]), NULL, ints_or_null(context, o[4]));
  const float *y = kd_floats(context, o[5]), *dy = kd_floats(context, o[6]);
  float *out = kd_floats(context, o[7]);
  float sum[ROOM];
  for (size_t row = rows.begin; row < rows.end; row++) {
    size_t begin = (size_t)rows.pointers[row], end = (size_t)rows.pointers[row + 1];
    for (size_t first = 0; first < width; first += ROOM) {
      size_t count = width - first < ROOM ? width - first : ROOM;
      for (size_t i = 0; i < count; i++) sum[i] = 0.0f;
      for (size_t place = begin; place < end; place++) {
        size_t at = entry_of(&rows, place) * width + first;
        for (size_t i = 0; i < count; i++) sum[i] += y[at + i] * dy[at + i];
      }
      for (size_t place = begin; place < end; place++) {
        size_t at = entry_of(&rows, place) * width + first;
        for (size_t i = 0; i < count; i++) out[at + i] = y[at + i] * (dy[at + i] - sum[i]);
      }
    }
  }
  clear_padding(context, &rows, o[0], o[1], width, out);
}

void kd_sparse(Context *context, int opcode, const uint32_t *operands) {
  switch (opcode) {
    case OP_SPMM: spmm(context, operands); break;
    case OP_SDDMM: sddmm(context, operands); break;
    case OP_EDGE_SCORES: edge_scores(context, operands); break;
    case OP_ROW_REDUCE: row_reduce(context, operands); break;
    case OP_ROW_ARG_MAX: row_arg_max(context, operands); break;
    case OP_ROW_MAX_GRAD: row_max_grad(context, operands); break;
    case OP_ROW_SPREAD: row_spread(context, operands); break;
    case OP_ROW_SOFTMAX: row_softmax(context, operands); break;
    case OP_ROW_SOFTMAX_GRAD: row_softmax_grad(context, operands); break;
    default: kd_fail(context, opcode); break;
  }
}
