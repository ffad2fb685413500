// y = max over pool x pool windows of ReLU(batch norm(x)), channels last; pool 1 for none. Forward and backward read x twice each and
// write their result once; what libtorch's three operators keep between them (the norm's result, the ReLU's, the places of the maxima)
// is computed again.
//   n = (x - mean) / deviation,   v = n weight + bias,   y = max(0, v),   M values per channel
//   d = dL/dv:   dweight = sum d n,   dbias = sum d,   dx = weight / deviation (d - dbias / M - n dweight / M)
//
// Of maps in bf16 (no pooling) every number is read as a float and rounded when it is stored. A residual is added before the ReLU.
#include <cmath>

#include "array.h"
#include "parallel.h"
#include "vector.h"

namespace foresee::FORESEE_PATH_NAME {
namespace {

constexpr int64_t Strip = 64; // pixels whose sum is made in floats; the sums of strips are added as doubles

struct PooledMap {
    int64_t images, height, width, channels, pool;
    int32_t type;

    explicit PooledMap(const foresee_batch_norm& norm)
        : pool(norm.pool), type(norm.x && norm.x->type == FORESEE_TYPE_BF16 ? FORESEE_TYPE_BF16 : FORESEE_TYPE_F32) {
        check_array("batch norm: x", norm.x, type);
        const Array& x = *norm.x;
        need(x.dimensions == 4 && is_dense(x, {0, 2, 3, 1}), "batch norm needs [N, C, H, W] with channels last, got ", x);
        images = x.sizes[0], height = x.sizes[2], width = x.sizes[3], channels = x.sizes[1];
        need(channels > 0 && channels % Width == 0 && (pool == 1 || pool == 2), "batch norm needs channels that are a multiple of ",
            int64_t{Width},
             " and a pool of 1 or 2, got ", channels, " and ", pool);
        need(type == FORESEE_TYPE_BF16 ? pool == 1 : !norm.residual && norm.rectified,
             "batch norm pools f32 only; a residual, or no ReLU, needs bf16");
        need(!norm.residual || norm.rectified, "batch norm: a residual needs the ReLU");
        check_channels({norm.weight, norm.bias});
    }
    bool is_bf16() const { return type == FORESEE_TYPE_BF16; }
    void check_channels(std::initializer_list<const Array*> arrays) const {
        for (const Array* array : arrays) {
            check_array("batch norm: a weight, bias or statistic", array);
            check_contiguous("batch norm: a weight, bias or statistic", *array, {channels});
        }
    }
    // y or its gradient.
    void check_pooled(const char* name, const Array* y) const { check_map(name, y, height / pool, windows()); }
    // x's gradient, or what is as large.
    void check_whole(const char* name, const Array* x) const { check_map(name, x, height, width); }
    void check_map(const char* name, const Array* map, int64_t rows, int64_t columns) const {
        check_array(name, map, type);
        check_shape(name, *map, {images, channels, rows, columns}, type);
        need(elements(*map) == 0 || is_dense(*map, {0, 2, 3, 1}), name, " must have its channels last");
    }
    int64_t pixels() const { return images * height * width; }
    int64_t rows() const { return images * (height / pool); } // of windows
    int64_t windows() const { return width / pool; }
    // The first pixel of a row of windows.
    int64_t first(int64_t row) const { return (row / (height / pool) * height + row % (height / pool) * pool) * width; }
};

using Sums = std::vector<double>; // per channel

void add_lanes(Sums& sums, int64_t c, Vec v) {
    float lanes[Width];
    std::memcpy(lanes, &v, sizeof v);
    for (int i = 0; i < Width; i++) sums[c + i] += lanes[i];
}

// Adds v^2 / count, whose difference from other such sums is small.
void add_squares(Sums& sums, int64_t c, Vec v, double count) {
    float lanes[Width];
    std::memcpy(lanes, &v, sizeof v);
    for (int i = 0; i < Width; i++) sums[c + i] += double{lanes[i]} * lanes[i] / count;
}

// The sum over pixels of term(x, channel).
template <class Term>
Sums over_pixels(const Workers& workers, const float* x, const PooledMap& map, const Term& term) {
    const int64_t strips = (map.pixels() + Strip - 1) / Strip, parts = workers.portions(strips);
    std::vector<Sums> each(parts, Sums(map.channels));
    workers.share_out(strips, parts, [&](int64_t part, int64_t from, int64_t to) {
        for (int64_t strip = from; strip < to; strip++) {
            const int64_t last = std::min(map.pixels(), (strip + 1) * Strip);
            for (int64_t c = 0; c < map.channels; c += Width) {
                Vec total{};
                for (int64_t p = strip * Strip; p < last; p++) total += term(load(x + p * map.channels + c), c);
                add_lanes(each[part], c, total);
            }
        }
    });
    for (int64_t part = 1; part < parts; part++)
        for (int64_t c = 0; c < map.channels; c++) each[0][c] += each[part][c];
    return each[0];
}

// Sums of each portion, and in the end in the first.
struct PortionSums {
    std::vector<Sums> each;
    PortionSums(int64_t parts, int64_t channels) : each(parts, Sums(channels)) {}
    const Sums& together() {
        for (size_t part = 1; part < each.size(); part++)
            for (size_t c = 0; c < each[0].size(); c++) each[0][c] += each[part][c];
        return each[0];
    }
};

// dL/dweight and dL/dbias, before they are rounded to floats.
struct GradientSums {
    Sums weight, bias;
};

struct Statistics {
    const float *mean, *scale, *weight, *bias; // scale = 1 / deviation
    Vec normal(Vec x, int64_t c) const { return (x - load(mean + c)) * load(scale + c); }
    Vec value(Vec n, int64_t c) const { return n * load(weight + c) + load(bias + c); }
};

// The largest value of a window, its n and where it is; of equal ones the first, as libtorch chooses.
template <int Pool>
struct Largest {
    Vec normal, value;
    IntVec place{};

    Largest(const float* x, const int64_t* offsets, const Statistics& s, int64_t c) {
        normal = s.normal(load(x + c), c);
        value = s.value(normal, c);
        for (int i = 1; i < Pool * Pool; i++) {
            const Vec n = s.normal(load(x + offsets[i] + c), c), v = s.value(n, c);
            const IntVec more = v > value;
            value = more ? v : value;
            normal = more ? n : normal;
            place = more ? IntVec{} + i : place;
        }
    }
    Vec gradient(const float* g) const { return value > 0.0f ? load(g) : Vec{}; }
};

// work(part, where its first window begins in x, where in y, offsets of a window's pixels) for each row of windows.
template <class Work>
void over_rows(const Workers& workers, const PooledMap& map, int64_t parts, const Work& work) {
    const int64_t c = map.channels, offsets[4] = {0, c, map.width * c, (map.width + 1) * c};
    workers.share_out(map.rows(), parts, [&](int64_t part, int64_t from, int64_t to) {
        for (int64_t row = from; row < to; row++) work(part, map.first(row) * c, row * map.windows() * c, offsets);
    });
}

template <int Pool>
void relu_pool(const Workers& workers, const float* x, const PooledMap& map, const Statistics& s, float* y) {
    over_rows(workers, map, workers.portions(map.rows()), [&](int64_t, int64_t from, int64_t to, const int64_t* offsets) {
        for (int64_t w = 0; w < map.windows(); w++)
            for (int64_t c = 0; c < map.channels; c += Width)
                store(y + to + w * map.channels + c, positive(Largest<Pool>(x + from + w * Pool * map.channels, offsets, s, c).value));
    });
}

// The gradients of weight and bias, over this map.
template <int Pool>
GradientSums relu_pool_sums(const Workers& workers, const float* x, const float* g, const PooledMap& map, const Statistics& s) {
    const int64_t channels = map.channels, parts = workers.portions(map.rows());
    PortionSums weights(parts, channels), biases(parts, channels);
    over_rows(workers, map, parts, [&](int64_t part, int64_t from, int64_t to, const int64_t* offsets) {
        for (int64_t c = 0; c < channels; c += Width) {
            Vec weight{}, bias{};
            for (int64_t w = 0; w < map.windows(); w++) {
                const Largest<Pool> largest(x + from + w * Pool * channels, offsets, s, c);
                const Vec d = largest.gradient(g + to + w * channels + c);
                weight += d * largest.normal;
                bias += d;
            }
            add_lanes(weights.each[part], c, weight);
            add_lanes(biases.each[part], c, bias);
        }
    });
    return {weights.together(), biases.together()};
}

template <int Pool>
void relu_pool_input(const Workers& workers, const float* x, const float* g, const PooledMap& map, const Statistics& s,
                     const double* weight, const double* bias, double count, float* dx) {
    const int64_t channels = map.channels;
    std::vector<float> factor(channels), meanWeight(channels), meanBias(channels);
    for (int64_t c = 0; c < channels; c++) {
        factor[c] = s.weight[c] * s.scale[c];
        meanWeight[c] = weight[c] / count;
        meanBias[c] = bias[c] / count;
    }
    const auto gradient = [&](const float* pixel, Vec d, int64_t c, float* to) {
        const Vec n = s.normal(load(pixel + c), c);
        store(to + c, load(&factor[c]) * (d - load(&meanBias[c]) - n * load(&meanWeight[c])));
    };
    over_rows(workers, map, workers.portions(map.rows()), [&](int64_t, int64_t from, int64_t to, const int64_t* offsets) {
        for (int64_t w = 0; w < map.windows(); w++)
            for (int64_t c = 0; c < channels; c += Width) {
                const float* window = x + from + w * Pool * channels;
                const Largest<Pool> largest(window, offsets, s, c);
                const Vec d = largest.gradient(g + to + w * channels + c);
                for (int i = 0; i < Pool * Pool; i++)
                    gradient(window + offsets[i], largest.place == i ? d : Vec{}, c, dx + from + w * Pool * channels + offsets[i]);
            }
    });
    if (map.height % Pool == 0 && map.width % Pool == 0) return;
    for (int64_t p = 0; p < map.pixels(); p++) // the last row or column is in no window
        if (p / map.width % map.height == map.height / Pool * Pool || p % map.width == map.windows() * Pool)
            for (int64_t c = 0; c < channels; c += Width) gradient(x + p * channels, Vec{}, c, dx + p * channels);
}

void forward(const Workers& workers, const float* x, const PooledMap& map, const Statistics& s, float* y) {
    (map.pool == 1 ? relu_pool<1> : relu_pool<2>)(workers, x, map, s, y);
}

// ---- Maps in bf16 ----

constexpr int64_t BFloatStrip = 128; // pixels whose sums are made in floats, over 2 vectors of channels

const BFloat* numbers(const Array* map) { return reinterpret_cast<const BFloat*>(map->data); }
BFloat* numbers_of(const Array* map) { return reinterpret_cast<BFloat*>(map->data); }

// work(part, where the first pixel's channels begin, pixels, the first channel, 2 or 1 vectors of channels)
template <class Work>
void over_strips(const Workers& workers, const PooledMap& map, int64_t parts, const Work& work) {
    const int64_t strips = (map.pixels() + BFloatStrip - 1) / BFloatStrip;
    workers.share_out(strips, parts, [&](int64_t part, int64_t from, int64_t to) {
        for (int64_t strip = from; strip < to; strip++) {
            const int64_t first = strip * BFloatStrip, pixels = std::min(BFloatStrip, map.pixels() - first);
            int64_t c = 0;
            for (; c + 2 * Width <= map.channels; c += 2 * Width)
                work(part, first * map.channels + c, pixels, c, std::integral_constant<int, 2>());
            if (c < map.channels) work(part, first * map.channels + c, pixels, c, std::integral_constant<int, 1>());
        }
    });
}

int64_t parts_of(const Workers& workers, const PooledMap& map) {
    return workers.portions((map.pixels() + BFloatStrip - 1) / BFloatStrip);
}

// total = sum x, squares = sum (x - mean)^2, in one pass over memory: each strip's squares are taken about its own mean, and those of the
// means about theirs added (Chan et al. 1983).
void moments(const Workers& workers, const BFloat* x, const PooledMap& map, Sums& total, Sums& squares) {
    const int64_t channels = map.channels, parts = parts_of(workers, map);
    PortionSums totals(parts, channels), within(parts, channels), between(parts, channels);
    over_strips(workers, map, parts, [&](int64_t part, int64_t at, int64_t pixels, int64_t c, auto vectors) {
        constexpr int V = vectors;
        const float share = 1.0f / pixels;
        Vec sum[V]{}, square[V]{};
        for (int64_t p = 0; p < pixels; p++)
            for (int v = 0; v < V; v++) sum[v] += load(x + at + p * channels + v * Width);
        for (int64_t p = 0; p < pixels; p++)
            for (int v = 0; v < V; v++) {
                const Vec d = load(x + at + p * channels + v * Width) - sum[v] * share;
                square[v] += d * d;
            }
        for (int v = 0; v < V; v++) {
            add_lanes(totals.each[part], c + v * Width, sum[v]);
            add_lanes(within.each[part], c + v * Width, square[v]);
            add_squares(between.each[part], c + v * Width, sum[v], pixels);
        }
    });
    total = totals.together(), squares = within.together();
    const Sums& means = between.together();
    for (int64_t c = 0; c < channels; c++) squares[c] += std::max(0.0, means[c] - total[c] * total[c] / map.pixels());
}

// v = x slope + shift
struct Line {
    std::vector<float> slope, shift;
    explicit Line(const Statistics& s, int64_t channels) : slope(channels), shift(channels) {
        for (int64_t c = 0; c < channels; c++) {
            slope[c] = s.scale[c] * s.weight[c];
            shift[c] = s.bias[c] - s.mean[c] * slope[c];
        }
    }
};

template <bool Rectified, bool Residual>
void normalise(const Workers& workers, const BFloat* x, const BFloat* residual, const PooledMap& map, const Line& line, BFloat* y) {
    over_strips(workers, map, parts_of(workers, map), [&](int64_t, int64_t at, int64_t pixels, int64_t c, auto vectors) {
        constexpr int V = vectors;
        Vec slope[V], shift[V];
        for (int v = 0; v < V; v++) slope[v] = load(&line.slope[c + v * Width]), shift[v] = load(&line.shift[c + v * Width]);
        for (int64_t p = 0; p < pixels; p++, at += map.channels)
            for (int v = 0; v < V; v++) {
                Vec value = load(x + at + v * Width) * slope[v] + shift[v];
                if (Residual) value += load(residual + at + v * Width);
                store(y + at + v * Width, Rectified ? positive(value) : value);
            }
    });
}

void forward(const Workers& workers, const foresee_batch_norm& norm, const PooledMap& map, const Statistics& s, const Array* y) {
    if (!map.is_bf16()) return forward(workers, norm.x->data, map, s, y->data);
    const Line line(s, map.channels);
    const BFloat* residual = norm.residual ? numbers(norm.residual) : nullptr;
    (residual ? normalise<true, true> : norm.rectified ? normalise<true, false> : normalise<false, false>)(workers, numbers(norm.x),
        residual, map, line, numbers_of(y));
}

// What says where the ReLU let through: nothing without one, v computed again, or the result, which with a residual is at hand.
enum class Gate { Open, Value, Result };

// dL/dv, through the ReLU.
template <Gate G>
struct Through {
    const BFloat *x, *y, *g;
    Vec gradient(int64_t at, Vec value, Vec slope, Vec shift) const {
        const Vec d = load(g + at);
        if constexpr (G == Gate::Value) return value * slope + shift > 0.0f ? d : Vec{};
        else if constexpr (G == Gate::Result) return load(y + at) > 0.0f ? d : Vec{};
        else return d;
    }
};

// With a residual its gradient is d.
template <Gate G>
GradientSums normalise_sums(const Workers& workers, const Through<G>& maps, const PooledMap& map, const Statistics& s, BFloat* dresidual) {
    const int64_t channels = map.channels, parts = parts_of(workers, map);
    const Line line(s, channels);
    PortionSums weights(parts, channels), biases(parts, channels);
    over_strips(workers, map, parts, [&](int64_t part, int64_t at, int64_t pixels, int64_t c, auto vectors) {
        constexpr int V = vectors;
        Vec slope[V], shift[V], mean[V], weight[V]{}, bias[V]{};
        for (int v = 0; v < V; v++) {
            const int64_t channel = c + v * Width;
            slope[v] = load(&line.slope[channel]), shift[v] = load(&line.shift[channel]), mean[v] = load(s.mean + channel);
        }
        for (int64_t p = 0; p < pixels; p++, at += channels)
            for (int v = 0; v < V; v++) {
                const Vec value = load(maps.x + at + v * Width), d = maps.gradient(at + v * Width, value, slope[v], shift[v]);
                weight[v] += d * (value - mean[v]);
                bias[v] += d;
                if (G == Gate::Result) store(dresidual + at + v * Width, d);
            }
        for (int v = 0; v < V; v++) {
            add_lanes(weights.each[part], c + v * Width, weight[v] * load(s.scale + c + v * Width));
            add_lanes(biases.each[part], c + v * Width, bias[v]);
        }
    });
    return {weights.together(), biases.together()};
}

template <Gate G>
void normalise_input(const Workers& workers, const Through<G>& maps, const PooledMap& map, const Statistics& s, const BFloat* dresidual,
                     const double* weight, const double* bias, double count, BFloat* dx) {
    const int64_t channels = map.channels;
    const Line line(s, channels);
    std::vector<float> byValue(channels), constant(channels); // dx = slope d + byValue x + constant
    for (int64_t c = 0; c < channels; c++) {
        const double slope = -double{line.slope[c]} / count, n = slope * weight[c] * s.scale[c];
        byValue[c] = n;
        constant[c] = slope * bias[c] - n * s.mean[c];
    }
    over_strips(workers, map, parts_of(workers, map), [&](int64_t, int64_t at, int64_t pixels, int64_t c, auto vectors) {
        constexpr int V = vectors;
        Vec slope[V], shift[V], factor[V], rest[V];
        for (int v = 0; v < V; v++) {
            const int64_t channel = c + v * Width;
            slope[v] = load(&line.slope[channel]), shift[v] = load(&line.shift[channel]);
            factor[v] = load(&byValue[channel]), rest[v] = load(&constant[channel]);
        }
        for (int64_t p = 0; p < pixels; p++, at += channels)
            for (int v = 0; v < V; v++) {
                const int64_t here = at + v * Width;
                const Vec value = load(maps.x + here);
                const Vec d = G == Gate::Result ? load(dresidual + here) : maps.gradient(here, value, slope[v], shift[v]);
                store(dx + here, slope[v] * d + (factor[v] * value + rest[v]));
            }
    });
}

// ---- Either kind ----

// total = sum x, squares = sum (x - mean)^2; mean is float
void moments(const Workers& workers, const foresee_batch_norm& norm, const PooledMap& map, Sums& total, Sums& squares) {
    if (map.is_bf16()) return moments(workers, numbers(norm.x), map, total, squares);
    total = over_pixels(workers, norm.x->data, map, [](Vec v, int64_t) { return v; });
    std::vector<float> mean(map.channels);
    for (int64_t c = 0; c < map.channels; c++) mean[c] = total[c] / map.pixels();
    squares = over_pixels(workers, norm.x->data, map, [&](Vec v, int64_t c) {
        const Vec d = v - load(&mean[c]);
        return d * d;
    });
}

template <Gate G>
Through<G> through(const foresee_batch_norm& norm, const Array* y, const Array* gradient) {
    return {numbers(norm.x), G == Gate::Result ? numbers(y) : nullptr, numbers(gradient)};
}

GradientSums gradient_sums(const Workers& workers, const foresee_batch_norm& norm, const PooledMap& map, const Statistics& s,
                           const Array* y, const Array* gradient, const Array* dresidual) {
    if (!map.is_bf16())
        return (map.pool == 1 ? relu_pool_sums<1> : relu_pool_sums<2>)(workers, norm.x->data, gradient->data, map, s);
    if (norm.residual)
        return normalise_sums(workers, through<Gate::Result>(norm, y, gradient), map, s, numbers_of(dresidual));
    if (norm.rectified) return normalise_sums(workers, through<Gate::Value>(norm, y, gradient), map, s, nullptr);
    return normalise_sums(workers, through<Gate::Open>(norm, y, gradient), map, s, nullptr);
}

void input_gradient(const Workers& workers, const foresee_batch_norm& norm, const PooledMap& map, const Statistics& s,
                    const Array* gradient, const Array* dresidual, const double* weight, const double* bias, double count,
                    const Array* dx) {
    if (!map.is_bf16())
        return (map.pool == 1 ? relu_pool_input<1> : relu_pool_input<2>)(workers, norm.x->data, gradient->data, map, s, weight, bias, count,
            dx->data);
    BFloat* result = numbers_of(dx);
    if (norm.residual) // d is at hand
        normalise_input(workers, Through<Gate::Result>{numbers(norm.x), nullptr, nullptr}, map, s, numbers(dresidual), weight, bias, count,
            result);
    else if (norm.rectified)
        normalise_input(workers, through<Gate::Value>(norm, nullptr, gradient), map, s, nullptr, weight, bias, count, result);
    else normalise_input(workers, through<Gate::Open>(norm, nullptr, gradient), map, s, nullptr, weight, bias, count, result);
}

Statistics given(const PooledMap& map, const foresee_batch_norm& norm, const Array* mean, const Array* scale) {
    map.check_channels({mean, scale});
    return {mean->data, scale->data, norm.weight->data, norm.bias->data};
}

void check_residual(const PooledMap& map, const foresee_batch_norm& norm, const Array* y, const Array* dresidual) {
    if (!norm.residual) return;
    if (y) map.check_whole("batch norm: y", y);
    map.check_whole("batch norm: the residual's gradient", dresidual);
}

} // namespace

// The running statistics move as libtorch's do, by the unbiased variance.
void batch_norm_train(int threads, const foresee_batch_norm& norm, double momentum, double epsilon, const Array* running_mean,
                      const Array* running_variance, const Array* y, const Array* mean, const Array* scale) {
    const PooledMap map(norm);
    map.check_channels({running_mean, running_variance, mean, scale});
    map.check_pooled("batch norm: y", y);
    if (norm.residual) map.check_whole("batch norm: the residual", norm.residual);
    const double count = map.pixels();
    need(count > 1, "batch norm in training needs more than one value per channel, got ", *norm.x);
    const Workers workers(threads);
    Sums total, squares;
    moments(workers, norm, map, total, squares);
    for (int64_t c = 0; c < map.channels; c++) {
        mean->data[c] = total[c] / count;
        scale->data[c] = 1 / std::sqrt(squares[c] / count + epsilon);
        auto &m = running_mean->data[c], &v = running_variance->data[c];
        m = (1 - momentum) * m + momentum * total[c] / count;
        v = (1 - momentum) * v + momentum * squares[c] / (count - 1);
    }
    forward(workers, norm, map, {mean->data, scale->data, norm.weight->data, norm.bias->data}, y);
}

// After training: with the running statistics.
void batch_norm_infer(int threads, const foresee_batch_norm& norm, double epsilon, const Array* mean, const Array* variance,
    const Array* y) {
    const PooledMap map(norm);
    map.check_channels({mean, variance});
    map.check_pooled("batch norm: y", y);
    if (norm.residual) map.check_whole("batch norm: the residual", norm.residual);
    std::vector<float> scale(map.channels);
    for (int64_t c = 0; c < map.channels; c++) scale[c] = 1 / std::sqrt(variance->data[c] + epsilon);
    forward(Workers(threads), norm, map, {mean->data, scale.data(), norm.weight->data, norm.bias->data}, y);
}

void batch_norm_backward(int threads, const foresee_batch_norm& norm, const Array* mean, const Array* scale, const Array* y,
                         const Array* gradient, const Array* dx, const Array* dresidual, const Array* dweight, const Array* dbias) {
    const PooledMap map(norm);
    map.check_channels({dweight, dbias});
    map.check_pooled("batch norm: the gradient", gradient);
    map.check_whole("batch norm: dx", dx);
    if (norm.residual) check_array("batch norm: y", y, map.type);
    check_residual(map, norm, y, dresidual);
    const Statistics s = given(map, norm, mean, scale);
    const Workers workers(threads);
    const GradientSums sums = gradient_sums(workers, norm, map, s, y, gradient, dresidual);
    for (int64_t c = 0; c < map.channels; c++) dweight->data[c] = sums.weight[c], dbias->data[c] = sums.bias[c];
    input_gradient(workers, norm, map, s, gradient, dresidual, sums.weight.data(), sums.bias.data(), map.pixels(), dx);
}

// ---- The same in parts, where other processes have the rest of the batch ----

void batch_norm_moments(int threads, const foresee_batch_norm& norm, double* result) {
    const PooledMap map(norm);
    need(map.pixels() > 0, "batch norm in training needs a value per channel, got ", *norm.x);
    Sums total, squares;
    moments(Workers(threads), norm, map, total, squares);
    std::copy(total.begin(), total.end(), result);
    std::copy(squares.begin(), squares.end(), result + map.channels);
}

void batch_norm_apply(int threads, const foresee_batch_norm& norm, const Array* mean, const Array* scale, const Array* y) {
    const PooledMap map(norm);
    map.check_pooled("batch norm: y", y);
    if (norm.residual) map.check_whole("batch norm: the residual", norm.residual);
    forward(Workers(threads), norm, map, given(map, norm, mean, scale), y);
}

void batch_norm_gradient_sums(int threads, const foresee_batch_norm& norm, const Array* mean, const Array* scale, const Array* y,
                              const Array* gradient, const Array* dresidual, double* result) {
    const PooledMap map(norm);
    map.check_pooled("batch norm: the gradient", gradient);
    if (norm.residual) check_array("batch norm: y", y, map.type);
    check_residual(map, norm, y, dresidual);
    const GradientSums sums = gradient_sums(Workers(threads), norm, map, given(map, norm, mean, scale), y, gradient, dresidual);
    std::copy(sums.weight.begin(), sums.weight.end(), result);
    std::copy(sums.bias.begin(), sums.bias.end(), result + map.channels);
}

void batch_norm_input_gradient(int threads, const foresee_batch_norm& norm, const Array* mean, const Array* scale, const Array* gradient,
                               const Array* dresidual, const double* sums, int64_t count, const Array* dx) {
    const PooledMap map(norm);
    need(count > 0, "batch norm: the values per channel of the whole batch must be more than 0, got ", count);
    map.check_pooled("batch norm: the gradient", gradient);
    map.check_whole("batch norm: dx", dx);
    check_residual(map, norm, nullptr, dresidual);
    input_gradient(Workers(threads), norm, map, given(map, norm, mean, scale), gradient, dresidual, sums, sums + map.channels,
        static_cast<double>(count), dx);
}

} // namespace foresee::FORESEE_PATH_NAME
