// What a kernel must be given before it touches memory.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>

#include "kernels.h"

namespace foresee::FORESEE_PATH_NAME {

using Array = foresee_array;

inline std::string text(const char* words) { return words; }
inline std::string text(int64_t number) { return std::to_string(number); }
inline std::string text(const Array& array) {
    std::string shape = "[";
    for (int d = 0; d < array.dimensions; d++) shape += (d ? ", " : "") + std::to_string(array.sizes[d]);
    return shape + "]";
}

template <class... Parts>
inline void need(bool fits, const Parts&... parts) {
    if (!fits) throw std::invalid_argument((std::string() + ... + text(parts)));
}

inline int64_t elements(const Array& array) {
    int64_t product = 1;
    for (int d = 0; d < array.dimensions; d++) product *= array.sizes[d];
    return product;
}

inline void check_array(const char* name, const Array* array, int32_t type = FORESEE_TYPE_F32) {
    const int64_t size = type == FORESEE_TYPE_F32 ? 4 : 2;
    need(array != nullptr, name, " is missing");
    need(array->dimensions >= 0 && array->dimensions <= 4, name, " must have 4 dimensions at most, got ", int64_t{array->dimensions});
    for (int d = 0; d < array->dimensions; d++) need(array->sizes[d] >= 0, name, " has a negative size: ", *array);
    need(elements(*array) == 0 || array->data != nullptr, name, " has no memory");
    need(array->type == type, name, " must hold ", type == FORESEE_TYPE_F32 ? "floats" : "numbers in bf16");
    need(reinterpret_cast<uintptr_t>(array->data) % size == 0, name, " must lie at a multiple of ", size, " bytes");
}

inline void check_shape(const char* name, const Array& array, std::initializer_list<int64_t> shape, int32_t type = FORESEE_TYPE_F32) {
    check_array(name, &array, type);
    Array wanted{};
    for (int64_t size : shape) wanted.sizes[wanted.dimensions++] = size;
    bool equal = array.dimensions == wanted.dimensions;
    for (int d = 0; d < wanted.dimensions; d++) equal = equal && array.sizes[d] == wanted.sizes[d];
    need(equal, name, " must be ", wanted, ", got ", array);
}

// Whether the dimensions, named from the outermost in, lie in memory without gaps.
inline bool is_dense(const Array& array, std::initializer_list<int> outermost_first) {
    int64_t step = 1;
    for (const int* d = outermost_first.end(); d-- != outermost_first.begin(); step *= array.sizes[*d])
        if (array.sizes[*d] != 1 && array.strides[*d] != step) return false;
    return true;
}

inline bool is_contiguous(const Array& array) {
    switch (array.dimensions) {
        case 0: return true;
        case 1: return is_dense(array, {0});
        case 2: return is_dense(array, {0, 1});
        case 3: return is_dense(array, {0, 1, 2});
        default: return is_dense(array, {0, 1, 2, 3});
    }
}

inline void check_contiguous(const char* name, const Array& array, std::initializer_list<int64_t> shape) {
    check_shape(name, array, shape);
    need(elements(array) == 0 || is_contiguous(array), name, " must be contiguous");
}

// Without gaps or overlaps, whatever the order of its dimensions.
inline void check_dense(const char* name, const Array& array) {
    check_array(name, &array);
    int64_t step = 1;
    bool seen[4] = {};
    for (int left = array.dimensions; left > 0; left--) {
        int next = -1;
        for (int d = 0; d < array.dimensions && next < 0; d++)
            if (!seen[d] && (array.sizes[d] == 1 || array.strides[d] == step)) next = d;
        need(next >= 0 || elements(array) == 0, name, " must fill its memory without gaps");
        if (next < 0) return;
        seen[next] = true;
        step *= array.sizes[next];
    }
}

inline void check_weight_gradients(const char* name, const Array* weights, const Array* gradients, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        check_dense(name, gradients[i]);
        bool equal = gradients[i].dimensions == weights[i].dimensions;
        for (int d = 0; d < weights[i].dimensions; d++) equal = equal && gradients[i].sizes[d] == weights[i].sizes[d];
        need(equal, name, " must be ", weights[i], ", got ", gradients[i]);
    }
}

inline void check_width(const char* name, int64_t width, int64_t multiple) {
    need(width > 0 && width % multiple == 0, name, " must be a multiple of ", multiple, ", got ", width);
}

} // namespace foresee::FORESEE_PATH_NAME
