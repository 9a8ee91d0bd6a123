/*
 * The memory of an engine and its threads' contexts, the same for both builds. The memory is one piece: each thread's
 * workspace, the rooms for partial results, programs (CODE_WORDS), then what addresses count from.
 */
#pragma once
#include "kernels.h"

typedef struct Machine {
  Pool pool;
  uint32_t *code;
  Context contexts[MAX_THREADS];
} Machine;

/* Bytes in front of the programs. */
static inline size_t machine_overhead(int threads) {
  return 4 * ((size_t)threads * WORKSPACE + 2 * (size_t)PARTIALS);
}

/* The caller's share of what follows: all of it, or that of one thread among all. */
static inline void machine_alone(Machine *machine, int alone) {
  machine->contexts[0].threads = alone ? 1 : (int)machine->pool.threads;
}

/* `memory` is 64-byte aligned. */
static inline void machine_open(Machine *machine, float *memory, int threads) {
  float *partials = memory + (size_t)threads * WORKSPACE;
  machine->code = (uint32_t *)(partials + 2 * (size_t)PARTIALS);
  machine->pool.threads = (uint32_t)threads;
  for (int i = 0; i < threads; i++)
    machine->contexts[i] = (Context){.memory = (float *)(machine->code + CODE_WORDS),
                                     .thread = i,
                                     .threads = threads,
                                     .workspace = memory + (size_t)i * WORKSPACE,
                                     .partials = {partials, partials + PARTIALS},
                                     .pool = &machine->pool};
}
