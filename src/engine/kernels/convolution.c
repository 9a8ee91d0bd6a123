/*
 * Convolutions as products of matrices. The patches under some rows of one image's windows are laid out in the thread's
 * workspace as [rows · width, kernel · channels]: `patches`. Only so many rows at a time as fit there.
 */
#include "gemm.h"
#include "window.h"

#define PATCHES (1u << 17) /* elements of workspace that patches may take; more where one row needs more */

typedef struct Layout {
  size_t depth;  /* of a patch: kernel height · width · channels */
  size_t rows;   /* of an image's output at a time */
  size_t chunks; /* of rows in an image */
  int plain;     /* patches are the image itself */
} Layout;

static Layout layout_of(const Window *w) {
  Layout l = {.depth = (size_t)w->kernel_height * w->kernel_width * w->in_channels};
  size_t row = l.depth * w->out_width;
  l.rows = row == 0 ? w->out_height : PATCHES / row;
  if (l.rows < 1) l.rows = 1;
  if (l.rows > w->out_height) l.rows = w->out_height;
  l.chunks = l.rows == 0 ? 0 : (w->out_height + l.rows - 1) / l.rows;
  l.plain = w->kernel_height == 1 && w->kernel_width == 1 && w->stride_height == 1 && w->stride_width == 1 &&
            w->pad_top == 0 && w->pad_left == 0 && w->in_height == w->out_height && w->in_width == w->out_width;
  return l;
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

/* The patches of rows [first, first + rows) of an image, which may be the image itself. */
static const float *patches_of(float *space, const Layout *l, const Window *w, const float *image, size_t first,
                               size_t rows) {
  if (l->plain) return image + first * w->out_width * l->depth;
  unfold(space, image, w, first, rows);
  return space;
}

static void forward(Context *context, const Window *w, const float *x, const float *filter, float *out) {
  Layout l = layout_of(w);
  size_t image = (size_t)w->in_height * w->in_width * w->in_channels, begin, end;
  float *space = context->workspace + GEMM_WORKSPACE;
  /* Units of a few rows each, so that few images occupy all threads too. */
  kd_share(context, (size_t)w->batch * w->out_height, 1, &begin, &end);
  while (begin < end) {
    size_t n = begin / w->out_height, first = begin % w->out_height;
    size_t rows = w->out_height - first < end - begin ? w->out_height - first : end - begin;
    if (rows > l.rows) rows = l.rows;
    Product p = {.m = rows * w->out_width, .n = w->out_channels, .k = l.depth,
                 .a = patches_of(space, &l, w, x + n * image, first, rows), .lda = l.depth,
                 .b = filter, .ldb = w->out_channels,
                 .c = out + begin * w->out_width * w->out_channels, .ldc = w->out_channels};
    gemm_run(context->workspace, &p);
    begin += rows;
  }
}

static void input_gradient(Context *context, const Window *w, const float *dy, const float *filter, float *dx) {
  Layout l = layout_of(w);
  size_t image = (size_t)w->in_height * w->in_width * w->in_channels, begin, end;
  size_t result = (size_t)w->out_height * w->out_width * w->out_channels;
  float *space = context->workspace + GEMM_WORKSPACE;
  kd_share(context, w->batch, 1, &begin, &end);
  for (size_t n = begin; n < end; n++) {
    float *to = dx + n * image;
    if (!l.plain)
      for (size_t i = 0; i < image; i++) to[i] = 0.0f;
    for (size_t first = 0; first < w->out_height; first += l.rows) {
      size_t rows = w->out_height - first < l.rows ? w->out_height - first : l.rows;
      Product p = {.m = rows * w->out_width, .n = l.depth, .k = w->out_channels,
                   .a = dy + n * result + first * w->out_width * w->out_channels, .lda = w->out_channels,
                   .b = filter, .ldb = w->out_channels, .transpose_b = 1,
                   .c = l.plain ? to + first * w->out_width * l.depth : space, .ldc = l.depth};
      gemm_run(context->workspace, &p);
      if (!l.plain) fold(to, space, w, first, rows);
    }
  }
}

/* Adds the chunks [begin, end), counted through all images, to columns [column, column + columns) of `sum`. */
static void add_filter_gradient(Context *context, const Window *w, const Layout *l, const float *x, const float *dy,
                                float *sum, size_t begin, size_t end, size_t column, size_t columns) {
  size_t image = (size_t)w->in_height * w->in_width * w->in_channels;
  size_t result = (size_t)w->out_height * w->out_width * w->out_channels;
  float *space = context->workspace + GEMM_WORKSPACE;
  for (size_t i = 0; i < l->depth; i++)
    for (size_t j = 0; j < columns; j++) sum[i * w->out_channels + column + j] = 0.0f;
  for (size_t unit = begin; unit < end; unit++) {
    size_t n = unit / l->chunks, first = unit % l->chunks * l->rows;
    size_t rows = w->out_height - first < l->rows ? w->out_height - first : l->rows;
    Product p = {.m = l->depth, .n = columns, .k = rows * w->out_width,
                 .a = patches_of(space, l, w, x + n * image, first, rows), .lda = l->depth, .transpose_a = 1,
                 .b = dy + n * result + first * w->out_width * w->out_channels + column, .ldb = w->out_channels,
                 .c = sum + column, .ldc = w->out_channels, .accumulate = 1};
    gemm_run(context->workspace, &p);
  }
}

static void filter_gradient(Context *context, const Window *w, const float *x, const float *dy, float *out) {
  Layout l = layout_of(w);
  size_t size = l.depth * w->out_channels, units = w->batch * l.chunks, begin, end;
  size_t parts = units < 16 ? units : 16;
  if (parts * size > PARTIALS) parts = size == 0 ? 0 : PARTIALS / size;
  if (parts < 4) {
    /* A large filter: the threads divide its columns. */
    kd_share(context, w->out_channels, 16, &begin, &end);
    if (begin < end) add_filter_gradient(context, w, &l, x, dy, out, 0, units, begin, end - begin);
    return;
  }
  float *partials = kd_partials(context);
  kd_share(context, parts, 1, &begin, &end);
  for (size_t part = begin; part < end; part++)
    add_filter_gradient(context, w, &l, x, dy, partials + part * size, units * part / parts,
                        units * (part + 1) / parts, 0, w->out_channels);
  kd_barrier(context);
  kd_share(context, size, 16, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    float sum = 0.0f;
    for (size_t part = 0; part < parts; part++) sum += partials[part * size + i];
    out[i] = sum;
  }
}

void kd_convolve(Context *context, int operation, const Window *w, const float *a, const float *b, float *out) {
  switch (operation) {
    case WINDOW_CONV2D: forward(context, w, a, b, out); break;
    case WINDOW_CONV2D_INPUT: input_gradient(context, w, a, b, out); break;
    default: filter_gradient(context, w, a, b, out); break;
  }
}
