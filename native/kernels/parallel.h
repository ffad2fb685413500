// Work shared out to threads in fixed portions, so that sums made per portion don't depend on timing.
#pragma once
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <vector>

namespace foresee::FORESEE_PATH_NAME {

// So many threads of OpenMP's pool, which libtorch's operators use too: always as many as they do, so that it keeps its threads.
class Workers {
public:
    explicit Workers(int threads) : threads(std::max(1, threads)) {}

    // For as many portions of `count` items as there are threads.
    int64_t portions(int64_t count) const { return std::max<int64_t>(1, std::min<int64_t>(count, threads)); }

    // work(portion, first, last)
    template <class Work>
    void share_out(int64_t count, int64_t parts, const Work& work) const {
        if (parts == 1) return work(int64_t{0}, int64_t{0}, count);
        std::exception_ptr fault;
        std::atomic_flag failed = ATOMIC_FLAG_INIT;
#pragma omp parallel num_threads(threads)
        for (int64_t part = omp_get_thread_num(); part < parts; part += omp_get_num_threads()) {
            try {
                work(part, part * count / parts, (part + 1) * count / parts);
            } catch (...) { // none may leave the region
                if (!failed.test_and_set()) fault = std::current_exception();
            }
        }
        if (fault) std::rethrow_exception(fault);
    }

    // work(i) for each of `count` items that differ in size: with two threads one takes the even, one the odd ones.
    template <class Work>
    void take_turns(int64_t count, const Work& work) const {
        const int64_t parts = portions(count);
        share_out(parts, parts, [&](int64_t part, int64_t, int64_t) {
            for (int64_t i = part; i < count; i += parts) work(i);
        });
    }

private:
    int threads;
};

// Memory of one portion's own; each piece starts on a cache line.
class Arena {
public:
    float* take(int64_t size) {
        const size_t bytes = (size * sizeof(float) + 63) / 64 * 64;
        blocks.emplace_back(static_cast<float*>(std::aligned_alloc(64, bytes)), &std::free);
        if (bytes > 0 && !blocks.back()) throw std::bad_alloc();
        return blocks.back().get();
    }
    float* zeros(int64_t size) {
        float* block = take(size);
        std::fill(block, block + size, 0.0f);
        return block;
    }

private:
    std::vector<std::unique_ptr<float, decltype(&std::free)>> blocks;
};

// Gradients that each portion adds up for itself, and their sum in the order of the portions.
class Gradients {
public:
    Gradients(const std::vector<int64_t>& sizes, int64_t count) : sizes(sizes), each(count) {
        for (auto& portion : each)
            for (int64_t size : sizes) portion.push_back(arena.zeros(size));
    }
    int64_t portions() const { return each.size(); }
    std::vector<float*>& of(int64_t portion) { return each[portion]; }

    const std::vector<float*>& sum() {
        for (size_t portion = 1; portion < each.size(); portion++)
            for (size_t i = 0; i < sizes.size(); i++)
                for (int64_t k = 0; k < sizes[i]; k++) each[0][i][k] += each[portion][i][k];
        return each[0];
    }

private:
    std::vector<int64_t> sizes;
    Arena arena;
    std::vector<std::vector<float*>> each;
};

} // namespace foresee::FORESEE_PATH_NAME
