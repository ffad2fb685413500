// One direction of CPC: a masked context over the turned grid and its predictions, forward and backward.
//
//   weights      per block of the context narrow, across, down, widen (weight and bias each); then per offset the predictor's weight and bias
//   direction    0 down, 1 up, 2 right, 3 left
//   predictions  per offset k [B * (rows - k) * columns, K] in the order chunk of images, row, column, image: row r predicts row r + k
//
// A chunk of images passes through the whole context at once; the turning is only another order of positions.
#include <memory>
#include <tuple>

#include "check.h"
#include "convolution.h"
#include "library.h"

namespace foresee {
namespace {

void fill_rows(float* to, int64_t rows, const float* bias, int64_t width) {
    for (int64_t r = 0; r < rows; r++) std::copy(bias, bias + width, to + r * width);
}

void relu(float* x, int64_t count) {
    for (int64_t i = 0; i < count; i += Width) store(x + i, positive(load(x + i)));
}

// The gradient before a ReLU, from its result.
void mask(float* gradient, const float* result, int64_t count) {
    for (int64_t i = 0; i < count; i += Width) store(gradient + i, load(result + i) > 0.0f ? load(gradient + i) : Vec{});
}

void add_rows(const float* x, int64_t rows, int64_t width, float* to) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < width; i += Width) store(to + i, load(to + i) + load(x + r * width + i));
}

struct Biased {
    Convolution convolution;
    at::Tensor bias;

    void forward(const float* x, float* y, int64_t positions, int64_t n) const {
        fill_rows(y, positions * n, bias.data_ptr<float>(), bias.numel());
        convolution.forward(x, y, n, true);
    }
    void backward(const float* x, const float* dy, int64_t positions, int64_t n, float* dw, float* db) const {
        convolution.backward_weight(x, dy, n, dw);
        add_rows(dy, positions * n, bias.numel(), db);
    }
};

class Predictions {
public:
    Predictions(at::IntArrayRef grid, at::TensorList weights, int64_t direction, at::IntArrayRef offsets)
        : offsets(offsets.vec()), direction(direction) {
        TORCH_CHECK(grid.size() == 4 && grid[0] > 0, "grid_predictions: the grid must be [B, H, W, D] of one image or more, got ", grid);
        TORCH_CHECK(direction >= 0 && direction < 4, "grid_predictions: a direction is 0 to 3, got ", direction);
        height = grid[1], width = grid[2], features = grid[3];
        rows = direction < 2 ? height : width;
        columns = direction < 2 ? width : height;
        for (int64_t offset : offsets) TORCH_CHECK(offset > 0 && offset < rows, "grid_predictions: an offset must be from 1 to ", rows - 1, ", got ", offset);
        TORCH_CHECK(!offsets.empty(), "grid_predictions: at least one offset is needed");
        useful = rows - *std::min_element(offsets.begin(), offsets.end());
        const Map map{useful, columns};
        positions = map.positions();
        const size_t heads = 2 * offsets.size();
        TORCH_CHECK(weights.size() >= heads + 8 && (weights.size() - heads) % 8 == 0, "grid_predictions: 8 weights per block and 2 per offset, got ", weights.size());
        middle = weights[1].numel(), size = weights.back().numel();
        check_width("grid_predictions: D", features, Width);
        check_width("grid_predictions: the contexts' middle", middle, Width);
        check_width("grid_predictions: K", size, Width);
        const auto layer_of = [&](size_t w, int64_t in, int64_t out, int64_t tall, int64_t wide) {
            check_shape("grid_predictions: a context's weight", weights[w], {out, in, tall, wide});
            check_shape("grid_predictions: a context's bias", weights[w + 1], {out});
        };
        for (size_t w = 0; w < weights.size() - heads; w += 8) {
            layer_of(w, features, middle, 1, 1);
            layer_of(w + 2, middle, middle, 1, 3);
            layer_of(w + 4, middle, middle, 2, 1);
            layer_of(w + 6, middle, features, 1, 1);
        }
        for (size_t w = weights.size() - heads; w < weights.size(); w += 2) {
            check_shape("grid_predictions: a predictor's weight", weights[w], {size, features});
            check_shape("grid_predictions: a predictor's bias", weights[w + 1], {size});
        }
        for (size_t w = 0; w < weights.size() - heads; w += 2) {
            const Window window = w % 8 == 2 ? Window{1, 0, 1} : w % 8 == 4 ? Window{1, 1, 0} : Window{1, 0, 0};
            layers.push_back({Convolution(weights[w], map, map, window), weights[w + 1].contiguous()});
        }
        for (size_t o = 0; o < offsets.size(); o++) {
            const auto weight = weights[weights.size() - heads + 2 * o];
            predictors.push_back({Convolution(weight.view({weight.size(0), weight.size(1), 1, 1}), Map{rows - offsets[o], columns}, Map{rows - offsets[o], columns}, Window{1, 0, 0}),
                                  weights[weights.size() - heads + 2 * o + 1].contiguous()});
        }
        // Kept for an image: what enters each block, what lies between its layers, and the context itself.
        kept = positions * (blocks() * (features + 3 * middle) + features);
    }

    int64_t blocks() const { return layers.size() / 4; }
    int64_t predicted(size_t offset) const { return (rows - offsets[offset]) * columns; }

    void forward(const float* z, int64_t n, double scale, float* keep, const std::vector<float*>& results) const {
        const int64_t wide = positions * n * features, narrow = positions * n * middle;
        gather(z, n, keep);
        for (int64_t b = 0; b < blocks(); b++) {
            float *x = keep, *a1 = x + wide, *a2 = a1 + narrow, *a3 = a2 + narrow, *next = a3 + narrow;
            const Biased* layer = &layers[4 * b];
            layer[0].forward(x, a1, positions, n);
            relu(a1, narrow);
            layer[1].forward(a1, a2, positions, n);
            layer[2].forward(a2, a3, positions, n);
            relu(a3, narrow);
            layer[3].forward(a3, next, positions, n);
            for (int64_t i = 0; i < wide; i += Width) store(next + i, load(next + i) + load(x + i));
            keep = next;
        }
        relu(keep, wide);
        for (size_t o = 0; o < predictors.size(); o++) {
            predictors[o].forward(keep, results[o], predicted(o), n);
            for (int64_t i = 0; i < predicted(o) * n * size; i += Width) store(results[o] + i, load(results[o] + i) * float(scale));
        }
    }

    // Adds to the gradients of the weights; dz is overwritten.
    void backward(const std::vector<float*>& gradients, int64_t n, double scale, const float* keep, float* scratch, float* dz, std::vector<float*>& dw) const {
        const int64_t wide = positions * n * features, narrow = positions * n * middle;
        float *dx = scratch, *d = dx + wide, *e = d + narrow, *p = e + narrow;
        const float* c = keep + blocks() * (wide + 3 * narrow);
        std::fill(dx, dx + wide, 0.0f);
        for (size_t o = 0; o < predictors.size(); o++) {
            for (int64_t i = 0; i < predicted(o) * n * size; i += Width) store(p + i, load(gradients[o] + i) * float(scale));
            predictors[o].backward(c, p, predicted(o), n, dw[2 * layers.size() + 2 * o], dw[2 * layers.size() + 2 * o + 1]);
            predictors[o].convolution.backward_input(p, dx, n, true);
        }
        mask(dx, c, wide);
        for (int64_t b = blocks() - 1; b >= 0; b--) {
            const float *x = keep + b * (wide + 3 * narrow), *a1 = x + wide, *a2 = a1 + narrow, *a3 = a2 + narrow;
            const Biased* layer = &layers[4 * b];
            float** w = &dw[8 * b];
            layer[3].backward(a3, dx, positions, n, w[6], w[7]);
            layer[3].convolution.backward_input(dx, d, n, false);
            mask(d, a3, narrow);
            layer[2].backward(a2, d, positions, n, w[4], w[5]);
            layer[2].convolution.backward_input(d, e, n, false);
            layer[1].backward(a1, e, positions, n, w[2], w[3]);
            layer[1].convolution.backward_input(e, d, n, false);
            mask(d, a1, narrow);
            layer[0].backward(x, d, positions, n, w[0], w[1]);
            layer[0].convolution.backward_input(d, dx, n, true);
        }
        std::fill(dz, dz + n * height * width * features, 0.0f);
        for (int64_t at = 0; at < positions; at++)
            for (int64_t i = 0; i < n; i++)
                std::copy(dx + (at * n + i) * features, dx + (at * n + i + 1) * features, dz + (i * height * width + place(at)) * features);
    }

    void prepare_forward() {
        take_turns(all(), [&](int64_t i) { at(i).convolution.prepare_forward(); });
    }

    void prepare_backward() {
        take_turns(all(), [&](int64_t i) { at(i).convolution.prepare_backward(); });
    }

    // For an image.
    int64_t scratch() const { return positions * (features + 2 * middle) + rows * columns * size; }

    std::vector<at::Tensor> as_weights(const std::vector<float*>& total, at::TensorList weights) const {
        std::vector<at::Tensor> result(total.size());
        take_turns(all(), [&](int64_t i) {
            const int64_t w = 2 * i;
            const Biased& layer = at(i);
            result[w] = layer.convolution.as_weight(total[w]).view_as(weights[w]);
            result[w + 1] = at::empty_like(layer.bias);
            std::copy(total[w + 1], total[w + 1] + layer.bias.numel(), result[w + 1].data_ptr<float>());
        });
        return result;
    }

    int64_t height, width, features, rows, columns, useful, positions, middle, size, kept;
    std::vector<int64_t> offsets;

private:
    // The grid's own number of a position of the turned grid.
    int64_t place(int64_t position) const {
        const int64_t row = position / columns, column = position % columns;
        switch (direction) {
            case 0: return row * width + column;
            case 1: return (rows - 1 - row) * width + column;
            case 2: return column * width + row;
            default: return column * width + (rows - 1 - row);
        }
    }

    void gather(const float* z, int64_t n, float* to) const {
        for (int64_t at = 0; at < positions; at++)
            for (int64_t i = 0; i < n; i++, to += features) {
                const float* from = z + (i * height * width + place(at)) * features;
                std::copy(from, from + features, to);
            }
    }

    int64_t all() const { return layers.size() + predictors.size(); }
    Biased& at(int64_t i) { return i < static_cast<int64_t>(layers.size()) ? layers[i] : predictors[i - layers.size()]; }
    const Biased& at(int64_t i) const { return i < static_cast<int64_t>(layers.size()) ? layers[i] : predictors[i - layers.size()]; }

    int64_t direction;
    std::vector<Biased> layers, predictors;
};

int64_t chunks_of(const at::Tensor& z, int64_t chunk) {
    TORCH_CHECK(chunk > 0 && z.size(0) % chunk == 0, "grid_predictions: a chunk of ", chunk, " images does not divide the batch of ", z.size(0));
    return z.size(0) / chunk;
}

std::tuple<std::vector<at::Tensor>, at::Tensor> grid_predictions(const at::Tensor& grid, at::TensorList weights, int64_t direction, at::IntArrayRef offsets,
                                                                int64_t chunk, double scale, bool keep) {
    check_floats("grid_predictions: the grid", grid);
    Predictions predictions(grid.sizes(), weights, direction, offsets);
    predictions.prepare_forward();
    const at::Tensor z = grid.contiguous();
    const int64_t chunks = chunks_of(z, chunk), image = z.numel() / z.size(0);
    std::vector<at::Tensor> results;
    for (size_t o = 0; o < offsets.size(); o++) results.push_back(at::empty({z.size(0) * predictions.predicted(o), predictions.size}, z.options()));
    at::Tensor kept = at::empty({keep ? z.size(0) * predictions.kept : 0}, z.options());
    share_out(chunks, portions(chunks), [&](int64_t, int64_t first, int64_t last) {
        Arena arena;
        float* own = keep ? nullptr : arena.take(chunk * predictions.kept);
        for (int64_t c = first; c < last; c++) {
            std::vector<float*> parts;
            for (size_t o = 0; o < offsets.size(); o++) parts.push_back(results[o].data_ptr<float>() + c * chunk * predictions.predicted(o) * predictions.size);
            predictions.forward(z.data_ptr<float>() + c * chunk * image, chunk, scale, keep ? kept.data_ptr<float>() + c * chunk * predictions.kept : own, parts);
        }
    });
    return {results, kept};
}

std::vector<at::Tensor> grid_predictions_backward(at::TensorList gradients, const at::Tensor& grid, const at::Tensor& kept, at::TensorList weights, int64_t direction,
                                                  at::IntArrayRef offsets, int64_t chunk, double scale) {
    Predictions predictions(grid.sizes(), weights, direction, offsets);
    predictions.prepare_backward();
    TORCH_CHECK(gradients.size() == offsets.size(), "grid_predictions_backward: ", offsets.size(), " gradients are needed, got ", gradients.size());
    for (size_t o = 0; o < offsets.size(); o++) check_shape("grid_predictions_backward: a gradient", gradients[o], {grid.size(0) * predictions.predicted(o), predictions.size});
    check_shape("grid_predictions_backward: what was kept", kept, {grid.size(0) * predictions.kept});
    const int64_t chunks = chunks_of(grid, chunk), image = grid.numel() / grid.size(0);
    at::Tensor dz = at::empty(grid.sizes(), grid.options());
    std::vector<at::Tensor> whole;
    for (const auto& gradient : gradients) whole.push_back(gradient.contiguous());
    std::vector<int64_t> sizes;
    for (const auto& weight : weights) sizes.push_back(weight.numel());
    Gradients total(sizes, portions(chunks));
    share_out(chunks, total.portions(), [&](int64_t portion, int64_t first, int64_t last) {
        Arena arena;
        float* scratch = arena.take(chunk * predictions.scratch());
        for (int64_t c = first; c < last; c++) {
            std::vector<float*> parts;
            for (size_t o = 0; o < offsets.size(); o++) parts.push_back(whole[o].data_ptr<float>() + c * chunk * predictions.predicted(o) * predictions.size);
            predictions.backward(parts, chunk, scale, kept.data_ptr<float>() + c * chunk * predictions.kept, scratch, dz.data_ptr<float>() + c * chunk * image, total.of(portion));
        }
    });
    auto result = predictions.as_weights(total.sum(), weights);
    result.insert(result.begin(), dz);
    return result;
}

} // namespace

void register_grid_predictions(torch::Library& library) {
    library.def("grid_predictions(Tensor grid, Tensor[] weights, int direction, int[] offsets, int chunk, float scale, bool keep) -> (Tensor[], Tensor)", &grid_predictions);
    library.def("grid_predictions_backward(Tensor[] gradients, Tensor grid, Tensor kept, Tensor[] weights, int direction, int[] offsets, int chunk, float scale) -> Tensor[]", &grid_predictions_backward);
}

} // namespace foresee
