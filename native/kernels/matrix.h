// Matrix products whose operands lie in the cache: C [rows, columns] (+)= sum over terms of A_t [rows, inner] B_t [inner, columns].
//
// Summing over terms makes one product of a convolution at one output position: a term for each tap that lies inside the map
// (batch-reduce GEMM, Georganas et al. 2020). A is read in place, either with its rows or its columns contiguous; B lies in panels
// of 2 vectors, which `pack` makes, or in plain rows. C's rows are contiguous. Columns must be a multiple of the vector's width.
//
// Built with FORESEE_BF16 the factors are rounded to bf16 (nearest, ties to even) and lie as words of two that follow each other along
// the inner dimension, the second zero where there is none left; `along`, `across` and `pack` make such words of floats. Sums are f32 in
// both builds. Without it a word is a float.
//
// Built with FORESEE_AMX as well the products are made by tiles of 16 words: the inner dimension is filled up with zeros to whole tiles,
// and A has its rows contiguous always, `across` turning what lies otherwise.
#pragma once
#include "vector.h"

#include <vector>

#ifdef FORESEE_BF16
#include <immintrin.h>
#endif

namespace foresee::FORESEE_PATH_NAME {

constexpr int Panel = 2 * Width;
#ifdef FORESEE_BF16
constexpr int64_t PerWord = 2;
#else
constexpr int64_t PerWord = 1;
#endif
#ifdef FORESEE_AMX
constexpr int TileRows = 32;
constexpr int64_t WordsPerTile = 16;
#else
constexpr int TileRows = Width == 16 ? 12 : 6;
constexpr int64_t WordsPerTile = 1;
#endif

constexpr int MaximumTerms = 64; // of one product

// Operands in words.
struct Term {
    const float* a;
    const float* b;
};

struct Product {
    int64_t rows, columns, inner; // the inner dimension in words, as are the distances in A and B
    int64_t aRow, aStep;          // distances in A from row to row and along the inner dimension; one of them is 1
    int64_t bStep, bPanel;        // distances in B along the inner dimension and from panel to panel
    int64_t cRow;                 // distance in C from row to row
};

// Words that hold so many numbers along the inner dimension.
inline int64_t words(int64_t inner) {
    return (inner + PerWord * WordsPerTile - 1) / (PerWord * WordsPerTile) * WordsPerTile;
}

// Words of A, and the distance between its rows.
struct Words {
    const float* data;
    int64_t row;
};

using Buffer = std::vector<float>;

// [rows, inner] -> [rows, words(inner)], for products along the rows. Without bf16 `from` itself.
Words along(const float* from, int64_t rows, int64_t inner, int64_t row, Buffer& buffer);

// Parts of [samples, columns] each -> [words(samples), columns] each, for products across the rows; for tiles [columns, words(samples)].
// Without bf16 `from` itself.
const float* across(const float* from, int64_t parts, int64_t samples, int64_t columns, int64_t row, Buffer& buffer);

// Words of B: the distances along the inner dimension, from panel to panel, and from part to part.
struct Panels {
    const float* data;
    int64_t step, panel, part;
};

// The same as the right factor: in panels. Without bf16 `from` itself, in plain rows.
Panels across_panels(const float* from, int64_t parts, int64_t samples, int64_t columns, int64_t row, Buffer& buffer);

// B in panels: word (k, n) at panel n / Panel, row k. The last panel is filled up with zeros.
inline int64_t packed_size(int64_t inner, int64_t columns) { return (columns + Panel - 1) / Panel * Panel * words(inner); }

void pack(const float* source, int64_t inner, int64_t columns, int64_t step, int64_t column, float* out);

inline Product packed(int64_t rows, int64_t columns, int64_t inner, int64_t aRow, int64_t cRow) {
    return {rows, columns, words(inner), aRow, 1, Panel, Panel * words(inner), cRow};
}

// Aᵀ B: A are plain rows of words of `samples`; the result is [rows, columns], summed over the samples.
inline Product transposed(int64_t rows, int64_t columns, int64_t samples, [[maybe_unused]] int64_t aStep, const Panels& b) {
#ifdef FORESEE_AMX
    return {rows, columns, words(samples), words(samples), 1, b.step, b.panel, columns};
#else
    return {rows, columns, words(samples), 1, aStep, b.step, b.panel, columns};
#endif
}

#ifdef FORESEE_BF16
inline void add_product(Vec& sum, const float* left, Vec right) {
    int word; // two numbers for all lanes
    std::memcpy(&word, left, sizeof word);
    sum = (Vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32(word), (__m512bh)right);
}
#else
inline void add_product(Vec& sum, const float* left, Vec right) { sum += all(*left) * right; }
#endif

template <int R, int V, bool Contiguous>
inline void tile(const Product& p, int count, const Term* terms, int64_t row, int64_t b, float* c, bool add) {
    Vec sums[R][V];
    for (int r = 0; r < R; r++)
        for (int v = 0; v < V; v++) sums[r][v] = add ? load(c + r * p.cRow + v * Width) : Vec{};
    for (int t = 0; t < count; t++) {
        const float* from = terms[t].b + b;
        if (Contiguous) { // a row of A lies along the inner dimension
            const float* a[R];
            for (int r = 0; r < R; r++) a[r] = terms[t].a + (row + r) * p.aRow;
            for (int64_t k = 0; k < p.inner; k++, from += p.bStep) {
                Vec right[V];
                for (int v = 0; v < V; v++) right[v] = load(from + v * Width);
#pragma GCC unroll 12
                for (int r = 0; r < R; r++)
                    for (int v = 0; v < V; v++) add_product(sums[r][v], a[r] + k, right[v]);
            }
        } else { // the rows of A lie side by side
            const float* a = terms[t].a + row;
            for (int64_t k = 0; k < p.inner; k++, from += p.bStep, a += p.aStep) {
                Vec right[V];
                for (int v = 0; v < V; v++) right[v] = load(from + v * Width);
#pragma GCC unroll 12
                for (int r = 0; r < R; r++)
                    for (int v = 0; v < V; v++) add_product(sums[r][v], a + r, right[v]);
            }
        }
    }
    for (int r = 0; r < R; r++)
        for (int v = 0; v < V; v++) store(c + r * p.cRow + v * Width, sums[r][v]);
}

template <int R, int V, bool Contiguous>
inline void strip(const Product& p, int count, const Term* terms, int64_t rows, int64_t row, int64_t b, float* c, bool add) {
    if (rows == R) tile<R, V, Contiguous>(p, count, terms, row, b, c, add);
    else if constexpr (R > 1) strip<R - 1, V, Contiguous>(p, count, terms, rows, row, b, c, add);
}

template <int V, bool Contiguous>
inline void panel(const Product& p, int count, const Term* terms, int64_t b, float* c, bool add) {
    int64_t row = 0;
    for (; row + TileRows <= p.rows; row += TileRows) tile<TileRows, V, Contiguous>(p, count, terms, row, b, c + row * p.cRow, add);
    if (row < p.rows) strip<TileRows - 1, V, Contiguous>(p, count, terms, p.rows - row, row, b, c + row * p.cRow, add);
}

template <bool Contiguous>
inline void multiply_as(const Product& p, int count, const Term* terms, float* c, bool add) {
    int64_t column = 0, b = 0;
    for (; column + Panel <= p.columns; column += Panel, b += p.bPanel) panel<2, Contiguous>(p, count, terms, b, c + column, add);
    if (column < p.columns) panel<1, Contiguous>(p, count, terms, b, c + column, add);
}

void multiply(const Product& p, int count, const Term* terms, float* c, bool add);

inline void multiply(const Product& p, const float* a, const float* b, float* c, bool add) {
    const Term term{a, b};
    multiply(p, 1, &term, c, add);
}

} // namespace foresee::FORESEE_PATH_NAME
