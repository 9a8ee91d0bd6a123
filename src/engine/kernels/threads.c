/* The pool on Linux futexes or on WebAssembly's wait and notify. A short spin comes first: most waits are shorter. */
#include "threads.h"
#include <stdatomic.h>
#include <stddef.h>

#if defined(__wasm__)
#define SPINS 2000
static inline void relax(void) {}
static void sleep_while(_Atomic uint32_t *word, uint32_t value) {
  __builtin_wasm_memory_atomic_wait32((int *)word, (int)value, -1);
}
static void wake(_Atomic uint32_t *word) { __builtin_wasm_memory_atomic_notify((int *)word, 0xffffffff); }
#else
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#define SPINS 1000
static inline void relax(void) { __builtin_ia32_pause(); }
static void sleep_while(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void wake(_Atomic uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0); }
#endif

/* Returns when *word is no longer `value`. `asleep` counts those that must be woken for that. */
static void wait_while(_Atomic uint32_t *word, uint32_t value, _Atomic uint32_t *asleep) {
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load_explicit(word, memory_order_acquire) != value) return;
    relax();
  }
  atomic_fetch_add(asleep, 1);
  while (atomic_load(word) == value) sleep_while(word, value);
  atomic_fetch_sub(asleep, 1);
}

static void advance(_Atomic uint32_t *word, _Atomic uint32_t *asleep) {
  atomic_fetch_add(word, 1);
  if (atomic_load(asleep) != 0) wake(word);
}

void pool_barrier(Pool *pool) {
  uint32_t generation = atomic_load_explicit(&pool->generation, memory_order_relaxed);
  if (atomic_fetch_add(&pool->arrived, 1) + 1 == pool->threads) {
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
    advance(&pool->generation, &pool->waiting);
  } else
    wait_while(&pool->generation, generation, &pool->waiting);
}

void pool_fail(Pool *pool, int opcode) { atomic_store(&pool->failed, (uint32_t)opcode + 1); }

uint32_t pool_run(Pool *pool, uint32_t code, Execute *execute, void *machine) {
  atomic_store_explicit(&pool->failed, 0, memory_order_relaxed);
  pool->code = code;
  if (pool->threads == 1) {
    execute(machine, 0);
  } else {
    advance(&pool->epoch, &pool->sleepers);
    execute(machine, 0);
    pool_barrier(pool);
  }
  return atomic_load(&pool->failed);
}

void pool_work(Pool *pool, int thread, Execute *execute, void *machine) {
  atomic_fetch_add(&pool->ready, 1);
  wake(&pool->ready);
  for (uint32_t seen = 0;; seen++) {
    wait_while(&pool->epoch, seen, &pool->sleepers);
    execute(machine, thread);
    pool_barrier(pool);
  }
}
