// ReLU(layer norm(x)) over rows of channels, forward and backward in one pass each; channels are a multiple of the vector's width.
// Nothing is kept between the two: the backward pass computes mean and deviation again, which costs less than memory would.
#pragma once
#include <cmath>
#include "vector.h"

namespace foresee::FORESEE_PATH_NAME {

constexpr float Epsilon = 1e-5f;

struct Moments {
    float mean, scale; // scale = 1 / sqrt(variance + epsilon)
};

inline Moments moments(const float* x, int64_t channels) {
    Vec total{};
    for (int64_t c = 0; c < channels; c += Width) total += load(x + c);
    const float share = 1.0f / channels, mean = sum(total) * share;
    Vec squares{};
    for (int64_t c = 0; c < channels; c += Width) {
        const Vec d = load(x + c) - mean;
        squares += d * d;
    }
    return {mean, 1 / std::sqrt(sum(squares) * share + Epsilon)};
}

struct Norm {
    const float *weight, *bias;
    int64_t channels;

    // y = max(0, (x - mean) scale weight + bias)
    void forward(const float* x, int64_t rows, float* y) const {
        for (int64_t r = 0; r < rows; r++, x += channels, y += channels) {
            const Moments m = moments(x, channels);
            for (int64_t c = 0; c < channels; c += Width)
                store(y + c, positive((load(x + c) - m.mean) * m.scale * load(weight + c) + load(bias + c)));
        }
    }

    // From g = dL/dy: dL/dx, added to `onto` where given (which may be dx itself). Adds to dL/dweight and dL/dbias.
    void backward(const float* x, const float* g, int64_t rows, float* dx, const float* onto, float* dWeight, float* dBias) const {
        for (int64_t r = 0; r < rows; r++, x += channels, g += channels, dx += channels) {
            const Moments m = moments(x, channels);
            Vec all1{}, all2{};
            for (int64_t c = 0; c < channels; c += Width) {
                const Vec n = (load(x + c) - m.mean) * m.scale;
                const Vec y = n * load(weight + c) + load(bias + c);
                const Vec d = y > 0.0f ? load(g + c) : Vec{};
                store(dWeight + c, load(dWeight + c) + d * n);
                store(dBias + c, load(dBias + c) + d);
                const Vec e = d * load(weight + c);
                all1 += e;
                all2 += e * n;
            }
            const float share = 1.0f / channels, mean1 = sum(all1) * share, mean2 = sum(all2) * share;
            for (int64_t c = 0; c < channels; c += Width) {
                const Vec n = (load(x + c) - m.mean) * m.scale;
                const Vec y = n * load(weight + c) + load(bias + c);
                const Vec e = y > 0.0f ? load(g + c) * load(weight + c) : Vec{};
                Vec result = (e - mean1 - n * mean2) * m.scale;
                if (onto) result += load(onto + r * channels + c);
                store(dx + c, result);
            }
        }
    }
};

} // namespace foresee::FORESEE_PATH_NAME
