// Random numbers, versions, threads, devices, memory.
#include "handles.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/version.h>

#include <dlfcn.h>
#include <malloc.h>

#include <atomic>

using namespace foresee;

extern "C" {

int32_t foresee_manual_seed(uint64_t seed) {
    return guarded([&] { at::manual_seed(seed); });
}

int32_t foresee_generator_new(int32_t device_type, int32_t device_index, uint64_t seed, foresee_generator* generator) {
    return guarded([&] {
        const c10::Device device(static_cast<c10::DeviceType>(device_type),
                                 static_cast<c10::DeviceIndex>(device_index));
        auto fresh = at::globalContext().defaultGenerator(device).clone();
        fresh.set_current_seed(seed);
        *generator = reinterpret_cast<foresee_generator>(new at::Generator(fresh));
    });
}

void foresee_generator_release(foresee_generator generator) { delete reinterpret_cast<at::Generator*>(generator); }

int32_t foresee_generator_state(foresee_generator generator, foresee_tensor* state) {
    return guarded([&] { *state = give(reinterpret_cast<at::Generator*>(generator)->get_state()); });
}

int32_t foresee_generator_set_state(foresee_generator generator, foresee_tensor state) {
    return guarded([&] { reinterpret_cast<at::Generator*>(generator)->set_state(borrow(state)); });
}

const char* foresee_torch_version(void) { return TORCH_VERSION; }

int32_t foresee_torch_config(char** text) {
    return guarded([&] { *text = copy_string(at::show_config() + "\n" + at::get_parallel_info()); });
}

int32_t foresee_threads(void) { return at::get_num_threads(); }
void foresee_set_threads(int32_t count) {
    // Setting it, to the same number too, makes a new pool of XNNPACK threads, which spin for some 12 ms of processor time.
    if (at::get_num_threads() != count) at::set_num_threads(count);
    // OpenBLAS built with its own threads does not follow OpenMP's setting.
    static const auto set = [] {
        auto* blas = dlopen("libopenblas.so.0", RTLD_NOLOAD | RTLD_NOW);
        return reinterpret_cast<void (*)(int)>(blas == nullptr ? nullptr : dlsym(blas, "openblas_set_num_threads"));
    }();
    static std::atomic<int32_t> current{0};
    if (set != nullptr && current.exchange(count) != count) set(count);
}

int32_t foresee_cuda_devices(void) {
    try {
        if (!at::hasCUDA()) return 0;
        return c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).deviceCount();
    } catch (...) {
        return 0;
    }
}

int32_t foresee_malloc_keep(void) {
    // No mapped blocks, no trimming, and one arena: heaps of other arenas end at 64 MiB.
    if (mallopt(M_MMAP_MAX, 0) == 1 && mallopt(M_TRIM_THRESHOLD, INT32_MAX) == 1 && mallopt(M_ARENA_MAX, 1) == 1)
        return 0;
    return fail("mallopt refused the thresholds");
}

} // extern "C"
