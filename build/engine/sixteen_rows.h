// Products of Q8_0, Q4_0 and IQ4_NL weights, sixteen rows at a time, for processors with AVX-512 VNNI.
//
// llama.cpp multiplies Q8_0 on x86 as it lies in the file, where each product of 32 weights takes signs, a conversion and
// a scale of its own, and 4-bit weights in blocks of eight rows, which are shuffled again for each product. Here four
// weights of each of sixteen rows lie side by side, so that one dpbusd multiplies all of them with the same four
// activations, and the sums of sixteen rows are converted and scaled together.
//
// dpbusd takes the weights unsigned, so they are raised: w * a = (w + RAISE) * a - RAISE * a, without rounding. A block's
// sum is an exact integer, and blocks are added in their order: a product has the same bits for one token and for four.

#pragma once

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VNNI__)

#include "activations.h"

#include <immintrin.h>

#include <cstring>

namespace sixteen_rows {

using activations::place;

constexpr int ROWS = 16;
constexpr int GROUPS = QK8_0 / 4;      // of four weights
constexpr int MOST_BLOCKS = 1024;      // of a row
// The output matrix is read for one token at a time, when memory is the limit: a copy of its many rows would gain nothing.
constexpr int64_t MOST_ROWS = 32768;

// Weights that take a byte: groups g and g + 4 are loaded apart.
template <typename Block> struct Format {
    static constexpr int RAISE = 128;
    static constexpr uint32_t FLIPPED = 0x80808080u; // raises signed bytes
    static __m512i lower(const uint8_t * qs, int g) { return _mm512_loadu_si512(qs + 4 * ROWS * g); }
    static __m512i upper(const uint8_t * qs, int g) { return _mm512_loadu_si512(qs + 4 * ROWS * (g + GROUPS / 2)); }
};

static inline __m512i low_nibbles(__m512i bytes) {
    return _mm512_and_si512(bytes, _mm512_set1_epi8(15));
}

// Weights that take four bits: the nibbles of one byte are of groups g and g + 4.
template <> struct Format<block_q4_0> {
    static constexpr int RAISE = 8; // a nibble is the weight and 8
    static constexpr uint32_t FLIPPED = 0;
    static __m512i lower(const uint8_t * qs, int g) { return low_nibbles(_mm512_loadu_si512(qs + 4 * ROWS * g)); }
    static __m512i upper(const uint8_t * qs, int g) {
        return low_nibbles(_mm512_srli_epi16(_mm512_loadu_si512(qs + 4 * ROWS * g), 4));
    }
};

template <> struct Format<block_iq4_nl> {
    static constexpr int RAISE = 128;
    static constexpr uint32_t FLIPPED = 0;
    static __m512i raised(__m512i nibbles) {
        const __m512i values = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *) kvalues_iq4nl));
        return _mm512_shuffle_epi8(_mm512_xor_si512(values, _mm512_set1_epi8(-128)), nibbles);
    }
    static __m512i lower(const uint8_t * qs, int g) { return raised(Format<block_q4_0>::lower(qs, g)); }
    static __m512i upper(const uint8_t * qs, int g) { return raised(Format<block_q4_0>::upper(qs, g)); }
};

template <typename Block> struct Sixteen {
    ggml_half d[ROWS];
    uint8_t qs[ROWS * sizeof(Block::qs)]; // four bytes of each row in turn
};

static inline bool fits(const struct ggml_tensor * t) {
    return t->ne[1] % ROWS == 0 && t->ne[1] <= MOST_ROWS && t->ne[0] <= MOST_BLOCKS * QK8_0;
}

template <typename Block> static int repack(struct ggml_tensor * t, const void * data, size_t size) {
    static_assert(sizeof(Sixteen<Block>) == ROWS * sizeof(Block), "rearranged in place");
    const int64_t rows = ggml_nrows(t), blocks = t->ne[0] / QK8_0;
    GGML_ASSERT(size == rows * blocks * sizeof(Block));
    if (t->ne[1] % ROWS != 0) {
        return -1;
    }
    const Block * from = (const Block *) data;
    Sixteen<Block> * to = (Sixteen<Block> *) t->data;
    for (int64_t row = 0; row < rows; row += ROWS) {
        for (int64_t l = 0; l < blocks; l++, to++) {
            for (int r = 0; r < ROWS; r++) {
                const Block & in = from[(row + r) * blocks + l];
                to->d[r] = in.d;
                for (size_t at = 0; at < sizeof(in.qs); at += 4) {
                    uint32_t four;
                    memcpy(&four, in.qs + at, 4);
                    four ^= Format<Block>::FLIPPED;
                    memcpy(to->qs + ROWS * at + 4 * r, &four, 4);
                }
            }
        }
    }
    return 0;
}

static inline __m512i four_of(const int8_t * at) {
    int32_t word;
    memcpy(&word, at, 4);
    return _mm512_set1_epi32(word);
}

static inline __m512 scaled(__m512i sums, __m512 of_weights, float of_activations, __m512 to) {
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), _mm512_mul_ps(of_weights, _mm512_set1_ps(of_activations)), to);
}

// TOKENS tokens: one as it was quantized, or four whose activations lie side by side in eights.
template <typename Block, int TOKENS, typename Quantized>
static void multiply(int n, float * s, size_t bs, const void * vx, const Quantized * a, int nc) {
    const int blocks = n / QK8_0;
    float d[TOKENS * MOST_BLOCKS];
    int32_t minus_raise[TOKENS * MOST_BLOCKS];
    activations::read<Format<Block>::RAISE, TOKENS>(a, blocks, d, minus_raise);
    for (int x = 0; x < nc / ROWS; x++) {
        const Sixteen<Block> * b = (const Sixteen<Block> *) vx + (int64_t) x * blocks;
        __m512 found[TOKENS] = {};
        for (int l = 0; l < blocks; l++) {
            __m512i lower[TOKENS], upper[TOKENS];
            for (int m = 0; m < TOKENS; m++) {
                lower[m] = _mm512_set1_epi32(minus_raise[TOKENS * l + m]);
                upper[m] = _mm512_setzero_si512();
            }
            for (int g = 0; g < GROUPS / 2; g++) {
                const __m512i first = Format<Block>::lower(b[l].qs, g), second = Format<Block>::upper(b[l].qs, g);
                for (int m = 0; m < TOKENS; m++) {
                    lower[m] = _mm512_dpbusd_epi32(lower[m], first, four_of(a[l].qs + place<TOKENS>(m, 4 * g)));
                    upper[m] = _mm512_dpbusd_epi32(upper[m], second, four_of(a[l].qs + place<TOKENS>(m, 4 * g + QK8_0 / 2)));
                }
            }
            const __m512 of_weights = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) b[l].d));
            for (int m = 0; m < TOKENS; m++) {
                found[m] = scaled(_mm512_add_epi32(lower[m], upper[m]), of_weights, d[TOKENS * l + m], found[m]);
            }
        }
        for (int m = 0; m < TOKENS; m++) {
            _mm512_storeu_ps(s + m * bs + x * ROWS, found[m]);
        }
    }
}

template <typename Block> static void gemv(int n, float * s, const void * vx, const void * vy, int nc) {
    multiply<Block, 1>(n, s, 0, vx, (const block_q8_0 *) vy, nc);
}

template <typename Block> static void gemm(int n, float * s, size_t bs, const void * vx, const void * vy, int nr, int nc) {
    for (int y = 0; y < nr / 4; y++) {
        multiply<Block, 4>(n, s + 4 * y * bs, bs, vx, (const block_q8_0x4 *) vy + (int64_t) y * (n / QK8_0), nc);
    }
}

} // namespace sixteen_rows

#endif
