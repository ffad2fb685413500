// One direction of CPC: a masked context over the turned grid and its predictions, forward and backward.
//
//   weights      per block of the context narrow, across, down, widen (weight and bias each); then per offset the predictor's weight and
// bias
//   direction    0 down, 1 up, 2 right, 3 left
//   predictions  per offset k [B * (rows - k) * columns, K] in the order chunk of images, row, column, image: row r predicts row r + k
//
// A chunk of images passes through the whole context at once; the turning is only another order of positions.
#include <memory>

#include "array.h"
#include "convolution.h"

namespace foresee::FORESEE_PATH_NAME {
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
    const float* bias;
    int64_t out;

    void forward(const float* x, float* y, int64_t positions, int64_t n) const {
        fill_rows(y, positions * n, bias, out);
        convolution.forward(x, y, n, true);
    }
    void backward(const float* x, const float* dy, int64_t positions, int64_t n, float* dw, float* db) const {
        convolution.backward_weight(x, dy, n, dw);
        add_rows(dy, positions * n, out, db);
    }
};

class Predictions {
public:
    explicit Predictions(const foresee_grid_predictions& given) : offsets(given.offsets, given.offsets + std::max(0, given.offset_count)) {
        check_array("grid_predictions: the grid", given.grid);
        const Array &grid = *given.grid, *weights = given.weights;
        need(grid.dimensions == 4 && grid.sizes[0] > 0, "grid_predictions: the grid must be [B, H, W, D] of one image or more, got ",
            grid);
        need(elements(grid) == 0 || is_contiguous(grid), "grid_predictions: the grid must be contiguous");
        direction = given.direction;
        need(direction >= 0 && direction < 4, "grid_predictions: a direction is 0 to 3, got ", direction);
        images = grid.sizes[0], height = grid.sizes[1], width = grid.sizes[2], features = grid.sizes[3];
        rows = direction < 2 ? height : width;
        columns = direction < 2 ? width : height;
        need(!offsets.empty(), "grid_predictions: at least one offset is needed");
        for (int64_t offset : offsets) need(offset > 0 && offset < rows, "grid_predictions: an offset must be from 1 to ", rows - 1,
            ", got ", offset);
        chunk = given.chunk;
        need(chunk > 0 && images % chunk == 0, "grid_predictions: a chunk of ", chunk, " images does not divide the batch of ", images);
        scale = given.scale;
        useful = rows - *std::min_element(offsets.begin(), offsets.end());
        const Map map{useful, columns};
        positions = map.positions();
        const int32_t count = given.weight_count, heads = 2 * offsets.size();
        need(weights != nullptr && count >= heads + 8 && (count - heads) % 8 == 0,
            "grid_predictions: 8 weights per block and 2 per offset, got ",
             int64_t{count});
        middle = weights[1].sizes[0], size = weights[count - 1].sizes[0]; // checked below
        check_width("grid_predictions: D", features, Width);
        check_width("grid_predictions: the contexts' middle", middle, Width);
        check_width("grid_predictions: K", size, Width);
        const auto layer_of = [&](int32_t w, int64_t in, int64_t out, int64_t tall, int64_t wide, Window window) {
            check_shape("grid_predictions: a context's weight", weights[w], {out, in, tall, wide});
            check_contiguous("grid_predictions: a context's bias", weights[w + 1], {out});
            layers.push_back({Convolution(weights[w], map, map, window), weights[w + 1].data, out});
        };
        for (int32_t w = 0; w < count - heads; w += 8) {
            layer_of(w, features, middle, 1, 1, {1, 0, 0});
            layer_of(w + 2, middle, middle, 1, 3, {1, 0, 1});
            layer_of(w + 4, middle, middle, 2, 1, {1, 1, 0});
            layer_of(w + 6, middle, features, 1, 1, {1, 0, 0});
        }
        for (size_t o = 0; o < offsets.size(); o++) {
            const Array *weight = weights + count - heads + 2 * o, *bias = weight + 1;
            check_shape("grid_predictions: a predictor's weight", *weight, {size, features});
            check_contiguous("grid_predictions: a predictor's bias", *bias, {size});
            const Map own{rows - offsets[o], columns};
            predictors.push_back({Convolution(as_kernel(*weight), own, own, {1, 0, 0}), bias->data, size});
        }
        // Kept for an image: what enters each block, what lies between its layers, and the context itself.
        kept = positions * (blocks() * (features + 3 * middle) + features);
    }

    int64_t blocks() const { return layers.size() / 4; }
    int64_t predicted(size_t offset) const { return (rows - offsets[offset]) * columns; }

    void forward(const float* z, int64_t n, float* keep, const std::vector<float*>& results) const {
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
    void backward(const std::vector<const float*>& gradients, int64_t n, const float* keep, float* scratch, float* dz,
        std::vector<float*>& dw) const {
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
                std::copy(dx + (at * n + i) * features, dx + (at * n + i + 1) * features, dz + (i * height * width
                    + place(at)) * features);
    }

    void prepare_forward(const Workers& workers) {
        workers.take_turns(all(), [&](int64_t i) { at(i).convolution.prepare_forward(); });
    }

    void prepare_backward(const Workers& workers) {
        workers.take_turns(all(), [&](int64_t i) { at(i).convolution.prepare_backward(); });
    }

    // For an image.
    int64_t scratch() const { return positions * (features + 2 * middle) + rows * columns * size; }

    void as_weights(const Workers& workers, const std::vector<float*>& total, const Array* results) const {
        workers.take_turns(all(), [&](int64_t i) {
            const Array& weight = results[2 * i];
            at(i).convolution.as_weight(total[2 * i], weight.dimensions == 2 ? as_kernel(weight) : weight);
            std::copy(total[2 * i + 1], total[2 * i + 1] + at(i).out, results[2 * i + 1].data);
        });
    }

    int64_t images, height, width, features, rows, columns, useful, positions, middle, size, chunk, kept;
    double scale;
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

} // namespace

void predictions_sizes(const foresee_grid_predictions& input, int64_t* rows, int64_t* size, int64_t* kept) {
    const Predictions predictions(input);
    for (size_t o = 0; o < predictions.offsets.size(); o++) rows[o] = predictions.images * predictions.predicted(o);
    *size = predictions.size;
    *kept = predictions.images * predictions.kept;
}

void predictions_forward(int threads, const foresee_grid_predictions& input, const Array* results, const Array* kept) {
    Predictions predictions(input);
    const int64_t chunk = predictions.chunk, chunks = predictions.images / chunk, image = elements(*input.grid) / predictions.images;
    for (size_t o = 0; o < predictions.offsets.size(); o++)
        check_contiguous("grid_predictions: predictions", results[o], {predictions.images * predictions.predicted(o), predictions.size});
    if (kept) check_contiguous("grid_predictions: what is kept", *kept, {predictions.images * predictions.kept});
    const Workers workers(threads);
    predictions.prepare_forward(workers);
    workers.share_out(chunks, workers.portions(chunks), [&](int64_t, int64_t first, int64_t last) {
        Arena arena;
        float* own = kept ? nullptr : arena.take(chunk * predictions.kept);
        for (int64_t c = first; c < last; c++) {
            std::vector<float*> parts;
            for (size_t o = 0; o < predictions.offsets.size(); o++) parts.push_back(results[o].data
                + c * chunk * predictions.predicted(o) * predictions.size);
            predictions.forward(input.grid->data + c * chunk * image, chunk, kept ? kept->data + c * chunk * predictions.kept : own,
                parts);
        }
    });
}

void predictions_backward(int threads, const foresee_grid_predictions& input, const Array* gradients, const Array* kept,
    const Array* grid_gradient,
                          const Array* weight_gradients) {
    Predictions predictions(input);
    const Array& grid = *input.grid;
    const int64_t chunk = predictions.chunk, chunks = predictions.images / chunk, image = elements(grid) / predictions.images;
    for (size_t o = 0; o < predictions.offsets.size(); o++)
        check_contiguous("grid_predictions: a gradient", gradients[o], {predictions.images * predictions.predicted(o), predictions.size});
    check_array("grid_predictions: what was kept", kept);
    check_array("grid_predictions: the grid's gradient", grid_gradient);
    check_contiguous("grid_predictions: what was kept", *kept, {predictions.images * predictions.kept});
    check_contiguous("grid_predictions: the grid's gradient", *grid_gradient, {grid.sizes[0], grid.sizes[1], grid.sizes[2],
        grid.sizes[3]});
    check_weight_gradients("grid_predictions: a weight's gradient", input.weights, weight_gradients, input.weight_count);
    const Workers workers(threads);
    predictions.prepare_backward(workers);
    std::vector<int64_t> sizes;
    for (int32_t i = 0; i < input.weight_count; i++) sizes.push_back(elements(input.weights[i]));
    Gradients total(sizes, workers.portions(chunks));
    workers.share_out(chunks, total.portions(), [&](int64_t portion, int64_t first, int64_t last) {
        Arena arena;
        float* scratch = arena.take(chunk * predictions.scratch());
        for (int64_t c = first; c < last; c++) {
            std::vector<const float*> parts;
            for (size_t o = 0; o < predictions.offsets.size(); o++) parts.push_back(gradients[o].data
                + c * chunk * predictions.predicted(o) * predictions.size);
            predictions.backward(parts, chunk, kept->data + c * chunk * predictions.kept, scratch, grid_gradient->data
                + c * chunk * image, total.of(portion));
        }
    });
    predictions.as_weights(workers, total.sum(), weight_gradients);
}

} // namespace foresee::FORESEE_PATH_NAME
