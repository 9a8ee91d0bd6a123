/* What the native build offers to src/engine/executors/native.ts, through Node-API. */
#include <cpuid.h>
#include <node_api.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include "machine.h"

void kd_execute_avx2(Context *context, const uint32_t *code);
void kd_execute_avx512(Context *context, const uint32_t *code);

static Machine machine;
static void (*execute_program)(Context *context, const uint32_t *code);
static unsigned char *region;
static size_t overhead;

static void execute(int thread) { execute_program(&machine.contexts[thread], machine.code + machine.pool.code); }

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

static void *worker(void *thread) {
  pool_work(&machine.pool, (int)(intptr_t)thread, execute);
  return NULL;
}

/* Workers take no signals, so that Node's handlers run where they expect to. */
static int start_workers(int threads) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int started = 1;
  for (; started < threads; started++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, worker, (void *)(intptr_t)started) != 0) break;
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

/* Reads up to two numbers that a function was called with. */
static int numbers(napi_env env, napi_callback_info info, double *values, size_t expected) {
  napi_value arguments[2];
  size_t count = 2;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < expected) return 0;
  for (size_t i = 0; i < expected; i++)
    if (napi_get_value_double(env, arguments[i], &values[i]) != napi_ok) return 0;
  return 1;
}

/* vectorBits(): 512, 256, or 0 where the processor cannot run these kernels. */
static napi_value get_vector_bits(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, vector_bits());
}

/*
 * open(threads, bytes): reserves memory for programs and `bytes` behind them, and starts the workers. Returns how many
 * bytes could be had. A process has one engine: a second call returns 0.
 */
static napi_value open_machine(napi_env env, napi_callback_info info) {
  double values[2];
  if (!numbers(env, info, values, 2)) return fail(env, "open takes two numbers");
  int threads = (int)values[0], bits = vector_bits();
  size_t bytes = (size_t)values[1];
  if (threads < 1 || threads > MAX_THREADS || bits == 0) return fail(env, "open: no such number of threads, or processor");
  if (region != NULL) return number(env, 0);
  size_t front = machine_overhead(threads);
  /* Nothing is taken from the system before it is written to. 64 KiB behind the end may be read by vectors. */
  for (; bytes >= 1u << 28; bytes /= 2) {
    void *found = mmap(NULL, front + 4 * (size_t)CODE_WORDS + bytes + 65536, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (found == MAP_FAILED) continue;
    region = found;
    overhead = front;
    execute_program = bits == 512 ? kd_execute_avx512 : kd_execute_avx2;
    machine_open(&machine, (float *)region, threads);
    if (start_workers(threads) < threads) return fail(env, "open: the system starts no more threads");
    return number(env, (double)bytes);
  }
  return fail(env, "open: the system gives no memory");
}

/* buffer(from, bytes): an ArrayBuffer over that part of the memory, `from` counted from the first program. */
static napi_value get_buffer(napi_env env, napi_callback_info info) {
  double values[2];
  napi_value result;
  if (region == NULL || !numbers(env, info, values, 2)) return fail(env, "buffer takes two numbers, after open");
  void *at = region + overhead + (size_t)values[0];
  if (napi_create_external_arraybuffer(env, at, (size_t)values[1], NULL, NULL, &result) != napi_ok)
    return fail(env, "this Node refuses external buffers");
  return result;
}

/* run(code): the program at that word; returns 1 + opcode of an instruction that failed, or 0. */
static napi_value run(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  size_t count = 1;
  uint32_t code;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok ||
      napi_get_value_uint32(env, argument, &code) != napi_ok || region == NULL)
    return fail(env, "run takes a number, after open");
  napi_create_uint32(env, pool_run(&machine.pool, code, execute), &result);
  return result;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {.utf8name = "vectorBits", .method = get_vector_bits},
      {.utf8name = "open", .method = open_machine},
      {.utf8name = "buffer", .method = get_buffer},
      {.utf8name = "run", .method = run},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
