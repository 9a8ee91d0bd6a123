/*
 * A vector of n CartPoles that does as envs/cartpole.ts and envs/stepping.ts do: the same operations in the same order and
 * the same random numbers, so that every bit is the same. Loops are short on purpose: those over float64 become vectors.
 *
 * The arrays, one after the other from `base` on, in the order of envs/kernels/cartpole.ts.
 */
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(#name), visibility("default"), used))
#define IMPORT(name) __attribute__((import_module("math"), import_name(#name)))

IMPORT(sin) double large_sin(double);
IMPORT(cos) double large_cos(double);

extern unsigned char __heap_base;

static const double GRAVITY = 9.8, POLE_MASS = 0.1, TOTAL_MASS = 0.1 + 1.0, LENGTH = 0.5, FORCE = 10.0;
static const double POLE_MASS_LENGTH = 0.1 * 0.5, SECONDS_PER_STEP = 0.02;
static const double X_LIMIT = 2.4, THETA_LIMIT = (12 * 2 * 3.141592653589793) / 360;

/* Of fdlibm; see envs/trigonometry.ts. */
static const double SMALL = 0.3;
static const double S1 = -0.16666666666666632, S2 = 0.00833333333332249, S3 = -0.0001984126982985795,
                    S4 = 2.7557313707070068e-6, S5 = -2.5050760253406863e-8, S6 = 1.58969099521155e-10;
static const double C1 = 0.0416666666666666, C2 = -0.001388888888887411, C3 = 2.480158728947673e-5,
                    C4 = -2.7557314351390663e-7, C5 = 2.087572321298175e-9, C6 = -1.1359647557788195e-11;

static void sin_cos(int n, const double *restrict angles, double *restrict sines, double *restrict cosines) {
  int large = 0;
  for (int i = 0; i < n; i++) {
    double x = angles[i], z = x * x;
    sines[i] = x + z * x * (S1 + z * (S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)))));
    cosines[i] = 1 - (0.5 * z - z * (z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))))));
  }
  for (int i = 0; i < n; i++) large |= !(__builtin_fabs(angles[i]) < SMALL);
  if (!large) return;
  for (int i = 0; i < n; i++)
    if (!(__builtin_fabs(angles[i]) < SMALL)) {
      sines[i] = large_sin(angles[i]);
      cosines[i] = large_cos(angles[i]);
    }
}

static void move(int n, const int32_t *restrict actions, const double *restrict sines, const double *restrict cosines,
                 double *restrict x, double *restrict x_dot, double *restrict theta, double *restrict theta_dot) {
  for (int i = 0; i < n; i++) {
    double sin = sines[i], cos = cosines[i], spin = theta_dot[i], speed = x_dot[i];
    double push = ((2 * (double)actions[i] - 1) * FORCE + POLE_MASS_LENGTH * (spin * spin) * sin) / TOTAL_MASS;
    double spin_rate = (GRAVITY * sin - cos * push) / (LENGTH * (4.0 / 3.0 - (POLE_MASS * (cos * cos)) / TOTAL_MASS));
    double acceleration = push - (POLE_MASS_LENGTH * spin_rate * cos) / TOTAL_MASS;
    x[i] = x[i] + SECONDS_PER_STEP * speed;
    theta[i] = theta[i] + SECONDS_PER_STEP * spin;
    x_dot[i] = speed + SECONDS_PER_STEP * acceleration;
    theta_dot[i] = spin + SECONDS_PER_STEP * spin_rate;
  }
}

typedef struct {
  /* float64 [n] */
  double *x, *x_dot, *theta, *theta_dot, *returns, *episode_returns, *sines, *cosines;
  /* 32 bits [n]; the keys of the environments' random numbers are two words each */
  uint32_t *key0, *key1;
  int32_t *actions, *elapsed, *episodes, *episode_lengths;
  /* float32 [n,4], [n,4], [n] */
  float *observations, *final_observations, *rewards;
  /* bytes [n] */
  uint8_t *terminated, *truncated;
} Vector;

static uint32_t episode_label[2];

/* Where the arrays begin, in bytes. */
EXPORT(base) uint32_t base(void) { return ((uint32_t)&__heap_base + 15) / 16 * 16; }

static Vector vector_of(int n) {
  double *d = (double *)base();
  uint32_t *w = (uint32_t *)(d + 8 * n);
  int32_t *i = (int32_t *)w;
  float *f = (float *)(w + 6 * n);
  uint8_t *b = (uint8_t *)(f + 9 * n);
  return (Vector){d, d + n, d + 2 * n, d + 3 * n, d + 4 * n, d + 5 * n, d + 6 * n, d + 7 * n, w, w + n, i + 2 * n,
                  i + 3 * n, i + 4 * n, i + 5 * n, f, f + 4 * n, f + 8 * n, b, b + n};
}

/* Philox4x32-10; see src/math/philox.ts. */
static void philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0, uint32_t k1, uint32_t out[4]) {
  for (int round = 0; round < 10; round++) {
    uint64_t a = (uint64_t)0xd2511f53 * c0, b = (uint64_t)0xcd9e8d57 * c2;
    c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)b;
    c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)a;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/* `Stream.uniform` of src/math/rng.ts, from two words. */
static double uniform(const uint32_t words[2]) {
  return -0.05 + (0.05 - -0.05) * (((words[0] >> 5) * 67108864.0 + (words[1] >> 6)) / 9007199254740992.0);
}

/* The state that an environment's next episode begins with, from its own key split by the number of the episode. */
static void begin(const Vector *v, int i) {
  uint32_t key[4], words[8];
  philox(episode_label[0], episode_label[1], v->episodes[i], 0x5eed1abe, v->key0[i], v->key1[i], key);
  philox(0, 0, 0, 0, key[0], key[1], words);
  philox(1, 0, 0, 0, key[0], key[1], words + 4);
  v->x[i] = uniform(words);
  v->x_dot[i] = uniform(words + 2);
  v->theta[i] = uniform(words + 4);
  v->theta_dot[i] = uniform(words + 6);
  v->episodes[i]++;
  v->elapsed[i] = 0;
  v->returns[i] = 0;
}

static void observe(const Vector *v, int i) {
  v->observations[4 * i] = (float)v->x[i];
  v->observations[4 * i + 1] = (float)v->x_dot[i];
  v->observations[4 * i + 2] = (float)v->theta[i];
  v->observations[4 * i + 3] = (float)v->theta_dot[i];
}

/* The first episodes; `label0` and `label1` are the hash of the label that keys are split by. */
EXPORT(start) void start(int n, uint32_t label0, uint32_t label1) {
  Vector v = vector_of(n);
  episode_label[0] = label0;
  episode_label[1] = label1;
  for (int i = 0; i < n; i++) {
    begin(&v, i);
    observe(&v, i);
  }
}

/* Environments stepped together: their arrays stay in the nearest cache from one loop to the next. */
#define BLOCK 128

EXPORT(step) void step(int n, int limit) {
  Vector v = vector_of(n);
  /* As wide as what they are computed from, so that the loops become vectors. */
  int64_t ends[BLOCK];
  for (int from = 0; from < n; from += BLOCK) {
    int to = from + BLOCK < n ? from + BLOCK : n, m = to - from;
    sin_cos(m, v.theta + from, v.sines, v.cosines);
    move(m, v.actions + from, v.sines, v.cosines, v.x + from, v.x_dot + from, v.theta + from, v.theta_dot + from);
    for (int i = from; i < to; i++) {
      v.returns[i] += 1;
      v.rewards[i] = 1;
    }
    for (int i = from; i < to; i++) observe(&v, i);
    for (int i = from; i < to; i++)
      ends[i - from] = !((__builtin_fabs(v.x[i]) <= X_LIMIT) & (__builtin_fabs(v.theta[i]) <= THETA_LIMIT));
    for (int i = from; i < to; i++) v.terminated[i] = ends[i - from];
    for (int i = from; i < to; i++) {
      int cut = ++v.elapsed[i] >= limit;
      v.truncated[i] = cut;
      ends[i - from] |= cut;
    }
    for (int i = from; i < to; i++) {
      if (!ends[i - from]) continue;
      for (int k = 4 * i; k < 4 * i + 4; k++) v.final_observations[k] = v.observations[k];
      v.episode_returns[i] = v.returns[i];
      v.episode_lengths[i] = v.elapsed[i];
      begin(&v, i);
      observe(&v, i);
    }
  }
}
