// CPC's own work as operators of libtorch, for processors with vectors of FORESEE_WIDTH floats.
#include "library.h"

TORCH_LIBRARY(foresee_kernels, library) {
    foresee::register_patch_encoder(library);
    foresee::register_grid_predictions(library);
    foresee::register_info_nce(library);
    foresee::register_batch_norm(library);
    foresee::register_optimisers(library);
}
