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

INLINE float across(Floats x, int maximum) {
  float lanes[LANES];
  store(lanes, x);
  float result = lanes[0];
  for (int i = 1; i < LANES; i++) {
    if (maximum) result = lanes[i] > result || lanes[i] != lanes[i] ? lanes[i] : result;
    else result += lanes[i];
  }
  return result;
}

void kd_softmax(Context *context, const uint32_t *o) {
  size_t columns = o[1], begin, end;
  const float *x = kd_floats(context, o[2]);
  float *out = kd_floats(context, o[3]);
  size_t whole = columns / LANES * LANES;
  kd_share(context, o[0], 1, &begin, &end);
  for (size_t row = begin; row < end; row++) {
    const float *from = x + row * columns;
    float *to = out + row * columns;
    /* A last vector that is not full is filled up with what changes nothing. */
    Floats rest = splat(-INFINITE);
    for (size_t j = whole; j < columns; j++) rest[j - whole] = from[j];
    Floats greatest = rest;
    for (size_t j = 0; j < whole; j += LANES) greatest = larger(greatest, load(from + j));
    Floats top = splat(across(greatest, 1));
    Floats sums = splat(0.0f);
    for (size_t j = 0; j < whole; j += LANES) {
      Floats e = exponential(load(from + j) - top);
      sums += e;
      store(to + j, e);
    }
    rest = exponential(rest - top);
    sums += rest;
    Floats factor = splat(1.0f / across(sums, 0));
    for (size_t j = 0; j < whole; j += LANES) store(to + j, load(to + j) * factor);
    rest *= factor;
    for (size_t j = whole; j < columns; j++) to[j] = rest[j - whole];
  }
}
