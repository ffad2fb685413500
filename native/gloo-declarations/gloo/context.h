// What ProcessGroupGloo.hpp of libtorch names of Gloo. libtorch holds Gloo itself, but no libtorch brings Gloo's headers; nothing of Gloo
// is made, copied or called here, so declarations do.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace gloo {
class Context {
public:
    void setTimeout(std::chrono::milliseconds timeout);
};
namespace transport {
class Device;
class UnboundBuffer;
} // namespace transport
} // namespace gloo
