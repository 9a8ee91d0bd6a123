/* A window over images [n, height, width, channels], as ../program/ir.ts has it; 15 operands in this order. */
#pragma once
#include "kernels.h"

typedef struct Window {
  uint32_t batch, in_height, in_width, in_channels, out_height, out_width, out_channels, kernel_height, kernel_width,
      stride_height, stride_width, dilation_height, dilation_width;
  int32_t pad_top, pad_left;
} Window;

#define kd_convolve KD(kd_convolve)
#define kd_depthwise KD(kd_depthwise)
#define kd_pool KD(kd_pool)

/* operation: WINDOW_CONV2D …; addresses that it lacks are null. */
void kd_convolve(Context *context, int operation, const Window *w, const float *a, const float *b, float *out);
void kd_depthwise(Context *context, int operation, const Window *w, const float *a, const float *b, float *out);
void kd_pool(Context *context, int operation, const Window *w, const float *a, const float *dy, float *out);

/* The row of the image below row ky of the window at output row oy, or -1 outside. */
static inline int64_t window_row(const Window *w, size_t oy, size_t ky) {
  int64_t y = (int64_t)(oy * w->stride_height + ky * w->dilation_height) - w->pad_top;
  return y < 0 || y >= w->in_height ? -1 : y;
}
static inline int64_t window_column(const Window *w, size_t ox, size_t kx) {
  int64_t x = (int64_t)(ox * w->stride_width + kx * w->dilation_width) - w->pad_left;
  return x < 0 || x >= w->in_width ? -1 : x;
}
