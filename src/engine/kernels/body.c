#include "body.h"
#include "functions.h"

const uint32_t *body_read(Body *body, const Context *context, const uint32_t *words) {
  body->blocks = context->workspace;
  body->count = *words++;
  body->rank = *words++;
  body->dims = words;
  words += body->rank;
  body->inputs = *words++;
  for (uint32_t i = 0; i < body->inputs; i++) {
    Input *input = &body->input[i];
    input->data = kd_floats(context, *words++);
    input->type = *words++;
    input->mode = *words++;
    input->strides = (const int32_t *)words;
    input->at = 0;
    if (input->mode == 2) words += body->rank;
  }
  body->operations = *words++;
  body->operation = words;
  for (uint32_t i = 0; i < MAX_REGISTERS; i++) body->registers[i] = (Register){NULL, 0};
  body->position = 0;
  for (uint32_t axis = 0; axis < body->rank; axis++) body->coordinates[axis] = 0;
  return words + 5 * body->operations;
}

static void seek(Body *body, size_t start) {
  size_t rest = start;
  for (uint32_t axis = body->rank; axis-- > 0;) {
    body->coordinates[axis] = (uint32_t)(rest % body->dims[axis]);
    rest /= body->dims[axis];
  }
  for (uint32_t i = 0; i < body->inputs; i++) {
    Input *input = &body->input[i];
    if (input->mode != 2) continue;
    input->at = 0;
    for (uint32_t axis = 0; axis < body->rank; axis++)
      input->at += (ptrdiff_t)body->coordinates[axis] * input->strides[axis];
  }
  body->position = start;
}

/* A run of elements `stride` apart, as floats. */
INLINE void load_run(float *to, const float *from, uint32_t type, ptrdiff_t stride, size_t length) {
  if (type == 0) {
    if (stride == 1)
      for (size_t i = 0; i < length; i++) to[i] = from[i];
    else if (stride == 0)
      for (size_t i = 0; i < length; i++) to[i] = *from;
    else
      for (size_t i = 0; i < length; i++) to[i] = from[(ptrdiff_t)i * stride];
  } else {
    const int32_t *whole = (const int32_t *)from;
    for (size_t i = 0; i < length; i++) to[i] = (float)whole[(ptrdiff_t)i * stride];
  }
}

/* Loads from body->position on without moving it; returns the input's place behind the last element. */
static ptrdiff_t load_strided(Body *body, uint32_t index, size_t length) {
  const Input *input = &body->input[index];
  float *block = body->blocks + (size_t)index * BLOCK;
  Register *to = &body->registers[index];
  ptrdiff_t at = input->at;
  uint32_t last = body->rank - 1;
  ptrdiff_t stride = input->strides[last];
  uint32_t place = body->coordinates[last], dim = body->dims[last];
  if (dim - place >= length && (stride == 0 || (stride == 1 && input->type == 0))) {
    if (stride == 1) {
      to->data = input->data + at;
      to->step = ~(size_t)0;
    } else {
      float value = input->type == 0 ? input->data[at] : (float)((const int32_t *)input->data)[at];
      store(block, splat(value));
      to->data = block;
      to->step = 0;
    }
    return at;
  }
  uint32_t coordinates[MAX_RANK];
  for (uint32_t axis = 0; axis < body->rank; axis++) coordinates[axis] = body->coordinates[axis];
  for (size_t done = 0; done < length;) {
    size_t run = dim - place;
    if (run > length - done) run = length - done;
    load_run(block + done, input->data + at, input->type, stride, run);
    done += run;
    place += (uint32_t)run;
    at += (ptrdiff_t)run * stride;
    if (place < dim) break;
    place = 0;
    at -= (ptrdiff_t)dim * stride;
    for (uint32_t axis = last; axis-- > 0;) {
      at += input->strides[axis];
      if (++coordinates[axis] < body->dims[axis]) break;
      coordinates[axis] = 0;
      at -= (ptrdiff_t)body->dims[axis] * input->strides[axis];
    }
  }
  to->data = block;
  to->step = ~(size_t)0;
  return at;
}

static void load_inputs(Body *body, size_t start, size_t length) {
  for (uint32_t i = 0; i < body->inputs; i++) {
    const Input *input = &body->input[i];
    Register *to = &body->registers[i];
    float *block = body->blocks + (size_t)i * BLOCK;
    to->data = block;
    to->step = ~(size_t)0;
    if (input->mode == 0) {
      if (input->type == 0)
        to->data = input->data + start;
      else
        load_run(block, input->data + start, 1, 1, length);
    } else if (input->mode == 1) {
      store(block, splat(input->type == 0 ? *input->data : (float)*(const int32_t *)input->data));
      to->step = 0;
    } else {
      if (body->position != start) seek(body, start);
      load_strided(body, i, length);
    }
  }
}

/* The three loops of an operation on a and b where at most one of them is the same for all elements. */
#define LOOPS(expression)                                       \
  if (sa && sb)                                                 \
    for (size_t i = 0; i < n; i += LANES) {                     \
      Floats a = load(pa + i), b = load(pb + i);                \
      store(d + i, expression);                                 \
    }                                                           \
  else if (sa) {                                                \
    Floats b = load(pb);                                        \
    for (size_t i = 0; i < n; i += LANES) {                     \
      Floats a = load(pa + i);                                  \
      store(d + i, expression);                                 \
    }                                                           \
  } else {                                                      \
    Floats a = load(pa);                                        \
    for (size_t i = 0; i < n; i += LANES) {                     \
      Floats b = load(pb + i);                                  \
      store(d + i, expression);                                 \
    }                                                           \
  }                                                             \
  break;
#define LOOP(expression)                                        \
  for (size_t i = 0; i < n; i += LANES) {                       \
    Floats a = load(pa + (i & sa)), b = load(pb + (i & sb));    \
    (void)a, (void)b;                                           \
    store(d + i, expression);                                   \
  }                                                             \
  break;

#define SELU_SCALE 1.05070098735548049342f
#define SELU_ALPHA 1.67326324235437728481f

static void compute(uint32_t code, float *d, size_t n, const Register *first, const Register *second,
                    const Register *third) {
  const float *pa = first->data, *pb = second->data, *pc = third->data;
  size_t sa = first->step, sb = second->step, sc = third->step;
  Floats zero = splat(0.0f), one = splat(1.0f);
  switch (code) {
    case MICRO_COPY: LOOP(a)
    case MICRO_SELECT:
      for (size_t i = 0; i < n; i += LANES) {
        Floats condition = load(pa + (i & sa));
        store(d + i, choose(condition != 0.0f, load(pb + (i & sb)), load(pc + (i & sc))));
      }
      break;
    case MICRO_TRUNCATE: LOOP(__builtin_elementwise_trunc(a))
    case MICRO_TO_BOOL: LOOP(truth(a != 0.0f))
    case MICRO_NEG: LOOP(-a)
    case MICRO_ABS: LOOP(absolute(a))
    case MICRO_EXP: LOOP(exponential(a))
    case MICRO_EXPM1: LOOP(exponential_minus_1(a))
    case MICRO_LOG: LOOP(logarithm(a))
    case MICRO_LOG1P: LOOP(logarithm_of_1_plus(a))
    case MICRO_SQRT: LOOP(square_root(a))
    case MICRO_RSQRT: LOOP(1.0f / square_root(a))
    case MICRO_SQUARE: LOOP(a * a)
    case MICRO_RECIPROCAL: LOOP(1.0f / a)
    case MICRO_RELU: LOOP(choose(a < 0.0f, zero, a))
    case MICRO_RELU6: LOOP(choose(a < 0.0f, zero, choose(a > 6.0f, splat(6.0f), a)))
    case MICRO_ELU: LOOP(choose(a >= 0.0f, a, exponential_minus_1(a)))
    case MICRO_SELU: LOOP(choose(a >= 0.0f, a * SELU_SCALE, exponential_minus_1(a) * (SELU_SCALE * SELU_ALPHA)))
    case MICRO_SIGMOID: LOOP(sigmoid(a))
    case MICRO_TANH: LOOP(hyperbolic_tangent(a))
    case MICRO_SOFTPLUS: LOOP(softplus(a))
    case MICRO_ERF: LOOP(error_function(a))
    case MICRO_SIN: LOOP(sine(a))
    case MICRO_COS: LOOP(cosine(a))
    case MICRO_SIGN: LOOP(choose(a > 0.0f, one, choose(a < 0.0f, -one, zero)))
    case MICRO_FLOOR: LOOP(__builtin_elementwise_floor(a))
    case MICRO_CEIL: LOOP(__builtin_elementwise_ceil(a))
    case MICRO_ROUND: LOOP(__builtin_elementwise_roundeven(a))
    case MICRO_IS_NA_N: LOOP(truth(a != a))
    case MICRO_NOT: LOOP(truth(a == 0.0f))
    case MICRO_ADD: LOOPS(a + b)
    case MICRO_SUB: LOOPS(a - b)
    case MICRO_MUL: LOOPS(a * b)
    case MICRO_DIV: LOOPS(a / b)
    case MICRO_FLOOR_DIV: LOOP(floor_divide(a, b))
    case MICRO_MOD: LOOP(modulo(a, b))
    case MICRO_POW: LOOP(power(a, b))
    case MICRO_MIN: LOOPS(smaller(a, b))
    case MICRO_MAX: LOOPS(larger(a, b))
    case MICRO_SQUARED_DIFFERENCE: LOOPS((a - b) * (a - b))
    case MICRO_EQUAL: LOOPS(truth(a == b))
    case MICRO_NOT_EQUAL: LOOPS(truth(a != b))
    case MICRO_LESS: LOOPS(truth(a < b))
    case MICRO_LESS_EQUAL: LOOPS(truth(a <= b))
    case MICRO_GREATER: LOOPS(truth(a > b))
    case MICRO_GREATER_EQUAL: LOOPS(truth(a >= b))
    case MICRO_AND: LOOP(truth((a != 0.0f) & (b != 0.0f)))
    case MICRO_OR: LOOP(truth((a != 0.0f) | (b != 0.0f)))
    case MICRO_ATAN2: LOOP(arc_tangent_2(a, b))
    case MICRO_PRELU: LOOPS(choose(a < 0.0f, b * a, a))
    case MICRO_STEP: LOOPS(choose(a > 0.0f, one, b))
    case MICRO_ELU_GRAD: LOOPS(choose(b >= 0.0f, a, a * (b + 1.0f)))
    default: __builtin_unreachable();
  }
}

static inline void keep(Register *operand, const float *block, const float *kept) {
  if (operand->data == block) operand->data = kept;
}

/* How many of an operation's operands are registers. */
static inline uint32_t operands_of(uint32_t code) {
  return code == MICRO_CONSTANT ? 0 : code == MICRO_SELECT ? 3 : code >= MICRO_ADD ? 2 : 1;
}

void body_compute(Body *body, size_t start, size_t length, float *const *results) {
  load_inputs(body, start, length);
  const uint32_t *operation = body->operation;
  for (uint32_t i = 0; i < body->operations; i++, operation += 5) {
    uint32_t code = operation[0], destination = operation[1];
    float *block = body->blocks + (size_t)destination * BLOCK;
    Register *to = &body->registers[destination];
    uint32_t used = operands_of(code);
    if (used == 0) {
      store(block, splat(kd_float_of(operation[2])));
      to->data = block;
      to->step = 0;
      continue;
    }
    Register first = body->registers[operation[2]];
    Register second = used > 1 ? body->registers[operation[3]] : first;
    Register third = used > 2 ? body->registers[operation[4]] : first;
    size_t step = first.step | second.step | third.step;
    float *target = step != 0 && results != NULL && results[i] != NULL ? results[i] : block;
    /* One vector that stands for all elements must outlive the first elements of a result in its place. */
    float kept[LANES];
    if (to->step == 0 && to->data == block && step != 0) {
      store(kept, load(block));
      keep(&first, block, kept);
      keep(&second, block, kept);
      keep(&third, block, kept);
    }
    compute(code, target, step == 0 ? LANES : length, &first, &second, &third);
    to->data = target;
    to->step = step;
  }
}
