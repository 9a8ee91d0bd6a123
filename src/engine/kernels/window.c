#include "window.h"

void kd_window(Context *context, const uint32_t *o) {
  const uint32_t *n = o + 1, *addresses = o + 16;
  Window w = {n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12], (int32_t)n[13],
              (int32_t)n[14]};
  const float *inputs[3];
  for (int i = 0; i < 3; i++) inputs[i] = addresses[i] == NONE ? NULL : kd_floats(context, addresses[i]);
  float *out = kd_floats(context, addresses[3]);
  int operation = (int)o[0];
  switch (operation) {
    case WINDOW_CONV2D:
    case WINDOW_CONV2D_INPUT:
    case WINDOW_CONV2D_FILTER: kd_convolve(context, operation, &w, inputs[0], inputs[1], out); break;
    case WINDOW_DEPTHWISE:
    case WINDOW_DEPTHWISE_INPUT:
    case WINDOW_DEPTHWISE_FILTER: kd_depthwise(context, operation, &w, inputs[0], inputs[1], out); break;
    case WINDOW_MAX_POOL_GRAD: kd_pool(context, operation, &w, inputs[0], inputs[2], out); break;
    default: kd_pool(context, operation, &w, inputs[0], NULL, out); break;
  }
}
