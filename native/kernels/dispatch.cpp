// The functions of kernels.h: the path's own ones, behind a check that this processor can take it, every exception caught.
#include <atomic>
#include <new>
#include <stdexcept>
#include <string>

#ifdef FORESEE_HAS_AMX
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "path.h"

bool foresee::emulates_tiles = false;

namespace {

thread_local std::string last_error;

int32_t fail(foresee_status status, const char* words) {
    try {
        last_error = words;
    } catch (...) {
    }
    return status;
}

const foresee::Path* table(int32_t path) {
    switch (path) {
        case FORESEE_PATH_PLAIN: return &foresee::plain_path;
#ifdef FORESEE_X86
        case FORESEE_PATH_AVX2: return &foresee::avx2_path;
        case FORESEE_PATH_AVX512: return &foresee::avx512_path;
        case FORESEE_PATH_BF16: return &foresee::bf16_path;
#endif
#ifdef FORESEE_HAS_AMX
        case FORESEE_PATH_AMX: return &foresee::amx_path;
#endif
        default: return nullptr;
    }
}

int32_t available() {
    int32_t paths = 1 << FORESEE_PATH_PLAIN;
#ifdef FORESEE_X86
    __builtin_cpu_init();
    const bool fma = __builtin_cpu_supports("fma");
    const bool avx512 = fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512bw");
    if (fma && __builtin_cpu_supports("avx2")) paths |= 1 << FORESEE_PATH_AVX2;
    if (avx512) paths |= 1 << FORESEE_PATH_AVX512;
    if (avx512 && __builtin_cpu_supports("avx512bf16")) paths |= 1 << FORESEE_PATH_BF16;
#endif
    return paths;
}

std::atomic<bool> amx{false};

#ifdef FORESEE_HAS_AMX
// Tiles are 8 KiB of a thread's state, which Linux (5.16 and later) saves only for processes that asked for them.
bool permitted() {
    static const bool answer = [] {
        constexpr long RequestPermission = 0x1023, TileData = 18; // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
        return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16")
            && syscall(SYS_arch_prctl, RequestPermission, TileData) == 0;
    }();
    return answer;
}
#endif

// body(the path's functions), where this processor has the path.
template <class Body>
int32_t on(int32_t path, const Body& body) {
    static const int32_t hardware = available();
    const int32_t paths = hardware | (amx ? 1 << FORESEE_PATH_AMX : 0);
    if (path < 0 || path >= FORESEE_PATHS || !(paths >> path & 1)) return fail(FORESEE_NO_PATH,
        "this processor or this library lacks the path");
    try {
        body(*table(path));
        return FORESEE_OK;
    } catch (const std::invalid_argument& fault) {
        return fail(FORESEE_REFUSED, fault.what());
    } catch (const std::bad_alloc&) {
        return fail(FORESEE_NO_MEMORY, "out of memory for a kernel's own use");
    } catch (const std::exception& fault) {
        return fail(FORESEE_FAILED, fault.what());
    } catch (...) {
        return fail(FORESEE_FAILED, "an unknown C++ exception");
    }
}

template <class Function>
Function* needed(Function* function) {
    if (!function) throw std::invalid_argument("this path has no such kernel; its f32 path has");
    return function;
}

template <class... Pointers>
void given(Pointers... pointers) {
    if (((pointers == nullptr) || ...)) throw std::invalid_argument("an argument is null");
}

} // namespace

extern "C" {

int32_t foresee_kernels_abi(void) { return FORESEE_KERNELS_ABI; }
const char* foresee_kernels_error(void) { return last_error.c_str(); }
int32_t foresee_kernels_paths(void) { return available() | (amx ? 1 << FORESEE_PATH_AMX : 0); }

int32_t foresee_kernels_amx(int32_t mode) {
#ifdef FORESEE_HAS_AMX
    const bool bf16 = available() >> FORESEE_PATH_BF16 & 1;
    foresee::emulates_tiles = mode == FORESEE_AMX_EMULATED;
    amx = bf16 && (mode == FORESEE_AMX_EMULATED || (mode == FORESEE_AMX_ON && permitted()));
#else
    (void)mode;
#endif
    return amx;
}

int32_t foresee_kernels_width(int32_t path) {
    const auto* found = table(path);
    return found ? found->width : 0;
}

int32_t foresee_kernels_rate(int32_t path, double seconds, double* gflops) {
    return on(path, [&](const foresee::Path& p) {
        given(gflops);
        *gflops = p.rate(seconds);
    });
}

int32_t foresee_patch_encoder_sizes(int32_t path, const foresee_patch_encoder* encoder, int64_t* features, int64_t* kept) {
    return on(path, [&](const foresee::Path& p) {
        given(encoder, features, kept);
        p.encoder_sizes(*encoder, features, kept);
    });
}

int32_t foresee_patch_encoder_forward(int32_t path, int32_t threads, const foresee_patch_encoder* encoder, const foresee_array* features,
                                      const foresee_array* kept) {
    return on(path, [&](const foresee::Path& p) {
        given(encoder);
        p.encoder_forward(threads, *encoder, features, kept);
    });
}

int32_t foresee_patch_encoder_backward(int32_t path, int32_t threads, const foresee_patch_encoder* encoder, const foresee_array* gradient,
                                       const foresee_array* kept, const foresee_array* weight_gradients) {
    return on(path, [&](const foresee::Path& p) {
        given(encoder, weight_gradients);
        p.encoder_backward(threads, *encoder, gradient, kept, weight_gradients);
    });
}

int32_t foresee_grid_predictions_sizes(int32_t path, const foresee_grid_predictions* input, int64_t* rows, int64_t* size, int64_t* kept) {
    return on(path, [&](const foresee::Path& p) {
        given(input, rows, size, kept);
        p.predictions_sizes(*input, rows, size, kept);
    });
}

int32_t foresee_grid_predictions_forward(int32_t path, int32_t threads, const foresee_grid_predictions* input,
                                         const foresee_array* predictions, const foresee_array* kept) {
    return on(path, [&](const foresee::Path& p) {
        given(input, predictions);
        p.predictions_forward(threads, *input, predictions, kept);
    });
}

int32_t foresee_grid_predictions_backward(int32_t path, int32_t threads, const foresee_grid_predictions* input,
                                          const foresee_array* gradients, const foresee_array* kept, const foresee_array* grid_gradient,
                                          const foresee_array* weight_gradients) {
    return on(path, [&](const foresee::Path& p) {
        given(input, gradients, weight_gradients);
        p.predictions_backward(threads, *input, gradients, kept, grid_gradient, weight_gradients);
    });
}

int32_t foresee_info_nce(int32_t path, int32_t threads, const foresee_array* predictions, const foresee_array* targets,
                         const int64_t* labels, int64_t label_count, int64_t groups, double* loss, double* correct,
                         const foresee_array* prediction_gradients, const foresee_array* target_gradients) {
    return on(path, [&](const foresee::Path& p) {
        given(loss, correct);
        p.info_nce(threads, predictions, targets, labels, label_count, groups, loss, correct, prediction_gradients, target_gradients);
    });
}

int32_t foresee_batch_norm_train(int32_t path, int32_t threads, const foresee_batch_norm* norm, double momentum, double epsilon,
                                 const foresee_array* running_mean, const foresee_array* running_variance, const foresee_array* y,
                                 const foresee_array* mean, const foresee_array* scale) {
    return on(path, [&](const foresee::Path& p) {
        given(norm);
        p.batch_norm_train(threads, *norm, momentum, epsilon, running_mean, running_variance, y, mean, scale);
    });
}

int32_t foresee_batch_norm_infer(int32_t path, int32_t threads, const foresee_batch_norm* norm, double epsilon, const foresee_array* mean,
                                 const foresee_array* variance, const foresee_array* y) {
    return on(path, [&](const foresee::Path& p) {
        given(norm);
        p.batch_norm_infer(threads, *norm, epsilon, mean, variance, y);
    });
}

int32_t foresee_batch_norm_backward(int32_t path, int32_t threads, const foresee_batch_norm* norm, const foresee_array* mean,
                                    const foresee_array* scale, const foresee_array* y, const foresee_array* gradient,
                                    const foresee_array* dx, const foresee_array* dresidual, const foresee_array* dweight,
                                    const foresee_array* dbias) {
    return on(path, [&](const foresee::Path& p) {
        given(norm);
        p.batch_norm_backward(threads, *norm, mean, scale, y, gradient, dx, dresidual, dweight, dbias);
    });
}

int32_t foresee_batch_norm_moments(int32_t path, int32_t threads, const foresee_batch_norm* norm, double* moments) {
    return on(path, [&](const foresee::Path& p) {
        given(norm, moments);
        p.batch_norm_moments(threads, *norm, moments);
    });
}

int32_t foresee_batch_norm_apply(int32_t path, int32_t threads, const foresee_batch_norm* norm, const foresee_array* mean,
                                 const foresee_array* scale, const foresee_array* y) {
    return on(path, [&](const foresee::Path& p) {
        given(norm);
        p.batch_norm_apply(threads, *norm, mean, scale, y);
    });
}

int32_t foresee_batch_norm_gradient_sums(int32_t path, int32_t threads, const foresee_batch_norm* norm, const foresee_array* mean,
                                         const foresee_array* scale, const foresee_array* y, const foresee_array* gradient,
                                         const foresee_array* dresidual, double* sums) {
    return on(path, [&](const foresee::Path& p) {
        given(norm, sums);
        p.batch_norm_gradient_sums(threads, *norm, mean, scale, y, gradient, dresidual, sums);
    });
}

int32_t foresee_batch_norm_input_gradient(int32_t path, int32_t threads, const foresee_batch_norm* norm, const foresee_array* mean,
                                          const foresee_array* scale, const foresee_array* gradient, const foresee_array* dresidual,
                                          const double* sums, int64_t count, const foresee_array* dx) {
    return on(path, [&](const foresee::Path& p) {
        given(norm, sums);
        p.batch_norm_input_gradient(threads, *norm, mean, scale, gradient, dresidual, sums, count, dx);
    });
}

int32_t foresee_adam(int32_t path, int32_t threads, int32_t count, const foresee_array* parameters, const foresee_array* gradients,
                     const foresee_array* first, const foresee_array* second, double rate, double beta1, double beta2, double epsilon) {
    return on(path, [&](const foresee::Path& p) {
        if (count > 0) given(parameters, gradients, first, second);
        needed(p.adam)(threads, count, parameters, gradients, first, second, rate, beta1, beta2, epsilon);
    });
}

} // extern "C"
