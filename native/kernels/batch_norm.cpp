// y = max over pool x pool windows of ReLU(batch norm(x)), channels last; pool 1 for none. Forward and backward read x twice each and
// write their result once; what libtorch's three operators keep between them (the norm's result, the ReLU's, the places of the maxima)
// is computed again.
//   n = (x - mean) / deviation,   v = n weight + bias,   y = max(0, v),   M values per channel
//   d = dL/dv:   dweight = sum d n,   dbias = sum d,   dx = weight / deviation (d - dbias / M - n dweight / M)
#include <cmath>

#include "check.h"
#include "library.h"
#include "parallel.h"
#include "vector.h"

namespace foresee {
namespace {

constexpr int64_t Strip = 64; // pixels whose sum is made in floats; the sums of strips are added as doubles

struct PooledMap {
    int64_t images, height, width, channels, pool;

    PooledMap(const at::Tensor& x, int64_t pool) : images(x.size(0)), height(x.size(2)), width(x.size(3)), channels(x.size(1)), pool(pool) {
        check_floats("batch_norm_relu: x", x);
        TORCH_CHECK(x.dim() == 4 && x.is_contiguous(at::MemoryFormat::ChannelsLast), "batch_norm_relu needs [N, C, H, W] with channels last, got ", x.sizes());
        TORCH_CHECK(channels % Width == 0 && (pool == 1 || pool == 2), "batch_norm_relu needs channels that are a multiple of ", Width, " and a pool of 1 or 2, got ", channels, " and ", pool);
    }
    void check_channels(std::initializer_list<at::Tensor> tensors) const {
        for (const at::Tensor& tensor : tensors) {
            check_shape("batch_norm_relu: weight, bias and statistics", tensor, {channels});
            TORCH_CHECK(tensor.is_contiguous(), "batch_norm_relu: weight, bias and statistics must be contiguous");
        }
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
Sums over_pixels(const float* x, const PooledMap& map, const Term& term) {
    const int64_t strips = (map.pixels() + Strip - 1) / Strip, parts = portions(strips);
    std::vector<Sums> each(parts, Sums(map.channels));
    share_out(strips, parts, [&](int64_t part, int64_t from, int64_t to) {
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
void over_rows(const PooledMap& map, int64_t parts, const Work& work) {
    const int64_t c = map.channels, offsets[4] = {0, c, map.width * c, (map.width + 1) * c};
    share_out(map.rows(), parts, [&](int64_t part, int64_t from, int64_t to) {
        for (int64_t row = from; row < to; row++) work(part, map.first(row) * c, row * map.windows() * c, offsets);
    });
}

template <int Pool>
void relu_pool(const float* x, const PooledMap& map, const Statistics& s, float* y) {
    over_rows(map, portions(map.rows()), [&](int64_t, int64_t from, int64_t to, const int64_t* offsets) {
        for (int64_t w = 0; w < map.windows(); w++)
            for (int64_t c = 0; c < map.channels; c += Width)
                store(y + to + w * map.channels + c, positive(Largest<Pool>(x + from + w * Pool * map.channels, offsets, s, c).value));
    });
}

template <int Pool>
void relu_pool_backward(const float* x, const float* g, const PooledMap& map, const Statistics& s, float* dx, float* dWeight, float* dBias) {
    const int64_t channels = map.channels, parts = portions(map.rows());
    std::vector<Sums> weights(parts, Sums(channels)), biases(parts, Sums(channels));
    over_rows(map, parts, [&](int64_t part, int64_t from, int64_t to, const int64_t* offsets) {
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
    over_rows(map, parts, [&](int64_t, int64_t from, int64_t to, const int64_t* offsets) {
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

using Result = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

// The running statistics move as libtorch's do, by the unbiased variance.
Result batch_norm_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::Tensor running_mean, at::Tensor running_var, double momentum, double epsilon, int64_t pool) {
    const PooledMap map(x, pool);
    map.check_channels({weight, bias, running_mean, running_var});
    const auto* values = x.data_ptr<float>();
    const double count = map.pixels();
    TORCH_CHECK(count > 1, "batch norm in training needs more than one value per channel, got ", x.sizes());
    auto mean = at::empty({map.channels}, x.options()), scale = at::empty_like(mean);
    const Sums total = over_pixels(values, map, [](Vec v, int64_t) { return v; });
    for (int64_t c = 0; c < map.channels; c++) mean.data_ptr<float>()[c] = total[c] / count;
    const float* centre = mean.data_ptr<float>();
    const Sums squares = over_pixels(values, map, [centre](Vec v, int64_t c) { const Vec d = v - load(centre + c); return d * d; });
    for (int64_t c = 0; c < map.channels; c++) {
        scale.data_ptr<float>()[c] = 1 / std::sqrt(squares[c] / count + epsilon);
        auto &m = running_mean.data_ptr<float>()[c], &v = running_var.data_ptr<float>()[c];
        m = (1 - momentum) * m + momentum * total[c] / count;
        v = (1 - momentum) * v + momentum * squares[c] / (count - 1);
    }
    auto y = at::empty({map.images, map.channels, map.height / pool, map.windows()}, x.options(), at::MemoryFormat::ChannelsLast);
    const Statistics s{centre, scale.data_ptr<float>(), weight.data_ptr<float>(), bias.data_ptr<float>()};
    (pool == 1 ? relu_pool<1> : relu_pool<2>)(values, map, s, y.data_ptr<float>());
    return {y, mean, scale};
}

// After training: with the running statistics.
at::Tensor batch_norm_relu_inference(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& mean, const at::Tensor& variance, double epsilon, int64_t pool) {
    const PooledMap map(x, pool);
    map.check_channels({weight, bias, mean, variance});
    std::vector<float> scale(map.channels);
    for (int64_t c = 0; c < map.channels; c++) scale[c] = 1 / std::sqrt(variance.data_ptr<float>()[c] + epsilon);
    auto y = at::empty({map.images, map.channels, map.height / pool, map.windows()}, x.options(), at::MemoryFormat::ChannelsLast);
    const Statistics s{mean.data_ptr<float>(), scale.data(), weight.data_ptr<float>(), bias.data_ptr<float>()};
    (pool == 1 ? relu_pool<1> : relu_pool<2>)(x.data_ptr<float>(), map, s, y.data_ptr<float>());
    return y;
}

Result batch_norm_relu_backward(const at::Tensor& g, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& mean, const at::Tensor& scale, int64_t pool) {
    const PooledMap map(x, pool);
    map.check_channels({weight, bias, mean, scale});
    check_shape("batch_norm_relu_backward: the gradient", g, {map.images, map.channels, map.height / pool, map.windows()});
    const auto gradient = g.contiguous(at::MemoryFormat::ChannelsLast);
    auto dx = at::empty_like(x), dWeight = at::empty_like(weight), dBias = at::empty_like(bias);
    const Statistics s{mean.data_ptr<float>(), scale.data_ptr<float>(), weight.data_ptr<float>(), bias.data_ptr<float>()};
    (pool == 1 ? relu_pool_backward<1> : relu_pool_backward<2>)(x.data_ptr<float>(), gradient.data_ptr<float>(), map, s, dx.data_ptr<float>(), dWeight.data_ptr<float>(), dBias.data_ptr<float>());
    return {dx, dWeight, dBias};
}

} // namespace

void register_batch_norm(torch::Library& library) {
    library.def("batch_norm_relu(Tensor x, Tensor weight, Tensor bias, Tensor(a!) running_mean, Tensor(b!) running_var, float momentum, float epsilon, int pool) -> (Tensor y, Tensor mean, Tensor scale)", &batch_norm_relu);
    library.def("batch_norm_relu_inference(Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance, float epsilon, int pool) -> Tensor", &batch_norm_relu_inference);
    library.def("batch_norm_relu_backward(Tensor gradient, Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor scale, int pool) -> (Tensor x, Tensor weight, Tensor bias)", &batch_norm_relu_backward);
}

} // namespace foresee
