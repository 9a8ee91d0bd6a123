/*
 * Products of matrices: b is packed into strips of WIDE columns and a into panels of TALL rows, which the innermost
 * kernel multiplies with a tile of c in registers (Goto and van de Geijn, "Anatomy of high-performance matrix
 * multiplication", 2008). A panel stays in the first-level cache while the strips pass by from the second.
 */
#include "gemm.h"
#include "vector.h"

#if LANES == 16
#define TALL 14
#elif LANES == 8
#define TALL 6
#else
#define TALL 4
#endif
#define VECTORS 2
#define WIDE (VECTORS * LANES)
#define DEPTH 256   /* of k at a time; the sums of each are added in order */
#define COLUMNS 768 /* of b packed at a time */

typedef float Four __attribute__((vector_size(16), aligned(4)));

typedef struct Tile {
  size_t depth;
  const float *a; /* packed, TALL elements for each k */
  const float *b;
  size_t step_b;
  float *c;
  size_t ldc, columns;
  int add, relu;
  const float *bias;
} Tile;

INLINE void tile(const Tile *t, const int rows, const int vectors) {
  Floats sums[TALL][VECTORS];
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < vectors; j++) sums[i][j] = splat(0.0f);
  const float *a = t->a, *b = t->b;
  for (size_t k = 0; k < t->depth; k++, a += TALL, b += t->step_b) {
    Floats row[VECTORS];
    for (int j = 0; j < vectors; j++) row[j] = load(b + j * LANES);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      Floats x = splat(a[i]);
      for (int j = 0; j < vectors; j++) sums[i][j] = fma(x, row[j], sums[i][j]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    float *c = t->c + (size_t)i * t->ldc;
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      size_t left = t->columns - (size_t)j * LANES;
      Floats value = sums[i][j];
      if (left >= LANES) {
        if (t->add) value = load(c + j * LANES) + value;
        if (t->bias != NULL) value += load(t->bias + j * LANES);
        if (t->relu) value = choose(value < 0.0f, splat(0.0f), value);
        store(c + j * LANES, value);
      } else {
        float part[LANES];
        store(part, value);
        for (size_t l = 0; l < left; l++) {
          float x = part[l];
          if (t->add) x = c[j * LANES + l] + x;
          if (t->bias != NULL) x += t->bias[j * LANES + l];
          c[j * LANES + l] = t->relu && x < 0.0f ? 0.0f : x;
        }
      }
    }
  }
}

#define TILE(rows)                                            \
  case rows:                                                  \
    if (t->columns > LANES) tile(t, rows, 2);                 \
    else tile(t, rows, 1);                                    \
    break;

static void tile_of(const Tile *t, size_t rows) {
  switch (rows) {
    TILE(1) TILE(2) TILE(3) TILE(4)
#if TALL > 4
    TILE(5) TILE(6)
#endif
#if TALL > 6
    TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12) TILE(13) TILE(14)
#endif
  }
}

/* Four rows of four, `ld` apart, turned into columns, `step` apart. */
INLINE void turn_four(float *to, size_t step, const float *from, size_t ld) {
  Four a = *(const Four *)from, b = *(const Four *)(from + ld);
  Four c = *(const Four *)(from + 2 * ld), d = *(const Four *)(from + 3 * ld);
  Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  Four ef = __builtin_shufflevector(a, b, 2, 6, 3, 7), gh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(Four *)to = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  *(Four *)(to + step) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  *(Four *)(to + 2 * step) = __builtin_shufflevector(ef, gh, 0, 1, 4, 5);
  *(Four *)(to + 3 * step) = __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
}

/* to[k · step + i] = from[i · ld + k] for i < rows, k < depth. */
static void pack_turned(float *to, size_t step, const float *from, size_t ld, size_t rows, size_t depth) {
  size_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    size_t k = 0;
    for (; k + 4 <= depth; k += 4) turn_four(to + k * step + i, step, from + i * ld + k, ld);
    for (; k < depth; k++)
      for (size_t j = i; j < i + 4; j++) to[k * step + j] = from[j * ld + k];
  }
  for (; i < rows; i++)
    for (size_t k = 0; k < depth; k++) to[k * step + i] = from[i * ld + k];
}

/* to[k · step + i] = from[k · ld + i] for i < width, k < depth. */
INLINE void pack_straight(float *to, size_t step, const float *from, size_t ld, size_t width, size_t depth) {
  for (size_t k = 0; k < depth; k++, to += step, from += ld)
    for (size_t i = 0; i < width; i++) to[i] = from[i];
}

/* Columns [first, first + columns) and [from, from + depth) of k, in strips. */
static void pack_b(float *to, const Product *p, size_t first, size_t columns, size_t from, size_t depth) {
  for (size_t j = 0; j < columns; j += WIDE, to += WIDE * depth) {
    size_t width = columns - j < WIDE ? columns - j : WIDE;
    if (p->transpose_b)
      pack_turned(to, WIDE, p->b + (first + j) * p->ldb + from, p->ldb, width, depth);
    else if (width == WIDE)
      pack_straight(to, WIDE, p->b + from * p->ldb + first + j, p->ldb, WIDE, depth);
    else
      pack_straight(to, WIDE, p->b + from * p->ldb + first + j, p->ldb, width, depth);
  }
}

static void pack_a(float *to, const Product *p, size_t first, size_t rows, size_t from, size_t depth) {
  if (!p->transpose_a)
    pack_turned(to, TALL, p->a + first * p->lda + from, p->lda, rows, depth);
  else if (rows == TALL)
    pack_straight(to, TALL, p->a + from * p->lda + first, p->lda, TALL, depth);
  else
    pack_straight(to, TALL, p->a + from * p->lda + first, p->lda, rows, depth);
}

/* c = (accumulate ? c : 0) + bias, where there is nothing to add up. */
static void without_terms(const Product *p) {
  for (size_t i = 0; i < p->m; i++)
    for (size_t j = 0; j < p->n; j++) {
      float x = (p->accumulate ? p->c[i * p->ldc + j] : 0.0f) + (p->bias != NULL ? p->bias[j] : 0.0f);
      p->c[i * p->ldc + j] = p->relu && x < 0.0f ? 0.0f : x;
    }
}

void gemm_run(float *workspace, const Product *p) {
  if (p->k == 0) {
    without_terms(p);
    return;
  }
  float *panel = workspace, *strips = workspace + TALL * DEPTH + 64;
  /* Packing b pays where a strip is used again. */
  int direct = !p->transpose_b && p->m <= 2 * TALL;
  for (size_t first = 0; first < p->n; first += COLUMNS) {
    size_t columns = p->n - first < COLUMNS ? p->n - first : COLUMNS;
    for (size_t from = 0; from < p->k; from += DEPTH) {
      size_t depth = p->k - from < DEPTH ? p->k - from : DEPTH;
      int last = from + depth == p->k;
      if (!direct) pack_b(strips, p, first, columns, from, depth);
      for (size_t row = 0; row < p->m; row += TALL) {
        size_t rows = p->m - row < TALL ? p->m - row : TALL;
        pack_a(panel, p, row, rows, from, depth);
        for (size_t j = 0; j < columns; j += WIDE) {
          size_t column = first + j;
          Tile t = {.depth = depth,
                    .a = panel,
                    .b = direct ? p->b + from * p->ldb + column : strips + j * depth,
                    .step_b = direct ? p->ldb : WIDE,
                    .c = p->c + row * p->ldc + column,
                    .ldc = p->ldc,
                    .columns = columns - j < WIDE ? columns - j : WIDE,
                    .add = from > 0 || p->accumulate,
                    .relu = last && p->relu,
                    .bias = last && p->bias != NULL ? p->bias + column : NULL};
          tile_of(&t, rows);
        }
      }
    }
  }
}

static void run_one(Context *context, const Product *p) {
  if (p->thin && p->k > 0) thin_run(context->workspace, p);
  else gemm_run(context->workspace, p);
}

typedef struct Batch {
  size_t count, stride_a, stride_b, stride_c;
} Batch;

static const float *rows_of_a(const Product *p, size_t row) {
  return p->transpose_a ? p->a + row : p->a + row * p->lda;
}
static const float *columns_of_b(const Product *p, size_t column) {
  return p->transpose_b ? p->b + column * p->ldb : p->b + column;
}

/* Rows [begin, end) of panels, counted through all matrices of the batch. */
static void run_panels(Context *context, const Product *whole, const Batch *batch, size_t panels, size_t begin,
                       size_t end) {
  while (begin < end) {
    size_t index = begin / panels, panel = begin % panels;
    size_t count = panels - panel < end - begin ? panels - panel : end - begin;
    size_t row = panel * TALL;
    Product p = *whole;
    p.a += index * batch->stride_a;
    p.b += index * batch->stride_b;
    p.c += index * batch->stride_c;
    p.a = rows_of_a(&p, row);
    p.c += row * p.ldc;
    p.m = count * TALL < whole->m - row ? count * TALL : whole->m - row;
    run_one(context, &p);
    begin += count;
  }
}

static void run_columns(Context *context, const Product *whole, const Batch *batch) {
  size_t begin, end;
  kd_share(context, whole->n, WIDE, &begin, &end);
  if (begin >= end) return;
  for (size_t index = 0; index < batch->count; index++) {
    Product p = *whole;
    p.a += index * batch->stride_a;
    p.b += index * batch->stride_b;
    p.c += index * batch->stride_c + begin;
    p.b = columns_of_b(&p, begin);
    p.n = end - begin;
    if (p.bias != NULL) p.bias += begin;
    run_one(context, &p);
  }
}

/*
 * Few results of long sums: the terms are divided into parts that depend on the shape alone, each part by one thread,
 * and the parts added in order.
 */
static void run_parts(Context *context, const Product *whole, size_t parts) {
  float *partials = kd_partials(context);
  size_t size = whole->m * whole->n, begin, end;
  size_t depth = (whole->k + parts - 1) / parts;
  depth = (depth + 15) / 16 * 16;
  kd_share(context, parts, 1, &begin, &end);
  for (size_t part = begin; part < end; part++) {
    size_t from = part * depth < whole->k ? part * depth : whole->k;
    Product p = *whole;
    p.k = whole->k - from < depth ? whole->k - from : depth;
    p.a = p.transpose_a ? p.a + from * p.lda : p.a + from;
    p.b = p.transpose_b ? p.b + from : p.b + from * p.ldb;
    p.c = partials + part * size;
    p.ldc = p.n;
    p.accumulate = p.relu = 0;
    p.bias = NULL;
    run_one(context, &p);
  }
  kd_barrier(context);
  kd_share(context, size, 64, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    float sum = whole->accumulate ? whole->c[i] : 0.0f;
    for (size_t part = 0; part < parts; part++) sum += partials[part * size + i];
    if (whole->bias != NULL) sum += whole->bias[i % whole->n];
    whole->c[i] = whole->relu && sum < 0.0f ? 0.0f : sum;
  }
}

static size_t parts_of(const Product *p, size_t batch) {
  size_t size = p->m * p->n;
  /* A tile of the widest instruction set, so that the sums are the same for all. */
  size_t tiles = (p->m + 13) / 14 * ((p->n + 31) / 32);
  if (batch != 1 || tiles >= 16 || p->k < 2048) return 1;
  size_t parts = p->k / 512 < 16 ? p->k / 512 : 16;
  return parts * size <= PARTIALS ? parts : 1;
}

void kd_gemm(Context *context, const uint32_t *o) {
  size_t m = o[1], n = o[2], k = o[3];
  Batch batch = {.count = o[0], .stride_a = o[9], .stride_b = o[10], .stride_c = o[11]};
  Product p = {.m = m, .n = n, .k = k,
               .a = kd_floats(context, o[6]), .b = kd_floats(context, o[7]), .c = kd_floats(context, o[8]),
               .lda = o[4] ? m : k, .ldb = o[5] ? k : n, .ldc = n,
               .transpose_a = o[4] != 0, .transpose_b = o[5] != 0,
               .accumulate = o[14] != 0, .relu = o[13] == ACTIVATION_RELU,
               .bias = o[12] == NONE ? NULL : kd_floats(context, o[12])};
  if (m * n * batch.count == 0) return;
  p.thin = thin_fits(&p);
  size_t parts = parts_of(&p, batch.count);
  if (parts > 1) {
    run_parts(context, &p, parts);
    return;
  }
  /* Of a thin product whole rows go to a thread. */
  size_t panels = (m + TALL - 1) / TALL, strips = (n + WIDE - 1) / WIDE, threads = (size_t)context->threads;
  size_t by_rows = (panels * batch.count + threads - 1) / threads * strips;
  size_t by_columns = (strips + threads - 1) / threads * panels * batch.count;
  if (!p.thin && (by_columns < by_rows || (by_columns == by_rows && n > m))) {
    run_columns(context, &p, &batch);
    return;
  }
  size_t begin, end;
  kd_share(context, panels * batch.count, 1, &begin, &end);
  run_panels(context, &p, &batch, panels, begin, end);
}
