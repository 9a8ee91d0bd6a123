/* Instructions on one axis of a tensor at a time: the greatest of its elements, running sums, softmax. */
#include "functions.h"
#include "kernels.h"

void kd_arg_reduce(Context *context, const uint32_t *o) {
  size_t outer = o[1], reduced = o[2], inner = o[3], begin, end;
  const float *x = kd_floats(context, o[4]);
  int32_t *out = kd_ints(context, o[5]);
  int least = o[0] != 0;
  kd_share(context, outer * inner, 16, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    const float *from = x + i / inner * reduced * inner + i % inner;
    size_t best = 0;
    for (size_t j = 1; j < reduced; j++) {
      float value = from[j * inner], held = from[best * inner];
      if (least ? value < held : value > held) best = j;
    }
    out[i] = (int32_t)best;
  }
}

void kd_cumsum(Context *context, const uint32_t *o) {
  size_t outer = o[0], n = o[1], inner = o[2], begin, end;
  int exclusive = o[3] != 0, reverse = o[4] != 0;
  const float *x = kd_floats(context, o[5]);
  float *out = kd_floats(context, o[6]);
  kd_share(context, outer * inner, 16, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    size_t base = i / inner * n * inner + i % inner;
    double sum = 0.0;
    for (size_t j = 0; j < n; j++) {
      size_t at = base + (reverse ? n - 1 - j : j) * inner;
      double next = sum + x[at];
      out[at] = (float)(exclusive ? sum : next);
      sum = next;
    }
  }
}

#define SIXTEEN (16 / LANES) /* vectors that make sixteen lanes, so that sums are the same for all instruction sets */

typedef struct Lanes {
  Floats part[SIXTEEN];
} Lanes;

INLINE Lanes all_lanes(float value) {
  Lanes lanes;
  for (int i = 0; i < SIXTEEN; i++) lanes.part[i] = splat(value);
  return lanes;
}

INLINE float across(Lanes x, int maximum) {
  float lanes[16];
  for (int i = 0; i < SIXTEEN; i++) store(lanes + i * LANES, x.part[i]);
  float result = lanes[0];
  for (int i = 1; i < 16; i++) {
    if (maximum) result = lanes[i] > result || lanes[i] != lanes[i] ? lanes[i] : result;
    else result += lanes[i];
  }
  return result;
}

/* A row that begins at `from` and is written to `to`; `rest` are its elements behind the last sixteen that are whole. */
static void softmax_row(float *to, const float *from, size_t columns) {
  size_t whole = columns / 16 * 16;
  float rest[16];
  for (size_t j = 0; j < 16; j++) rest[j] = whole + j < columns ? from[whole + j] : -INFINITE;
  Lanes greatest, sums = all_lanes(0.0f);
  for (int i = 0; i < SIXTEEN; i++) greatest.part[i] = load(rest + i * LANES);
  for (size_t j = 0; j < whole; j += 16)
    for (int i = 0; i < SIXTEEN; i++)
      greatest.part[i] = larger(greatest.part[i], load(from + j + (size_t)i * LANES));
  Floats top = splat(across(greatest, 1));
  for (size_t j = 0; j < whole; j += 16)
    for (int i = 0; i < SIXTEEN; i++) {
      Floats e = exponential(load(from + j + (size_t)i * LANES) - top);
      sums.part[i] += e;
      store(to + j + (size_t)i * LANES, e);
    }
  if (whole < columns)
    for (int i = 0; i < SIXTEEN; i++) {
      Floats e = exponential(load(rest + i * LANES) - top);
      sums.part[i] += e;
      store(rest + i * LANES, e);
    }
  Floats factor = splat(1.0f / across(sums, 0));
  for (size_t j = 0; j < whole; j += LANES) store(to + j, load(to + j) * factor);
  for (size_t j = whole; j < columns; j++) to[j] = rest[j - whole] * factor[0];
}

void kd_softmax(Context *context, const uint32_t *o) {
  size_t columns = o[1], begin, end;
  const float *x = kd_floats(context, o[2]);
  float *out = kd_floats(context, o[3]);
  kd_share(context, o[0], 1, &begin, &end);
  for (size_t row = begin; row < end; row++) softmax_row(out + row * columns, x + row * columns, columns);
}
