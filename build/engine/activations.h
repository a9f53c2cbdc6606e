// What the kernels in rows of eight and of sixteen read of 8-bit activations.

#pragma once

#include <cstring>

namespace activations {

// Where activation i of token m lies, of one token as it was quantized or of four side by side in eights.
template <int TOKENS> static inline int place(int m, int i) {
    return TOKENS * 8 * (i / 8) + 8 * m + i % 8;
}

// The scales of TOKENS tokens in each block of 32, and what weights that are raised by RAISE add too much, negated.
template <int RAISE, int TOKENS, typename Block>
static inline void read(const Block * a, int blocks, float * d, int32_t * minus_raise) {
    for (int l = 0; l < blocks; l++) {
        for (int m = 0; m < TOKENS; m++) {
            int32_t sum = 0;
            for (int i = 0; i < QK8_0; i++) {
                sum += a[l].qs[place<TOKENS>(m, i)];
            }
            ggml_half scale;
            memcpy(&scale, (const char *) &a[l].d + m * sizeof(scale), sizeof(scale));
            d[TOKENS * l + m] = GGML_CPU_FP16_TO_FP32(scale);
            minus_raise[TOKENS * l + m] = -RAISE * sum;
        }
    }
}

} // namespace activations
