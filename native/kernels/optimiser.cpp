// Adam over whole parameters in one pass each: theta -= rate * m / (sqrt v + epsilon), with the corrections already in rate and epsilon.
#include <cmath>

#include "check.h"
#include "library.h"
#include "parallel.h"

namespace foresee {
namespace {

// Gradients may have other strides than their parameters; the moments have the parameters'.
void adam(at::TensorList parameters, at::TensorList gradients, at::TensorList first, at::TensorList second, double rate, double beta1, double beta2, double epsilon) {
    TORCH_CHECK(gradients.size() == parameters.size() && first.size() == parameters.size() && second.size() == parameters.size(), "adam: as many gradients and moments as parameters are needed");
    for (size_t i = 0; i < parameters.size(); i++) {
        TORCH_CHECK(parameters[i].is_non_overlapping_and_dense(), "adam: a parameter must fill its memory without gaps, got the strides ", parameters[i].strides());
        for (const auto& tensor : {parameters[i], gradients[i], first[i], second[i]}) check_shape("adam: a gradient or moment", tensor, parameters[i].sizes());
        TORCH_CHECK(first[i].strides() == parameters[i].strides() && second[i].strides() == parameters[i].strides(), "adam: the moments must lie in memory as their parameter does");
        const at::Tensor gradient = gradients[i].strides() == parameters[i].strides() ? gradients[i] : at::empty_like(parameters[i]).copy_(gradients[i]);
        float *theta = parameters[i].data_ptr<float>(), *m = first[i].data_ptr<float>(), *v = second[i].data_ptr<float>();
        const float *g = gradient.data_ptr<float>(), b1 = beta1, b2 = beta2, c1 = 1 - beta1, c2 = 1 - beta2, e = epsilon, r = rate;
        at::parallel_for(0, parameters[i].numel(), 1 << 15, [&](int64_t from, int64_t to) {
            for (int64_t k = from; k < to; k++) {
                m[k] = b1 * m[k] + c1 * g[k];
                v[k] = b2 * v[k] + c2 * g[k] * g[k];
                theta[k] -= r * m[k] / (std::sqrt(v[k]) + e);
            }
        });
    }
}

} // namespace

void register_optimisers(torch::Library& library) {
    library.def("adam(Tensor(a!)[] parameters, Tensor[] gradients, Tensor(b!)[] first, Tensor(c!)[] second, float rate, float beta1, float beta2, float epsilon) -> ()", &adam);
}

} // namespace foresee
