/* What the WebAssembly build offers to src/engine/executors/wasm.ts. Sizes and places are in bytes. */
#include "machine.h"

#define EXPORT(name) __attribute__((export_name(#name), visibility("default"), used))
#define STACK (1u << 18) /* of each thread but the first */

extern unsigned char __heap_base;
static Machine machine;

static size_t stacks(void) { return ((size_t)&__heap_base + 65535) / 65536 * 65536; }

static void execute(void *ignored, int thread) {
  (void)ignored;
  kd_execute(&machine.contexts[thread], machine.code + machine.pool.code);
}

/* Where programs begin; memory must reach there, CODE_WORDS included, before anything else is called. */
EXPORT(layout) size_t layout(int threads) {
  return stacks() + (size_t)threads * STACK + machine_overhead(threads);
}

/* The end of a thread's stack. */
EXPORT(stack) size_t stack(int thread) { return stacks() + (size_t)(thread + 1) * STACK; }

EXPORT(open) void open(int threads) { machine_open(&machine, (float *)(stacks() + (size_t)threads * STACK), threads); }

/* The place of the number of workers that have begun. */
EXPORT(ready) size_t ready(void) { return (size_t)&machine.pool.ready; }

EXPORT(run) uint32_t run(uint32_t code, int alone) {
  machine_alone(&machine, alone);
  return pool_run(&machine.pool, code, alone, execute, NULL);
}

EXPORT(work) void work(int thread) { pool_work(&machine.pool, thread, execute, NULL); }
