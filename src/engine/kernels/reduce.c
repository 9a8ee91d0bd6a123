/*
 * Reductions. What is summed in which order depends on the shape alone: sixteen lanes within a block of the body, blocks
 * added up in double precision, long reductions in parts that are added in order.
 */
#include "body.h"

typedef float Sixteen __attribute__((vector_size(64), aligned(4)));
typedef int32_t SixteenInts __attribute__((vector_size(64), aligned(4)));

#define ROWS_IN_FLOAT 16 /* rows added up in single precision before they go to the double sum */

INLINE float neutral(int kind) {
  switch (kind) {
    case REDUCE_MAX: return -__builtin_inff();
    case REDUCE_MIN: return __builtin_inff();
    case REDUCE_PROD: case REDUCE_ALL: return 1.0f;
    default: return 0.0f;
  }
}

INLINE Sixteen either(SixteenInts mask, Sixteen a, Sixteen b) {
  return (Sixteen)((mask & (SixteenInts)a) | (~mask & (SixteenInts)b));
}

INLINE Sixteen combine(int kind, Sixteen a, Sixteen b) {
  SixteenInts one = (SixteenInts)(1.0f - (Sixteen){0});
  switch (kind) {
    case REDUCE_MAX: return either((a > b) | (a != a), a, b);
    case REDUCE_MIN: return either((a < b) | (a != a), a, b);
    case REDUCE_PROD: return a * b;
    case REDUCE_ANY: return (Sixteen)(((a != 0.0f) | (b != 0.0f)) & one);
    case REDUCE_ALL: return (Sixteen)(((a != 0.0f) & (b != 0.0f)) & one);
    default: return a + b;
  }
}

INLINE double combine_numbers(int kind, double a, double b) {
  switch (kind) {
    case REDUCE_MAX: return a > b || a != a ? a : b;
    case REDUCE_MIN: return a < b || a != a ? a : b;
    case REDUCE_PROD: return a * b;
    case REDUCE_ANY: return a != 0.0 || b != 0.0;
    case REDUCE_ALL: return a != 0.0 && b != 0.0;
    default: return a + b;
  }
}

/* Of up to BLOCK elements that lie side by side. */
INLINE double reduce_run(int kind, const float *x, size_t length) {
  if (length < 16) {
    double result = neutral(kind);
    for (size_t i = 0; i < length; i++) result = combine_numbers(kind, result, x[i]);
    return result;
  }
  Sixteen lanes = neutral(kind) - (Sixteen){0};
  size_t i = 0;
  for (; i + 16 <= length; i += 16) lanes = combine(kind, lanes, *(const Sixteen *)(x + i));
  if (i < length) {
    Sixteen rest = neutral(kind) - (Sixteen){0};
    for (size_t j = i; j < length; j++) rest[j - i] = x[j];
    lanes = combine(kind, lanes, rest);
  }
  float parts[16];
  *(Sixteen *)parts = lanes;
  double sums[8];
  for (int j = 0; j < 8; j++) sums[j] = combine_numbers(kind, parts[j], parts[j + 8]);
  for (int width = 4; width > 0; width /= 2)
    for (int j = 0; j < width; j++) sums[j] = combine_numbers(kind, sums[j], sums[j + width]);
  return sums[0];
}

/* acc[i] = acc[i] ∘ x[i] */
INLINE void combine_runs(int kind, float *acc, const float *x, size_t length) {
  size_t i = 0;
  for (; i + 16 <= length; i += 16)
    *(Sixteen *)(acc + i) = combine(kind, *(const Sixteen *)(acc + i), *(const Sixteen *)(x + i));
  for (; i < length; i++) acc[i] = (float)combine_numbers(kind, acc[i], x[i]);
}

typedef struct Reduction {
  size_t outer, reduced, inner;
  float *out;
  uint32_t type, from;
  Body *body;
} Reduction;

static void put(const Reduction *r, size_t index, double value) {
  if (r->type == 0)
    r->out[index] = (float)value;
  else
    ((int32_t *)r->out)[index] = (int32_t)value;
}

/* Rows of up to half a block: as many at a time as a block holds. */
INLINE void short_rows(Context *context, const Reduction *r, int kind) {
  size_t at_once = BLOCK / r->reduced, begin, end;
  kd_share(context, r->outer, 1, &begin, &end);
  for (size_t row = begin; row < end; row += at_once) {
    size_t rows = end - row < at_once ? end - row : at_once;
    body_compute(r->body, row * r->reduced, rows * r->reduced, NULL);
    const float *x = body_elements(r->body, r->from, rows * r->reduced);
    for (size_t i = 0; i < rows; i++) put(r, row + i, reduce_run(kind, x + i * r->reduced, r->reduced));
  }
}

/* `count` elements of the body from `start` on, block after block. */
INLINE double reduce_span(const Reduction *r, int kind, size_t start, size_t count) {
  double result = neutral(kind);
  for (size_t done = 0; done < count; done += BLOCK) {
    size_t length = count - done < BLOCK ? count - done : BLOCK;
    body_compute(r->body, start + done, length, NULL);
    result = combine_numbers(kind, result, reduce_run(kind, body_elements(r->body, r->from, length), length));
  }
  return result;
}

INLINE void long_rows(Context *context, const Reduction *r, int kind) {
  size_t parts = 1, begin, end;
  if (r->outer < 16) {
    parts = r->reduced / (8 * BLOCK);
    parts = parts < 1 ? 1 : parts > 64 ? 64 : parts;
  }
  size_t blocks = (r->reduced + BLOCK - 1) / BLOCK;
  size_t length = (blocks + parts - 1) / parts * BLOCK;
  double *partials = parts > 1 ? (double *)kd_partials(context) : NULL;
  kd_share(context, r->outer * parts, 1, &begin, &end);
  for (size_t unit = begin; unit < end; unit++) {
    size_t row = unit / parts, from = unit % parts * length;
    size_t count = from >= r->reduced ? 0 : r->reduced - from < length ? r->reduced - from : length;
    double value = reduce_span(r, kind, row * r->reduced + from, count);
    if (parts == 1)
      put(r, row, value);
    else
      partials[unit] = value;
  }
  if (parts == 1) return;
  kd_barrier(context);
  kd_share(context, r->outer, 1, &begin, &end);
  for (size_t row = begin; row < end; row++) {
    double value = neutral(kind);
    for (size_t part = 0; part < parts; part++)
      value = combine_numbers(kind, value, partials[row * parts + part]);
    put(r, row, value);
  }
}

/*
 * Columns of up to BLOCK: several rows lie side by side in one block and are added as one, then to each other. The
 * rows [first, first + rows) of outer index `outer` go to sums[inner].
 */
INLINE void reduce_columns(const Reduction *r, int kind, size_t outer, size_t first, size_t rows, float *acc,
                           double *wide, double *sums) {
  size_t inner = r->inner, together = BLOCK / inner, width = together * inner, held = 0;
  for (size_t i = 0; i < width; i++) acc[i] = neutral(kind), wide[i] = neutral(kind);
  for (size_t row = 0; row < rows; row += together) {
    size_t count = (rows - row < together ? rows - row : together) * inner;
    body_compute(r->body, (outer * r->reduced + first + row) * inner, count, NULL);
    combine_runs(kind, acc, body_elements(r->body, r->from, count), count);
    if (++held < ROWS_IN_FLOAT && row + together < rows) continue;
    for (size_t i = 0; i < width; i++) {
      wide[i] = combine_numbers(kind, wide[i], acc[i]);
      acc[i] = neutral(kind);
    }
    held = 0;
  }
  for (size_t i = 0; i < inner; i++) {
    double value = wide[i];
    for (size_t j = 1; j < together; j++) value = combine_numbers(kind, value, wide[i + j * inner]);
    sums[i] = value;
  }
}

INLINE void narrow_columns(Context *context, const Reduction *r, int kind) {
  size_t inner = r->inner, parts = 1, begin, end;
  if (r->outer < 16) {
    parts = r->reduced * inner / (16 * BLOCK);
    parts = parts < 1 ? 1 : parts > 32 ? 32 : parts;
  }
  size_t together = BLOCK / inner;
  size_t rows = ((r->reduced + together - 1) / together + parts - 1) / parts * together;
  float *acc = context->workspace + BODY_WORKSPACE;
  double *wide = (double *)(acc + BLOCK), *own = wide + BLOCK;
  double *partials = parts > 1 ? (double *)kd_partials(context) : NULL;
  kd_share(context, r->outer * parts, 1, &begin, &end);
  for (size_t unit = begin; unit < end; unit++) {
    size_t outer = unit / parts, first = unit % parts * rows;
    size_t count = first >= r->reduced ? 0 : r->reduced - first < rows ? r->reduced - first : rows;
    double *sums = parts > 1 ? partials + unit * inner : own;
    reduce_columns(r, kind, outer, first, count, acc, wide, sums);
    if (parts == 1)
      for (size_t i = 0; i < inner; i++) put(r, outer * inner + i, sums[i]);
  }
  if (parts == 1) return;
  kd_barrier(context);
  kd_share(context, r->outer * inner, 16, &begin, &end);
  for (size_t index = begin; index < end; index++) {
    size_t outer = index / inner, i = index % inner;
    double value = neutral(kind);
    for (size_t part = 0; part < parts; part++)
      value = combine_numbers(kind, value, partials[(outer * parts + part) * inner + i]);
    put(r, index, value);
  }
}

INLINE void wide_columns(Context *context, const Reduction *r, int kind) {
  size_t chunk = r->inner >= 8 * BLOCK ? BLOCK : BLOCK / 4, begin, end;
  size_t chunks = (r->inner + chunk - 1) / chunk;
  float *acc = context->workspace + BODY_WORKSPACE;
  double *wide = (double *)(acc + BLOCK);
  kd_share(context, r->outer * chunks, 1, &begin, &end);
  for (size_t unit = begin; unit < end; unit++) {
    size_t outer = unit / chunks, first = unit % chunks * chunk;
    size_t length = r->inner - first < chunk ? r->inner - first : chunk;
    for (size_t i = 0; i < length; i++) acc[i] = neutral(kind), wide[i] = neutral(kind);
    for (size_t row = 0; row < r->reduced; row++) {
      body_compute(r->body, (outer * r->reduced + row) * r->inner + first, length, NULL);
      combine_runs(kind, acc, body_elements(r->body, r->from, length), length);
      if ((row + 1) % ROWS_IN_FLOAT != 0 && row + 1 < r->reduced) continue;
      for (size_t i = 0; i < length; i++) {
        wide[i] = combine_numbers(kind, wide[i], acc[i]);
        acc[i] = neutral(kind);
      }
    }
    for (size_t i = 0; i < length; i++) put(r, outer * r->inner + first + i, wide[i]);
  }
}

INLINE void reduce(Context *context, const Reduction *r, int kind) {
  if (r->outer * r->inner == 0) return;
  if (r->reduced == 0) {
    size_t begin, end;
    kd_share(context, r->outer * r->inner, 16, &begin, &end);
    for (size_t i = begin; i < end; i++) put(r, i, neutral(kind));
  } else if (r->inner > BLOCK) wide_columns(context, r, kind);
  else if (r->inner > 1) narrow_columns(context, r, kind);
  else if (r->reduced <= BLOCK / 2) short_rows(context, r, kind);
  else long_rows(context, r, kind);
}

void kd_reduce(Context *context, const uint32_t *operands) {
  Body body;
  const uint32_t *after = body_read(&body, context, operands + 6);
  Reduction r = {.outer = operands[1], .reduced = operands[2], .inner = operands[3],
                 .out = kd_floats(context, operands[4]), .type = operands[5], .from = *after, .body = &body};
  switch (operands[0]) {
    case REDUCE_SUM: reduce(context, &r, REDUCE_SUM); break;
    case REDUCE_MAX: reduce(context, &r, REDUCE_MAX); break;
    case REDUCE_MIN: reduce(context, &r, REDUCE_MIN); break;
    case REDUCE_PROD: reduce(context, &r, REDUCE_PROD); break;
    case REDUCE_ANY: reduce(context, &r, REDUCE_ANY); break;
    default: reduce(context, &r, REDUCE_ALL); break;
  }
}
