// InfoNCE: loss, top-1 and both gradients in one go. The scores exist only for a block of predictions at a time, in the cache.
#include <cmath>

#include "array.h"
#include "matrix.h"
#include "parallel.h"

namespace foresee::FORESEE_PATH_NAME {
namespace {

constexpr int64_t BlockScores = 1 << 16; // floats of a block, 256 KiB

struct Row {
    double loss;
    double correct;
};

// Scores become (softmax - onehot) * share.
Row soften(float* scores, int64_t candidates, int64_t label, float share) {
    Vec highest = all(-INFINITY);
    int64_t j = 0;
    for (; j + Width <= candidates; j += Width) highest = larger(highest, load(scores + j));
    float top = largest(highest);
    for (int64_t k = j; k < candidates; k++) top = std::max(top, scores[k]);
    const float picked = scores[label];
    Row row{0, 0};
    if (picked == top) { // candidates that share the highest score share the hit
        int64_t equals = 0;
        for (int64_t k = 0; k < candidates; k++) equals += scores[k] == top;
        row.correct = 1.0 / equals;
    }
    Vec sums{};
    for (j = 0; j + Width <= candidates; j += Width) {
        const Vec e = exponential(load(scores + j) - top);
        store(scores + j, e);
        sums += e;
    }
    float total = sum(sums);
    for (; j < candidates; j++) total += scores[j] = std::exp(scores[j] - top);
    row.loss = std::log(total) + top - picked;
    const float factor = share / total;
    for (j = 0; j + Width <= candidates; j += Width) store(scores + j, load(scores + j) * factor);
    for (; j < candidates; j++) scores[j] *= factor;
    scores[label] -= share;
    return row;
}

} // namespace

void info_nce(int threads, const Array* predictions, const Array* targets, const int64_t* labels, int64_t label_count, int64_t groups,
    double* loss,
              double* correct, const Array* prediction_gradients, const Array* target_gradients) {
    check_array("info_nce: predictions", predictions);
    check_array("info_nce: targets", targets);
    const Array &p = *predictions, &t = *targets;
    need(p.dimensions == 2 && t.dimensions == 2, "info_nce: predictions [n, K] and targets [m, K] are needed, got ", p, " and ", t);
    need(groups > 0 && p.sizes[0] % groups == 0 && t.sizes[0] % groups == 0 && t.sizes[0] > 0, "info_nce: ", p.sizes[0],
        " predictions and ",
         t.sizes[0], " targets can't be cut into ", groups, " groups");
    check_contiguous("info_nce: predictions", p, {p.sizes[0], p.sizes[1]});
    check_contiguous("info_nce: targets", t, {t.sizes[0], p.sizes[1]});
    check_width("info_nce: K", p.sizes[1], Width);
    check_array("info_nce: the predictions' gradient", prediction_gradients);
    check_array("info_nce: the targets' gradient", target_gradients);
    check_contiguous("info_nce: the predictions' gradient", *prediction_gradients, {p.sizes[0], p.sizes[1]});
    check_contiguous("info_nce: the targets' gradient", *target_gradients, {t.sizes[0], p.sizes[1]});
    need(label_count == p.sizes[0] && (labels != nullptr || label_count == 0), "info_nce: ", p.sizes[0], " labels are needed, got ",
        label_count);
    need(reinterpret_cast<uintptr_t>(labels) % sizeof(int64_t) == 0, "info_nce: labels must lie at a multiple of 8 bytes");
    const int64_t n = p.sizes[0] / groups, m = t.sizes[0] / groups, size = p.sizes[1];
    for (int64_t i = 0; i < label_count; i++)
        need(labels[i] >= i / n * m && labels[i] < (i / n + 1) * m, "info_nce: label ", labels[i], " lies outside its group of targets");
    const int64_t padded = (m + Width - 1) / Width * Width; // columns of the scores; those beyond m are zeros and not looked at
    const int64_t rows = std::max<int64_t>(4 * TileRows, BlockScores / padded / TileRows * TileRows), blocks = (n + rows - 1) / rows;
    const float share = 1.0f / p.sizes[0];
    const Workers workers(threads);
    const int64_t parts = workers.portions(groups * blocks);
    std::vector<Row> totals(parts, Row{0, 0});
    Gradients gradients({elements(t)}, parts);
    workers.share_out(groups * blocks, parts, [&](int64_t portion, int64_t first, int64_t last) {
        Arena arena;
        float *scores = arena.take(rows * padded), *wide = arena.take(packed_size(size, padded)), *down = arena.take(packed_size(m, size));
        Buffer left, right;
        int64_t group = -1;
        for (int64_t block = first; block < last; block++) {
            const float* candidates = t.data + block / blocks * m * size;
            if (group != block / blocks) {
                group = block / blocks;
                pack(candidates, size, m, 1, size, wide);
                pack(candidates, m, size, size, 1, down);
            }
            const int64_t from = block % blocks * rows, count = std::min(rows, n - from);
            const float* own = p.data + (group * n + from) * size;
            const Words predicted = along(own, count, size, size, left);
            multiply(packed(count, padded, size, predicted.row, padded), predicted.data, wide, scores, false);
            for (int64_t i = 0; i < count; i++) {
                const Row row = soften(scores + i * padded, m, labels[group * n + from + i] - group * m, share);
                totals[portion].loss += row.loss;
                totals[portion].correct += row.correct;
            }
            const Words softened = along(scores, count, m, padded, left);
            multiply(packed(count, size, m, softened.row, size), softened.data, down, prediction_gradients->data + (group * n
                + from) * size, false);
            const Panels predictors = across_panels(own, 1, count, size, size, right);
            multiply(transposed(m, size, count, padded, predictors), across(scores, 1, count, padded, padded, left), predictors.data,
                     gradients.of(portion)[0] + group * m * size, true);
        }
    });
    Row total{0, 0};
    for (const Row& part : totals) total = {total.loss + part.loss, total.correct + part.correct};
    const float* sum = gradients.sum()[0];
    std::copy(sum, sum + elements(t), target_gradients->data);
    *loss = total.loss / p.sizes[0];
    *correct = total.correct / p.sizes[0];
}

} // namespace foresee::FORESEE_PATH_NAME
