/*
 * Products with few columns. Where the rows of a lie side by side in memory each result is an inner product, in sixteen
 * lanes; where its columns do, the product is computed the other way round, so that vectors run along them.
 */
#include "gemm.h"
#include "vector.h"

#define PARTS (16 / LANES) /* vectors that make sixteen lanes */
#define TALL 2
#if LANES == 16
#define WIDE 4
#else
#define WIDE 2
#endif

typedef struct Sums {
  Floats lanes[TALL][WIDE][PARTS];
} Sums;

/* Adds sixteen terms to each sum: from rows of a and from rows of b that are `ldb` apart. */
INLINE void add_terms(Sums *sums, const float *const a[TALL], const float *b, size_t ldb) {
#pragma clang loop unroll(full)
  for (int l = 0; l < PARTS; l++) {
    Floats left[TALL];
    for (int i = 0; i < TALL; i++) left[i] = load(a[i] + l * LANES);
#pragma clang loop unroll(full)
    for (int j = 0; j < WIDE; j++) {
      Floats right = load(b + (size_t)j * ldb + l * LANES);
      for (int i = 0; i < TALL; i++) sums->lanes[i][j][l] = fma(left[i], right, sums->lanes[i][j][l]);
    }
  }
}

INLINE float across(const Floats lanes[PARTS]) {
  float x[16];
  for (int l = 0; l < PARTS; l++) store(x + l * LANES, lanes[l]);
  for (int width = 8; width > 0; width /= 2)
    for (int l = 0; l < width; l++) x[l] += x[l + width];
  return x[0];
}

/* What becomes of the sum of an element. */
INLINE void finish(const Product *p, size_t row, size_t column, float sum) {
  float *c = p->c + row * p->ldc + column;
  if (p->accumulate) sum = *c + sum;
  if (p->bias != NULL) sum += p->bias[column];
  *c = p->relu && sum < 0.0f ? 0.0f : sum;
}

/* b is laid out as rows of `depth`, a multiple of 16, in whole groups of WIDE; what it does not fill is 0. */
static void lay_out(float *to, const Product *p, size_t depth) {
  size_t rows = (p->n + WIDE - 1) / WIDE * WIDE;
  for (size_t j = 0; j < rows; j++, to += depth)
    for (size_t k = 0; k < depth; k++)
      to[k] = j >= p->n || k >= p->k ? 0.0f : p->transpose_b ? p->b[j * p->ldb + k] : p->b[k * p->ldb + j];
}

static void along_rows(float *workspace, const Product *p) {
  size_t whole = p->k / 16 * 16, depth = (p->k + 15) / 16 * 16;
  float *b = workspace, rest[TALL][16];
  lay_out(b, p, depth);
  for (size_t row = 0; row < p->m; row += TALL) {
    size_t rows = p->m - row < TALL ? p->m - row : TALL;
    const float *a[TALL];
    /* A row behind the last is taken to be the last, and its sums are dropped. */
    for (size_t i = 0; i < TALL; i++) {
      a[i] = p->a + (row + (i < rows ? i : rows - 1)) * p->lda;
      for (size_t k = whole; k < depth; k++) rest[i][k - whole] = k < p->k ? a[i][k] : 0.0f;
    }
    for (size_t j = 0; j < p->n; j += WIDE) {
      Sums sums = {0};
      for (size_t k = 0; k < whole; k += 16)
        add_terms(&sums, (const float *const[TALL]){a[0] + k, a[1] + k}, b + j * depth + k, depth);
      if (whole < depth) add_terms(&sums, (const float *const[TALL]){rest[0], rest[1]}, b + j * depth + whole, depth);
      for (size_t i = 0; i < rows; i++)
        for (size_t l = 0; l < WIDE && j + l < p->n; l++) finish(p, row + i, j + l, across(sums.lanes[i][l]));
    }
  }
}

/* (b transposed) · (a transposed), whose rows are the columns wanted. */
static void along_columns(float *workspace, const Product *p) {
  float *turned = workspace + GEMM_WORKSPACE;
  Product other = {.m = p->n, .n = p->m, .k = p->k, .a = p->b, .lda = p->ldb, .transpose_a = !p->transpose_b,
                   .b = p->a, .ldb = p->lda, .transpose_b = 0, .c = turned, .ldc = p->m};
  gemm_run(workspace, &other);
  for (size_t row = 0; row < p->m; row++)
    for (size_t column = 0; column < p->n; column++) finish(p, row, column, turned[column * p->m + row]);
}

int thin_fits(const Product *p) {
  /* Sixteen lanes for each sum do not fit the registers that WebAssembly has. */
  if (LANES == 4 && !p->transpose_a) return 0;
  size_t laid_out = (p->n + WIDE) * (p->k + 16);
  return p->n <= THIN && p->m > THIN && (p->transpose_a ? p->m * THIN : laid_out) <= WORKSPACE - GEMM_WORKSPACE;
}

void thin_run(float *workspace, const Product *p) {
  if (p->transpose_a) along_columns(workspace, p);
  else along_rows(workspace, p);
}
