#pragma once
#include <torch/library.h>

namespace foresee {

void register_patch_encoder(torch::Library& library);
void register_grid_predictions(torch::Library& library);
void register_info_nce(torch::Library& library);
void register_batch_norm(torch::Library& library);
void register_optimisers(torch::Library& library);

} // namespace foresee
