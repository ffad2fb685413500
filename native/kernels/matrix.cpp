#include "matrix.h"

#include <algorithm>
#include <vector>

namespace foresee::FORESEE_PATH_NAME {
namespace {

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
__m512i interleaved(const float* first, const float* second) {
    static const __m512i order = [] {
        alignas(64) uint16_t places[32];
        for (int i = 0; i < 16; i++) places[2 * i] = i, places[2 * i + 1] = 16 + i;
        return _mm512_load_si512(places);
    }();
    return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(second), _mm512_loadu_ps(first)));
}

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
    }
    return {buffer.data(), size};
}

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

Panels across_panels(const float* from, int64_t parts, int64_t samples, int64_t columns, int64_t row, Buffer& buffer) {
    const int64_t panel = words(samples) * Panel, part = (columns + Panel - 1) / Panel * panel;
    buffer.resize(parts * part);
    const std::vector<float> none(columns, 0.0f);
    for (int64_t p = 0; p < parts; p++, from += samples * row)
        for (int64_t s = 0; s < samples; s += 2) {
            const float *first = from + s * row, *second = s + 1 < samples ? first + row : none.data();
            float* to = buffer.data() + p * part + s / 2 * Panel;
            for (int64_t i = 0; i < columns; i += Width) _mm512_storeu_si512(to + i / Panel * panel + i % Panel, interleaved(first + i,
                second + i));
        }
    return {buffer.data(), Panel, panel, part};
}

void pack(const float* source, int64_t inner, int64_t columns, int64_t step, int64_t column, float* out) {
    for (int64_t from = 0; from < columns; from += Panel)
        for (int64_t k = 0; k < inner; k += 2)
            for (int64_t n = from; n < from + Panel; n++) {
                const float* at = source + k * step + n * column;
                *out++ = n < columns ? word(*at, k + 1 < inner ? at[step] : 0.0f) : 0.0f;
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

void multiply(const Product& p, int count, const Term* terms, float* c, bool add) {
    if (p.aStep == 1) multiply_as<true>(p, count, terms, c, add);
    else if (p.rows >= 4 * TileRows && p.bStep >= 256) multiply_copied(p, count, terms, c, add);
    else multiply_as<false>(p, count, terms, c, add);
}

} // namespace foresee::FORESEE_PATH_NAME
