// y = max over pool x pool windows of ReLU(batch norm(x)), channels last; pool 1 for none. Forward and backward read x twice each and
// write their result once; what libtorch's three operators keep between them (the norm's result, the ReLU's, the places of the maxima)
// is computed again.
//   n = (x - mean) / deviation,   v = n weight + bias,   y = max(0, v),   M values per channel
//   d = dL/dv:   dweight = sum d n,   dbias = sum d,   dx = weight / deviation (d - dbias / M - n dweight / M)
#include <cmath>

#include "array.h"
#include "parallel.h"
#include "vector.h"

namespace foresee::FORESEE_PATH_NAME {
namespace {

constexpr int64_t Strip = 64; // pixels whose sum is made in floats; the sums of strips are added as doubles

struct PooledMap {
    int64_t images, height, width, channels, pool;

    explicit PooledMap(const foresee_batch_norm& norm) : pool(norm.pool) {
        check_array("batch norm: x", norm.x);
        const Array& x = *norm.x;
        need(x.dimensions == 4 && is_dense(x, {0, 2, 3, 1}), "batch norm needs [N, C, H, W] with channels last, got ", x);
        images = x.sizes[0], height = x.sizes[2], width = x.sizes[3], channels = x.sizes[1];
        need(channels > 0 && channels % Width == 0 && (pool == 1 || pool == 2), "batch norm needs channels that are a multiple of ",
            int64_t{Width},
             " and a pool of 1 or 2, got ", channels, " and ", pool);
        check_channels({norm.weight, norm.bias});
    }
    void check_channels(std::initializer_list<const Array*> arrays) const {
        for (const Array* array : arrays) {
            check_array("batch norm: a weight, bias or statistic", array);
            check_contiguous("batch norm: a weight, bias or statistic", *array, {channels});
        }
    }
    // y or its gradient.
    void check_pooled(const char* name, const Array* y) const {
        check_array(name, y);
        check_shape(name, *y, {images, channels, height / pool, windows()});
        need(elements(*y) == 0 || is_dense(*y, {0, 2, 3, 1}), name, " must have its channels last");
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

template <int Pool>
void relu_pool_backward(const Workers& workers, const float* x, const float* g, const PooledMap& map, const Statistics& s, float* dx,
    float* dWeight,
                        float* dBias) {
    const int64_t channels = map.channels, parts = workers.portions(map.rows());
    std::vector<Sums> weights(parts, Sums(channels)), biases(parts, Sums(channels));
    over_rows(workers, map, parts, [&](int64_t part, int64_t from, int64_t to, const int64_t* offsets) {
        for (int64_t c = 0; c < channels; c += Width) {
            Vec weight{}, bias{};
            for (int64_t w = 0; w < map.windows(); w++) {
                const Largest<Pool> largest(x + from + w * Pool * channels, offsets, s, c);
                const Vec d = largest.gradient(g + to + w * channels + c);
                weight += d * largest.normal;
                bias += d;
            }
            add_lanes(weights[part], c, weight);
            add_lanes(biases[part], c, bias);
        }
    });
    std::vector<float> factor(channels), meanWeight(channels), meanBias(channels);
    for (int64_t c = 0; c < channels; c++) {
        for (int64_t part = 1; part < parts; part++) {
            weights[0][c] += weights[part][c];
            biases[0][c] += biases[part][c];
        }
        dWeight[c] = weights[0][c];
        dBias[c] = biases[0][c];
        factor[c] = s.weight[c] * s.scale[c];
        meanWeight[c] = weights[0][c] / map.pixels();
        meanBias[c] = biases[0][c] / map.pixels();
    }
    const auto gradient = [&](const float* pixel, Vec d, int64_t c, float* to) {
        const Vec n = s.normal(load(pixel + c), c);
        store(to + c, load(&factor[c]) * (d - load(&meanBias[c]) - n * load(&meanWeight[c])));
    };
    over_rows(workers, map, parts, [&](int64_t, int64_t from, int64_t to, const int64_t* offsets) {
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

} // namespace

// The running statistics move as libtorch's do, by the unbiased variance.
void batch_norm_train(int threads, const foresee_batch_norm& norm, double momentum, double epsilon, const Array* running_mean,
                      const Array* running_variance, const Array* y, const Array* mean, const Array* scale) {
    const PooledMap map(norm);
    map.check_channels({running_mean, running_variance, mean, scale});
    map.check_pooled("batch norm: y", y);
    const double count = map.pixels();
    need(count > 1, "batch norm in training needs more than one value per channel, got ", *norm.x);
    const Workers workers(threads);
    const float* x = norm.x->data;
    float* centre = mean->data;
    const Sums total = over_pixels(workers, x, map, [](Vec v, int64_t) { return v; });
    for (int64_t c = 0; c < map.channels; c++) centre[c] = total[c] / count;
    const Sums squares = over_pixels(workers, x, map, [centre](Vec v, int64_t c) { const Vec d = v - load(centre + c); return d * d; });
    for (int64_t c = 0; c < map.channels; c++) {
        scale->data[c] = 1 / std::sqrt(squares[c] / count + epsilon);
        auto &m = running_mean->data[c], &v = running_variance->data[c];
        m = (1 - momentum) * m + momentum * total[c] / count;
        v = (1 - momentum) * v + momentum * squares[c] / (count - 1);
    }
    forward(workers, x, map, {centre, scale->data, norm.weight->data, norm.bias->data}, y->data);
}

// After training: with the running statistics.
void batch_norm_infer(int threads, const foresee_batch_norm& norm, double epsilon, const Array* mean, const Array* variance,
    const Array* y) {
    const PooledMap map(norm);
    map.check_channels({mean, variance});
    map.check_pooled("batch norm: y", y);
    std::vector<float> scale(map.channels);
    for (int64_t c = 0; c < map.channels; c++) scale[c] = 1 / std::sqrt(variance->data[c] + epsilon);
    forward(Workers(threads), norm.x->data, map, {mean->data, scale.data(), norm.weight->data, norm.bias->data}, y->data);
}

void batch_norm_backward(int threads, const foresee_batch_norm& norm, const Array* mean, const Array* scale, const Array* gradient,
    const Array* dx,
                         const Array* dweight, const Array* dbias) {
    const PooledMap map(norm);
    map.check_channels({mean, scale, dweight, dbias});
    map.check_pooled("batch norm: the gradient", gradient);
    check_array("batch norm: dx", dx);
    check_shape("batch norm: dx", *dx, {map.images, map.channels, map.height, map.width});
    need(is_dense(*dx, {0, 2, 3, 1}), "batch norm: dx must have its channels last");
    const Statistics s{mean->data, scale->data, norm.weight->data, norm.bias->data};
    (map.pool == 1 ? relu_pool_backward<1> : relu_pool_backward<2>)(Workers(threads), norm.x->data, gradient->data, map, s, dx->data,
        dweight->data,
                                                                    dbias->data);
}

} // namespace foresee::FORESEE_PATH_NAME
