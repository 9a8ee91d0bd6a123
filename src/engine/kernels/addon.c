/* What the native build offers to src/engine/executors/native.ts, through Node-API. */
#include <cpuid.h>
#include <node_api.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include "machine.h"

void kd_execute_avx2(Context *context, const uint32_t *code);
void kd_execute_avx512(Context *context, const uint32_t *code);

typedef struct Native {
  Machine machine;
  void (*execute)(Context *context, const uint32_t *code);
  size_t bytes; /* of memory behind the programs */
} Native;

/* Room for a Native in front of its memory, and for reading beyond the end of it. */
#define PAGES 65536
_Static_assert(sizeof(Native) <= PAGES, "a Native fits");

static void execute(void *of, int thread) {
  Native *native = of;
  native->execute(&native->machine.contexts[thread], native->machine.code + native->machine.pool.code);
}

static uint64_t extended_state(void) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

/* 512, 256 or 0: the widest vectors that both the processor and the system support. */
static int vector_bits(void) {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
  uint32_t basic = bit_OSXSAVE | bit_AVX | bit_FMA | bit_F16C | bit_MOVBE;
  if ((c & basic) != basic || (extended_state() & 6) != 6) return 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  uint32_t wide = bit_AVX2 | bit_BMI | bit_BMI2;
  if ((b & wide) != wide) return 0;
  uint32_t widest = bit_AVX512F | bit_AVX512DQ | bit_AVX512CD | bit_AVX512BW | bit_AVX512VL;
  return (b & widest) == widest && (extended_state() & 0xe6) == 0xe6 ? 512 : 256;
}

static void *worker(void *of) {
  Context *context = of;
  /* The pool is the first member of a machine, which is the first of a Native. */
  pool_work(context->pool, context->thread, execute, context->pool);
  return NULL;
}

/* Workers take no signals, so that Node's handlers run where they expect to. */
static int start_workers(Machine *machine, int threads) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int started = 1;
  for (; started < threads; started++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, worker, &machine->contexts[started]) != 0) break;
    pthread_detach(thread);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

static napi_value fail(napi_env env, const char *message) {
  napi_throw_error(env, NULL, message);
  return NULL;
}

static napi_value number(napi_env env, double value) {
  napi_value result;
  return napi_create_double(env, value, &result) == napi_ok ? result : NULL;
}

/* Reads up to three arguments: a machine where `native` is asked for, then numbers. */
static int arguments_of(napi_env env, napi_callback_info info, Native **native, double *values, size_t expected) {
  napi_value arguments[3];
  size_t count = 3, first = native != NULL;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < first + expected) return 0;
  if (native != NULL && napi_get_value_external(env, arguments[0], (void **)native) != napi_ok) return 0;
  for (size_t i = 0; i < expected; i++)
    if (napi_get_value_double(env, arguments[first + i], &values[i]) != napi_ok) return 0;
  return 1;
}

static Native *machine_of(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1;
  void *native;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count < 1 ||
      napi_get_value_external(env, argument, &native) != napi_ok) {
    fail(env, "the first argument must be a machine");
    return NULL;
  }
  return native;
}

/* vectorBits(): 512, 256, or 0 where the processor cannot run these kernels. */
static napi_value get_vector_bits(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, vector_bits());
}

/*
 * open(threads, bytes, vectorBits): a machine with memory for programs and at most `bytes` behind them, its workers started. It lives
 * as long as the process, because views of its memory may.
 */
static napi_value open_machine(napi_env env, napi_callback_info info) {
  double values[3];
  napi_value result;
  if (!arguments_of(env, info, NULL, values, 3)) return fail(env, "open takes three numbers");
  int threads = (int)values[0], bits = (int)values[2];
  size_t bytes = (size_t)values[1], front = machine_overhead(threads);
  if (threads < 1 || threads > MAX_THREADS || bits < 256 || bits > vector_bits()) return fail(env, "open: no such number of threads, or vectors too wide for this processor");
  /* Nothing is taken from the system before it is written to. What lies behind the end may be read by vectors. */
  for (; bytes >= 1u << 28; bytes /= 2) {
    size_t all = PAGES + front + 4 * (size_t)CODE_WORDS + bytes + PAGES;
    unsigned char *region =
        mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) continue;
    Native *native = (Native *)region;
    native->bytes = bytes;
    native->execute = bits == 512 ? kd_execute_avx512 : kd_execute_avx2;
    machine_open(&native->machine, (float *)(region + PAGES), threads);
    if (start_workers(&native->machine, threads) < threads) return fail(env, "open: the system starts no more threads");
    return napi_create_external(env, native, NULL, NULL, &result) == napi_ok ? result : NULL;
  }
  return fail(env, "open: the system gives no memory");
}

/* bytes(machine): how many bytes behind the programs could be had. */
static napi_value get_bytes(napi_env env, napi_callback_info info) {
  Native *native = machine_of(env, info);
  return native == NULL ? NULL : number(env, (double)native->bytes);
}

/* buffer(machine, from, bytes): an ArrayBuffer over that part of the memory, `from` counted from the first program. */
static napi_value get_buffer(napi_env env, napi_callback_info info) {
  double values[2];
  napi_value result;
  Native *native;
  if (!arguments_of(env, info, &native, values, 2)) return fail(env, "buffer takes a machine and two numbers");
  void *at = (unsigned char *)native->machine.code + (size_t)values[0];
  if (napi_create_external_arraybuffer(env, at, (size_t)values[1], NULL, NULL, &result) != napi_ok)
    return fail(env, "this Node refuses external buffers");
  return result;
}

/*
 * run(machine, code, alone): the program at that word, by all threads or by the caller alone; returns 1 + opcode of an
 * instruction that failed, or 0.
 */
static napi_value run(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result;
  size_t count = 3;
  Native *native;
  uint32_t code;
  bool alone;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 3 ||
      napi_get_value_external(env, arguments[0], (void **)&native) != napi_ok ||
      napi_get_value_uint32(env, arguments[1], &code) != napi_ok ||
      napi_get_value_bool(env, arguments[2], &alone) != napi_ok)
    return fail(env, "run takes a machine, a number and a boolean");
  machine_alone(&native->machine, alone);
  napi_create_uint32(env, pool_run(&native->machine.pool, code, alone, execute, native), &result);
  return result;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {.utf8name = "vectorBits", .method = get_vector_bits},
      {.utf8name = "open", .method = open_machine},
      {.utf8name = "bytes", .method = get_bytes},
      {.utf8name = "buffer", .method = get_buffer},
      {.utf8name = "run", .method = run},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
