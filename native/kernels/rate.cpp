// How fast this path multiplies on this processor: a convolution of 3 x 3 over 48 maps of 4 x 4 positions and 64 channels, forward and
// both gradients, with the rounding of the factors, on one thread and in its cache.
#include <chrono>
#include <cmath>

#include "array.h"
#include "convolution.h"

namespace foresee::FORESEE_PATH_NAME {

// GFLOP/s of the best of as many rounds as fit the seconds, three at least.
double rate(double seconds) {
    constexpr int64_t Channels = 64, Side = 4, Maps = 48, Taps = 9;
    constexpr int64_t Size = Side * Side * Maps * Channels, Weights = Taps * Channels * Channels;
    constexpr double Pairs = (3 * Side - 2) * (3 * Side - 2); // of a position and a tap that lies inside the map
    Arena arena;
    float *weight = arena.take(Weights), *dw = arena.zeros(Weights), *x = arena.take(Size), *y = arena.zeros(Size);
    for (int64_t i = 0; i < Weights; i++) weight[i] = (i * 37 % 101 - 50) * 1e-3f;
    for (int64_t i = 0; i < Size; i++) x[i] = (i * 53 % 97 - 48) * 1e-2f;
    Convolution convolution({weight, {Channels, Channels, 3, 3}, {Taps * Channels, Taps, 3, 1}, 4, FORESEE_TYPE_F32}, Side, 1);
    convolution.prepare_forward();
    convolution.prepare_backward();
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); };
    const auto start = Clock::now();
    double best = INFINITY;
    for (int round = 0; round < 3 || since(start) < seconds; round++) {
        const auto began = Clock::now();
        convolution.forward(x, y, Maps, false);
        convolution.backward_weight(x, y, Maps, dw);
        convolution.backward_input(y, x, Maps, false);
        best = std::min(best, since(began));
        for (int64_t i = 0; i < Size; i++) x[i] = (i * 53 % 97 - 48) * 1e-2f; // the numbers stay small
    }
    return 3 * 2 * Pairs * Maps * Channels * Channels / best * 1e-9;
}

} // namespace foresee::FORESEE_PATH_NAME
