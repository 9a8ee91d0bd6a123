/*
 * What the kernels share: the context that every instruction gets, the division of work over threads, and the entry of
 * each group of instructions. One source serves WebAssembly (SIMD128, strict and relaxed) and x86-64 (AVX2 and AVX-512,
 * every file compiled once for each; ISA is a suffix of the names). No C library: only what compilers provide.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "opcodes.h"
#include "threads.h"

#define KD_JOIN(name, isa) name##_##isa
#define KD_NAME_OF(name, isa) KD_JOIN(name, isa)
#ifdef ISA
#define KD(name) KD_NAME_OF(name, ISA)
#else
#define KD(name) name
#endif

#define kd_execute KD(kd_execute)
#define kd_map KD(kd_map)
#define kd_reduce KD(kd_reduce)
#define kd_gemm KD(kd_gemm)

#define kd_copy KD(kd_copy)
#define kd_fill KD(kd_fill)
#define kd_gather KD(kd_gather)
#define kd_segment_sum KD(kd_segment_sum)
#define kd_one_hot KD(kd_one_hot)
#define kd_arg_reduce KD(kd_arg_reduce)
#define kd_cumsum KD(kd_cumsum)
#define kd_softmax KD(kd_softmax)
#define kd_window KD(kd_window)
#define kd_random KD(kd_random)
#define kd_sparse KD(kd_sparse)

/* What a thread runs an instruction with. `thread` < `threads`. */
typedef struct Context {
  float *memory;       /* addresses in instructions count 4-byte elements from here */
  int thread, threads;
  float *workspace;    /* this thread's own, WORKSPACE elements, 64-byte aligned; holds nothing between instructions */
  float *partials[2];  /* shared by all threads, PARTIALS elements each; taken in turn by kd_partials */
  unsigned turn;
  Pool *pool;
} Context;

/* A program from its first instruction to `end`. */
void kd_execute(Context *context, const uint32_t *code);

/* Every instruction: `operands` follow the opcode and the length. */
void kd_map(Context *context, const uint32_t *operands);
void kd_reduce(Context *context, const uint32_t *operands);
void kd_gemm(Context *context, const uint32_t *operands);
void kd_copy(Context *context, const uint32_t *operands);
void kd_fill(Context *context, const uint32_t *operands);
void kd_gather(Context *context, const uint32_t *operands);
void kd_segment_sum(Context *context, const uint32_t *operands);
void kd_one_hot(Context *context, const uint32_t *operands);
void kd_arg_reduce(Context *context, const uint32_t *operands);
void kd_cumsum(Context *context, const uint32_t *operands);
void kd_softmax(Context *context, const uint32_t *operands);
void kd_window(Context *context, const uint32_t *operands);
void kd_random(Context *context, const uint32_t *operands);
/* 'spmm', 'custom1' …: `opcode` is OP_SPMM, OP_CUSTOM1, … */
void kd_sparse(Context *context, int opcode, const uint32_t *operands);

static inline float *kd_floats(const Context *context, uint32_t address) { return context->memory + address; }
static inline int32_t *kd_ints(const Context *context, uint32_t address) {
  return (int32_t *)(context->memory + address);
}

/* This thread's part [*begin, *end) of `total` results, in multiples of `unit` (the last one may be shorter). */
static inline void kd_share(const Context *context, size_t total, size_t unit, size_t *begin, size_t *end) {
  size_t units = (total + unit - 1) / unit;
  size_t first = units * (size_t)context->thread / (size_t)context->threads;
  size_t last = units * (size_t)(context->thread + 1) / (size_t)context->threads;
  *begin = first * unit;
  *end = last * unit < total ? last * unit : total;
}

/*
 * Room for partial results that all threads see. Use: take it, write, kd_barrier, combine. Two rooms taken in turn make
 * a second barrier unnecessary. Every thread must take it, whether or not it has work.
 */
static inline float *kd_partials(Context *context) { return context->partials[context->turn++ & 1]; }

static inline void kd_barrier(Context *context) {
  if (context->threads > 1) pool_barrier(context->pool);
}

/* Reports that an instruction found an operand out of range; the run ends normally and its caller is told. */
static inline void kd_fail(const Context *context, int opcode) { pool_fail(context->pool, opcode); }

static inline float kd_float_of(uint32_t bits) {
  union { uint32_t bits; float number; } value = {.bits = bits};
  return value.number;
}
