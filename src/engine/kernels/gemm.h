/* A product of matrices by one thread, for the other kernels. */
#pragma once
#include "kernels.h"

#define gemm_run KD(gemm_run)
#define thin_fits KD(thin_fits)
#define thin_run KD(thin_run)

/* c [m, n] (+)= a · b, then + bias [n], then the larger of 0 and it. Rows of what is stored are ld… elements apart. */
typedef struct Product {
  size_t m, n, k;
  const float *a, *b;
  float *c;
  size_t lda, ldb, ldc;
  int transpose_a, transpose_b, accumulate, relu;
  int thin; /* to be computed by thin_run */
  const float *bias; /* or null */
} Product;

/* Elements of workspace that gemm_run takes. */
#define GEMM_WORKSPACE (256u * 1024u)

/* The sum of each element goes over k in order, whatever part of c is asked for. */
void gemm_run(float *workspace, const Product *product);

/*
 * The same for few columns, n ≤ THIN. Sums go over k in another order, so whether it is used must depend on the whole
 * product and not on a thread's part of it.
 */
#define THIN 16
int thin_fits(const Product *product);
void thin_run(float *workspace, const Product *product);
