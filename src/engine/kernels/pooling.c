/* Pooling: the greatest, or the mean, of the cells of a window inside the image, for each channel. */
#include "window.h"

/* The part of the window at (oy, ox) that lies inside the image, in cells of the kernel. */
typedef struct Inside {
  size_t top, bottom, left, right; /* kernel rows [top, bottom), columns [left, right) */
} Inside;

static void bounds(int64_t origin, size_t kernel, size_t dilation, size_t length, size_t *first, size_t *last) {
  size_t from = 0, to = kernel;
  while (from < to && origin + (int64_t)(from * dilation) < 0) from++;
  while (to > from && origin + (int64_t)((to - 1) * dilation) >= (int64_t)length) to--;
  *first = from;
  *last = to;
}

static Inside inside(const Window *w, size_t oy, size_t ox) {
  Inside in;
  bounds((int64_t)(oy * w->stride_height) - w->pad_top, w->kernel_height, w->dilation_height, w->in_height, &in.top,
         &in.bottom);
  bounds((int64_t)(ox * w->stride_width) - w->pad_left, w->kernel_width, w->dilation_width, w->in_width, &in.left,
         &in.right);
  return in;
}

/* Where a cell of the window lies in the image. */
static size_t cell(const Window *w, size_t oy, size_t ox, size_t ky, size_t kx) {
  size_t y = (size_t)((int64_t)(oy * w->stride_height + ky * w->dilation_height) - w->pad_top);
  size_t x = (size_t)((int64_t)(ox * w->stride_width + kx * w->dilation_width) - w->pad_left);
  return (y * w->in_width + x) * w->in_channels;
}

static void pool_window(int operation, const Window *w, const float *image, float *out, size_t oy, size_t ox) {
  Inside in = inside(w, oy, ox);
  size_t channels = w->in_channels;
  float start = operation == WINDOW_MAX_POOL ? -__builtin_inff() : 0.0f;
  for (size_t c = 0; c < channels; c++) out[c] = start;
  for (size_t ky = in.top; ky < in.bottom; ky++)
    for (size_t kx = in.left; kx < in.right; kx++) {
      const float *x = image + cell(w, oy, ox, ky, kx);
      if (operation == WINDOW_MAX_POOL)
        for (size_t c = 0; c < channels; c++) out[c] = x[c] > out[c] || x[c] != x[c] ? x[c] : out[c];
      else
        for (size_t c = 0; c < channels; c++) out[c] += x[c];
    }
  if (operation == WINDOW_MAX_POOL) return;
  float cells = (float)((in.bottom - in.top) * (in.right - in.left));
  for (size_t c = 0; c < channels; c++) out[c] /= cells;
}

/* The gradient of a window goes to its first greatest cell. */
static void max_gradient(const Window *w, const float *image, const float *dy, float *dx, size_t oy, size_t ox) {
  Inside in = inside(w, oy, ox);
  if (in.top == in.bottom || in.left == in.right) return;
  for (size_t c = 0; c < w->in_channels; c++) {
    size_t best = cell(w, oy, ox, in.top, in.left) + c;
    for (size_t ky = in.top; ky < in.bottom; ky++)
      for (size_t kx = in.left; kx < in.right; kx++) {
        size_t at = cell(w, oy, ox, ky, kx) + c;
        if (image[at] > image[best]) best = at;
      }
    dx[best] += dy[c];
  }
}

static void mean_gradient(const Window *w, const float *dy, float *dx, size_t oy, size_t ox) {
  Inside in = inside(w, oy, ox);
  float cells = (float)((in.bottom - in.top) * (in.right - in.left));
  for (size_t ky = in.top; ky < in.bottom; ky++)
    for (size_t kx = in.left; kx < in.right; kx++) {
      float *to = dx + cell(w, oy, ox, ky, kx);
      for (size_t c = 0; c < w->in_channels; c++) to[c] += dy[c] / cells;
    }
}

void kd_pool(Context *context, int operation, const Window *w, const float *a, const float *dy, float *out) {
  size_t image = (size_t)w->in_height * w->in_width * w->in_channels, begin, end;
  size_t result = (size_t)w->out_height * w->out_width * w->in_channels;
  if (operation == WINDOW_MAX_POOL || operation == WINDOW_AVG_POOL) {
    kd_share(context, (size_t)w->batch * w->out_height, 1, &begin, &end);
    for (size_t unit = begin; unit < end; unit++)
      for (size_t ox = 0; ox < w->out_width; ox++)
        pool_window(operation, w, a + unit / w->out_height * image,
                    out + (unit * w->out_width + ox) * w->in_channels, unit % w->out_height, ox);
    return;
  }
  kd_share(context, w->batch, 1, &begin, &end);
  for (size_t n = begin; n < end; n++) {
    float *dx = out + n * image;
    for (size_t i = 0; i < image; i++) dx[i] = 0.0f;
    const float *from = operation == WINDOW_MAX_POOL_GRAD ? dy : a;
    for (size_t oy = 0; oy < w->out_height; oy++)
      for (size_t ox = 0; ox < w->out_width; ox++) {
        const float *d = from + n * result + (oy * w->out_width + ox) * w->in_channels;
        if (operation == WINDOW_MAX_POOL_GRAD) max_gradient(w, a + n * image, d, dx, oy, ox);
        else mean_gradient(w, d, dx, oy, ox);
      }
  }
}
