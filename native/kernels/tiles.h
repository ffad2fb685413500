// Matrix products by AMX's tiles: C (16 rows of 16 floats) += A (16 rows of 16 words) B (16 rows of words, 16 columns), a word being
// two bf16 numbers that follow each other along the inner dimension. Hardware has the instructions; Emulated does what the
// manual says of them in plain C++, so that the same products can be tested on any processor (Intel's Software Developer's Manual,
// volume 2, TDPBF16PS).
#pragma once
#include <immintrin.h>

#include <cmath>

#include "matrix.h"

namespace foresee::FORESEE_PATH_NAME {

constexpr int TileSide = 16; // rows, words of a row

struct alignas(64) TileShapes { // what ldtilecfg reads
    uint8_t palette = 1, start = 0, reserved[14] = {};
    uint16_t bytes[16] = {};
    uint8_t rows[16] = {};
};

struct Hardware {
#define EACH_TILE(DO) switch (T) { case 0: DO(0); break; case 1: DO(1); break; case 2: DO(2); break; case 3: DO(3); break; \
                                   case 4: DO(4); break; case 5: DO(5); break; case 6: DO(6); break; case 7: DO(7); break; }
    // g++ 12 does not know that these instructions read memory: what was written before must have been.
    static void settle() { asm volatile("" ::: "memory"); }
    static void shape(const TileShapes& shapes) {
        settle();
        _tile_loadconfig(&shapes);
        settle();
    }
    static void release() {
        _tile_release();
        settle();
    }
    template <int T>
    static void zero() {
#define DO_ZERO(t) _tile_zero(t)
        EACH_TILE(DO_ZERO)
    }
    template <int T>
    static void load(const float* from, int64_t row) {
#define DO_LOAD(t) _tile_loadd(t, from, row * 4)
        EACH_TILE(DO_LOAD)
    }
    template <int T>
    static void store(float* to, int64_t row) {
#define DO_STORE(t) _tile_stored(t, to, row * 4)
        EACH_TILE(DO_STORE)
    }
    // C 0 to 3 += A 4 or 5 times B 6 or 7: tile 2 r + v has rows r and columns v.
    template <int C>
    static void multiply() {
        switch (C) {
            case 0: _tile_dpbf16ps(0, 4, 6); break;
            case 1: _tile_dpbf16ps(1, 4, 7); break;
            case 2: _tile_dpbf16ps(2, 5, 6); break;
            case 3: _tile_dpbf16ps(3, 5, 7); break;
        }
    }
#undef EACH_TILE
#undef DO_ZERO
#undef DO_LOAD
#undef DO_STORE
};

struct Emulated {
    struct State {
        TileShapes shapes;
        float tiles[8][TileSide][TileSide];
    };
    static State& state() {
        thread_local State own;
        return own;
    }
    static int rows(int t) { return state().shapes.rows[t]; }
    static int columns(int t) { return state().shapes.bytes[t] / 4; }

    static void shape(const TileShapes& shapes) {
        state().shapes = shapes;
        std::memset(state().tiles, 0, sizeof state().tiles);
    }
    static void release() { shape({}); }
    template <int T>
    static void zero() { std::memset(state().tiles[T], 0, sizeof state().tiles[T]); }
    template <int T>
    static void load(const float* from, int64_t row) {
        zero<T>();
        for (int r = 0; r < rows(T); r++) std::memcpy(state().tiles[T][r], from + r * row, columns(T) * 4);
    }
    template <int T>
    static void store(float* to, int64_t row) {
        for (int r = 0; r < rows(T); r++) std::memcpy(to + r * row, state().tiles[T][r], columns(T) * 4);
    }
    static float half(float word, int which) { // one of the two bf16 numbers
        uint32_t bits;
        std::memcpy(&bits, &word, sizeof bits);
        bits = which ? bits & 0xffff0000u : bits << 16;
        float result;
        std::memcpy(&result, &bits, sizeof result);
        return result;
    }
    // The even and the odd numbers are summed apart, then both added to C.
    template <int C>
    static void multiply() {
        constexpr int A = 4 + C / 2, B = 6 + C % 2;
        auto& t = state().tiles;
        for (int m = 0; m < rows(C); m++)
            for (int n = 0; n < columns(C); n++) {
                float sums[2] = {};
                for (int k = 0; k < columns(A) && k < rows(B); k++)
                    for (int i = 0; i < 2; i++) sums[i] = std::fma(half(t[A][m][k], i), half(t[B][k][n], i), sums[i]);
                t[C][m][n] += sums[0] + sums[1];
            }
    }
};

// R x V tiles of C: all that R row blocks of A and V halves of a panel of B make.
template <class Tiles, int R, int V>
inline void tile_block(const Product& p, int count, const Term* terms, int64_t row, int64_t b, float* c, bool add) {
    float *above = c + row * p.cRow, *below = above + TileSide * p.cRow;
    if (add) {
        Tiles::template load<0>(above, p.cRow);
        if constexpr (V > 1) Tiles::template load<1>(above + TileSide, p.cRow);
        if constexpr (R > 1) Tiles::template load<2>(below, p.cRow);
        if constexpr (R > 1 && V > 1) Tiles::template load<3>(below + TileSide, p.cRow);
    } else {
        Tiles::template zero<0>();
        if constexpr (V > 1) Tiles::template zero<1>();
        if constexpr (R > 1) Tiles::template zero<2>();
        if constexpr (R > 1 && V > 1) Tiles::template zero<3>();
    }
    for (int t = 0; t < count; t++) {
        const float *left = terms[t].a + row * p.aRow, *right = terms[t].b + b;
        for (int64_t k = 0; k < p.inner; k += TileSide, left += TileSide, right += TileSide * p.bStep) {
            Tiles::template load<4>(left, p.aRow);
            if constexpr (R > 1) Tiles::template load<5>(left + TileSide * p.aRow, p.aRow);
            Tiles::template load<6>(right, p.bStep);
            Tiles::template multiply<0>();
            if constexpr (R > 1) Tiles::template multiply<2>();
            if constexpr (V > 1) {
                Tiles::template load<7>(right + TileSide, p.bStep);
                Tiles::template multiply<1>();
                if constexpr (R > 1) Tiles::template multiply<3>();
            }
        }
    }
    Tiles::template store<0>(above, p.cRow);
    if constexpr (V > 1) Tiles::template store<1>(above + TileSide, p.cRow);
    if constexpr (R > 1) Tiles::template store<2>(below, p.cRow);
    if constexpr (R > 1 && V > 1) Tiles::template store<3>(below + TileSide, p.cRow);
}

// Tiles of so many rows above and below.
template <class Tiles>
inline void shape_tiles(int above, int below) {
    TileShapes shapes;
    const int rows[8] = {above, above, below, below, above, below, TileSide, TileSide};
    for (int t = 0; t < 8; t++) {
        shapes.rows[t] = rows[t];
        shapes.bytes[t] = rows[t] > 0 ? 4 * TileSide : 0;
    }
    Tiles::shape(shapes);
}

// Rows [from, to) of all columns, R row blocks at a time.
template <class Tiles, int R>
inline void tile_rows(const Product& p, int count, const Term* terms, int64_t from, int64_t to, float* c, bool add) {
    int64_t column = 0, b = 0;
    for (; column + Panel <= p.columns; column += Panel, b += p.bPanel)
        for (int64_t row = from; row < to; row += R * TileSide) tile_block<Tiles, R, 2>(p, count, terms, row, b, c + column, add);
    if (column < p.columns)
        for (int64_t row = from; row < to; row += R * TileSide) tile_block<Tiles, R, 1>(p, count, terms, row, b, c + column, add);
}

template <class Tiles>
void multiply_tiles(const Product& p, int count, const Term* terms, float* c, bool add) {
    const int64_t whole = p.rows / (2 * TileSide) * (2 * TileSide);
    const int left = p.rows - whole;
    if (whole > 0) {
        shape_tiles<Tiles>(TileSide, TileSide);
        tile_rows<Tiles, 2>(p, count, terms, 0, whole, c, add);
    }
    if (left > TileSide) {
        shape_tiles<Tiles>(TileSide, left - TileSide);
        tile_rows<Tiles, 2>(p, count, terms, whole, p.rows, c, add);
    } else if (left > 0) {
        shape_tiles<Tiles>(left, 0);
        tile_rows<Tiles, 1>(p, count, terms, whole, p.rows, c, add);
    }
    Tiles::release();
}

} // namespace foresee::FORESEE_PATH_NAME
