#pragma once
#include <gloo/context.h>

namespace gloo::rendezvous {
class Store { // libtorch's GlooStore overrides these
public:
    static constexpr std::chrono::milliseconds kDefaultTimeout = std::chrono::seconds(30);
    virtual ~Store();
    virtual void set(const std::string& key, const std::vector<char>& data) = 0;
    virtual std::vector<char> get(const std::string& key) = 0;
    virtual void wait(const std::vector<std::string>& keys) = 0;
    virtual void wait(const std::vector<std::string>& keys, const std::chrono::milliseconds& timeout) = 0;
};
} // namespace gloo::rendezvous
