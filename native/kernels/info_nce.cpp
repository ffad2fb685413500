// InfoNCE: loss, top-1 and both gradients in one go. The scores exist only for a block of predictions at a time, in the cache.
#include <cmath>
#include <tuple>

#include "check.h"
#include "library.h"
#include "matrix.h"
#include "parallel.h"

namespace foresee {
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

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor> info_nce(const at::Tensor& predictions, const at::Tensor& targets, const at::Tensor& labels, int64_t groups) {
    check_floats("info_nce: predictions", predictions);
    TORCH_CHECK(predictions.dim() == 2 && targets.dim() == 2 && labels.dim() == 1, "info_nce: predictions [n, K], targets [m, K] and labels [n] are needed, got ",
                predictions.sizes(), ", ", targets.sizes(), " and ", labels.sizes());
    TORCH_CHECK(groups > 0 && predictions.size(0) % groups == 0 && targets.size(0) % groups == 0 && targets.size(0) > 0,
                "info_nce: ", predictions.size(0), " predictions and ", targets.size(0), " targets can't be cut into ", groups, " groups");
    check_shape("info_nce: targets", targets, {targets.size(0), predictions.size(1)});
    check_width("info_nce: K", predictions.size(1), Width);
    TORCH_CHECK(labels.scalar_type() == at::kLong && labels.device().is_cpu() && labels.size(0) == predictions.size(0),
                "info_nce: labels must be ", predictions.size(0), " int64 on the CPU, got ", labels.sizes(), " of ", labels.scalar_type());
    const at::Tensor p = predictions.contiguous(), t = targets.contiguous(), y = labels.contiguous();
    const int64_t n = p.size(0) / groups, m = t.size(0) / groups, size = p.size(1);
    const int64_t padded = (m + Width - 1) / Width * Width; // columns of the scores; those beyond m are zeros and not looked at
    const int64_t rows = std::max<int64_t>(4 * TileRows, BlockScores / padded / TileRows * TileRows), blocks = (n + rows - 1) / rows;
    at::Tensor dp = at::empty_like(p), dt = at::zeros_like(t);
    const float share = 1.0f / p.size(0);
    const int64_t parts = portions(groups * blocks);
    std::vector<Row> totals(parts, Row{0, 0});
    Gradients gradients({t.numel()}, parts);
    share_out(groups * blocks, parts, [&](int64_t portion, int64_t first, int64_t last) {
        Arena arena;
        float *scores = arena.take(rows * padded), *wide = arena.take(packed_size(size, padded)), *down = arena.take(packed_size(m, size));
        Buffer left, right;
        int64_t group = -1;
        for (int64_t block = first; block < last; block++) {
            const float* candidates = t.data_ptr<float>() + block / blocks * m * size;
            if (group != block / blocks) {
                group = block / blocks;
                pack(candidates, size, m, 1, size, wide);
                pack(candidates, m, size, size, 1, down);
            }
            const int64_t from = block % blocks * rows, count = std::min(rows, n - from);
            const float* own = p.data_ptr<float>() + (group * n + from) * size;
            const Words predicted = along(own, count, size, size, left);
            multiply(packed(count, padded, size, predicted.row, padded), predicted.data, wide, scores, false);
            for (int64_t i = 0; i < count; i++) {
                const int64_t label = y.data_ptr<int64_t>()[group * n + from + i] - group * m;
                TORCH_CHECK(label >= 0 && label < m, "info_nce: label ", label + group * m, " lies outside its group of targets");
                const Row row = soften(scores + i * padded, m, label, share);
                totals[portion].loss += row.loss;
                totals[portion].correct += row.correct;
            }
            const Words softened = along(scores, count, m, padded, left);
            multiply(packed(count, size, m, softened.row, size), softened.data, down, dp.data_ptr<float>() + (group * n + from) * size, false);
            const Panels predictors = across_panels(own, 1, count, size, size, right);
            multiply(transposed(m, size, count, padded, predictors), across(scores, 1, count, padded, padded, left), predictors.data,
                     gradients.of(portion)[0] + group * m * size, true);
        }
    });
    Row total{0, 0};
    for (const Row& part : totals) total = {total.loss + part.loss, total.correct + part.correct};
    const float* sum = gradients.sum()[0];
    std::copy(sum, sum + t.numel(), dt.data_ptr<float>());
    return {at::full({}, total.loss / p.size(0), p.options()), at::full({}, total.correct / p.size(0), p.options()), dp, dt};
}

} // namespace

void register_info_nce(torch::Library& library) {
    library.def("info_nce(Tensor predictions, Tensor targets, Tensor labels, int groups) -> (Tensor loss, Tensor correct, Tensor predictions, Tensor targets)", &info_nce);
}

} // namespace foresee
