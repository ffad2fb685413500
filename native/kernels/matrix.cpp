#include "matrix.h"

#include <algorithm>
#include <vector>

#ifdef FORESEE_AMX
#include "path.h"
#include "tiles.h"
#endif

namespace foresee::FORESEE_PATH_NAME {
namespace {

#ifndef FORESEE_AMX
// B in plain rows, copied panel by panel: rows that lie a power of two apart would push each other out of the cache.
void multiply_copied(Product p, int count, const Term* terms, float* c, bool add) {
    thread_local std::vector<float> copy;
    copy.resize(count * p.inner * Panel);
    Term copied[MaximumTerms];
    for (int t = 0; t < count; t++) copied[t] = {terms[t].a, copy.data() + t * p.inner * Panel};
    const int64_t step = p.bStep;
    p.bStep = Panel;
    for (int64_t column = 0; column < p.columns; column += Panel) {
        const int64_t width = std::min<int64_t>(Panel, p.columns - column);
        float* to = copy.data();
        for (int t = 0; t < count; t++)
            for (int64_t k = 0; k < p.inner; k++, to += Panel)
                for (int64_t v = 0; v < width; v += Width) store(to + v, load(terms[t].b + k * step + column + v));
        if (width == Panel) panel<2, false>(p, count, copied, 0, c + column, add);
        else panel<1, false>(p, count, copied, 0, c + column, add);
    }
}

#endif

#ifdef FORESEE_BF16

uint32_t bf16(float x) {
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

float word(float first, float second) {
    const uint32_t bits = bf16(first) | bf16(second) << 16;
    float result;
    std::memcpy(&result, &bits, sizeof result);
    return result;
}

// Element i of each beside the other's: words of (first, second).
__m512i interleaved(__m512 first, __m512 second) {
    static const __m512i order = [] {
        alignas(64) uint16_t places[32];
        for (int i = 0; i < 16; i++) places[2 * i] = i, places[2 * i + 1] = 16 + i;
        return _mm512_load_si512(places);
    }();
    return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(second, first));
}
__m512i interleaved(const float* first, const float* second) { return interleaved(_mm512_loadu_ps(first), _mm512_loadu_ps(second)); }

#ifdef FORESEE_AMX
// 16 x 16 words: rows become columns, first within blocks of 4 x 4, then the blocks.
void turn(__m512i (&rows)[16]) {
    __m512i t[16];
    for (int i = 0; i < 16; i += 4) {
        const __m512i a = _mm512_unpacklo_epi32(rows[i], rows[i + 1]), b = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
        const __m512i c = _mm512_unpacklo_epi32(rows[i + 2], rows[i + 3]), d = _mm512_unpackhi_epi32(rows[i + 2], rows[i + 3]);
        t[i] = _mm512_unpacklo_epi64(a, c);
        t[i + 1] = _mm512_unpackhi_epi64(a, c);
        t[i + 2] = _mm512_unpacklo_epi64(b, d);
        t[i + 3] = _mm512_unpackhi_epi64(b, d);
    }
    for (int i = 0; i < 4; i++) { // t[4 j + i] has column 4 l + i of rows 4 j .. 4 j + 3 in its l-th quarter
        const __m512i a = _mm512_shuffle_i32x4(t[i], t[4 + i], 0x88), b = _mm512_shuffle_i32x4(t[8 + i], t[12 + i], 0x88);
        const __m512i c = _mm512_shuffle_i32x4(t[i], t[4 + i], 0xdd), d = _mm512_shuffle_i32x4(t[8 + i], t[12 + i], 0xdd);
        rows[i] = _mm512_shuffle_i32x4(a, b, 0x88);
        rows[8 + i] = _mm512_shuffle_i32x4(a, b, 0xdd);
        rows[4 + i] = _mm512_shuffle_i32x4(c, d, 0x88);
        rows[12 + i] = _mm512_shuffle_i32x4(c, d, 0xdd);
    }
}
#endif

#endif

} // namespace

#ifdef FORESEE_BF16

Words along(const float* from, int64_t rows, int64_t inner, int64_t row, Buffer& buffer) {
    const int64_t size = words(inner);
    buffer.resize(rows * size);
    float* to = buffer.data();
    for (int64_t r = 0; r < rows; r++, from += row, to += size) {
        int64_t k = 0;
        for (; k + 2 * Width <= inner; k += 2 * Width)
            _mm512_storeu_si512(to + k / 2, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + k + Width), _mm512_loadu_ps(from + k)));
        for (; k < inner; k += 2) to[k / 2] = word(from[k], k + 1 < inner ? from[k + 1] : 0.0f);
        for (k = (inner + 1) / 2; k < size; k++) to[k] = 0.0f;
    }
    return {buffer.data(), size};
}

#ifndef FORESEE_AMX

const float* across(const float* from, int64_t parts, int64_t samples, int64_t columns, int64_t row, Buffer& buffer) {
    buffer.resize(parts * words(samples) * columns);
    const std::vector<float> none(columns, 0.0f);
    float* to = buffer.data();
    for (int64_t part = 0; part < parts; part++, from += samples * row)
        for (int64_t s = 0; s < samples; s += 2, to += columns) {
            const float *first = from + s * row, *second = s + 1 < samples ? first + row : none.data();
            int64_t i = 0;
            for (; i + Width <= columns; i += Width) _mm512_storeu_si512(to + i, interleaved(first + i, second + i));
            for (; i < columns; i++) to[i] = word(first[i], second[i]);
        }
    return buffer.data();
}

#else

// 16 columns of 32 samples at a time: their words stand in registers, sample pair by sample pair, and are turned there.
const float* across(const float* from, int64_t parts, int64_t samples, int64_t columns, int64_t row, Buffer& buffer) {
    const int64_t size = words(samples);
    buffer.resize(parts * size * columns);
    for (int64_t part = 0; part < parts; part++, from += samples * row)
        for (int64_t column = 0; column < columns; column += 16) {
            const int64_t width = std::min<int64_t>(16, columns - column);
            const __mmask16 there = (1u << width) - 1;
            float* to = buffer.data() + (part * columns + column) * size;
            for (int64_t s = 0; s < size; s += 16) {
                __m512i pairs[16];
                for (int64_t i = 0; i < 16; i++) {
                    const int64_t sample = 2 * (s + i);
                    const float* at = from + sample * row + column;
                    const __m512 first = sample < samples ? _mm512_maskz_loadu_ps(there, at) : _mm512_setzero_ps();
                    const __m512 second = sample + 1 < samples ? _mm512_maskz_loadu_ps(there, at + row) : _mm512_setzero_ps();
                    pairs[i] = interleaved(first, second);
                }
                turn(pairs);
                for (int64_t i = 0; i < width; i++) _mm512_storeu_si512(to + i * size + s, pairs[i]);
            }
        }
    return buffer.data();
}

#endif

Panels across_panels(const float* from, int64_t parts, int64_t samples, int64_t columns, int64_t row, Buffer& buffer) {
    const int64_t panel = words(samples) * Panel, part = (columns + Panel - 1) / Panel * panel;
    buffer.resize(parts * part);
    const std::vector<float> none(columns, 0.0f);
    for (int64_t p = 0; p < parts; p++, from += samples * row)
        for (int64_t s = 0; s < samples; s += 2) {
            const float *first = from + s * row, *second = s + 1 < samples ? first + row : none.data();
            float* to = buffer.data() + p * part + s / 2 * Panel;
            for (int64_t i = 0; i < columns; i += Width)
                _mm512_storeu_si512(to + i / Panel * panel + i % Panel, interleaved(first + i, second + i));
        }
    for (float* to = buffer.data(); WordsPerTile > 1 && to < buffer.data() + parts * part; to += panel)
        std::fill(to + (samples + 1) / 2 * Panel, to + panel, 0.0f);
    return {buffer.data(), Panel, panel, part};
}

void pack(const float* source, int64_t inner, int64_t columns, int64_t step, int64_t column, float* out) {
    for (int64_t from = 0; from < columns; from += Panel) {
        for (int64_t k = 0; k < inner; k += 2)
            for (int64_t n = from; n < from + Panel; n++) {
                const float* at = source + k * step + n * column;
                *out++ = n < columns ? word(*at, k + 1 < inner ? at[step] : 0.0f) : 0.0f;
            }
        for (int64_t k = (inner + 1) / 2; k < words(inner); k++, out += Panel) std::fill(out, out + Panel, 0.0f);
    }
}

#else

Words along(const float* from, int64_t, int64_t, int64_t row, Buffer&) { return {from, row}; }

const float* across(const float* from, int64_t, int64_t, int64_t, int64_t, Buffer&) { return from; }

Panels across_panels(const float* from, int64_t, int64_t samples, int64_t, int64_t row, Buffer&) { return {from, row, Panel,
    samples * row}; }

void pack(const float* source, int64_t inner, int64_t columns, int64_t step, int64_t column, float* out) {
    for (int64_t from = 0; from < columns; from += Panel)
        for (int64_t k = 0; k < inner; k++)
            for (int64_t n = from; n < from + Panel; n++) *out++ = n < columns ? source[k * step + n * column] : 0.0f;
}

#endif

#ifdef FORESEE_AMX

void multiply(const Product& p, int count, const Term* terms, float* c, bool add) {
    if (emulates_tiles) multiply_tiles<Emulated>(p, count, terms, c, add);
    else multiply_tiles<Hardware>(p, count, terms, c, add);
}

#else

void multiply(const Product& p, int count, const Term* terms, float* c, bool add) {
    if (p.aStep == 1) multiply_as<true>(p, count, terms, c, add);
    else if (p.rows >= 4 * TileRows && p.bStep >= 256) multiply_copied(p, count, terms, c, add);
    else multiply_as<false>(p, count, terms, c, add);
}

#endif

} // namespace foresee::FORESEE_PATH_NAME
