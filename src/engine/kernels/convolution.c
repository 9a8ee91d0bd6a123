/*
 * Convolutions as products of matrices. The patches under some rows of one image's windows are laid out in the thread's
 * workspace as [rows · width, kernel · channels]: `patches`. Only so many rows at a time as fit there.
 */
#include "gemm.h"
#include "patches.h"

#define PATCHES (1u << 17) /* elements of workspace that patches may take; more where one row needs more */

typedef struct Layout {
  size_t depth;  /* of a patch: kernel height · width · channels */
  size_t rows;   /* of an image's output at a time */
  size_t chunks; /* of rows in an image */
  int plain;     /* patches are the image itself */
  int turned;    /* patches are [kernel · channels, rows · width] */
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
  l.turned = !l.plain && w->in_channels < 8;
  return l;
}

/* The patches of rows [first, first + rows) of an image, which may be the image itself. */
static const float *patches_of(float *space, const Layout *l, const Window *w, const float *image, size_t first,
                               size_t rows) {
  if (l->plain) return image + first * w->out_width * l->depth;
  if (l->turned) turned(space, (float *)image, w, first, rows, 0);
  else unfold(space, image, w, first, rows);
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
                 .a = patches_of(space, &l, w, x + n * image, first, rows),
                 .lda = l.turned ? rows * w->out_width : l.depth, .transpose_a = l.turned,
                 .b = filter, .ldb = w->out_channels,
                 .c = out + begin * w->out_width * w->out_channels, .ldc = w->out_channels};
    gemm_run(context->workspace, &p);
    begin += rows;
  }
}

/* The transpose of a · bᵀ, written to `out`. */
static Product other_way_round(const Product *p, float *out) {
  return (Product){.m = p->n, .n = p->m, .k = p->k, .a = p->b, .lda = p->ldb,
                   .b = p->a, .ldb = p->lda, .transpose_b = 1, .c = out, .ldc = p->m};
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
      if (l.turned) p = other_way_round(&p, space);
      gemm_run(context->workspace, &p);
      if (l.turned) turned(space, to, w, first, rows, 1);
      else if (!l.plain) fold(to, space, w, first, rows);
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
                 .a = patches_of(space, l, w, x + n * image, first, rows),
                 .lda = l->turned ? rows * w->out_width : l->depth, .transpose_a = !l->turned,
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
