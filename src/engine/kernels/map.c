#include "body.h"

#define MAX_OUTPUTS 32

typedef struct Output {
  uint32_t from, type;
  float *to;
} Output;

/*
 * The operation that leaves an output in its register, if it may write straight to the output: not where a later
 * operation, or another output, reads an input that lies at the same place.
 */
static int32_t direct(const Body *body, const Output *outputs, uint32_t count, const Output *output) {
  if (output->type != 0) return -1;
  for (uint32_t k = 0; k < count; k++) {
    uint32_t index = outputs[k].from;
    if (index < body->inputs && body->input[index].data == output->to) return -1;
  }
  for (uint32_t i = body->operations; i-- > 0;) {
    const uint32_t *operation = body->operation + 5 * i;
    if (operation[1] == output->from) return (int32_t)i;
    if (operation[0] == MICRO_CONSTANT) continue;
    for (int operand = 2; operand < 5; operand++) {
      uint32_t index = operation[operand];
      if (index < body->inputs && body->input[index].mode == 0 && body->input[index].data == output->to) return -1;
    }
  }
  return -1;
}

/* Towards zero; what int32 cannot hold goes to its nearest end, NaN to 0. */
static inline int32_t whole_of(float x) {
  if (!(x > -2147483648.0f)) return x != x ? 0 : INT32_MIN;
  return x < 2147483648.0f ? (int32_t)x : INT32_MAX;
}

/* Whether an output is what was loaded from where another output goes. */
static int endangered(const Body *body, const Output *outputs, uint32_t count, const Output *output) {
  if (output->from >= body->inputs) return 0;
  for (uint32_t k = 0; k < count; k++)
    if (&outputs[k] != output && outputs[k].to == body->input[output->from].data) return 1;
  return 0;
}

/* Takes a copy of what a register holds where it lies in an input. */
static void hold(Body *body, uint32_t index, size_t length) {
  Register *from = &body->registers[index];
  float *block = body->blocks + (size_t)index * BLOCK;
  if (from->step == 0 || from->data == block) return;
  for (size_t i = 0; i < length; i++) block[i] = from->data[i];
  from->data = block;
}

static void write(Body *body, const Output *output, size_t start, size_t length) {
  const Register *from = &body->registers[output->from];
  float *to = output->to + start;
  if (from->data == to && from->step != 0) return;
  const float *elements = body_elements(body, output->from, length);
  if (output->type == 0)
    for (size_t i = 0; i < length; i++) to[i] = elements[i];
  else
    for (size_t i = 0; i < length; i++) ((int32_t *)to)[i] = whole_of(elements[i]);
}

void kd_map(Context *context, const uint32_t *operands) {
  Body body;
  Output outputs[MAX_OUTPUTS];
  const uint32_t *words = body_read(&body, context, operands);
  uint32_t count = *words++;
  int32_t source[MAX_OUTPUTS];
  int held[MAX_OUTPUTS];
  float *results[MAX_OPERATIONS];
  for (uint32_t i = 0; i < body.operations; i++) results[i] = NULL;
  for (uint32_t k = 0; k < count; k++, words += 3)
    outputs[k] = (Output){.from = words[0], .type = words[2], .to = kd_floats(context, words[1])};
  for (uint32_t k = 0; k < count; k++) {
    source[k] = direct(&body, outputs, count, &outputs[k]);
    held[k] = endangered(&body, outputs, count, &outputs[k]);
  }
  size_t begin, end;
  kd_share(context, body.count, 64, &begin, &end);
  for (size_t start = begin; start < end; start += BLOCK) {
    size_t length = end - start < BLOCK ? end - start : BLOCK;
    /* Vectors that reach beyond the last element must not be written to an output. */
    int whole = length % LANES == 0;
    for (uint32_t k = 0; k < count; k++)
      if (source[k] >= 0) results[source[k]] = whole ? outputs[k].to + start : NULL;
    body_compute(&body, start, length, results);
    for (uint32_t k = 0; k < count; k++)
      if (held[k]) hold(&body, outputs[k].from, length);
    for (uint32_t k = 0; k < count; k++) write(&body, &outputs[k], start, length);
  }
}
