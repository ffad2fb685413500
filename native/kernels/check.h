// What an operator must be given before it touches memory: a kernel reads past the end where libtorch's operators would complain.
#pragma once
#include <ATen/ATen.h>

namespace foresee {

inline void check_floats(const char* name, const at::Tensor& tensor) {
    TORCH_CHECK(tensor.scalar_type() == at::kFloat && tensor.device().is_cpu(), name, " must be f32 on the CPU, got ", tensor.scalar_type(), " on ", tensor.device());
}

inline void check_shape(const char* name, const at::Tensor& tensor, at::IntArrayRef shape) {
    check_floats(name, tensor);
    TORCH_CHECK(tensor.sizes() == shape, name, " must be ", shape, ", got ", tensor.sizes());
}

// A convolution's weight: [out, in, k, k] with k known.
inline void check_weight(const char* name, const at::Tensor& weight, int64_t in, int64_t height, int64_t width) {
    check_floats(name, weight);
    TORCH_CHECK(weight.dim() == 4 && weight.size(1) == in && weight.size(2) == height && weight.size(3) == width,
                name, " must be [out, ", in, ", ", height, ", ", width, "], got ", weight.sizes());
}

inline void check_width(const char* name, int64_t width, int64_t multiple) {
    TORCH_CHECK(width > 0 && width % multiple == 0, name, " must be a multiple of ", multiple, ", got ", width);
}

} // namespace foresee
