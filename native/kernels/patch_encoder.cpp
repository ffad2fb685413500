// The residual encoder of patches, forward and backward: stem, pre-activation bottleneck blocks, norm, ReLU, spatial mean.
//
// A chunk of patches goes through the whole encoder before the next begins, so that what lies between two layers stays in the cache.
// Kept for the backward pass is what enters each norm; the norms themselves are computed again.
//   patches       [N, C, p, p]
//   weights       stem; per block norm1 (weight, bias), conv1, [norm2, conv2], norm3, conv3, [shortcut]; norm
//   architecture  stem's kernel, stride, padding; per block its kernel (0 without conv2), stride, 1 with a shortcut
#include <ATen/ATen.h>

#include <memory>
#include <tuple>

#include "check.h"
#include "convolution.h"
#include "library.h"
#include "norm.h"
#include "parallel.h"

namespace foresee {
namespace {

// Patches that go through the encoder together: as many as fit the cache, in whole tiles.
constexpr int64_t ChunkFloats = 1 << 15;

struct LayerNorm {
    at::Tensor weight, bias;
    int64_t size() const { return weight.numel(); }
    Norm norm() const { return {weight.data_ptr<float>(), bias.data_ptr<float>(), size()}; }
};

struct Block {
    LayerNorm norm1, norm2, norm3;
    std::unique_ptr<Convolution> conv1, conv2, conv3, shortcut;
    int64_t width, middle, outWidth, side, outSide;
    int64_t kept1, kept2, kept3; // offsets per patch: conv1's result, conv2's result, the block's result
    int64_t in() const { return side * side; }
    int64_t outs() const { return outSide * outSide; }
};

class Encoder {
public:
    Encoder(at::IntArrayRef patch, at::TensorList weights, at::IntArrayRef architecture) {
        TORCH_CHECK(patch.size() == 4 && patch[2] == patch[3], "patch_encoder: patches must be [N, C, p, p], got ", patch);
        TORCH_CHECK(architecture.size() >= 3 && architecture.size() % 3 == 0, "patch_encoder: the architecture has 3 numbers for the stem and 3 per block, got ", architecture);
        channels = patch[1], patchSide = patch[2];
        size_t next = 0;
        const auto take = [&] {
            TORCH_CHECK(next < weights.size(), "patch_encoder: the architecture takes more than the ", weights.size(), " weights");
            return weights[next++];
        };
        const auto norm = [&](int64_t size) {
            auto weight = take(), bias = take();
            check_shape("patch_encoder: a norm's weight", weight, {size});
            check_shape("patch_encoder: a norm's bias", bias, {size});
            return LayerNorm{weight.contiguous(), bias.contiguous()};
        };
        const auto kernel_of = [&](int64_t in, int64_t size) {
            auto weight = take();
            check_weight("patch_encoder: a convolution's weight", weight, in, size, size);
            check_width("patch_encoder: a width", weight.size(0), Width);
            return weight;
        };
        stemKernel = architecture[0], stemStride = architecture[1], stemPadding = architecture[2];
        TORCH_CHECK(stemStride > 0 && stemPadding >= 0 && patchSide + 2 * stemPadding >= stemKernel, "patch_encoder: a stem of ", stemKernel, " px does not fit patches of ", patchSide, " px");
        stemWeight = kernel_of(channels, stemKernel);
        stemOut = stemWeight.size(0);
        inner = channels * stemKernel * stemKernel;
        int64_t side = stemSide = (patchSide + 2 * stemPadding - stemKernel) / stemStride + 1, width = stemOut;
        stem = std::make_unique<Convolution>(stemWeight.contiguous().view({stemOut, inner, 1, 1}), side, 1);
        largest = std::max(side * side * std::max(inner, width), int64_t{1});
        kept = side * side * width;
        for (size_t a = 3; a + 2 < architecture.size(); a += 3) {
            Block b;
            const int64_t kernel = architecture[a], stride = architecture[a + 1];
            b.width = width, b.side = side;
            TORCH_CHECK(stride > 0, "patch_encoder: a stride must be 1 or more, got ", stride);
            b.norm1 = norm(width);
            b.conv1 = std::make_unique<Convolution>(kernel_of(width, 1), side, 1);
            b.middle = weights[next - 1].size(0);
            b.kept1 = kept;
            kept += side * side * b.middle;
            b.kept2 = b.kept1;
            if (kernel > 0) {
                b.norm2 = norm(b.middle);
                b.conv2 = std::make_unique<Convolution>(kernel_of(b.middle, kernel), side, stride);
                TORCH_CHECK(weights[next - 1].size(0) == b.middle, "patch_encoder: a block's middle is ", b.middle, " wide, its second convolution makes ", weights[next - 1].size(0));
                side = (side + 2 * (kernel / 2) - kernel) / stride + 1;
                b.kept2 = kept;
                kept += side * side * b.middle;
            }
            b.outSide = side;
            b.norm3 = norm(b.middle);
            auto last = kernel_of(b.middle, 1);
            width = b.outWidth = last.size(0);
            b.conv3 = std::make_unique<Convolution>(last, side, 1);
            if (architecture[a + 2]) b.shortcut = std::make_unique<Convolution>(kernel_of(b.width, 1), b.side, stride);
            TORCH_CHECK(architecture[a + 2] ? weights[next - 1].size(0) == width : b.width == width && b.side == side, "patch_encoder: a block that changes its shape needs a shortcut of the new width, ", width);
            b.kept3 = kept;
            kept += side * side * width;
            largest = std::max({largest, b.in() * b.width, b.in() * b.middle, b.outs() * b.outWidth});
            blocks.push_back(std::move(b));
        }
        final = norm(width);
        features = width, positions = side * side;
        TORCH_CHECK(next == weights.size(), "patch_encoder: the architecture takes ", next, " weights, got ", weights.size());
    }

    // What lies between the layers of n patches goes to `keep`.
    void forward(const float* patches, int64_t n, float* keep, float* scratch, float* result) const {
        columns(patches, n, scratch);
        stem->forward(scratch, keep, n, false);
        const float* x = keep;
        float *h = scratch, *h3 = scratch + n * largest;
        for (const Block& b : blocks) {
            float *y1 = keep + n * b.kept1, *y2 = keep + n * b.kept2, *y3 = keep + n * b.kept3;
            b.norm1.norm().forward(x, b.in() * n, h);
            b.conv1->forward(h, y1, n, false);
            if (b.conv2) {
                b.norm2.norm().forward(y1, b.in() * n, h3);
                b.conv2->forward(h3, y2, n, false);
            }
            b.norm3.norm().forward(y2, b.outs() * n, h3);
            if (b.shortcut) b.shortcut->forward(h, y3, n, false);
            else std::copy(x, x + b.outs() * n * b.outWidth, y3);
            b.conv3->forward(h3, y3, n, true);
            x = y3;
        }
        final.norm().forward(x, positions * n, h);
        for (int64_t i = 0; i < n * features; i += Width) {
            Vec total{};
            for (int64_t p = 0; p < positions; p++) total += load(h + p * n * features + i);
            store(result + i, total * (1.0f / positions));
        }
    }

    // Adds to the gradients, whose places are those of the weights.
    void backward(const float* gradient, const float* patches, int64_t n, const float* keep, float* scratch, std::vector<float*>& dw) const {
        float *g = scratch, *d = g + n * largest, *h = d + n * largest, *dh = h + n * largest;
        const float* x = keep + n * (blocks.empty() ? 0 : blocks.back().kept3);
        for (int64_t p = 0; p < positions; p++)
            for (int64_t i = 0; i < n * features; i += Width) store(d + p * n * features + i, load(gradient + i) * (1.0f / positions));
        size_t w = dw.size() - 2;
        final.norm().backward(x, d, positions * n, g, nullptr, dw[w], dw[w + 1]);
        for (int64_t i = blocks.size() - 1; i >= 0; i--) {
            const Block& b = blocks[i];
            const float *before = keep + n * (i == 0 ? 0 : blocks[i - 1].kept3), *y1 = keep + n * b.kept1, *y2 = keep + n * b.kept2;
            float* shortcut = b.shortcut ? dw[--w] : nullptr;
            w -= 3;
            b.norm3.norm().forward(y2, b.outs() * n, h);
            b.conv3->backward_weight(h, g, n, dw[w + 2]);
            b.conv3->backward_input(g, dh, n, false);
            b.norm3.norm().backward(y2, dh, b.outs() * n, d, nullptr, dw[w], dw[w + 1]);          // d = dL/dy2
            if (b.conv2) {
                w -= 3;
                b.norm2.norm().forward(y1, b.in() * n, h);
                b.conv2->backward_weight(h, d, n, dw[w + 2]);
                b.conv2->backward_input(d, dh, n, false);
                b.norm2.norm().backward(y1, dh, b.in() * n, d, nullptr, dw[w], dw[w + 1]);        // d = dL/dy1
            }
            w -= 3;
            b.norm1.norm().forward(before, b.in() * n, h);
            b.conv1->backward_weight(h, d, n, dw[w + 2]);
            b.conv1->backward_input(d, dh, n, false);
            if (b.shortcut) {
                b.shortcut->backward_weight(h, g, n, shortcut);
                b.shortcut->backward_input(g, dh, n, true);
            }
            b.norm1.norm().backward(before, dh, b.in() * n, d, b.shortcut ? nullptr : g, dw[w], dw[w + 1]);
            std::swap(g, d);                                                                       // g = dL/dx of the block
        }
        columns(patches, n, h);
        stem->backward_weight(h, g, n, dw[0]);
    }

    void prepare_forward() {
        auto all = convolutions();
        take_turns(all.size(), [&](int64_t i) {
            if (all[i]) all[i]->prepare_forward();
        });
    }

    void prepare_backward() {
        auto all = convolutions();
        take_turns(all.size(), [&](int64_t i) {
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

    int64_t kept, features, largest;

    int64_t chunk() const { return std::clamp<int64_t>(ChunkFloats / largest / TileRows, 1, 16) * TileRows; }

private:
    // The pixels under the stem's kernel at each of its positions: [positions, n, C * kernel * kernel].
    void columns(const float* patches, int64_t n, float* out) const {
        const int64_t side = patchSide + 2 * stemPadding;
        std::vector<float> padded(channels * side * side);
        for (int64_t i = 0; i < n; i++) {
            for (int64_t row = 0; row < channels * patchSide; row++, patches += patchSide)
                std::copy(patches, patches + patchSide, &padded[(row / patchSide * side + row % patchSide + stemPadding) * side + stemPadding]);
            for (int64_t position = 0; position < stemSide * stemSide; position++) {
                float* to = out + (position * n + i) * inner;
                const float* from = &padded[(position / stemSide * side + position % stemSide) * stemStride];
                for (int64_t c = 0; c < channels; c++)
                    for (int64_t u = 0; u < stemKernel; u++, to += stemKernel)
                        for (int64_t v = 0; v < stemKernel; v++) to[v] = from[(c * side + u) * side + v];
            }
        }
    }

    at::Tensor stemWeight;
    std::unique_ptr<Convolution> stem;
    std::vector<Block> blocks;
    LayerNorm final;
    int64_t channels, patchSide, stemKernel, stemStride, stemPadding, stemSide, stemOut, inner, positions;
};

std::tuple<at::Tensor, at::Tensor> patch_encoder(const at::Tensor& patches, at::TensorList weights, at::IntArrayRef architecture, bool keep) {
    check_floats("patch_encoder: patches", patches);
    Encoder encoder(patches.sizes(), weights, architecture);
    encoder.prepare_forward();
    const at::Tensor x = patches.contiguous();
    const int64_t count = x.size(0), pixels = x.numel() / std::max<int64_t>(1, count), chunk = encoder.chunk(), chunks = (count + chunk - 1) / chunk;
    at::Tensor features = at::empty({count, encoder.features}, x.options());
    at::Tensor kept = at::empty({keep ? count * encoder.kept : 0}, x.options());
    share_out(chunks, portions(chunks), [&](int64_t, int64_t first, int64_t last) {
        Arena arena;
        float* scratch = arena.take(2 * chunk * encoder.largest);
        float* own = keep ? nullptr : arena.take(chunk * encoder.kept);
        for (int64_t from = first * chunk; from < std::min(last * chunk, count); from += chunk)
            encoder.forward(x.data_ptr<float>() + from * pixels, std::min(chunk, count - from), keep ? kept.data_ptr<float>() + from * encoder.kept : own,
                            scratch, features.data_ptr<float>() + from * encoder.features);
    });
    return {features, kept};
}

std::vector<at::Tensor> patch_encoder_backward(const at::Tensor& gradient, const at::Tensor& patches, const at::Tensor& kept, at::TensorList weights,
                                               at::IntArrayRef architecture) {
    Encoder encoder(patches.sizes(), weights, architecture);
    encoder.prepare_backward();
    check_shape("patch_encoder_backward: the gradient", gradient, {patches.size(0), encoder.features});
    check_shape("patch_encoder_backward: what was kept", kept, {patches.size(0) * encoder.kept});
    const at::Tensor x = patches.contiguous(), g = gradient.contiguous();
    const int64_t count = x.size(0), pixels = x.numel() / std::max<int64_t>(1, count), chunk = encoder.chunk(), chunks = (count + chunk - 1) / chunk;
    std::vector<int64_t> sizes;
    for (const auto& weight : weights) sizes.push_back(weight.numel());
    Gradients gradients(sizes, portions(chunks));
    share_out(chunks, gradients.portions(), [&](int64_t portion, int64_t first, int64_t last) {
        Arena arena;
        float* scratch = arena.take(4 * chunk * encoder.largest);
        auto& own = gradients.of(portion);
        for (int64_t from = first * chunk; from < std::min(last * chunk, count); from += chunk)
            encoder.backward(g.data_ptr<float>() + from * encoder.features, x.data_ptr<float>() + from * pixels, std::min(chunk, count - from),
                             kept.data_ptr<float>() + from * encoder.kept, scratch, own);
    });
    const auto total = gradients.sum();
    const auto convolutions = encoder.convolutions();
    std::vector<at::Tensor> result(total.size());
    take_turns(total.size(), [&](int64_t i) {
        if (i == 0) result[i] = convolutions[0]->as_weight(total[0]).view(weights[0].sizes()).to(weights[0].suggest_memory_format());
        else if (convolutions[i]) result[i] = convolutions[i]->as_weight(total[i]);
        else {
            result[i] = at::empty_like(weights[i]);
            std::copy(total[i], total[i] + sizes[i], result[i].data_ptr<float>());
        }
    });
    return result;
}

} // namespace

void register_patch_encoder(torch::Library& library) {
    library.def("patch_encoder(Tensor patches, Tensor[] weights, int[] architecture, bool keep) -> (Tensor, Tensor)", &patch_encoder);
    library.def("patch_encoder_backward(Tensor gradient, Tensor patches, Tensor kept, Tensor[] weights, int[] architecture) -> Tensor[]", &patch_encoder_backward);
}

} // namespace foresee
