// Reduction by a separable filter, Lanczos-3 as wide as the reduction asks for (no aliasing), in one pass over the rows:
//   out[y, x] = sum_k u[y, k] sum_l v[x, l] in[k, l],   weights of a row summing to 1.
// libvips has this filter too; for pictures of some hundred pixels its set-up and its generic loops take several times as long.
#include "pictures.h"

#include <cmath>
#include <vector>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx2", "default"))) // the processor decides when the library is loaded
#else
#define WIDE
#endif

namespace {

constexpr double Pi = 3.14159265358979323846, Lobes = 3;

double lanczos(double x) {
    if (std::abs(x) < 1e-8) return 1;
    if (std::abs(x) >= Lobes) return 0;
    return Lobes * std::sin(Pi * x) * std::sin(Pi * x / Lobes) / (Pi * Pi * x * x);
}

// For each place of the result: the first place of the source that it takes from, and the weights from there on.
struct Taps {
    // The source becomes `covered` places, of which `count` from `start` are taken.
    int64_t source = 0, covered = 0, start = 0, count = 0;
    int64_t width = 0; // weights per place
    std::vector<int64_t> first;
    std::vector<float> weights;

    bool fit(int64_t source, int64_t covered, int64_t start, int64_t count) const {
        return source == this->source && covered == this->covered && start == this->start && count == this->count;
    }

    Taps() = default;
    Taps(int64_t source, int64_t covered, int64_t start, int64_t count)
        : source(source), covered(covered), start(start), count(count), first(static_cast<size_t>(count)) {
        const double scale = double(source) / double(covered), reach = covered == source ? 0.5 : Lobes * scale;
        width = std::min(source, static_cast<int64_t>(std::ceil(2 * reach)) + 1);
        weights.resize(static_cast<size_t>(count * width));
        for (int64_t i = 0; i < count; i++) {
            const double centre = (double(start + i) + 0.5) * scale;
            const auto from = std::clamp(static_cast<int64_t>(std::floor(centre - reach)), int64_t(0), source - width);
            auto* row = &weights[static_cast<size_t>(i * width)];
            float sum = 0;
            for (int64_t k = 0; k < width; k++) sum += row[k] = static_cast<float>(lanczos((double(from + k) + 0.5 - centre) / scale));
            for (int64_t k = 0; k < width; k++) row[k] /= sum;
            first[static_cast<size_t>(i)] = from;
        }
    }
};

// The last picture's taps, which often fit the next: computing them costs as much as using them.
const Taps& taps_of(Taps& last, int64_t source, int64_t covered, int64_t count) {
    const auto start = (covered - count) / 2;
    if (!last.fit(source, covered, start, count)) last = Taps(source, covered, start, count);
    return last;
}

WIDE void add_row(const uint8_t* row, float weight, float* sum, int64_t count) {
    for (int64_t i = 0; i < count; i++) sum[i] += weight * static_cast<float>(row[i]);
}

uint8_t rounded(float value) { return static_cast<uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f)); }

// A row of float pixels -> the bytes of the result's row. Lane 3 of a pixel of three channels is the next pixel's first, and is not used.
template <int C>
void along_row(const float* row, const Taps& taps, uint8_t* to) {
    constexpr int Lanes = C == 3 ? 4 : C;
    for (size_t x = 0; x < taps.first.size(); x++, to += C) {
        float sum[Lanes] = {};
        const float *pixel = row + taps.first[x] * C, *weights = &taps.weights[x * static_cast<size_t>(taps.width)];
        for (int64_t k = 0; k < taps.width; k++, pixel += C)
            for (int c = 0; c < Lanes; c++) sum[c] += weights[k] * pixel[c];
        for (int c = 0; c < C; c++) to[c] = rounded(sum[c]);
    }
}

} // namespace

at::Tensor reduce_pixels(const at::Tensor& pixels, int64_t height, int64_t width) {
    const auto rows = pixels.size(0), columns = pixels.size(1), channels = pixels.size(2);
    const double factor = factor_of({channels, height, width, false}, rows, columns);
    const auto covered = [factor](int64_t size, int64_t least) { return std::max(least, static_cast<int64_t>(std::llround(double(size) / factor))); };
    thread_local Taps last_down, last_across;
    const auto &down = taps_of(last_down, rows, covered(rows, height), height), &across = taps_of(last_across, columns, covered(columns, width), width);

    auto result = at::empty({height, width, channels}, at::kByte);
    std::vector<float> sum(static_cast<size_t>(columns * channels) + 1);
    for (int64_t y = 0; y < height; y++) {
        std::fill(sum.begin(), sum.end(), 0.0f);
        for (int64_t k = 0; k < down.width; k++) {
            const auto weight = down.weights[static_cast<size_t>(y * down.width + k)];
            if (weight != 0) add_row(pixels.data_ptr<uint8_t>() + (down.first[static_cast<size_t>(y)] + k) * columns * channels, weight, sum.data(), columns * channels);
        }
        (channels == 1 ? along_row<1> : along_row<3>)(sum.data(), across, result.data_ptr<uint8_t>() + y * width * channels);
    }
    return result;
}
