// Vectors of floats as the compiler knows them; the width is a build setting (8 for AVX2, 16 for AVX-512).
#pragma once
#include <cstdint>
#include <cstring>

#ifdef FORESEE_BF16
#include <immintrin.h>
#endif

namespace foresee::FORESEE_PATH_NAME {

constexpr int Width = FORESEE_WIDTH;
typedef float Vec __attribute__((vector_size(4 * FORESEE_WIDTH)));
typedef int32_t IntVec __attribute__((vector_size(4 * FORESEE_WIDTH)));
typedef float LooseVec __attribute__((vector_size(4 * FORESEE_WIDTH), aligned(4), may_alias));

inline Vec load(const float* p) { return *reinterpret_cast<const LooseVec*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<LooseVec*>(p) = v; }

// Numbers in bf16: the upper half of a float's bits. Stored rounded to the nearest, ties to even.
using BFloat = uint16_t;
typedef uint32_t BitsVec __attribute__((vector_size(4 * FORESEE_WIDTH)));
typedef BFloat BFloatVec __attribute__((vector_size(2 * FORESEE_WIDTH)));
typedef BFloat LooseBFloatVec __attribute__((vector_size(2 * FORESEE_WIDTH), aligned(2), may_alias));

inline Vec load(const BFloat* p) {
    const BFloatVec halves = *reinterpret_cast<const LooseBFloatVec*>(p);
    return (Vec)(__builtin_convertvector(halves, BitsVec) << 16);
}
inline void store(BFloat* p, Vec v) {
#ifdef FORESEE_BF16
    _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(p), (__m256i)_mm512_cvtneps_pbh((__m512)v));
#else
    const BitsVec bits = (BitsVec)v, rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    const IntVec number = v == v;
    const BitsVec half = number ? rounded : BitsVec{} + 0x7fc0u; // what is not a number stays so
    *reinterpret_cast<LooseBFloatVec*>(p) = __builtin_convertvector(half, BFloatVec);
#endif
}

inline Vec all(float x) { return x - Vec{}; }
inline Vec positive(Vec x) { return x < 0.0f ? Vec{} : x; } // what is not a number stays so
inline Vec larger(Vec a, Vec b) { return a > b ? a : b; }

// Halves are folded until one float is left.
template <class Fold>
inline float folded(Vec v, Fold fold) {
    typedef float Four __attribute__((vector_size(16)));
    Four parts[Width / 4];
    std::memcpy(parts, &v, sizeof v);
    for (int half = Width / 8; half > 0; half /= 2)
        for (int i = 0; i < half; i++) parts[i] = fold(parts[i], parts[i + half]);
    Four f = parts[0];
    f = fold(f, __builtin_shufflevector(f, f, 2, 3, 0, 1));
    f = fold(f, __builtin_shufflevector(f, f, 1, 0, 3, 2));
    return f[0];
}

inline float sum(Vec v) {
    return folded(v, [](auto a, auto b) { return a + b; });
}

// The sums of several vectors, each as `sum` makes it.
template <int G>
inline void sums(const Vec (&v)[G], float (&result)[G]) {
    for (int i = 0; i < G; i++) result[i] = sum(v[i]);
}

#if FORESEE_WIDTH == 16
// Four at once: halves of two side by side, quarters of four, then within the quarters.
template <>
inline void sums<4>(const Vec (&v)[4], float (&result)[4]) {
    Vec halves[2];
    for (int i = 0; i < 2; i++) {
        const Vec a = v[2 * i], b = v[2 * i + 1];
        halves[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
            + __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    }
    Vec f = __builtin_shufflevector(halves[0], halves[1], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
        + __builtin_shufflevector(halves[0], halves[1], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    f += __builtin_shufflevector(f, f, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    f += __builtin_shufflevector(f, f, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    for (int i = 0; i < 4; i++) result[i] = f[4 * i];
}
#endif

inline float largest(Vec v) {
    return folded(v, [](auto a, auto b) { return a > b ? a : b; });
}

// e^x for x <= 88, relative error below 2e-7; below -87 it is 0. Cephes' polynomial on [-ln 2 / 2, ln 2 / 2].
inline Vec exponential(Vec x) {
    const IntVec tiny = x < -87.0f;
    x = x < -87.0f ? all(-87.0f) : x;
    const Vec magic = all(12582912.0f); // 1.5 * 2^23: adding it rounds to an integer
    const Vec n = (x * 1.44269504088896341f + magic) - magic;
    Vec r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    Vec p = all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    const IntVec exponent = (__builtin_convertvector(n, IntVec) + 127) << 23;
    Vec power;
    std::memcpy(&power, &exponent, sizeof power);
    return tiny ? Vec{} : p * power;
}

} // namespace foresee::FORESEE_PATH_NAME
