#include "kernels.h"

void kd_execute(Context *context, const uint32_t *code) {
  /* Threads that had no part in the last program take the same rooms as those that had. */
  context->turn = 0;
  for (;; code += code[1]) {
    const uint32_t *operands = code + 2;
    switch (code[0]) {
      case OP_END: return;
      case OP_BARRIER: kd_barrier(context); break;
      case OP_MAP: kd_map(context, operands); break;
      case OP_REDUCE: kd_reduce(context, operands); break;
      case OP_GEMM: kd_gemm(context, operands); break;
      case OP_COPY: kd_copy(context, operands); break;
      case OP_FILL: kd_fill(context, operands); break;
      case OP_GATHER: kd_gather(context, operands); break;
      case OP_SEGMENT_SUM: kd_segment_sum(context, operands); break;
      case OP_ONE_HOT: kd_one_hot(context, operands); break;
      case OP_ARG_REDUCE: kd_arg_reduce(context, operands); break;
      case OP_CUMSUM: kd_cumsum(context, operands); break;
      case OP_SOFTMAX: kd_softmax(context, operands); break;
      case OP_WINDOW: kd_window(context, operands); break;
      case OP_RANDOM: kd_random(context, operands); break;
      default: kd_sparse(context, (int)code[0], operands); break;
    }
  }
}
