// The residual encoder of patches, forward and backward: stem, pre-activation bottleneck blocks, norm, ReLU, spatial mean.
//
// A chunk of patches goes through the whole encoder before the next begins, so that what lies between two layers stays in the cache.
// Kept for the backward pass is what enters each norm, and its rows' means and deviations; the norms themselves are computed again.
//   patches       [N, C, p, p]
//   weights       stem; per block norm1 (weight, bias), conv1, [norm2, conv2], norm3, conv3, [shortcut]; norm
//   architecture  stem's kernel, stride, padding; per block its kernel (0 without conv2), stride, 1 with a shortcut
#include <memory>

#include "array.h"
#include "convolution.h"
#include "norm.h"
#include "parallel.h"

namespace foresee::FORESEE_PATH_NAME {
namespace {

// Patches that go through the encoder together: as many as fit the cache, in whole tiles.
constexpr int64_t ChunkFloats = 1 << 15;

struct Block {
    Norm norm1, norm2, norm3;
    int64_t moments1, moments2, moments3; // offsets per patch: of the norms' rows
    std::unique_ptr<Convolution> conv1, conv2, conv3, shortcut;
    int64_t width, middle, outWidth, side, outSide;
    int64_t kept1, kept2, kept3; // offsets per patch: conv1's result, conv2's result, the block's result
    int64_t in() const { return side * side; }
    int64_t outs() const { return outSide * outSide; }
};

class Encoder {
public:
    explicit Encoder(const foresee_patch_encoder& given) : weights(given.weights) {
        check_array("patch_encoder: patches", given.patches);
        const Array& patch = *given.patches;
        need(patch.dimensions == 4 && patch.sizes[2] == patch.sizes[3], "patch_encoder: patches must be [N, C, p, p], got ", patch);
        need(elements(patch) == 0 || is_contiguous(patch), "patch_encoder: patches must be contiguous");
        const int64_t* architecture = given.architecture;
        const int32_t numbers = given.architecture_count, count = given.weight_count;
        need(numbers >= 3 && numbers % 3 == 0 && architecture != nullptr,
             "patch_encoder: the architecture has 3 numbers for the stem and 3 per block, got ", int64_t{numbers});
        need(count > 0 && weights != nullptr, "patch_encoder: weights are missing");
        patches = patch.sizes[0], channels = patch.sizes[1], patchSide = patch.sizes[2];
        int32_t next = 0;
        const auto take = [&]() -> const Array& {
            need(next < count, "patch_encoder: the architecture takes more than the ", int64_t{count}, " weights");
            return weights[next++];
        };
        const auto norm = [&](int64_t size) {
            const Array &weight = take(), &bias = take();
            check_contiguous("patch_encoder: a norm's weight", weight, {size});
            check_contiguous("patch_encoder: a norm's bias", bias, {size});
            return Norm{weight.data, bias.data, size};
        };
        const auto kernel_of = [&](int64_t in, int64_t size) -> const Array& {
            const Array& weight = take();
            check_array("patch_encoder: a convolution's weight", &weight);
            check_shape("patch_encoder: a convolution's weight", weight, {weight.sizes[0], in, size, size});
            check_width("patch_encoder: a width", weight.sizes[0], Width);
            return weight;
        };
        stemKernel = architecture[0], stemStride = architecture[1], stemPadding = architecture[2];
        need(stemKernel > 0 && stemStride > 0 && stemPadding >= 0 && stemPadding < stemKernel && patchSide + 2 * stemPadding >= stemKernel,
             "patch_encoder: a stem of ", stemKernel, " px, stride ", stemStride, ", padding ", stemPadding, " does not fit patches of ",
                 patchSide, " px");
        const Array& stemWeight = kernel_of(channels, stemKernel);
        const int64_t stemOut = stemWeight.sizes[0];
        inner = channels * stemKernel * stemKernel;
        stemRows.resize(stemOut * inner);
        over_stem(stemWeight, [&](float& weight, int64_t o, int64_t i) { stemRows[o * inner + i] = weight; });
        int64_t side = stemSide = (patchSide + 2 * stemPadding - stemKernel) / stemStride + 1, width = stemOut;
        stem = std::make_unique<Convolution>(as_kernel({stemRows.data(), {stemOut, inner}, {inner, 1}, 2, FORESEE_TYPE_F32}), side, 1);
        largest = std::max(side * side * std::max(inner, width), int64_t{1});
        kept = side * side * width;
        int64_t rows = 0; // of norms
        const auto moments_of = [&](int64_t own) {
            const int64_t offset = 2 * rows;
            rows += own;
            return offset;
        };
        for (int32_t a = 3; a + 2 < numbers; a += 3) {
            Block b;
            const int64_t kernel = architecture[a], stride = architecture[a + 1];
            b.width = width, b.side = side;
            need(stride > 0 && kernel >= 0, "patch_encoder: a stride must be 1 or more and a kernel 0 or more, got ", stride, " and ",
                kernel);
            b.norm1 = norm(width);
            b.moments1 = moments_of(side * side);
            b.conv1 = std::make_unique<Convolution>(kernel_of(width, 1), side, 1);
            b.middle = weights[next - 1].sizes[0];
            b.kept1 = kept;
            kept += side * side * b.middle;
            b.kept2 = b.kept1;
            if (kernel > 0) {
                b.norm2 = norm(b.middle);
                b.moments2 = moments_of(side * side);
                b.conv2 = std::make_unique<Convolution>(kernel_of(b.middle, kernel), side, stride);
                need(side + 2 * (kernel / 2) >= kernel, "patch_encoder: a kernel of ", kernel, " does not fit maps of ", side,
                    " positions");
                need(weights[next - 1].sizes[0] == b.middle, "patch_encoder: a block's middle is ", b.middle,
                    " wide, its second convolution makes ",
                     weights[next - 1].sizes[0]);
                side = (side + 2 * (kernel / 2) - kernel) / stride + 1;
                b.kept2 = kept;
                kept += side * side * b.middle;
            }
            b.outSide = side;
            b.norm3 = norm(b.middle);
            b.moments3 = moments_of(side * side);
            const Array& last = kernel_of(b.middle, 1);
            width = b.outWidth = last.sizes[0];
            b.conv3 = std::make_unique<Convolution>(last, side, 1);
            if (architecture[a + 2]) b.shortcut = std::make_unique<Convolution>(kernel_of(b.width, 1), b.side, stride);
            need(architecture[a + 2] ? weights[next - 1].sizes[0] == width : b.width == width && b.side == side, 
                 "patch_encoder: a block that changes its shape needs a shortcut of the new width, ", width);
            b.kept3 = kept;
            kept += side * side * width;
            largest = std::max({largest, b.in() * b.width, b.in() * b.middle, b.outs() * b.outWidth});
            blocks.push_back(std::move(b));
        }
        final = norm(width);
        finalMoments = moments_of(side * side);
        maps = kept;
        kept += (2 * rows + 15) / 16 * 16; // each chunk begins where a vector does
        features = width, positions = side * side;
        need(next == count, "patch_encoder: the architecture takes ", int64_t{next}, " weights, got ", int64_t{count});
    }

    // What lies between the layers of n patches goes to `keep`.
    void forward(const float* patches, int64_t n, float* keep, float* scratch, float* result) const {
        columns(patches, n, scratch);
        stem->forward(scratch, keep, n, false);
        float* moments = keep + n * maps;
        const float* x = keep;
        float *h = scratch, *h3 = scratch + n * largest;
        for (const Block& b : blocks) {
            float *y1 = keep + n * b.kept1, *y2 = keep + n * b.kept2, *y3 = keep + n * b.kept3;
            b.norm1.forward(x, b.in() * n, h, moments + n * b.moments1);
            b.conv1->forward(h, y1, n, false);
            if (b.conv2) {
                b.norm2.forward(y1, b.in() * n, h3, moments + n * b.moments2);
                b.conv2->forward(h3, y2, n, false);
            }
            b.norm3.forward(y2, b.outs() * n, h3, moments + n * b.moments3);
            if (b.shortcut) b.shortcut->forward(h, y3, n, false);
            else std::copy(x, x + b.outs() * n * b.outWidth, y3);
            b.conv3->forward(h3, y3, n, true);
            x = y3;
        }
        final.forward(x, positions * n, h, moments + n * finalMoments);
        for (int64_t i = 0; i < n * features; i += Width) {
            Vec total{};
            for (int64_t p = 0; p < positions; p++) total += load(h + p * n * features + i);
            store(result + i, total * (1.0f / positions));
        }
    }

    // Adds to the gradients, whose places are those of the weights.
    void backward(const float* gradient, const float* patches, int64_t n, const float* keep, float* scratch,
        std::vector<float*>& dw) const {
        float *g = scratch, *d = g + n * largest, *h = d + n * largest, *dh = h + n * largest;
        const float* moments = keep + n * maps;
        const float* x = keep + n * (blocks.empty() ? 0 : blocks.back().kept3);
        for (int64_t p = 0; p < positions; p++)
            for (int64_t i = 0; i < n * features; i += Width) store(d + p * n * features + i, load(gradient + i) * (1.0f / positions));
        size_t w = dw.size() - 2;
        final.backward(x, d, positions * n, moments + n * finalMoments, g, nullptr, dw[w], dw[w + 1]);
        for (int64_t i = blocks.size() - 1; i >= 0; i--) {
            const Block& b = blocks[i];
            const float *before = keep + n * (i == 0 ? 0 : blocks[i - 1].kept3), *y1 = keep + n * b.kept1, *y2 = keep + n * b.kept2;
            float* shortcut = b.shortcut ? dw[--w] : nullptr;
            w -= 3;
            b.norm3.repeat(y2, b.outs() * n, h, moments + n * b.moments3);
            b.conv3->backward_weight(h, g, n, dw[w + 2]);
            b.conv3->backward_input(g, dh, n, false);
            b.norm3.backward(y2, dh, b.outs() * n, moments + n * b.moments3, d, nullptr, dw[w], dw[w + 1]);   // d = dL/dy2
            if (b.conv2) {
                w -= 3;
                b.norm2.repeat(y1, b.in() * n, h, moments + n * b.moments2);
                b.conv2->backward_weight(h, d, n, dw[w + 2]);
                b.conv2->backward_input(d, dh, n, false);
                b.norm2.backward(y1, dh, b.in() * n, moments + n * b.moments2, d, nullptr, dw[w], dw[w + 1]); // d = dL/dy1
            }
            w -= 3;
            b.norm1.repeat(before, b.in() * n, h, moments + n * b.moments1);
            b.conv1->backward_weight(h, d, n, dw[w + 2]);
            b.conv1->backward_input(d, dh, n, false);
            if (b.shortcut) {
                b.shortcut->backward_weight(h, g, n, shortcut);
                b.shortcut->backward_input(g, dh, n, true);
            }
            b.norm1.backward(before, dh, b.in() * n, moments + n * b.moments1, d, b.shortcut ? nullptr : g, dw[w], dw[w + 1]);
            std::swap(g, d);                                                                       // g = dL/dx of the block
        }
        columns(patches, n, h);
        stem->backward_weight(h, g, n, dw[0]);
    }

    void prepare_forward(const Workers& workers) {
        auto all = convolutions();
        workers.take_turns(all.size(), [&](int64_t i) {
            if (all[i]) all[i]->prepare_forward();
        });
    }

    void prepare_backward(const Workers& workers) {
        auto all = convolutions();
        workers.take_turns(all.size(), [&](int64_t i) {
            if (all[i] && i > 0) all[i]->prepare_backward(); // the pixels need no gradient
        });
    }

    std::vector<Convolution*> convolutions() const {
        std::vector<Convolution*> list{stem.get()}; // nullptr where the weight is a norm's
        for (const Block& b : blocks) {
            list.insert(list.end(), {nullptr, nullptr, b.conv1.get()});
            if (b.conv2) list.insert(list.end(), {nullptr, nullptr, b.conv2.get()});
            list.insert(list.end(), {nullptr, nullptr, b.conv3.get()});
            if (b.shortcut) list.push_back(b.shortcut.get());
        }
        list.insert(list.end(), {nullptr, nullptr});
        return list;
    }

    // The gradients, whose places are those of the weights, into arrays of the weights' shapes.
    void as_weights(const Workers& workers, const std::vector<float*>& total, const Array* results) const {
        const auto all = convolutions();
        workers.take_turns(total.size(), [&](int64_t i) {
            if (i == 0) over_stem(results[0], [&](float& weight, int64_t o, int64_t k) { weight = total[0][k * results[0].sizes[0] + o];
                });
            else if (all[i]) all[i]->as_weight(total[i], results[i]);
            else std::copy(total[i], total[i] + elements(results[i]), results[i].data);
        });
    }

    std::vector<int64_t> weight_sizes() const {
        std::vector<int64_t> sizes;
        for (size_t i = 0; i < convolutions().size(); i++) sizes.push_back(elements(weights[i]));
        return sizes;
    }

    int64_t patches, kept, features, largest;

    int64_t chunk() const { return std::clamp<int64_t>(ChunkFloats / largest / TileRows, 1, 16) * TileRows; }

private:
    // The pixels under the stem's kernel at each of its positions: [positions, n, C * kernel * kernel].
    void columns(const float* patches, int64_t n, float* out) const {
        const int64_t side = patchSide + 2 * stemPadding;
        std::vector<float> padded(channels * side * side);
        for (int64_t i = 0; i < n; i++) {
            for (int64_t row = 0; row < channels * patchSide; row++, patches += patchSide)
                std::copy(patches, patches + patchSide, &padded[(row / patchSide * side + row % patchSide + stemPadding) * side
                    + stemPadding]);
            for (int64_t position = 0; position < stemSide * stemSide; position++) {
                float* to = out + (position * n + i) * inner;
                const float* from = &padded[(position / stemSide * side + position % stemSide) * stemStride];
                for (int64_t c = 0; c < channels; c++)
                    for (int64_t u = 0; u < stemKernel; u++, to += stemKernel)
                        for (int64_t v = 0; v < stemKernel; v++) to[v] = from[(c * side + u) * side + v];
            }
        }
    }

    // work(element, out, its place among the pixels under the kernel)
    template <class Work>
    void over_stem(const Array& weight, const Work& work) const {
        for (int64_t o = 0; o < weight.sizes[0]; o++)
            for (int64_t i = 0; i < inner; i++)
                work(weight.data[o * weight.strides[0] + i / (stemKernel * stemKernel) * weight.strides[1]
                                 + i / stemKernel % stemKernel * weight.strides[2] + i % stemKernel * weight.strides[3]], o, i);
    }

    const Array* weights;
    std::vector<float> stemRows; // [out, C * kernel * kernel]
    std::unique_ptr<Convolution> stem;
    std::vector<Block> blocks;
    Norm final;
    int64_t maps, finalMoments; // floats of a patch before its moments; offset of the last norm's
    int64_t channels, patchSide, stemKernel, stemStride, stemPadding, stemSide, inner, positions;
};

} // namespace

void encoder_sizes(const foresee_patch_encoder& input, int64_t* features, int64_t* kept) {
    const Encoder encoder(input);
    *features = encoder.features;
    *kept = encoder.kept;
}

void encoder_forward(int threads, const foresee_patch_encoder& input, const Array* features, const Array* kept) {
    Encoder encoder(input);
    check_array("patch_encoder: features", features);
    check_contiguous("patch_encoder: features", *features, {encoder.patches, encoder.features});
    if (kept) check_contiguous("patch_encoder: what is kept", *kept, {encoder.patches * encoder.kept});
    const Workers workers(threads);
    encoder.prepare_forward(workers);
    const int64_t count = encoder.patches, pixels = elements(*input.patches) / std::max<int64_t>(1, count);
    const int64_t chunk = encoder.chunk(), chunks = (count + chunk - 1) / chunk;
    workers.share_out(chunks, workers.portions(chunks), [&](int64_t, int64_t first, int64_t last) {
        Arena arena;
        float* scratch = arena.take(2 * chunk * encoder.largest);
        float* own = kept ? nullptr : arena.take(chunk * encoder.kept);
        for (int64_t from = first * chunk; from < std::min(last * chunk, count); from += chunk)
            encoder.forward(input.patches->data + from * pixels, std::min(chunk, count - from), kept ? kept->data
                + from * encoder.kept : own, scratch,
                            features->data + from * encoder.features);
    });
}

void encoder_backward(int threads, const foresee_patch_encoder& input, const Array* gradient, const Array* kept,
    const Array* weight_gradients) {
    Encoder encoder(input);
    check_array("patch_encoder: the gradient", gradient);
    check_array("patch_encoder: what was kept", kept);
    check_contiguous("patch_encoder: the gradient", *gradient, {encoder.patches, encoder.features});
    check_contiguous("patch_encoder: what was kept", *kept, {encoder.patches * encoder.kept});
    check_weight_gradients("patch_encoder: a weight's gradient", input.weights, weight_gradients, input.weight_count);
    const Workers workers(threads);
    encoder.prepare_backward(workers);
    const int64_t count = encoder.patches, pixels = elements(*input.patches) / std::max<int64_t>(1, count);
    const int64_t chunk = encoder.chunk(), chunks = (count + chunk - 1) / chunk;
    Gradients gradients(encoder.weight_sizes(), workers.portions(chunks));
    workers.share_out(chunks, gradients.portions(), [&](int64_t portion, int64_t first, int64_t last) {
        Arena arena;
        float* scratch = arena.take(4 * chunk * encoder.largest);
        auto& own = gradients.of(portion);
        for (int64_t from = first * chunk; from < std::min(last * chunk, count); from += chunk)
            encoder.backward(gradient->data + from * encoder.features, input.patches->data + from * pixels, std::min(chunk, count - from),
                             kept->data + from * encoder.kept, scratch, own);
    });
    encoder.as_weights(workers, gradients.sum(), weight_gradients);
}

} // namespace foresee::FORESEE_PATH_NAME
