// CPC's own work as operators of libtorch, for processors with vectors of FORESEE_WIDTH floats; with FORESEE_BF16 those that multiply, their factors in bf16.
#include "library.h"

#ifdef FORESEE_BF16
TORCH_LIBRARY(foresee_kernels_bf16, library) {
    foresee::register_patch_encoder(library);
    foresee::register_grid_predictions(library);
    foresee::register_info_nce(library);
}
#else
TORCH_LIBRARY(foresee_kernels, library) {
    foresee::register_patch_encoder(library);
    foresee::register_grid_predictions(library);
    foresee::register_info_nce(library);
    foresee::register_batch_norm(library);
    foresee::register_optimisers(library);
}
#endif
