// Products of Q4_K weights, sixteen rows at a time: as in sixteen_rows.h, for blocks of 256 weights whose eight parts have
// a scale and a minimum of six bits. A part's sum is exact, its product with the scale too (all eight below 2^25), and
// they are converted together.

#pragma once

#include "sixteen_rows.h"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VNNI__)

namespace sixteen_rows {

constexpr int PARTS = QK_K / 32;

struct SixteenQ4K {
    ggml_half d[ROWS], dmin[ROWS];
    uint8_t scales[ROWS * K_SCALE_SIZE]; // a byte of each row in turn
    uint8_t qs[ROWS * QK_K / 2];         // four bytes of each row in turn
};

static int repack_q4_k(struct ggml_tensor * t, const void * data, size_t size) {
    static_assert(sizeof(SixteenQ4K) == ROWS * sizeof(block_q4_K), "rearranged in place");
    const int64_t rows = ggml_nrows(t), blocks = t->ne[0] / QK_K;
    GGML_ASSERT(size == rows * blocks * sizeof(block_q4_K));
    if (t->ne[1] % ROWS != 0) {
        return -1;
    }
    const block_q4_K * from = (const block_q4_K *) data;
    SixteenQ4K * to = (SixteenQ4K *) t->data;
    for (int64_t row = 0; row < rows; row += ROWS) {
        for (int64_t l = 0; l < blocks; l++, to++) {
            for (int r = 0; r < ROWS; r++) {
                const block_q4_K & in = from[(row + r) * blocks + l];
                to->d[r] = in.GGML_COMMON_AGGR_U.GGML_COMMON_AGGR_S.d;
                to->dmin[r] = in.GGML_COMMON_AGGR_U.GGML_COMMON_AGGR_S.dmin;
                for (int at = 0; at < K_SCALE_SIZE; at++) {
                    to->scales[ROWS * at + r] = in.scales[at];
                }
                for (int at = 0; at < QK_K / 2; at += 4) {
                    memcpy(to->qs + ROWS * at + 4 * r, in.qs + at, 4);
                }
            }
        }
    }
    return 0;
}

static inline __m128i packed(const SixteenQ4K & b, int at) {
    return _mm_loadu_si128((const __m128i *) (b.scales + ROWS * at));
}

// Part j's scales (first = 0) or minima (first = 4), packed as get_scale_min_k4 of llama.cpp reads them.
static inline __m512i six_bits(const SixteenQ4K & b, int j, int first) {
    const __m128i own = packed(b, j % 4 + first);
    if (j < 4) {
        return _mm512_cvtepu8_epi32(_mm_and_si128(own, _mm_set1_epi8(63)));
    }
    const __m128i both = packed(b, j + 4), four = first ? _mm_srli_epi16(both, 4) : both;
    const __m128i two = _mm_and_si128(_mm_srli_epi16(own, 2), _mm_set1_epi8(48));
    return _mm512_cvtepu8_epi32(_mm_or_si128(_mm_and_si128(four, _mm_set1_epi8(15)), two));
}

// The sums of a part's activations, and of the next part's, as the halves of a number.
static inline int32_t two_sums(int part, int next) {
    return (int32_t) (((uint32_t) part & 0xFFFF) | (uint32_t) next << 16);
}

static inline int32_t two_sums(const block_q8_K & a, int, int j) {
    return two_sums(a.bsums[2 * j] + a.bsums[2 * j + 1], a.bsums[2 * j + 2] + a.bsums[2 * j + 3]);
}

static inline int32_t two_sums(const block_q8_Kx4 & a, int m, int j) {
    const int16_t * of = a.bsums + 8 * j + 4 * m; // four sums of 16 for each token in turn
    return two_sums(of[0] + of[1], of[2] + of[3]);
}

static inline float scale(const block_q8_K & a, int) { return a.d; }
static inline float scale(const block_q8_Kx4 & a, int m) { return a.d[m]; }

template <int TOKENS, typename Quantized>
static void multiply_q4_k(int n, float * s, size_t bs, const void * vx, const Quantized * a, int nc) {
    const int blocks = n / QK_K;
    for (int x = 0; x < nc / ROWS; x++) {
        const SixteenQ4K * b = (const SixteenQ4K *) vx + (int64_t) x * blocks;
        __m512 found[TOKENS] = {};
        for (int l = 0; l < blocks; l++) {
            __m512i sums[TOKENS] = {}, minima[TOKENS] = {};
            for (int j = 0; j < PARTS; j += 2) {
                __m512i low[TOKENS] = {}, high[TOKENS] = {};
                for (int g = 0; g < GROUPS; g++) {
                    const __m512i both = _mm512_loadu_si512(b[l].qs + 4 * ROWS * (4 * j + g));
                    const __m512i first = low_nibbles(both), second = low_nibbles(_mm512_srli_epi16(both, 4));
                    for (int m = 0; m < TOKENS; m++) {
                        const int8_t * four = a[l].qs + place<TOKENS>(m, 32 * j + 4 * g);
                        low[m] = _mm512_dpbusd_epi32(low[m], first, four_of(four));
                        high[m] = _mm512_dpbusd_epi32(high[m], second, four_of(four + TOKENS * 32));
                    }
                }
                const __m512i of_low = six_bits(b[l], j, 0), of_high = six_bits(b[l], j + 1, 0);
                const __m512i next = _mm512_slli_epi32(six_bits(b[l], j + 1, 4), 16);
                const __m512i two_minima = _mm512_or_si512(six_bits(b[l], j, 4), next);
                for (int m = 0; m < TOKENS; m++) {
                    const __m512i scaled_low = _mm512_mullo_epi32(low[m], of_low);
                    sums[m] = _mm512_add_epi32(sums[m], _mm512_add_epi32(scaled_low, _mm512_mullo_epi32(high[m], of_high)));
                    const __m512i of_tokens = _mm512_set1_epi32(two_sums(a[l], m, j));
                    minima[m] = _mm512_add_epi32(minima[m], _mm512_madd_epi16(two_minima, of_tokens));
                }
            }
            const __m512 d = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) b[l].d));
            const __m512 dmin = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) b[l].dmin));
            for (int m = 0; m < TOKENS; m++) {
                const float of_token = scale(a[l], m);
                found[m] = scaled(minima[m], dmin, -of_token, scaled(sums[m], d, of_token, found[m]));
            }
        }
        for (int m = 0; m < TOKENS; m++) {
            _mm512_storeu_ps(s + m * bs + x * ROWS, found[m]);
        }
    }
}

static void gemv_q4_k(int n, float * s, const void * vx, const void * vy, int nc) {
    multiply_q4_k<1>(n, s, 0, vx, (const block_q8_K *) vy, nc);
}

static void gemm_q4_k(int n, float * s, size_t bs, const void * vx, const void * vy, int nr, int nc) {
    for (int y = 0; y < nr / 4; y++) {
        multiply_q4_k<4>(n, s + 4 * y * bs, bs, vx, (const block_q8_Kx4 *) vy + (int64_t) y * (n / QK_K), nc);
    }
}

} // namespace sixteen_rows

#endif
