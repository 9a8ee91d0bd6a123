/* Patches laid out for products, and added back to images. Where there are few channels they lie turned, one row for each
 * cell and channel of the kernel, so that runs are as long as a row of the output. */
#pragma once
#include "window.h"

/* The outputs [*first, *last) of a row whose cell kx lies inside the image. */
static inline void inside_columns(const Window *w, size_t kx, size_t *first, size_t *last) {
  int64_t origin = (int64_t)(kx * w->dilation_width) - w->pad_left, stride = w->stride_width;
  int64_t from = origin >= 0 ? 0 : (-origin + stride - 1) / stride;
  int64_t left = (int64_t)w->in_width - 1 - origin, to = left < 0 ? 0 : left / stride + 1;
  if (to > (int64_t)w->out_width) to = w->out_width;
  *first = (size_t)from;
  *last = to < from ? (size_t)from : (size_t)to;
  if (*first > w->out_width) *first = *last = w->out_width;
}

/* Columns of one kernel row that lie inside the image are one run where the window is not dilated. */
static void unfold_row(float *to, const float *line, const Window *w, size_t ox) {
  size_t channels = w->in_channels;
  for (size_t kx = 0; kx < w->kernel_width; kx++, to += channels) {
    int64_t x = window_column(w, ox, kx);
    if (x < 0) {
      for (size_t c = 0; c < channels; c++) to[c] = 0.0f;
      continue;
    }
    size_t run = channels;
    if (w->dilation_width == 1) {
      size_t inside = (size_t)((int64_t)w->in_width - x);
      size_t columns = w->kernel_width - kx < inside ? w->kernel_width - kx : inside;
      run = columns * channels;
      const float *from = line + (size_t)x * channels;
      for (size_t i = 0; i < run; i++) to[i] = from[i];
      kx += columns - 1;
      to += run - channels;
      continue;
    }
    const float *from = line + (size_t)x * channels;
    for (size_t c = 0; c < run; c++) to[c] = from[c];
  }
}

static void unfold(float *patches, const float *image, const Window *w, size_t first, size_t rows) {
  size_t line = (size_t)w->in_width * w->in_channels, width = (size_t)w->kernel_width * w->in_channels;
  for (size_t oy = first; oy < first + rows; oy++)
    for (size_t ox = 0; ox < w->out_width; ox++)
      for (size_t ky = 0; ky < w->kernel_height; ky++, patches += width) {
        int64_t y = window_row(w, oy, ky);
        if (y < 0)
          for (size_t i = 0; i < width; i++) patches[i] = 0.0f;
        else
          unfold_row(patches, image + (size_t)y * line, w, ox);
      }
}

/* Adds patches to where they were taken from. */
static void fold(float *image, const float *patches, const Window *w, size_t first, size_t rows) {
  size_t channels = w->in_channels, line = (size_t)w->in_width * channels;
  for (size_t oy = first; oy < first + rows; oy++)
    for (size_t ox = 0; ox < w->out_width; ox++)
      for (size_t ky = 0; ky < w->kernel_height; ky++) {
        int64_t y = window_row(w, oy, ky);
        for (size_t kx = 0; kx < w->kernel_width; kx++, patches += channels) {
          int64_t x = window_column(w, ox, kx);
          if (y < 0 || x < 0) continue;
          float *to = image + (size_t)y * line + (size_t)x * channels;
          for (size_t c = 0; c < channels; c++) to[c] += patches[c];
        }
      }
}

/* One row of outputs for one cell and channel of the kernel: outputs [first, last) come from `image`, `step` apart. */
static inline void unfold_run(float *to, const float *image, size_t step, size_t first, size_t last, size_t width) {
  for (size_t i = 0; i < first; i++) to[i] = 0.0f;
  if (step == 1)
    for (size_t i = first; i < last; i++) to[i] = image[i - first];
  else
    for (size_t i = first; i < last; i++) to[i] = image[(i - first) * step];
  for (size_t i = last; i < width; i++) to[i] = 0.0f;
}

static inline void fold_run(float *image, const float *from, size_t step, size_t first, size_t last) {
  for (size_t i = first; i < last; i++) image[(i - first) * step] += from[i];
}

/* Turned patches of rows [first, first + rows) from an image, or, `folding`, added to it. */
static void turned(float *patches, float *image, const Window *w, size_t first, size_t rows, int folding) {
  size_t channels = w->in_channels, width = w->out_width, step = (size_t)w->stride_width * channels;
  for (size_t ky = 0; ky < w->kernel_height; ky++)
    for (size_t kx = 0; kx < w->kernel_width; kx++) {
      size_t from, to;
      inside_columns(w, kx, &from, &to);
      int64_t x = (int64_t)(from * w->stride_width + kx * w->dilation_width) - w->pad_left;
      for (size_t c = 0; c < channels; c++)
        for (size_t oy = first; oy < first + rows; oy++, patches += width) {
          int64_t y = window_row(w, oy, ky);
          int empty = y < 0 || from >= to;
          float *place = empty ? image : image + (y * w->in_width + x) * (int64_t)channels + (int64_t)c;
          if (folding && !empty) fold_run(place, patches, step, from, to);
          if (!folding) unfold_run(patches, place, step, empty ? width : from, empty ? width : to, width);
        }
    }
}
