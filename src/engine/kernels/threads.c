/*
 * The pool on Linux futexes or on WebAssembly's wait and notify. Most waits are shorter than going to sleep and being
 * woken, so a thread looks at the gate for a while first. For how long is learnt, because it is a waste where the other
 * threads have no core to run on: a look in vain halves the patience of the next, one that was not gives patience for
 * twice its length, and every so often a long one finds out whether times have changed.
 */
#include "threads.h"
#include <stdatomic.h>
#include <stddef.h>

#define LEAST_PATIENCE 32
#define TRIAL 16 /* every so many vain looks, one of the greatest length */
#if defined(__wasm__)
#define MOST_PATIENCE 16384
static inline void relax(void) {}
static void sleep_while(_Atomic uint32_t *word, uint32_t value) {
  __builtin_wasm_memory_atomic_wait32((int *)word, (int)value, -1);
}
static void wake(_Atomic uint32_t *word) { __builtin_wasm_memory_atomic_notify((int *)word, 0xffffffff); }
#else
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#define MOST_PATIENCE 1024
static inline void relax(void) { __builtin_ia32_pause(); }
static void sleep_while(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void wake(_Atomic uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0); }
#endif

/* Returns when the gate's count is no longer `value`. */
static void wait_while(Gate *gate, uint32_t value) {
  uint32_t patience = atomic_load_explicit(&gate->patience, memory_order_relaxed);
  int trial = atomic_load_explicit(&gate->vain, memory_order_relaxed) % TRIAL == 0;
  uint32_t looks = LEAST_PATIENCE + (trial ? MOST_PATIENCE : patience);
  for (uint32_t i = 0; i < looks; i++) {
    if (atomic_load_explicit(&gate->count, memory_order_acquire) != value) {
      if (2 * i > patience && patience < MOST_PATIENCE) atomic_store_explicit(&gate->patience, 2 * i, memory_order_relaxed);
      return;
    }
    relax();
  }
  atomic_store_explicit(&gate->patience, patience / 2, memory_order_relaxed);
  atomic_fetch_add_explicit(&gate->vain, 1, memory_order_relaxed);
  atomic_fetch_add(&gate->asleep, 1);
  while (atomic_load(&gate->count) == value) sleep_while(&gate->count, value);
  atomic_fetch_sub(&gate->asleep, 1);
}

static void open_gate(Gate *gate) {
  atomic_fetch_add(&gate->count, 1);
  if (atomic_load(&gate->asleep) != 0) wake(&gate->count);
}

void pool_barrier(Pool *pool) {
  uint32_t passed = atomic_load_explicit(&pool->barriers.count, memory_order_relaxed);
  if (atomic_fetch_add(&pool->arrived, 1) + 1 == pool->threads) {
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
    open_gate(&pool->barriers);
  } else
    wait_while(&pool->barriers, passed);
}

void pool_fail(Pool *pool, int opcode) { atomic_store(&pool->failed, (uint32_t)opcode + 1); }

uint32_t pool_run(Pool *pool, uint32_t code, int alone, Execute *execute, void *machine) {
  atomic_store_explicit(&pool->failed, 0, memory_order_relaxed);
  pool->code = code;
  if (alone || pool->threads == 1) {
    execute(machine, 0);
  } else {
    open_gate(&pool->programs);
    execute(machine, 0);
    pool_barrier(pool);
  }
  return atomic_load(&pool->failed);
}

void pool_work(Pool *pool, int thread, Execute *execute, void *machine) {
  atomic_fetch_add(&pool->ready, 1);
  wake(&pool->ready);
  for (uint32_t seen = 0;; seen++) {
    wait_while(&pool->programs, seen);
    execute(machine, thread);
    pool_barrier(pool);
  }
}
