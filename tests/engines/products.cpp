// Products of the engine's kernels beside plain loops, over odd sizes: those for AVX-512 VNNI, or for AVX2 where it is
// compiled for that alone. Prints the number of products compared, and of those whose bits differ.
#include <immintrin.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

// As llama.cpp has them.
typedef uint16_t ggml_half;
constexpr int QK8_0 = 32, QK_K = 256, K_SCALE_SIZE = 12;
#define GGML_COMMON_AGGR_U u
#define GGML_COMMON_AGGR_S s
struct block_q8_0 { ggml_half d; int8_t qs[32]; };
struct block_q4_0 { ggml_half d; uint8_t qs[16]; };
struct block_iq4_nl { ggml_half d; uint8_t qs[16]; };
struct block_q8_0x4 { ggml_half d[4]; int8_t qs[4 * 32]; };
struct block_q4_K { struct { struct { ggml_half d, dmin; } s; } u; uint8_t scales[12], qs[128]; };
struct block_q8_K { float d; int8_t qs[256]; int16_t bsums[16]; };
struct block_q8_Kx4 { float d[4]; int8_t qs[4 * 256]; int16_t bsums[4 * 16]; };
struct ggml_tensor { int64_t ne[4]; void * data; };
static int64_t ggml_nrows(const ggml_tensor * t) { return t->ne[1] * t->ne[2]; }
static const int8_t kvalues_iq4nl[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
#define GGML_CPU_FP16_TO_FP32(half) _cvtsh_ss(half)
#define GGML_ASSERT(holds) do { if (!(holds)) abort(); } while (0)

#include "eight_rows.h"
#include "sixteen_rows_q4_k.h"

#if defined(EIGHT_ROWS)
namespace kernels {
constexpr int ROWS = eight_rows::ROWS;
static bool fits(const ggml_tensor *) { return true; }
template <typename Block> static int repack(ggml_tensor * t, const void * data, size_t size) {
    return eight_rows::repack(t, data, size);
}
template <typename Block> static void gemv(int n, float * s, const void * vx, const void * vy, int nc) {
    eight_rows::gemv(n, s, vx, vy, nc);
}
template <typename Block> static void gemm(int n, float * s, size_t bs, const void * vx, const void * vy, int nr, int nc) {
    eight_rows::gemm(n, s, bs, vx, vy, nr, nc);
}
} // namespace kernels
#else
namespace kernels = sixteen_rows;
#endif

static int weight(const block_q8_0 & block, int i) { return block.qs[i]; }
static int nibble(const uint8_t * qs, int i) { return i < 16 ? qs[i] & 15 : qs[i - 16] >> 4; }
static int weight(const block_q4_0 & block, int i) { return nibble(block.qs, i) - 8; }
static int weight(const block_iq4_nl & block, int i) { return kvalues_iq4nl[nibble(block.qs, i)]; }

static std::mt19937 generator(7);

template <typename Block> static Block random_block() {
    Block block;
    block.d = _cvtss_sh(std::normal_distribution<float>()(generator), 0);
    for (auto & each : block.qs) {
        each = (uint8_t) generator();
    }
    return block;
}

static long compared, wrong;

template <typename Block> static void compare(int rows, int matrices, int blocks, int tokens) {
    const int n = blocks * QK8_0, all = rows * matrices;
    std::vector<Block> weights(all * blocks), rearranged(all * blocks);
    std::vector<block_q8_0> activations(tokens * blocks);
    for (auto & each : weights) each = random_block<Block>();
    for (auto & each : activations) {
        each = random_block<block_q8_0>();
        for (auto & value : each.qs) value = value == -128 ? -127 : value; // no quantizer writes -128
    }
    if (blocks > 1) {
        for (auto & value : activations[1].qs) value = 127; // the largest sums
        for (auto & value : weights[1].qs) value = (uint8_t) 0x80;
    }
    ggml_tensor t = {{n, rows, matrices, 1}, rearranged.data()};
    GGML_ASSERT(kernels::fits(&t) && kernels::repack<Block>(&t, weights.data(), weights.size() * sizeof(Block)) == 0);

    const int fours = tokens / 4, stride = rows + 3;
    for (int matrix = 0; matrix < matrices; matrix++) {
        std::vector<float> found(tokens * stride, 1e9f);
        const Block * of = rearranged.data() + matrix * rows * blocks;
        std::vector<block_q8_0x4> side_by_side(fours * blocks);
        for (int at = 0; at < fours * blocks; at++) {
            for (int m = 0; m < 4; m++) {
                const block_q8_0 & block = activations[(4 * (at / blocks) + m) * blocks + at % blocks];
                side_by_side[at].d[m] = block.d;
                for (int i = 0; i < QK8_0; i++) side_by_side[at].qs[32 * (i / 8) + 8 * m + i % 8] = block.qs[i];
            }
        }
        kernels::gemm<Block>(n, found.data(), stride, of, side_by_side.data(), 4 * fours, rows);
        for (int token = 4 * fours; token < tokens; token++) {
            kernels::gemv<Block>(n, found.data() + token * stride, of, &activations[token * blocks], rows);
        }
        for (int token = 0; token < tokens; token++) {
            for (int row = 0; row < rows; row++) {
                float expected = 0;
                for (int l = 0; l < blocks; l++) {
                    const Block & w = weights[(matrix * rows + row) * blocks + l];
                    const block_q8_0 & a = activations[token * blocks + l];
                    int sum = 0;
                    for (int i = 0; i < QK8_0; i++) sum += weight(w, i) * a.qs[i];
                    expected = fmaf((float) sum, _cvtsh_ss(w.d) * _cvtsh_ss(a.d), expected);
                }
                compared++, wrong += !(expected == found[token * stride + row]);
            }
        }
        // What lies between the rows of the result is somebody else's.
        for (int token = 0; token < tokens; token++) {
            for (int pad = rows; pad < stride; pad++) wrong += found[token * stride + pad] != 1e9f;
        }
    }
}

#if !defined(EIGHT_ROWS)
static void six_bits(const uint8_t * q, int j, int & scale, int & min) { // get_scale_min_k4
    scale = j < 4 ? q[j] & 63 : (q[j + 4] & 15) | (q[j - 4] >> 6) << 4;
    min = j < 4 ? q[j + 4] & 63 : q[j + 4] >> 4 | (q[j] >> 6) << 4;
}

static void compare_q4_k(int rows, int blocks, int tokens) {
    const int n = blocks * QK_K, fours = tokens / 4, stride = rows + 3;
    std::vector<block_q4_K> weights(rows * blocks), rearranged(rows * blocks);
    std::vector<block_q8_K> activations(tokens * blocks);
    std::normal_distribution<float> normal;
    for (auto & each : weights) {
        each.u.s.d = _cvtss_sh(normal(generator), 0), each.u.s.dmin = _cvtss_sh(normal(generator), 0);
        for (auto & value : each.scales) value = (uint8_t) generator();
        for (auto & value : each.qs) value = (uint8_t) generator();
    }
    const bool most = blocks > 1; // the largest sums
    if (most) {
        for (auto & value : weights[1].scales) value = 255;
        for (auto & value : weights[1].qs) value = 255;
    }
    for (auto & each : activations) {
        each.d = normal(generator);
        for (int i = 0; i < QK_K; i++) {
            each.qs[i] = most && &each == &activations[1] ? -127 : (int) (generator() % 255) - 127;
        }
        for (int k = 0; k < QK_K / 16; k++) {
            each.bsums[k] = 0;
            for (int i = 0; i < 16; i++) each.bsums[k] += each.qs[16 * k + i];
        }
    }
    ggml_tensor t = {{n, rows, 1, 1}, rearranged.data()};
    GGML_ASSERT(sixteen_rows::repack_q4_k(&t, weights.data(), weights.size() * sizeof(block_q4_K)) == 0);
    std::vector<block_q8_Kx4> side_by_side(fours * blocks);
    for (int at = 0; at < fours * blocks; at++) {
        for (int m = 0; m < 4; m++) {
            const block_q8_K & block = activations[(4 * (at / blocks) + m) * blocks + at % blocks];
            side_by_side[at].d[m] = block.d;
            for (int i = 0; i < QK_K; i++) side_by_side[at].qs[32 * (i / 8) + 8 * m + i % 8] = block.qs[i];
            for (int k = 0; k < 16; k++) side_by_side[at].bsums[16 * (k / 4) + 4 * m + k % 4] = block.bsums[k];
        }
    }
    std::vector<float> found(tokens * stride, 1e9f);
    sixteen_rows::gemm_q4_k(n, found.data(), stride, rearranged.data(), side_by_side.data(), 4 * fours, rows);
    for (int token = 4 * fours; token < tokens; token++) {
        sixteen_rows::gemv_q4_k(n, found.data() + token * stride, rearranged.data(), &activations[token * blocks], rows);
    }
    for (int token = 0; token < tokens; token++) {
        for (int row = 0; row < rows; row++) {
            float expected = 0;
            for (int l = 0; l < blocks; l++) {
                const block_q4_K & w = weights[row * blocks + l];
                const block_q8_K & a = activations[token * blocks + l];
                int sum = 0, minima = 0, scale, min;
                for (int i = 0; i < QK_K; i++) {
                    const int part = i / 32, packed = w.qs[32 * (part / 2) + i % 32];
                    six_bits(w.scales, part, scale, min);
                    sum += scale * (part % 2 ? packed >> 4 : packed & 15) * a.qs[i];
                    minima += min * a.qs[i];
                }
                expected = fmaf((float) sum, _cvtsh_ss(w.u.s.d) * a.d, expected);
                expected = fmaf((float) minima, _cvtsh_ss(w.u.s.dmin) * -a.d, expected);
            }
            compared++, wrong += !(expected == found[token * stride + row]);
        }
        for (int pad = rows; pad < stride; pad++) wrong += found[token * stride + pad] != 1e9f;
    }
}
#endif

int main() {
    for (int rows : {1, 2, 5}) {
        rows *= kernels::ROWS;
        for (int blocks : {1, 2, 3, 9, 18}) {
            for (int tokens : {1, 3, 4, 5, 8, 11}) {
                for (int matrices : {1, 3}) {
                    compare<block_q4_0>(rows, matrices, blocks, tokens);
#if !defined(EIGHT_ROWS)
                    compare<block_q8_0>(rows, matrices, blocks, tokens);
                    compare<block_iq4_nl>(rows, matrices, blocks, tokens);
#endif
                }
#if !defined(EIGHT_ROWS)
                compare_q4_k(rows, blocks, tokens);
#endif
            }
        }
    }
    printf("compared %ld, wrong %ld\n", compared, wrong);
    return wrong != 0;
}
