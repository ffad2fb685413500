// ReLU(layer norm(x)) over rows of channels, forward and backward in one pass each; channels are a multiple of the vector's width.
// Kept between the two are a row's mean and deviation; the rest is computed again, which costs less than memory would.
// Rows go in groups: a row's own chain (mean, deviation, two more sums) is longer than its work, so several chains run side by side.
#pragma once
#include <cmath>
#include <type_traits>
#include "vector.h"

namespace foresee::FORESEE_PATH_NAME {

constexpr float Epsilon = 1e-5f;
constexpr int Group = Width == 16 ? 4 : 2;

template <int G>
struct Moments {
    float mean[G], scale[G]; // scale = 1 / sqrt(variance + epsilon)

    explicit Moments(const float* kept) { std::memcpy(this, kept, sizeof *this); }

    Moments(const float* x, int64_t channels) {
        const float share = 1.0f / channels;
        Vec total[G]{}, squares[G]{};
        for (int64_t c = 0; c < channels; c += Width)
            for (int r = 0; r < G; r++) total[r] += load(x + r * channels + c);
        sums(total, mean);
        for (int r = 0; r < G; r++) mean[r] *= share;
        for (int64_t c = 0; c < channels; c += Width)
            for (int r = 0; r < G; r++) {
                const Vec d = load(x + r * channels + c) - mean[r];
                squares[r] += d * d;
            }
        sums(squares, scale);
        for (int r = 0; r < G; r++) scale[r] = 1 / std::sqrt(scale[r] * share + Epsilon);
    }
};

struct Norm {
    const float *weight, *bias;
    int64_t channels;

    // y = max(0, (x - mean) scale weight + bias). Fills `moments`, 2 floats a row, for the two below.
    void forward(const float* x, int64_t rows, float* y, float* moments) const {
        groups(rows, [&](auto size, int64_t r) {
            const Moments<size> m(x + r * channels, channels);
            std::memcpy(moments + 2 * r, &m, sizeof m);
            forward_group(m, x + r * channels, y + r * channels);
        });
    }

    // The same again.
    void repeat(const float* x, int64_t rows, float* y, const float* moments) const {
        groups(rows, [&](auto size, int64_t r) { forward_group(Moments<size>(moments + 2 * r), x + r * channels, y + r * channels); });
    }

    // From g = dL/dy: dL/dx, added to `onto` where given (which may be dx itself). Adds to dL/dweight and dL/dbias.
    void backward(const float* x, const float* g, int64_t rows, const float* moments, float* dx, const float* onto, float* dWeight,
                  float* dBias) const {
        groups(rows, [&](auto size, int64_t r) {
            const int64_t at = r * channels;
            const Moments<size> m(moments + 2 * r);
            if (onto) backward_group<true>(m, x + at, g + at, dx + at, onto + at, dWeight, dBias);
            else backward_group<false>(m, x + at, g + at, dx + at, nullptr, dWeight, dBias);
        });
    }

private:
    template <class Work>
    static void groups(int64_t rows, const Work& work) {
        int64_t r = 0;
        for (; r + Group <= rows; r += Group) work(std::integral_constant<int, Group>(), r);
        for (; r < rows; r++) work(std::integral_constant<int, 1>(), r);
    }

    template <int G>
    void forward_group(const Moments<G>& m, const float* x, float* y) const {
        for (int64_t c = 0; c < channels; c += Width)
            for (int r = 0; r < G; r++) {
                const int64_t at = r * channels + c;
                store(y + at, positive((load(x + at) - m.mean[r]) * m.scale[r] * load(weight + c) + load(bias + c)));
            }
    }

    template <bool Onto, int G>
    void backward_group(const Moments<G>& m, const float* x, const float* g, float* dx, const float* onto, float* dWeight,
                        float* dBias) const {
        Vec all1[G]{}, all2[G]{};
        for (int64_t c = 0; c < channels; c += Width) {
            Vec dw = load(dWeight + c), db = load(dBias + c);
            for (int r = 0; r < G; r++) {
                const int64_t at = r * channels + c;
                const Vec n = (load(x + at) - m.mean[r]) * m.scale[r];
                const Vec y = n * load(weight + c) + load(bias + c);
                const Vec d = y > 0.0f ? load(g + at) : Vec{};
                dw += d * n;
                db += d;
                const Vec e = d * load(weight + c);
                all1[r] += e;
                all2[r] += e * n;
            }
            store(dWeight + c, dw);
            store(dBias + c, db);
        }
        const float share = 1.0f / channels;
        float mean1[G], mean2[G];
        sums(all1, mean1);
        sums(all2, mean2);
        for (int r = 0; r < G; r++) {
            mean1[r] *= share;
            mean2[r] *= share;
        }
        for (int64_t c = 0; c < channels; c += Width)
            for (int r = 0; r < G; r++) {
                const int64_t at = r * channels + c;
                const Vec n = (load(x + at) - m.mean[r]) * m.scale[r];
                const Vec y = n * load(weight + c) + load(bias + c);
                const Vec e = y > 0.0f ? load(g + at) * load(weight + c) : Vec{};
                Vec result = (e - mean1[r] - n * mean2[r]) * m.scale[r];
                if (Onto) result += load(onto + at);
                store(dx + at, result);
            }
    }
};

} // namespace foresee::FORESEE_PATH_NAME
