/* A pool of threads that run one program together; compiled once, whatever the instruction sets. */
#pragma once
#include <stdint.h>

#define MAX_THREADS 64
/* Elements of a thread's own workspace and of each shared room for partial results. */
#define WORKSPACE (1u << 20)
#define PARTIALS (1u << 19)
/* Words at the beginning of the engine's memory that programs are kept in; addresses count from behind them. */
#define CODE_WORDS (1u << 22)

/* A count that threads wait at until it changes. */
typedef struct Gate {
  _Atomic uint32_t count;
  _Atomic uint32_t asleep;   /* threads that must be woken when it changes */
  _Atomic uint32_t patience; /* how often a thread looks at it before it goes to sleep, less LEAST_PATIENCE */
  _Atomic uint32_t vain;     /* how often that was in vain */
} Gate;

typedef struct Pool {
  Gate programs;            /* counts programs begun */
  Gate barriers;            /* counts barriers passed */
  _Atomic uint32_t arrived; /* threads at the barrier */
  _Atomic uint32_t failed;  /* 1 + opcode of an instruction that found an operand out of range, or 0 */
  _Atomic uint32_t ready;   /* workers that have begun */
  uint32_t threads;
  uint32_t code; /* words from the beginning of the engine's memory to the program */
} Pool;

/* One thread's part in the program at pool->code. */
typedef void Execute(void *machine, int thread);

void pool_barrier(Pool *pool);
void pool_fail(Pool *pool, int opcode);
/*
 * Has all threads of the pool, the caller as number 0 among them, run `execute`, or where `alone` only the caller;
 * returns `failed`.
 */
uint32_t pool_run(Pool *pool, uint32_t code, int alone, Execute *execute, void *machine);
/* What threads other than the caller do all their life. */
void pool_work(Pool *pool, int thread, Execute *execute, void *machine);
