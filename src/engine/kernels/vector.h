/*
 * Vectors of the width of the instruction set. Everything is written with GNU C vector extensions; `fma` is the fused
 * instruction where there is one, and a product and a sum elsewhere, so a result depends on the instruction set only
 * through that.
 */
#pragma once
#include <stdint.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif

#define VECTOR(type, count) __attribute__((vector_size(sizeof(type) * (count)), aligned(4))) type
typedef VECTOR(float, LANES) Floats;
typedef VECTOR(int32_t, LANES) Ints;
typedef VECTOR(uint32_t, LANES) Words;
typedef double Doubles __attribute__((vector_size(8 * LANES), aligned(8)));
typedef int64_t Longs __attribute__((vector_size(8 * LANES), aligned(8)));

#define INLINE static inline __attribute__((always_inline))

#if defined(__FMA__)
INLINE Floats fma(Floats a, Floats b, Floats c) { return __builtin_elementwise_fma(a, b, c); }
#elif defined(__wasm_relaxed_simd__)
INLINE Floats fma(Floats a, Floats b, Floats c) { return __builtin_wasm_relaxed_madd_f32x4(a, b, c); }
#else
INLINE Floats fma(Floats a, Floats b, Floats c) { return a * b + c; }
#endif

INLINE Floats load(const float *from) { return *(const Floats *)from; }
INLINE void store(float *to, Floats value) { *(Floats *)to = value; }
/* Subtracting 0 changes no number, so compilers leave it out; adding 0 would change −0. */
INLINE Floats splat(float value) { return value - (Floats){0}; }
INLINE Ints splat_int(int32_t value) { return (Ints){0} + value; }
INLINE Doubles splat_double(double value) { return value - (Doubles){0}; }
INLINE Ints bits_of(Floats x) { return (Ints)x; }
INLINE Floats floats_of(Ints x) { return (Floats)x; }
/* mask ? a : b; a mask has all bits of a lane set or none, as comparisons give it. */
INLINE Floats choose(Ints mask, Floats a, Floats b) {
  return floats_of((mask & bits_of(a)) | (~mask & bits_of(b)));
}
INLINE Doubles choose_double(Longs mask, Doubles a, Doubles b) {
  return (Doubles)((mask & (Longs)a) | (~mask & (Longs)b));
}
/* Comparisons as the numbers 1 and 0. */
INLINE Floats truth(Ints mask) { return floats_of(mask & bits_of(splat(1.0f))); }
INLINE Floats absolute(Floats x) { return floats_of(bits_of(x) & 0x7fffffff); }
INLINE Floats with_sign(Floats x, Floats sign) {
  return floats_of((bits_of(x) & 0x7fffffff) | (bits_of(sign) & (int32_t)0x80000000));
}
/* Either operand being NaN gives NaN. */
INLINE Floats larger(Floats a, Floats b) { return choose((a > b) | (a != a), a, b); }
INLINE Floats smaller(Floats a, Floats b) { return choose((a < b) | (a != a), a, b); }
INLINE Doubles to_doubles(Floats x) { return __builtin_convertvector(x, Doubles); }
INLINE Floats to_floats(Doubles x) { return __builtin_convertvector(x, Floats); }
