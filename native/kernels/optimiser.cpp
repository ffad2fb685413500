// Adam over whole parameters in one pass: theta -= rate * m / (sqrt v + epsilon), with the corrections already in rate and epsilon.
#include <cmath>

#include "array.h"
#include "parallel.h"

namespace foresee::FORESEE_PATH_NAME {
namespace {

constexpr int64_t PieceFloats = 1 << 15; // that one thread takes at a time

struct Piece {
    int32_t parameter;
    int64_t from, to;
};

} // namespace

void adam(int threads, int32_t count, const Array* parameters, const Array* gradients, const Array* first, const Array* second,
    double rate,
          double beta1, double beta2, double epsilon) {
    std::vector<Piece> pieces;
    for (int32_t i = 0; i < count; i++) {
        const Array& parameter = parameters[i];
        check_dense("adam: a parameter", parameter);
        for (const Array* array : {gradients + i, first + i, second + i}) {
            check_array("adam: a gradient or moment", array);
            bool alike = array->dimensions == parameter.dimensions;
            for (int d = 0; d < parameter.dimensions; d++)
                alike = alike && array->sizes[d] == parameter.sizes[d]
                    && (array->sizes[d] == 1 || array->strides[d] == parameter.strides[d]);
            need(alike, "adam: a gradient or moment must lie in memory as its parameter of ", parameter, " does, got ", *array);
        }
        for (int64_t from = 0; from < elements(parameter); from += PieceFloats)
            pieces.push_back({i, from, std::min(elements(parameter), from + PieceFloats)});
    }
    const float b1 = beta1, b2 = beta2, c1 = 1 - beta1, c2 = 1 - beta2, e = epsilon, r = rate;
    const Workers workers(threads);
    workers.take_turns(pieces.size(), [&](int64_t p) {
        const Piece piece = pieces[p];
        float *theta = parameters[piece.parameter].data, *m = first[piece.parameter].data, *v = second[piece.parameter].data;
        const float* g = gradients[piece.parameter].data;
        for (int64_t k = piece.from; k < piece.to; k++) {
            m[k] = b1 * m[k] + c1 * g[k];
            v[k] = b2 * v[k] + c2 * g[k] * g[k];
            theta[k] -= r * m[k] / (std::sqrt(v[k]) + e);
        }
    });
}

} // namespace foresee::FORESEE_PATH_NAME
