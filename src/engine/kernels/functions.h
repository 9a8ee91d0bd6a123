/*
 * Elementary functions on vectors, within 2 units in the last place (pow, atan2, erf, expm1, softplus within 4), right at
 * ±0, ±∞, NaN and denormal numbers. Polynomials: exp, log, sin, cos and tanh after Cephes (S. Moshier), erf after
 * N. Juffa, the arc tangent after SLEEF (N. Shibata), reduction of large angles after the ARM Optimized Routines.
 */
#pragma once
#include "vector.h"

#define INFINITE __builtin_inff()
#define NOT_A_NUMBER __builtin_nanf("")

/* 2^n for n in [-126, 127]. */
INLINE Floats power_of_two(Ints n) { return floats_of((n + 127) << 23); }

/* x · 2^n for n in [-252, 254], in two steps so that results may be denormal. */
INLINE Floats scale(Floats x, Ints n) {
  Ints half = n >> 1;
  return x * power_of_two(half) * power_of_two(n - half);
}

#define LN2_HIGH 0.693359375f
#define LN2_LOW -2.12194440e-4f

/* x = n · ln 2 + r with |r| ≤ ½ ln 2, for |x| < 1000. */
INLINE Ints split_exponent(Floats x, Floats *r) {
  Floats n = __builtin_elementwise_roundeven(x * 1.44269504088896341f);
  *r = fma(n, splat(-LN2_LOW), fma(n, splat(-LN2_HIGH), x));
  return __builtin_convertvector(n, Ints);
}

/* eʳ − 1 − r for |r| ≤ ½ ln 2. */
INLINE Floats exponential_tail(Floats r) {
  Floats p = splat(1.9875691500e-4f);
  p = fma(p, r, splat(1.3981999507e-3f));
  p = fma(p, r, splat(8.3334519073e-3f));
  p = fma(p, r, splat(4.1665795894e-2f));
  p = fma(p, r, splat(1.6666665459e-1f));
  p = fma(p, r, splat(5.0000001201e-1f));
  return p * (r * r);
}

INLINE Floats exponential(Floats x) {
  Floats bounded = choose(x > 89.0f, splat(89.0f), choose(x < -104.0f, splat(-104.0f), x));
  bounded = choose(x != x, splat(0.0f), bounded);
  Floats r;
  Ints n = split_exponent(bounded, &r);
  Floats result = scale(exponential_tail(r) + r + 1.0f, n);
  return choose(x != x, x, result);
}

INLINE Floats exponential_minus_1(Floats x) {
  Floats bounded = choose(x > 89.0f, splat(89.0f), choose(x < -30.0f, splat(-30.0f), x));
  bounded = choose(x != x, splat(0.0f), bounded);
  Floats r;
  Ints n = split_exponent(bounded, &r);
  Floats tail = exponential_tail(r) + r;
  /* 2ⁿ(eʳ − 1) + (2ⁿ − 1), the last halved and doubled because 2¹²⁸ is not a number. */
  Floats half = scale(splat(0.5f), n);
  Floats result = fma(tail, half, half - 0.5f) * 2.0f;
  result = choose(n == 0, tail, result);
  return choose((x != x) | (x == 0.0f), x, result);
}

/* log(1 + f) for 1 + f in [√½, √2]. */
INLINE Floats logarithm_near_1(Floats f) {
  Floats z = f * f;
  Floats p = splat(7.0376836292e-2f);
  p = fma(p, f, splat(-1.1514610310e-1f));
  p = fma(p, f, splat(1.1676998740e-1f));
  p = fma(p, f, splat(-1.2420140846e-1f));
  p = fma(p, f, splat(1.4249322787e-1f));
  p = fma(p, f, splat(-1.6668057665e-1f));
  p = fma(p, f, splat(2.0000714765e-1f));
  p = fma(p, f, splat(-2.4999993993e-1f));
  p = fma(p, f, splat(3.3333331174e-1f));
  return p * f * z;
}

/* Positive normal x = 2^n · m with m in [√½, √2). */
INLINE Ints split_mantissa(Floats x, Floats *m) {
  Ints bits = bits_of(x);
  Ints n = (bits - 0x3f3504f3) >> 23;
  *m = floats_of(bits - (n << 23));
  return n;
}

/* log x for finite positive x, denormal numbers included. */
INLINE Floats logarithm_of_positive(Floats x) {
  Ints tiny = x < 1.17549435e-38f;
  Floats m;
  Ints n = split_mantissa(choose(tiny, x * 8388608.0f, x), &m);
  n -= tiny & 23;
  Floats f = m - 1.0f;
  Floats k = __builtin_convertvector(n, Floats);
  Floats y = fma(k, splat(LN2_LOW), logarithm_near_1(f));
  y = fma(splat(-0.5f), f * f, y);
  return fma(k, splat(LN2_HIGH), f + y);
}

INLINE Floats logarithm(Floats x) {
  Floats result = logarithm_of_positive(x);
  result = choose(x == INFINITE, x, result);
  result = choose(x == 0.0f, splat(-INFINITE), result);
  return choose((x < 0.0f) | (x != x), splat(NOT_A_NUMBER), result);
}

INLINE Floats logarithm_of_1_plus(Floats x) {
  Floats u = 1.0f + x;
  Floats result = logarithm_of_positive(u);
  /* What was lost in forming u, to first order. */
  result += (x - (u - 1.0f)) / u;
  result = choose(absolute(x) < 5.9604645e-8f, x, result);
  result = choose(x == INFINITE, x, result);
  result = choose(x == -1.0f, splat(-INFINITE), result);
  return choose((x < -1.0f) | (x != x), splat(NOT_A_NUMBER), result);
}

INLINE Floats square_root(Floats x) { return __builtin_elementwise_sqrt(x); }

INLINE Floats sigmoid(Floats x) {
  Floats e = exponential(-absolute(x));
  return choose(x < 0.0f, e, splat(1.0f)) / (1.0f + e);
}

INLINE Floats softplus(Floats x) {
  Floats positive = choose(x < 0.0f, splat(0.0f), x);
  return positive + logarithm_of_1_plus(exponential(-absolute(x)));
}

INLINE Floats hyperbolic_tangent(Floats x) {
  Floats size = absolute(x);
  Floats z = x * x;
  Floats p = splat(-5.70498872745e-3f);
  p = fma(p, z, splat(2.06390887954e-2f));
  p = fma(p, z, splat(-5.37397155531e-2f));
  p = fma(p, z, splat(1.33314422036e-1f));
  p = fma(p, z, splat(-3.33332819422e-1f));
  Floats inner = fma(p * z, x, x);
  Floats outer = with_sign(1.0f - 2.0f / (exponential(2.0f * size) + 1.0f), x);
  return choose(size < 0.625f, inner, outer);
}

INLINE Floats error_function(Floats x) {
  Floats t = choose(absolute(x) > 4.0f, splat(4.0f), absolute(x));
  Floats s = t * t;
  Floats r = fma(splat(-1.72853470e-5f), t, splat(3.83197126e-4f));
  Floats u = fma(splat(-3.88396438e-3f), t, splat(2.42546219e-2f));
  r = fma(r, s, u);
  r = fma(r, t, splat(-1.06777877e-1f));
  r = fma(r, t, splat(-6.34846687e-1f));
  r = fma(r, t, splat(-1.28717512e-1f));
  r = fma(r, t, -t);
  Floats outer = with_sign(1.0f - exponential(r), x);
  Floats p = splat(-5.96761703e-4f);
  p = fma(p, s, splat(4.99119423e-3f));
  p = fma(p, s, splat(-2.67681349e-2f));
  p = fma(p, s, splat(1.12819925e-1f));
  p = fma(p, s, splat(-3.76125336e-1f));
  p = fma(p, s, splat(1.28379166e-1f));
  Floats inner = fma(p, x, x);
  return choose(x != x, x, choose(t > 0.927734375f, outer, inner));
}

/* Angles beyond this are reduced one by one, with 2/π to 192 bits. */
#define LARGE_ANGLE 1.0e6f

/* x − n·π/2 for |x| ≥ 120; n modulo 4 goes to *quadrant. */
INLINE float reduce_large_angle(float x, int32_t *quadrant) {
  static const uint32_t two_over_pi[24] = {
      0xa2,       0xa2f9,     0xa2f983,   0xa2f9836e, 0xf9836e4e, 0x836e4e44, 0x6e4e4415, 0x4e441529,
      0x441529fc, 0x1529fc27, 0x29fc2757, 0xfc2757d1, 0x2757d1f5, 0x57d1f534, 0xd1f534dd, 0xf534ddc0,
      0x34ddc0db, 0xddc0db62, 0xc0db6295, 0xdb629599, 0x6295993c, 0x95993c43, 0x993c4390, 0x3c439041};
  union { float number; uint32_t bits; } value = {.number = x};
  const uint32_t *words = &two_over_pi[(value.bits >> 26) & 15];
  uint32_t mantissa = ((value.bits & 0xffffff) | 0x800000) << ((value.bits >> 23) & 7);
  uint64_t high = (uint64_t)(mantissa * words[0]) << 32;
  uint64_t middle = (uint64_t)mantissa * words[4];
  uint64_t low = (uint64_t)mantissa * words[8];
  uint64_t fraction = (high | (low >> 32)) + middle;
  uint64_t turns = (fraction + (1ull << 61)) >> 62;
  fraction -= turns << 62;
  float r = (float)((double)(int64_t)fraction * 0x1.921FB54442D18p-62);
  int negative = value.bits >> 31;
  *quadrant = negative ? -(int32_t)turns : (int32_t)turns;
  return negative ? -r : r;
}

/* sin and cos of r, |r| ≤ π/4. */
INLINE Floats sine_near_0(Floats r) {
  Floats z = r * r;
  Floats p = fma(splat(-1.9515295891e-4f), z, splat(8.3321608736e-3f));
  p = fma(p, z, splat(-1.6666654611e-1f));
  return fma(p * z, r, r);
}
INLINE Floats cosine_near_0(Floats r) {
  Floats z = r * r;
  Floats p = fma(splat(2.443315711809948e-5f), z, splat(-1.388731625493765e-3f));
  p = fma(p, z, splat(4.166664568298827e-2f));
  return fma(p * z, z, fma(splat(-0.5f), z, splat(1.0f)));
}

/* sin(x + turn · π/2). */
INLINE Floats sine_turned(Floats x, int32_t turn) {
  Ints large = ~(absolute(x) < LARGE_ANGLE);
  Doubles wide = to_doubles(choose(large, splat(0.0f), x));
  Doubles k = __builtin_elementwise_roundeven(wide * 0.63661977236758134308);
  Floats r = to_floats(wide - k * 1.57079632673412561417e+00 - k * 6.07710050650619224932e-11);
  Ints quadrant = __builtin_convertvector(k, Ints);
  for (int lane = 0; lane < LANES; lane++)
    if (__builtin_expect(large[lane] != 0, 0)) {
      int32_t q;
      r[lane] = reduce_large_angle(x[lane], &q);
      quadrant[lane] = q;
    }
  quadrant += turn;
  Floats result = choose((quadrant & 1) != 0, cosine_near_0(r), sine_near_0(r));
  result = floats_of(bits_of(result) ^ ((quadrant & 2) << 30));
  if (turn == 0) result = choose(x == 0.0f, x, result);
  return choose(absolute(x) < INFINITE, result, splat(NOT_A_NUMBER));
}
INLINE Floats sine(Floats x) { return sine_turned(x, 0); }
INLINE Floats cosine(Floats x) { return sine_turned(x, 1); }

INLINE Floats arc_tangent_2(Floats y, Floats x) {
  Floats across = absolute(x), up = absolute(y);
  Ints steep = up > across;
  Floats most = choose(steep, up, across), least = choose(steep, across, up);
  Floats s = choose((least == 0.0f), splat(0.0f), choose(least == most, splat(1.0f), least / most));
  Floats z = s * s;
  Floats p = splat(0.00282363896258175373077393f);
  p = fma(p, z, splat(-0.0159569028764963150024414f));
  p = fma(p, z, splat(0.0425049886107444763183594f));
  p = fma(p, z, splat(-0.0748900920152664184570312f));
  p = fma(p, z, splat(0.106347933411598205566406f));
  p = fma(p, z, splat(-0.142027363181114196777344f));
  p = fma(p, z, splat(0.199926957488059997558594f));
  p = fma(p, z, splat(-0.333331018686294555664062f));
  Floats angle = fma(p * z, s, s);
  angle = choose(steep, 1.57079637050628662109f - angle, angle);
  angle = choose(bits_of(x) < 0, 3.14159274101257324219f - angle, angle);
  angle = with_sign(angle, y);
  return choose((x != x) | (y != y), splat(NOT_A_NUMBER), angle);
}

INLINE Doubles double_logarithm_of_positive(Floats x) {
  Ints tiny = x < 1.17549435e-38f;
  Floats m;
  Ints n = split_mantissa(choose(tiny, x * 8388608.0f, x), &m);
  n -= tiny & 23;
  Doubles wide = to_doubles(m);
  Doubles s = (wide - 1.0) / (wide + 1.0);
  Doubles z = s * s;
  Doubles p = splat_double(1.0 / 15);
  p = p * z + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  p = p * z + 1.0;
  return __builtin_convertvector(n, Doubles) * 0.69314718055994530942 + 2.0 * s * p;
}

/* For |t| < 700. */
INLINE Floats exponential_of_double(Doubles t) {
  Doubles n = __builtin_elementwise_roundeven(t * 1.44269504088896340736);
  Doubles r = t - n * 0.69314718055994530942;
  Doubles p = splat_double(1.0 / 362880);
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  Longs exponent = __builtin_convertvector(n, Longs) + 1023;
  return to_floats(p * (Doubles)(exponent << 52));
}

/* As Math.pow: a NaN exponent gives NaN, and so does ±1 to the power ±∞. */
INLINE Floats power(Floats x, Floats y) {
  Floats size = absolute(x);
  Ints regular = (size > 0.0f) & (size < INFINITE);
  Floats bounded = choose(regular, size, splat(1.0f));
  Doubles t = double_logarithm_of_positive(bounded) * to_doubles(choose(absolute(y) < INFINITE, y, splat(0.0f)));
  Longs high = t > 300.0, low = t < -300.0;
  t = choose_double(high, splat_double(300.0), choose_double(low, splat_double(-300.0), t));
  Floats result = exponential_of_double(t);
  /* Exponents and bases at the ends. */
  Ints grows = (size > 1.0f) == (y > 0.0f);
  Floats extreme = choose(grows, splat(INFINITE), splat(0.0f));
  Ints ends = (~regular) | (absolute(y) == INFINITE);
  result = choose(ends, extreme, result);
  result = choose((size == 1.0f) & (absolute(y) == INFINITE), splat(NOT_A_NUMBER), result);
  Ints whole = __builtin_elementwise_trunc(y) == y;
  Floats half = y * 0.5f;
  Ints odd = whole & (__builtin_elementwise_trunc(half) != half) & (absolute(y) < 16777216.0f);
  result = choose((bits_of(x) < 0) & odd, -result, result);
  result = choose((x < 0.0f) & (size < INFINITE) & ~whole, splat(NOT_A_NUMBER), result);
  result = choose((x != x) | (y != y), splat(NOT_A_NUMBER), result);
  return choose(y == 0.0f, splat(1.0f), result);
}

INLINE Floats floor_divide(Floats a, Floats b) {
  return to_floats(__builtin_elementwise_floor(to_doubles(a) / to_doubles(b)));
}

/* a − ⌊a/b⌋·b, with the sign of b; exact while |a/b| < 2^29. */
INLINE Floats modulo(Floats a, Floats b) {
  Doubles x = to_doubles(a), y = to_doubles(b);
  Doubles rest = x - __builtin_elementwise_trunc(x / y) * y;
  Doubles result = choose_double((rest != 0.0) & ((rest < 0.0) != (y < 0.0)), rest + y, rest);
  Floats rounded = to_floats(result);
  /* An infinite divisor leaves the dividend, or itself where the signs differ. */
  Ints unbounded = (absolute(b) == INFINITE) & (absolute(a) < INFINITE);
  return choose(unbounded, choose((a != 0.0f) & ((a < 0.0f) != (b < 0.0f)), b, a), rounded);
}
