// The whole border of Foresee's own kernels: plain C, nothing of C++, libtorch or this library's insides.
//
// Memory    the caller owns everything, results too. Nothing is kept between calls but each thread's own buffers.
// Arrays    floats, or where a function says so numbers in bf16, with sizes and strides. What is read may have any strides unless its
//           function says more; what is written must be laid out as said. Sizes and strides are believed: they must be true of the
//           memory. All else is checked before the first read: a null or misaligned pointer, a wrong shape or layout is refused.
// Errors    every function returns a foresee_status; the text of the last fault of this thread is foresee_kernels_error().
// Threads   so many work on a call, the calling one among them (OpenMP). Any thread may call. Sums depend on the number of threads,
//           never on timing.
// Paths     every kernel is built once for each path; the caller chooses one that foresee_kernels_paths() names.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FORESEE_KERNELS_ABI 3

enum foresee_status {
    FORESEE_OK = 0,
    FORESEE_REFUSED = 1,   // an argument does not fit
    FORESEE_NO_MEMORY = 2,
    FORESEE_NO_PATH = 3,   // this processor or this library lacks the path
    FORESEE_FAILED = 4
};

enum foresee_path {
    FORESEE_PATH_PLAIN = 0,     // vectors of 4 floats, any processor
    FORESEE_PATH_AVX2 = 1,      // 8 floats
    FORESEE_PATH_AVX512 = 2,    // 16 floats
    FORESEE_PATH_BF16 = 3,      // 16 floats, the factors of products rounded to bf16, their sums f32: all but Adam
    FORESEE_PATH_AMX = 4,       // the same by AMX's tiles; off until foresee_kernels_amx() turns it on
    FORESEE_PATHS = 5           // how many there are
};

enum foresee_type { FORESEE_TYPE_F32 = 0, FORESEE_TYPE_BF16 = 1 };

typedef struct foresee_array {
    float* data;           // may be null where there are no elements; of bf16 it is the first number's address all the same
    int64_t sizes[4];
    int64_t strides[4];    // in numbers
    int32_t dimensions;    // 0 to 4
    int32_t type;          // foresee_type
} foresee_array;

int32_t foresee_kernels_abi(void);
const char* foresee_kernels_error(void);
int32_t foresee_kernels_paths(void);              // bit 1 << path for each that this processor can take
// Turns the AMX path on or off for the process: asks Linux for permission to use the tiles, once, or emulates their instructions, which
// needs AVX-512 with bf16 only, is slow and is for tests. Says whether the path can be taken now. Not while a kernel runs.
enum foresee_amx { FORESEE_AMX_OFF = 0, FORESEE_AMX_ON = 1, FORESEE_AMX_EMULATED = 2 };
int32_t foresee_kernels_amx(int32_t mode);
// GFLOP/s of one thread in a convolution forward and backward that lies in the cache, measured for so long.
int32_t foresee_kernels_rate(int32_t path, double seconds, double* gflops);
int32_t foresee_kernels_width(int32_t path);      // floats per vector, of which channels must be multiples; 0 for no path

// The patch encoder: patches [N, C, p, p] contiguous. Weights as PatchEncoder orders them, architecture: the stem's kernel, stride and
// padding, then per block its kernel (0 for none), stride, and 1 with a shortcut. One-dimensional weights contiguous.
typedef struct foresee_patch_encoder {
    const foresee_array* patches;
    const foresee_array* weights;
    const int64_t* architecture;
    int32_t weight_count;
    int32_t architecture_count;
} foresee_patch_encoder;

// D of the features, and how many floats of each patch the backward pass needs.
int32_t foresee_patch_encoder_sizes(int32_t path, const foresee_patch_encoder* encoder, int64_t* features, int64_t* kept);
// features [N, D] contiguous; kept [N * kept], or null when no backward pass will follow.
int32_t foresee_patch_encoder_forward(int32_t path, int32_t threads, const foresee_patch_encoder* encoder, const foresee_array* features,
                                      const foresee_array* kept);
// gradient [N, D] contiguous; results of the weights' shapes, dense.
int32_t foresee_patch_encoder_backward(int32_t path, int32_t threads, const foresee_patch_encoder* encoder, const foresee_array* gradient,
                                       const foresee_array* kept, const foresee_array* weight_gradients);

// One direction's context and predictions: grid [B, H, W, D] contiguous. Weights: per block of the context narrow, across, down, widen
// (weight and bias each), then per offset the predictor's weight [K, D] and bias. Direction 0 down, 1 up, 2 right, 3 left.
typedef struct foresee_grid_predictions {
    const foresee_array* grid;
    const foresee_array* weights;
    const int64_t* offsets;
    int64_t chunk;                                // images that stay together; divides B
    double scale;
    int32_t direction;
    int32_t weight_count;
    int32_t offset_count;
} foresee_grid_predictions;

// Rows of each offset's predictions, their K, and how many floats of the whole batch the backward pass needs.
int32_t foresee_grid_predictions_sizes(int32_t path, const foresee_grid_predictions* input, int64_t* rows, int64_t* size, int64_t* kept);
// predictions per offset k [B (rows - k) columns, K] contiguous, in the order chunk, row, column, image: row r predicts row r + k.
int32_t foresee_grid_predictions_forward(int32_t path, int32_t threads, const foresee_grid_predictions* input,
                                         const foresee_array* predictions, const foresee_array* kept);
int32_t foresee_grid_predictions_backward(int32_t path, int32_t threads, const foresee_grid_predictions* input,
                                          const foresee_array* gradients, const foresee_array* kept, const foresee_array* grid_gradient,
                                          const foresee_array* weight_gradients);

// InfoNCE of predictions [n, K] over targets [m, K], both cut into `groups`, labels [n]: rows of the targets. Loss and the share of hits
// are means; both gradients are the loss's. All contiguous.
int32_t foresee_info_nce(int32_t path, int32_t threads, const foresee_array* predictions, const foresee_array* targets,
                         const int64_t* labels, int64_t label_count, int64_t groups, double* loss, double* correct,
                         const foresee_array* prediction_gradients, const foresee_array* target_gradients);

// y = max-pooling of ReLU(batch norm(x) + residual): x, y and residual [N, C, H, W] channels last, C a multiple of the width, all else
// [C] and f32. scale = 1 / sqrt(variance + epsilon). Maps are all f32, without residual and with ReLU, or all bf16, with windows of 1;
// the arithmetic between is f32 in both.
typedef struct foresee_batch_norm {
    const foresee_array *x, *weight, *bias;
    const foresee_array* residual;   // null for none
    int64_t pool;                    // side of the windows, 1 or 2
    int32_t rectified;               // 0 without ReLU, which a residual needs
} foresee_batch_norm;

// By the batch's statistics, which are results; the running ones move by momentum, the variance unbiased.
int32_t foresee_batch_norm_train(int32_t path, int32_t threads, const foresee_batch_norm* norm, double momentum, double epsilon,
                                 const foresee_array* running_mean, const foresee_array* running_variance, const foresee_array* y,
                                 const foresee_array* mean, const foresee_array* scale);
int32_t foresee_batch_norm_infer(int32_t path, int32_t threads, const foresee_batch_norm* norm, double epsilon, const foresee_array* mean,
                                 const foresee_array* variance, const foresee_array* y);
// y and dresidual for a residual only, else null. Of its numbers the residual itself is not needed again.
int32_t foresee_batch_norm_backward(int32_t path, int32_t threads, const foresee_batch_norm* norm, const foresee_array* mean,
                                    const foresee_array* scale, const foresee_array* y, const foresee_array* gradient,
                                    const foresee_array* dx, const foresee_array* dresidual, const foresee_array* dweight,
                                    const foresee_array* dbias);

// The two above in parts, for a batch of which other processes have the rest: what lies between is for the caller to add up.
// moments [2C]: sums of x, then of (x - this map's mean)^2.
int32_t foresee_batch_norm_moments(int32_t path, int32_t threads, const foresee_batch_norm* norm, double* moments);
int32_t foresee_batch_norm_apply(int32_t path, int32_t threads, const foresee_batch_norm* norm, const foresee_array* mean,
                                 const foresee_array* scale, const foresee_array* y);
// sums [2C]: this map's part of dL/dweight, then of dL/dbias.
int32_t foresee_batch_norm_gradient_sums(int32_t path, int32_t threads, const foresee_batch_norm* norm, const foresee_array* mean,
                                         const foresee_array* scale, const foresee_array* y, const foresee_array* gradient,
                                         const foresee_array* dresidual, double* sums);
// sums [2C] of the whole batch, which has `count` values per channel. With a residual dresidual is that of the function above.
int32_t foresee_batch_norm_input_gradient(int32_t path, int32_t threads, const foresee_batch_norm* norm, const foresee_array* mean,
                                          const foresee_array* scale, const foresee_array* gradient, const foresee_array* dresidual,
                                          const double* sums, int64_t count, const foresee_array* dx);

// Adam with its corrections already in rate and epsilon: theta -= rate m / (sqrt v + epsilon). Parameters without gaps; gradients and
// moments laid out as their parameter is.
int32_t foresee_adam(int32_t path, int32_t threads, int32_t count, const foresee_array* parameters, const foresee_array* gradients,
                     const foresee_array* first, const foresee_array* second, double rate, double beta1, double beta2, double epsilon);

#ifdef __cplusplus
}
#endif
