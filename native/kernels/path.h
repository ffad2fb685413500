// One path's kernels, as dispatch.cpp calls them: the functions of kernels.h without path and status. They throw std::invalid_argument
// where an argument does not fit.
#pragma once
#include "kernels.h"

namespace foresee {

struct Path {
    int width;
    double (*rate)(double seconds);
    void (*encoder_sizes)(const foresee_patch_encoder&, int64_t* features, int64_t* kept);
    void (*encoder_forward)(int threads, const foresee_patch_encoder&, const foresee_array* features, const foresee_array* kept);
    void (*encoder_backward)(int threads, const foresee_patch_encoder&, const foresee_array* gradient, const foresee_array* kept,
                             const foresee_array* weight_gradients);
    void (*predictions_sizes)(const foresee_grid_predictions&, int64_t* rows, int64_t* size, int64_t* kept);
    void (*predictions_forward)(int threads, const foresee_grid_predictions&, const foresee_array* predictions, const foresee_array* kept);
    void (*predictions_backward)(int threads, const foresee_grid_predictions&, const foresee_array* gradients, const foresee_array* kept,
                                 const foresee_array* grid_gradient, const foresee_array* weight_gradients);
    void (*info_nce)(int threads, const foresee_array* predictions, const foresee_array* targets, const int64_t* labels,
                     int64_t label_count, int64_t groups, double* loss, double* correct, const foresee_array* prediction_gradients,
                     const foresee_array* target_gradients);
    void (*batch_norm_train)(int threads, const foresee_batch_norm&, double momentum, double epsilon, const foresee_array* running_mean,
                             const foresee_array* running_variance, const foresee_array* y, const foresee_array* mean,
                             const foresee_array* scale);
    void (*batch_norm_infer)(int threads, const foresee_batch_norm&, double epsilon, const foresee_array* mean,
                             const foresee_array* variance, const foresee_array* y);
    void (*batch_norm_backward)(int threads, const foresee_batch_norm&, const foresee_array* mean, const foresee_array* scale,
                                const foresee_array* y, const foresee_array* gradient, const foresee_array* dx,
                                const foresee_array* dresidual, const foresee_array* dweight, const foresee_array* dbias);
    void (*batch_norm_moments)(int threads, const foresee_batch_norm&, double* moments);
    void (*batch_norm_apply)(int threads, const foresee_batch_norm&, const foresee_array* mean, const foresee_array* scale,
                             const foresee_array* y);
    void (*batch_norm_gradient_sums)(int threads, const foresee_batch_norm&, const foresee_array* mean, const foresee_array* scale,
                                     const foresee_array* y, const foresee_array* gradient, const foresee_array* dresidual, double* sums);
    void (*batch_norm_input_gradient)(int threads, const foresee_batch_norm&, const foresee_array* mean, const foresee_array* scale,
                                      const foresee_array* gradient, const foresee_array* dresidual, const double* sums, int64_t count,
                                      const foresee_array* dx);
    // Null for bf16, where another path does the same.
    void (*adam)(int threads, int32_t count, const foresee_array* parameters, const foresee_array* gradients, const foresee_array* first,
                 const foresee_array* second, double rate, double beta1, double beta2, double epsilon);
};

// Whether the AMX path does its tiles' instructions in plain C++.
extern bool emulates_tiles;

extern const Path plain_path, avx2_path, avx512_path, bf16_path, amx_path;

} // namespace foresee
