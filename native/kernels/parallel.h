// Work shared out to libtorch's threads in fixed portions, so that sums made per portion don't depend on timing.
#pragma once
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

namespace foresee {

// work(portion, first, last) for as many portions of `count` items as there are threads.
inline int64_t portions(int64_t count) {
    return std::max<int64_t>(1, std::min<int64_t>(count, at::in_parallel_region() ? 1 : at::get_num_threads()));
}

template <class Work>
inline void share_out(int64_t count, int64_t parts, const Work& work) {
    at::parallel_for(0, parts, 1, [&](int64_t from, int64_t to) {
        for (int64_t part = from; part < to; part++) work(part, part * count / parts, (part + 1) * count / parts);
    });
}

// work(i) for each of `count` items that differ in size: with two threads one takes the even, one the odd ones.
template <class Work>
inline void take_turns(int64_t count, const Work& work) {
    const int64_t parts = portions(count);
    share_out(parts, parts, [&](int64_t part, int64_t, int64_t) {
        for (int64_t i = part; i < count; i += parts) work(i);
    });
}

// Memory of one portion's own; each piece starts on a cache line.
class Arena {
public:
    float* take(int64_t size) {
        const size_t bytes = (size * sizeof(float) + 63) / 64 * 64;
        blocks.emplace_back(static_cast<float*>(std::aligned_alloc(64, bytes)), &std::free);
        TORCH_CHECK(bytes == 0 || blocks.back(), "Out of memory: ", bytes, " bytes for a kernel's own use");
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

} // namespace foresee
