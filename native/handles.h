// What the parts of the bridge share: errors that stay inside, and tensors as handles.
#pragma once
#include "bridge.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace foresee {

// Of the calling thread; in calls.cpp.
extern thread_local std::string last_error;

// libtorch appends a C++ back trace to some messages; users of .NET can do nothing with it.
inline int32_t fail(std::string message) {
    const auto trace = message.find("\nException raised from ");
    if (trace != std::string::npos) message.resize(trace);
    last_error = std::move(message);
    return -1;
}

template <typename Body>
int32_t guarded(Body&& body) {
    try {
        body();
        return 0;
    } catch (const c10::Error& error) {
        return fail(error.what_without_backtrace());
    } catch (const std::exception& error) {
        return fail(error.what());
    } catch (...) {
        return fail("an unknown C++ exception");
    }
}

using Impl = c10::TensorImpl;
using ImplPointer = c10::intrusive_ptr<Impl, c10::UndefinedTensorImpl>;

inline at::Tensor borrow(const void* handle) {
    if (handle == nullptr) return {};
    auto* impl = static_cast<Impl*>(const_cast<void*>(handle));
    c10::raw::intrusive_ptr::incref(impl);
    return at::Tensor(ImplPointer::reclaim(impl));
}

inline at::Tensor borrow(foresee_tensor handle) { return borrow(static_cast<const void*>(handle)); }

inline foresee_tensor give(at::Tensor tensor) {
    if (!tensor.defined()) return nullptr;
    return reinterpret_cast<foresee_tensor>(tensor.unsafeReleaseTensorImpl());
}

inline std::vector<at::Tensor> borrow_all(const foresee_tensor* handles, int32_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int32_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
    return tensors;
}

template <typename T>
T* allocate(size_t count) {
    auto* memory = static_cast<T*>(std::malloc(std::max<size_t>(1, count * sizeof(T))));
    TORCH_CHECK(memory != nullptr, "out of memory for ", count, " results");
    return memory;
}

inline char* copy_string(const std::string& text) {
    auto* copy = allocate<char>(text.size() + 1);
    std::memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

} // namespace foresee
