// Products of Q4_0 weights, eight rows at a time, for processors with AVX2 but not AVX-512 VNNI: the layout of
// sixteen_rows.h at half its width.
//
// A nibble times an activation is 1,905 at most, so what maddubs makes of two, added eight times, stays below 2^15: the
// products of a block of 32 weights are summed in 16 bits, twice as many at a time as in 32, and widened once.

#pragma once

#if defined(__AVX2__) && !defined(__AVX512VNNI__)
#if !defined(__FMA__) || !defined(__F16C__)
#error "a variant with AVX2 needs FMA and F16C too"
#endif
#define EIGHT_ROWS

#include "activations.h"

#include <immintrin.h>

#include <cstring>
#include <vector>

namespace eight_rows {

using activations::place;

constexpr int ROWS = 8;
constexpr int GROUPS = QK8_0 / 4; // of four weights
constexpr int RAISE = 8;          // a nibble is the weight and 8

struct Eight {
    ggml_half d[ROWS];
    uint8_t qs[ROWS * sizeof(block_q4_0::qs)]; // four bytes of each row in turn
};

static int repack(struct ggml_tensor * t, const void * data, size_t size) {
    static_assert(sizeof(Eight) == ROWS * sizeof(block_q4_0), "rearranged in place");
    const int64_t rows = ggml_nrows(t), blocks = t->ne[0] / QK8_0;
    GGML_ASSERT(size == rows * blocks * sizeof(block_q4_0));
    if (t->ne[1] % ROWS != 0) {
        return -1;
    }
    const block_q4_0 * from = (const block_q4_0 *) data;
    Eight * to = (Eight *) t->data;
    for (int64_t row = 0; row < rows; row += ROWS) {
        for (int64_t l = 0; l < blocks; l++, to++) {
            for (int r = 0; r < ROWS; r++) {
                const block_q4_0 & in = from[(row + r) * blocks + l];
                to->d[r] = in.d;
                for (size_t at = 0; at < sizeof(in.qs); at += 4) {
                    memcpy(to->qs + ROWS * at + 4 * r, in.qs + at, 4);
                }
            }
        }
    }
    return 0;
}

static inline __m256i low_nibbles(__m256i bytes) {
    return _mm256_and_si256(bytes, _mm256_set1_epi8(15));
}

static inline __m256i add_products(__m256i to, __m256i nibbles, const int8_t * four) {
    int32_t word;
    memcpy(&word, four, 4);
    return _mm256_add_epi16(to, _mm256_maddubs_epi16(nibbles, _mm256_set1_epi32(word)));
}

// TOKENS tokens: one as it was quantized, or four whose activations lie side by side in eights.
template <int TOKENS, typename Quantized>
static void multiply(int n, float * s, size_t bs, const void * vx, const Quantized * a, int nc) {
    const int blocks = n / QK8_0;
    std::vector<float> d(TOKENS * blocks);
    std::vector<int32_t> minus_raise(TOKENS * blocks);
    activations::read<RAISE, TOKENS>(a, blocks, d.data(), minus_raise.data());
    for (int x = 0; x < nc / ROWS; x++) {
        const Eight * b = (const Eight *) vx + (int64_t) x * blocks;
        __m256 found[TOKENS] = {};
        for (int l = 0; l < blocks; l++) {
            __m256i sums[TOKENS] = {};
            for (int g = 0; g < GROUPS / 2; g++) {
                const __m256i both = _mm256_loadu_si256((const __m256i *) (b[l].qs + 4 * ROWS * g));
                const __m256i first = low_nibbles(both), second = low_nibbles(_mm256_srli_epi16(both, 4));
                for (int m = 0; m < TOKENS; m++) {
                    sums[m] = add_products(sums[m], first, a[l].qs + place<TOKENS>(m, 4 * g));
                    sums[m] = add_products(sums[m], second, a[l].qs + place<TOKENS>(m, 4 * g + QK8_0 / 2));
                }
            }
            const __m256 of_weights = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) b[l].d));
            for (int m = 0; m < TOKENS; m++) {
                const __m256i wide = _mm256_madd_epi16(sums[m], _mm256_set1_epi16(1));
                const __m256i sum = _mm256_add_epi32(wide, _mm256_set1_epi32(minus_raise[TOKENS * l + m]));
                const __m256 scales = _mm256_mul_ps(of_weights, _mm256_set1_ps(d[TOKENS * l + m]));
                found[m] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), scales, found[m]);
            }
        }
        for (int m = 0; m < TOKENS; m++) {
            _mm256_storeu_ps(s + m * bs + x * ROWS, found[m]);
        }
    }
}

static void gemv(int n, float * s, const void * vx, const void * vy, int nc) {
    multiply<1>(n, s, 0, vx, (const block_q8_0 *) vy, nc);
}

static void gemm(int n, float * s, size_t bs, const void * vx, const void * vy, int nr, int nc) {
    for (int y = 0; y < nr / 4; y++) {
        multiply<4>(n, s + 4 * y * bs, bs, vx, (const block_q8_0x4 *) vy + (int64_t) y * (n / QK8_0), nc);
    }
}

} // namespace eight_rows

#endif
