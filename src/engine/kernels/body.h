/*
 * The body of `map` and `reduce`: inputs loaded into registers and the operations on them, a block of up to BLOCK
 * elements at a time. An input that lies contiguous in memory is used where it is; a number that is the same for all
 * elements takes one vector instead of a block.
 */
#pragma once
#include "kernels.h"
#include "vector.h"

#define body_read KD(body_read)
#define body_compute KD(body_compute)

typedef struct Input {
  const float *data;
  uint32_t type, mode;
  const int32_t *strides;
  ptrdiff_t at; /* where the element at the body's position lies */
} Input;

/* Element i of a register is data[i & step]; `step` is 0 where one vector stands for all, else has all bits. */
typedef struct Register {
  const float *data;
  size_t step;
} Register;

typedef struct Body {
  size_t count;
  uint32_t rank, inputs, operations;
  const uint32_t *dims;
  size_t position; /* linear index that `coordinates` and the inputs' `at` belong to */
  uint32_t coordinates[MAX_RANK];
  Input input[MAX_INPUTS];
  const uint32_t *operation; /* five words each */
  Register registers[MAX_REGISTERS];
  float *blocks; /* of the registers, BLOCK elements each */
} Body;

#define BODY_WORKSPACE (MAX_REGISTERS * BLOCK)

/* Reads a body; returns the first word behind it. Takes the first BODY_WORKSPACE elements of the thread's workspace. */
const uint32_t *body_read(Body *body, const Context *context, const uint32_t *operands);

/*
 * Computes elements [start, start + length), length ≤ BLOCK; afterwards `registers` hold them, with up to a vector of
 * anything behind the last. `results`, if given, has an address for each operation: where element `start` of its result
 * shall go instead of the block of its register, or null.
 */
void body_compute(Body *body, size_t start, size_t length, float *const *results);

/* The elements of a register that was just computed, written out one by one in a block. */
static inline const float *body_elements(Body *body, uint32_t index, size_t length) {
  Register *from = &body->registers[index];
  if (from->step == 0) {
    float *block = body->blocks + (size_t)index * BLOCK;
    Floats value = load(from->data);
    for (size_t i = 0; i < length; i += LANES) store(block + i, value);
    from->data = block;
    from->step = ~(size_t)0;
  }
  return from->data;
}
