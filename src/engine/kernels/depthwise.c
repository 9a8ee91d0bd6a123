/* Convolutions of each channel by itself: filter [kernel height, width, channels, multiplier]. */
#include "window.h"

/* Calls of `visit` for every cell of the window at (oy, ox) that lies inside the image. */
typedef struct Cell {
  const float *x;
  float *dx;
  const float *filter;
  float *dfilter;
  const float *dy;
  float *y;
  size_t channels, multiplier;
} Cell;

static void visit(int operation, const Cell *cell) {
  size_t channels = cell->channels, multiplier = cell->multiplier;
  for (size_t c = 0; c < channels; c++)
    for (size_t q = 0; q < multiplier; q++) {
      size_t i = c * multiplier + q;
      if (operation == WINDOW_DEPTHWISE) cell->y[i] += cell->x[c] * cell->filter[i];
      else if (operation == WINDOW_DEPTHWISE_INPUT) cell->dx[c] += cell->dy[i] * cell->filter[i];
      else cell->dfilter[i] += cell->x[c] * cell->dy[i];
    }
}

typedef struct Operands {
  const float *x, *filter, *dy;
  float *y, *dx, *dfilter;
} Operands;

/* One row of windows of one image. */
static void visit_row(int operation, const Window *w, const Operands *o, size_t n, size_t oy) {
  size_t channels = w->in_channels, outputs = w->out_channels;
  for (size_t ox = 0; ox < w->out_width; ox++) {
    size_t out = ((n * w->out_height + oy) * w->out_width + ox) * outputs;
    for (size_t ky = 0; ky < w->kernel_height; ky++) {
      int64_t y = window_row(w, oy, ky);
      if (y < 0) continue;
      for (size_t kx = 0; kx < w->kernel_width; kx++) {
        int64_t x = window_column(w, ox, kx);
        if (x < 0) continue;
        size_t in = ((n * w->in_height + (size_t)y) * w->in_width + (size_t)x) * channels;
        size_t at = (ky * w->kernel_width + kx) * outputs;
        Cell cell = {.channels = channels, .multiplier = channels == 0 ? 0 : outputs / channels};
        if (operation == WINDOW_DEPTHWISE) cell.x = o->x + in, cell.filter = o->filter + at, cell.y = o->y + out;
        else if (operation == WINDOW_DEPTHWISE_INPUT)
          cell.dy = o->dy + out, cell.filter = o->filter + at, cell.dx = o->dx + in;
        else cell.x = o->x + in, cell.dy = o->dy + out, cell.dfilter = o->dfilter + at;
        visit(operation, &cell);
      }
    }
  }
}

static void clear(float *x, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = 0.0f;
}

static void filter_gradient(Context *context, const Window *w, const float *x, const float *dy, float *out) {
  size_t size = (size_t)w->kernel_height * w->kernel_width * w->out_channels, begin, end;
  size_t rows = (size_t)w->batch * w->out_height, parts = rows < 16 ? rows : 16;
  while (parts > 1 && parts * size > PARTIALS) parts--;
  float *partials = parts > 1 ? kd_partials(context) : out;
  kd_share(context, parts, 1, &begin, &end);
  for (size_t part = begin; part < end; part++) {
    Operands o = {.x = x, .dy = dy, .dfilter = partials + part * size};
    clear(o.dfilter, size);
    for (size_t row = rows * part / parts; row < rows * (part + 1) / parts; row++)
      visit_row(WINDOW_DEPTHWISE_FILTER, w, &o, row / w->out_height, row % w->out_height);
  }
  if (parts <= 1) {
    if (parts == 0 && context->thread == 0) clear(out, size);
    return;
  }
  kd_barrier(context);
  kd_share(context, size, 16, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    float sum = 0.0f;
    for (size_t part = 0; part < parts; part++) sum += partials[part * size + i];
    out[i] = sum;
  }
}

void kd_depthwise(Context *context, int operation, const Window *w, const float *a, const float *b, float *out) {
  if (operation == WINDOW_DEPTHWISE_FILTER) {
    filter_gradient(context, w, a, b, out);
    return;
  }
  size_t begin, end;
  if (operation == WINDOW_DEPTHWISE) {
    Operands o = {.x = a, .filter = b, .y = out};
    size_t row = (size_t)w->out_width * w->out_channels;
    kd_share(context, (size_t)w->batch * w->out_height, 1, &begin, &end);
    clear(out + begin * row, (end - begin) * row);
    for (size_t unit = begin; unit < end; unit++) visit_row(operation, w, &o, unit / w->out_height, unit % w->out_height);
    return;
  }
  Operands o = {.dy = a, .filter = b, .dx = out};
  size_t image = (size_t)w->in_height * w->in_width * w->in_channels;
  kd_share(context, w->batch, 1, &begin, &end);
  clear(out + begin * image, (end - begin) * image);
  for (size_t n = begin; n < end; n++)
    for (size_t oy = 0; oy < w->out_height; oy++) visit_row(operation, w, &o, n, oy);
}
