// A convolution over maps that lie position by position: [rows * columns, patches, channels].
//
// All patches (or images) of a chunk share a position, so a tap that falls outside the map is left out instead of multiplied by zero,
// and one position is one matrix product with a term for each tap that is left.
#pragma once
#include <vector>

#include "array.h"
#include "matrix.h"
#include "parallel.h"

namespace foresee::FORESEE_PATH_NAME {

// Sizes of a map, and where the kernel's first tap lies at its first position.
struct Map {
    int64_t rows, columns;
    int64_t positions() const { return rows * columns; }
};

struct Window {
    int64_t stride, top, left;
};

// A matrix [out, in] as the weight of a convolution over single positions.
inline Array as_kernel(Array matrix) {
    matrix.sizes[2] = matrix.sizes[3] = 1;
    matrix.strides[2] = matrix.strides[3] = 0;
    matrix.dimensions = 4;
    return matrix;
}

class Convolution {
public:
    // weight [out, in, height, width], any strides; its memory must outlive this object. Taps outside the map read zeros.
    Convolution(const Array& weight, Map map, Map result, Window window)
        : weight(weight), in(weight.sizes[1]), out(weight.sizes[0]), taps(weight.sizes[2] * weight.sizes[3]), map(map), result(result),
          simple(taps == 1 && window.stride == 1) {
        need(taps > 0 && taps <= MaximumTerms, "a convolution's kernel must have 1 to ", int64_t{MaximumTerms}, " taps, got ", weight);
        forwards.resize(result.positions());
        backwards.resize(map.positions());
        pairs.resize(taps);
        for (int64_t y = 0; y < result.rows; y++)
            for (int64_t x = 0; x < result.columns; x++)
                for (int64_t tap = 0; tap < taps; tap++) {
                    const int64_t row = y * window.stride + tap / weight.sizes[3] - window.top;
                    const int64_t column = x * window.stride + tap % weight.sizes[3] - window.left;
                    if (row < 0 || column < 0 || row >= map.rows || column >= map.columns) continue;
                    const int64_t from = row * map.columns + column, to = y * result.columns + x;
                    forwards[to].push_back({tap, from});
                    backwards[from].push_back({tap, to});
                    pairs[tap].push_back({from, to});
                }
    }

    // Before forward is called.
    void prepare_forward() {
        packed_forward.resize(taps * packed_size(in, out));
        for (int64_t tap = 0; tap < taps; tap++)
            pack(at(tap), in, out, weight.strides[1], weight.strides[0], packed_forward.data() + tap * packed_size(in, out));
    }

    // Before backward_input is called.
    void prepare_backward() {
        packed_backward.resize(taps * packed_size(out, in));
        for (int64_t tap = 0; tap < taps; tap++)
            pack(at(tap), out, in, weight.strides[0], weight.strides[1], packed_backward.data() + tap * packed_size(out, in));
    }

    // Square maps, a square kernel, zero padding of half the kernel.
    Convolution(const Array& weight, int64_t side, int64_t stride)
        : Convolution(weight, {side, side}, {out_side(weight, side, stride), out_side(weight, side, stride)},
                      {stride, weight.sizes[2] / 2, weight.sizes[2] / 2}) {}

    static int64_t out_side(const Array& weight, int64_t side, int64_t stride) { return (side - weight.sizes[2] % 2) / stride + 1; }

    void forward(const float* x, float* y, int64_t n, bool add) const {
        pass(forwards, x, map.positions(), n, in, out, packed_forward.data(), y, add);
    }

    void backward_input(const float* dy, float* dx, int64_t n, bool add) const {
        pass(backwards, dy, result.positions(), n, out, in, packed_backward.data(), dx, add);
    }

    // Adds to dw [taps, in, out].
    void backward_weight(const float* x, const float* dy, int64_t n, float* dw) const {
        thread_local Buffer left, right;
        if (simple) {
            const int64_t samples = map.positions() * n;
            const Panels b = across_panels(dy, 1, samples, out, out, right);
            return multiply(transposed(in, out, samples, in, b), across(x, 1, samples, in, in, left), b.data, dw, true);
        }
        x = across(x, map.positions(), n, in, in, left);
        const Panels b = across_panels(dy, result.positions(), n, out, out, right);
        Term terms[MaximumTerms];
        for (int64_t tap = 0; tap < taps; tap++) {
            int count = 0;
            for (const Pair& pair : pairs[tap]) {
                terms[count++] = {x + pair.first * words(n) * in, b.data + pair.second * b.part};
                if (count == MaximumTerms) flush(transposed(in, out, n, in, b), terms, count, dw + tap * in * out);
            }
            flush(transposed(in, out, n, in, b), terms, count, dw + tap * in * out);
        }
    }

    // dw [taps, in, out] into an array of the weight's shape.
    void as_weight(const float* dw, const Array& to) const {
        constexpr int64_t Side = 16; // columns that are written side by side
        const int64_t kernelWidth = weight.sizes[3];
        for (int64_t from = 0; from < out; from += Side)
            for (int64_t tap = 0; tap < taps; tap++) {
                float* at = to.data + tap / kernelWidth * to.strides[2] + tap % kernelWidth * to.strides[3];
                for (int64_t i = 0; i < in; i++)
                    for (int64_t o = from; o < std::min(from + Side, out); o++)
                        at[o * to.strides[0] + i * to.strides[1]] = dw[(tap * in + i) * out + o];
            }
    }

private:
    using Pair = std::pair<int64_t, int64_t>;

    const float* at(int64_t tap) const {
        return weight.data + tap / weight.sizes[3] * weight.strides[2] + tap % weight.sizes[3] * weight.strides[3];
    }

    // [positions, n, inner] -> [lists, n, columns]
    void pass(const std::vector<std::vector<Pair>>& lists, const float* from, int64_t positions, int64_t n, int64_t inner, int64_t columns,
              const float* weights, float* to, bool add) const {
        thread_local Buffer buffer;
        const Words x = along(from, positions * n, inner, inner, buffer);
        if (simple) return multiply(packed(positions * n, columns, inner, x.row, columns), x.data, weights, to, add);
        Term terms[MaximumTerms];
        for (const auto& list : lists) {
            int count = 0;
            for (const Pair& pair : list)
                terms[count++] = {x.data + pair.second * n * x.row, weights + pair.first * packed_size(inner, columns)};
            if (count > 0 || !add) multiply(packed(n, columns, inner, x.row, columns), count, terms, to, add);
            to += n * columns;
        }
    }

    static void flush(const Product& product, const Term* terms, int& count, float* dw) {
        if (count > 0) multiply(product, count, terms, dw, true);
        count = 0;
    }

    Array weight;
    int64_t in, out, taps;
    Map map, result;
    bool simple;
    // per output position: (tap, input position); per input position: (tap, output position)
    std::vector<std::vector<Pair>> forwards, backwards;
    std::vector<std::vector<Pair>> pairs; // per tap: (input position, output position)
    std::vector<float> packed_forward, packed_backward;
};

} // namespace foresee::FORESEE_PATH_NAME
