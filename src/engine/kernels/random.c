/*
 * Random fills. Philox4x32-10 as in src/math/philox.ts: element i comes from the block with counter ⌊i/4⌋, so any part
 * can be drawn by itself. Normals by Box and Muller from pairs of words as in src/math/rng.ts. Eight blocks at a time.
 */
#include "functions.h"
#include "kernels.h"

typedef uint64_t Eight __attribute__((vector_size(64), aligned(4)));
typedef uint32_t SixteenWords __attribute__((vector_size(64), aligned(4)));
typedef float SixteenFloats __attribute__((vector_size(64), aligned(4)));

#define GROUP 32 /* elements of eight blocks */
#define LOW_HALF 0xffffffffull

/* Words 0 to 3 of eight blocks, one word in each 64-bit lane. */
INLINE void philox(Eight words[4], uint64_t first, uint32_t k0, uint32_t k1) {
  Eight counter = (Eight){0, 1, 2, 3, 4, 5, 6, 7} + first;
  Eight c0 = counter & LOW_HALF, c1 = counter >> 32, c2 = {0}, c3 = {0};
  for (int round = 0; round < 10; round++) {
    Eight p0 = c0 * 0xd2511f53ull, p1 = c2 * 0xcd9e8d57ull;
    c0 = (p1 >> 32) ^ c1 ^ (uint64_t)k0;
    c1 = p1 & LOW_HALF;
    c2 = (p0 >> 32) ^ c3 ^ (uint64_t)k1;
    c3 = p0 & LOW_HALF;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

INLINE void uniform_group(float *out, const Eight words[4]) {
  Eight first = words[0] | words[1] << 32, second = words[2] | words[3] << 32;
  Eight low = __builtin_shufflevector(first, second, 0, 8, 1, 9, 2, 10, 3, 11);
  Eight high = __builtin_shufflevector(first, second, 4, 12, 5, 13, 6, 14, 7, 15);
  *(SixteenFloats *)out = __builtin_convertvector((SixteenWords)low >> 8, SixteenFloats) * 0x1p-24f;
  *(SixteenFloats *)(out + 16) = __builtin_convertvector((SixteenWords)high >> 8, SixteenFloats) * 0x1p-24f;
}

/* √(−2 log u) for u = (word + ½) / 2³²; near 1 the distance from 1 is taken, which is exact. */
INLINE Floats radius_of(Words word) {
  Ints near = (Ints)(word >= 0xb504f334u);
  Floats below = (__builtin_convertvector(~word, Floats) + 0.5f) * 0x1p-32f;
  Floats m;
  Ints n = split_mantissa((__builtin_convertvector(word, Floats) + 0.5f) * 0x1p-32f, &m);
  Floats f = choose(near, -below, m - 1.0f);
  Floats k = __builtin_convertvector(n & ~near, Floats);
  Floats y = fma(k, splat(LN2_LOW), logarithm_near_1(f));
  y = fma(splat(-0.5f), f * f, y);
  Floats logarithm = fma(k, splat(LN2_HIGH), f + y);
  return square_root(-2.0f * logarithm);
}

/* Sixteen pairs of words to 32 normals. */
INLINE void normal_group(float *out, const uint32_t *radii, const uint32_t *angles) {
  float cosines[16], sines[16];
  for (int i = 0; i < 16; i += LANES) {
    Floats radius = radius_of(*(const Words *)(radii + i));
    Words angle = *(const Words *)(angles + i);
    Words quadrant = (angle + 0x20000000u) >> 30;
    Floats r = __builtin_convertvector((Ints)(angle - (quadrant << 30)), Floats) * 1.46291807926715968e-9f;
    Floats c = cosine_near_0(r), s = sine_near_0(r);
    Ints odd = (Ints)(quadrant << 31) >> 31;
    Ints negative_sine = (Ints)((quadrant & 2) << 30), negative_cosine = (Ints)(((quadrant + 1) & 2) << 30);
    store(cosines + i, radius * floats_of(bits_of(choose(odd, s, c)) ^ negative_cosine));
    store(sines + i, radius * floats_of(bits_of(choose(odd, c, s)) ^ negative_sine));
  }
  SixteenFloats c = *(SixteenFloats *)cosines, s = *(SixteenFloats *)sines;
  *(SixteenFloats *)out =
      __builtin_shufflevector(c, s, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  *(SixteenFloats *)(out + 16) =
      __builtin_shufflevector(c, s, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

enum { UNIFORM = 0, NORMAL = 1, NORMAL_OF_WORDS = 2 };

/* Elements [start, start + 32) of a fill. */
INLINE void fill_group(int kind, float *out, size_t start, const uint32_t *key) {
  uint32_t radii[16], angles[16];
  if (kind == NORMAL_OF_WORDS) {
    for (int i = 0; i < 16; i++) {
      radii[i] = key[start + 2 * (size_t)i];
      angles[i] = key[start + 2 * (size_t)i + 1];
    }
    normal_group(out, radii, angles);
    return;
  }
  Eight words[4];
  philox(words, start / 4, key[0], key[1]);
  if (kind == UNIFORM) {
    uniform_group(out, words);
    return;
  }
  *(SixteenWords *)radii = (SixteenWords)(words[0] | words[2] << 32);
  *(SixteenWords *)angles = (SixteenWords)(words[1] | words[3] << 32);
  normal_group(out, radii, angles);
}

INLINE void fill_random(Context *context, int kind, size_t count, const uint32_t *key, float *out) {
  size_t begin, end;
  kd_share(context, count, GROUP, &begin, &end);
  for (size_t start = begin; start < end; start += GROUP) {
    if (end - start >= GROUP) {
      fill_group(kind, out + start, start, key);
      continue;
    }
    float last[GROUP];
    fill_group(kind, last, start, key);
    for (size_t i = start; i < end; i++) out[i] = last[i - start];
  }
}

void kd_random(Context *context, const uint32_t *o) {
  const uint32_t *key = (const uint32_t *)kd_ints(context, o[2]);
  float *out = kd_floats(context, o[3]);
  switch (o[0]) {
    case UNIFORM: fill_random(context, UNIFORM, o[1], key, out); break;
    case NORMAL: fill_random(context, NORMAL, o[1], key, out); break;
    default: fill_random(context, NORMAL_OF_WORDS, o[1], key, out); break;
  }
}
