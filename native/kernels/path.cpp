// All kernels for one path; the build compiles this file once for each, with that path's flags and FORESEE_PATH_NAME, FORESEE_WIDTH and
// perhaps FORESEE_BF16. One file, so that everything in it can be inlined.
#include "path.h"

#include "matrix.cpp"
#include "patch_encoder.cpp"
#include "grid_predictions.cpp"
#include "info_nce.cpp"
#include "rate.cpp"
#include "batch_norm.cpp"
#ifndef FORESEE_BF16
#include "optimiser.cpp"
#endif

namespace foresee {

namespace this_path = FORESEE_PATH_NAME;

// The object has the path's name with "_path" so that it can stand beside the namespace.
#define JOINED(name) name##_path
#define PATH_OBJECT(name) JOINED(name)

extern const Path PATH_OBJECT(FORESEE_PATH_NAME);
const Path PATH_OBJECT(FORESEE_PATH_NAME) = {
    this_path::Width,
    this_path::rate,
    this_path::encoder_sizes,
    this_path::encoder_forward,
    this_path::encoder_backward,
    this_path::predictions_sizes,
    this_path::predictions_forward,
    this_path::predictions_backward,
    this_path::info_nce,
    this_path::batch_norm_train,
    this_path::batch_norm_infer,
    this_path::batch_norm_backward,
    this_path::batch_norm_moments,
    this_path::batch_norm_apply,
    this_path::batch_norm_gradient_sums,
    this_path::batch_norm_input_gradient,
#ifndef FORESEE_BF16
    this_path::adam,
#else
    nullptr,
#endif
};

} // namespace foresee
