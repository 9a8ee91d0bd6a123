/* Instructions that move elements without arithmetic on floats. */
#include "kernels.h"
#include "vector.h"

#define SIDE 16 /* of the squares that a transposing copy goes by */

typedef struct Axis {
  size_t length;
  ptrdiff_t from, to;
} Axis;

/* The axes but those of length 1, neighbours that lie like one axis joined; returns their number, or -1 for no elements. */
static int read_axes(Axis *axes, const uint32_t *o, uint32_t rank) {
  const int32_t *from = (const int32_t *)(o + rank + 1), *to = from + rank + 1;
  int count = 0;
  for (uint32_t i = 0; i < rank; i++) {
    Axis axis = {.length = o[i], .from = from[i], .to = to[i]};
    if (axis.length == 0) return -1;
    if (axis.length == 1) continue;
    Axis *last = count > 0 ? &axes[count - 1] : NULL;
    if (last != NULL && last->from == axis.from * (ptrdiff_t)axis.length &&
        last->to == axis.to * (ptrdiff_t)axis.length) {
      last->length *= axis.length;
      last->from = axis.from;
      last->to = axis.to;
    } else axes[count++] = axis;
  }
  if (count == 0) axes[count++] = (Axis){.length = 1, .from = 1, .to = 1};
  return count;
}

static void copy_run(uint32_t *to, const uint32_t *from, size_t length, ptrdiff_t to_step, ptrdiff_t from_step) {
  if (to_step == 1 && from_step == 1)
    for (size_t i = 0; i < length; i++) to[i] = from[i];
  else
    for (size_t i = 0; i < length; i++) to[(ptrdiff_t)i * to_step] = from[(ptrdiff_t)i * from_step];
}

/* Rows [begin, end) of `outer` × a plane in which `from` and `to` are contiguous along different axes. */
static void copy_plane(uint32_t *to, const uint32_t *from, const Axis *rows, const Axis *columns, size_t begin,
                       size_t end) {
  for (size_t i = begin; i < end; i += SIDE)
    for (size_t j = 0; j < columns->length; j += SIDE) {
      size_t below = end - i < SIDE ? end : i + SIDE;
      size_t right = columns->length - j < SIDE ? columns->length : j + SIDE;
      for (size_t r = i; r < below; r++)
        copy_run(to + (ptrdiff_t)r * rows->to + (ptrdiff_t)j * columns->to,
                 from + (ptrdiff_t)r * rows->from + (ptrdiff_t)j * columns->from, right - j, columns->to,
                 columns->from);
    }
}

void kd_copy(Context *context, const uint32_t *o) {
  Axis axes[32];
  uint32_t rank = o[0];
  int count = read_axes(axes, o + 1, rank);
  if (count < 0) return;
  const uint32_t *from = (const uint32_t *)kd_floats(context, o[1 + rank]);
  uint32_t *to = (uint32_t *)kd_floats(context, o[2 + 2 * rank]);
  /* The innermost axis is the one written side by side; of the others, the one read side by side is next to it. */
  int inner = count - 1, next = -1;
  for (int i = 0; i < count; i++)
    if (axes[i].to == 1) inner = i;
  for (int i = 0; i < count; i++)
    if (i != inner && axes[inner].from != 1 && axes[i].from == 1) next = i;
  for (int i = count - 1; next < 0 && i >= 0; i--)
    if (i != inner) next = i;
  Axis columns = axes[inner], rows = next < 0 ? (Axis){.length = 1} : axes[next];
  size_t outer = 1;
  int others[32], number = 0;
  for (int i = 0; i < count; i++)
    if (i != inner && i != next) {
      others[number++] = i;
      outer *= axes[i].length;
    }
  if (next < 0) {
    size_t begin, end;
    kd_share(context, columns.length, 64, &begin, &end);
    copy_run(to + (ptrdiff_t)begin * columns.to, from + (ptrdiff_t)begin * columns.from, end - begin, columns.to,
             columns.from);
    return;
  }
  size_t begin, end;
  kd_share(context, outer * rows.length, 1, &begin, &end);
  while (begin < end) {
    size_t plane = begin / rows.length, row = begin % rows.length;
    size_t length = rows.length - row < end - begin ? rows.length - row : end - begin;
    ptrdiff_t from_offset = 0, to_offset = 0;
    size_t rest = plane;
    for (int i = number; i-- > 0;) {
      const Axis *axis = &axes[others[i]];
      ptrdiff_t at = (ptrdiff_t)(rest % axis->length);
      rest /= axis->length;
      from_offset += at * axis->from;
      to_offset += at * axis->to;
    }
    if (columns.from == 1 || rows.from != 1)
      for (size_t r = row; r < row + length; r++)
        copy_run(to + to_offset + (ptrdiff_t)r * rows.to, from + from_offset + (ptrdiff_t)r * rows.from,
                 columns.length, columns.to, columns.from);
    else
      copy_plane(to + to_offset, from + from_offset, &rows, &columns, row, row + length);
    begin += length;
  }
}

void kd_fill(Context *context, const uint32_t *o) {
  size_t begin, end;
  uint32_t *to = (uint32_t *)kd_floats(context, o[0]);
  kd_share(context, o[1], 64, &begin, &end);
  for (size_t i = begin; i < end; i++) to[i] = o[2];
}

void kd_gather(Context *context, const uint32_t *o) {
  size_t outer = o[0], rows = o[1], inner = o[2], count = o[3], begin, end;
  const float *x = kd_floats(context, o[4]);
  const int32_t *indices = kd_ints(context, o[5]);
  float *out = kd_floats(context, o[6]);
  kd_share(context, outer * count, 1, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    int32_t index = indices[i % count];
    float *to = out + i * inner;
    if (index < 0 || (size_t)index >= rows) {
      for (size_t j = 0; j < inner; j++) to[j] = __builtin_nanf("");
      kd_fail(context, OP_GATHER);
      continue;
    }
    const float *from = x + (i / count * rows + (size_t)index) * inner;
    for (size_t j = 0; j < inner; j++) to[j] = from[j];
  }
}

/* Each thread has segments of its own and looks through all ids for them. */
void kd_segment_sum(Context *context, const uint32_t *o) {
  size_t n = o[0], inner = o[1], segments = o[2], begin, end;
  const float *x = kd_floats(context, o[3]);
  const int32_t *ids = kd_ints(context, o[4]);
  float *out = kd_floats(context, o[5]);
  kd_share(context, segments, 1, &begin, &end);
  for (size_t i = begin * inner; i < end * inner; i++) out[i] = 0.0f;
  for (size_t i = 0; i < n; i++) {
    int32_t id = ids[i];
    if (id < 0 || (size_t)id < begin || (size_t)id >= end) continue;
    float *to = out + (size_t)id * inner;
    const float *from = x + i * inner;
    for (size_t j = 0; j < inner; j++) to[j] += from[j];
  }
}

void kd_one_hot(Context *context, const uint32_t *o) {
  size_t n = o[0], depth = o[1], begin, end;
  const int32_t *indices = kd_ints(context, o[4]);
  uint32_t *out = (uint32_t *)kd_floats(context, o[5]);
  kd_share(context, n, 16, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    uint32_t *to = out + i * depth;
    for (size_t j = 0; j < depth; j++) to[j] = o[3];
    if (indices[i] >= 0 && (size_t)indices[i] < depth) to[indices[i]] = o[2];
  }
}
