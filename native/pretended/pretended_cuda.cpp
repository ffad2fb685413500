// A processor that calls itself CUDA, for tests on machines without a GPU: loaded into the process before libtorch looks for devices
// (LD_PRELOAD), it computes what is asked of "cuda:0" with libtorch's processor kernels. As on a GPU, an operator whose tensors lie on
// different devices fails, and so does a generator of the other device. It counts what would make the host wait for the device.
// It shows that tensors are made in the right place and how often a step waits; of CUDA's kernels, memory and speed it shows nothing.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace {

using at::Tensor;
using c10::Device;
using c10::DeviceType;
using c10::IValue;

inline Device Cuda() { return {DeviceType::CUDA, 0}; }

std::atomic<int64_t> waits{0}, uploads{0};

struct Guard final : c10::impl::DeviceGuardImplInterface {
    DeviceType type() const override { return DeviceType::CUDA; }
    Device exchangeDevice(Device) const override { return Cuda(); }
    Device getDevice() const override { return Cuda(); }
    void setDevice(Device) const override {}
    void uncheckedSetDevice(Device) const noexcept override {}
    c10::Stream getStream(Device) const noexcept override { return c10::Stream(c10::Stream::DEFAULT, Cuda()); }
    c10::Stream exchangeStream(c10::Stream) const noexcept override { return c10::Stream(c10::Stream::DEFAULT, Cuda()); }
    c10::DeviceIndex deviceCount() const noexcept override { return 1; }
};
C10_REGISTER_GUARD_IMPL(CUDA, Guard)

struct CUDAHooks final : at::CUDAHooksInterface {
    explicit CUDAHooks(at::CUDAHooksArgs) {}
    void initCUDA() const override {}
    bool hasCUDA() const override { return true; }
    bool hasPrimaryContext(int64_t) const override { return true; }
    int64_t current_device() const override { return 0; }
    int getNumGPUs() const override { return 0; } // no generator of its own to seed
    std::string showConfig() const override { return "a processor that calls itself CUDA, for tests\n"; }
};
}  // namespace
namespace at {
REGISTER_CUDA_HOOKS(CUDAHooks);
}
namespace {

// The same memory under the other device's name.
c10::Storage Renamed(const c10::Storage& storage, Device device) {
    auto* owner = new c10::Storage(storage);
    return c10::Storage(c10::Storage::use_byte_size_t(), storage.nbytes(),
                        c10::DataPtr(storage.unsafeGetStorageImpl()->data(), owner, [](void* held) { delete static_cast<c10::Storage*>(held); }, device),
                        c10::GetCPUAllocator(), /*resizable=*/true);
}

Tensor Made(const c10::Storage& storage, const Tensor& like, Device device) {
    const auto key = device.is_cuda() ? c10::DispatchKey::CUDA : c10::DispatchKey::CPU;
    auto made = at::detail::make_tensor<c10::TensorImpl>(c10::Storage(storage), c10::DispatchKeySet(key), like.dtype());
    made.unsafeGetTensorImpl()->set_sizes_and_strides(like.sizes(), like.strides(), like.storage_offset());
    if (like.unsafeGetTensorImpl()->is_wrapped_number()) made.unsafeGetTensorImpl()->set_wrapped_number(true);
    return made;
}

struct Call {
    const c10::OperatorHandle& op;
    std::vector<std::pair<Tensor, Tensor>> aliases; // on the pretended device, and the same memory on the processor
    bool processor = false;                          // a tensor with a dimension lies there

    Tensor In(const Tensor& tensor) {
        if (!tensor.defined()) return tensor;
        if (!tensor.is_cuda()) {
            processor |= tensor.dim() > 0;
            return tensor;
        }
        aliases.emplace_back(tensor, Made(Renamed(tensor.storage(), DeviceType::CPU), tensor, DeviceType::CPU));
        return aliases.back().second;
    }

    IValue In(const IValue& value) {
        if (value.isTensor()) return In(value.toTensor());
        if (value.isDevice()) return value.toDevice().is_cuda() ? IValue(Device(DeviceType::CPU)) : value;
        if (value.isTensorList()) {
            c10::List<Tensor> list;
            for (const Tensor& tensor : value.toTensorVector()) list.push_back(In(tensor));
            return list;
        }
        if (value.isOptionalTensorList()) {
            c10::List<c10::optional<Tensor>> list;
            for (const c10::optional<Tensor>& tensor : value.toOptionalTensorVector())
                list.push_back(tensor ? c10::optional<Tensor>(In(*tensor)) : c10::nullopt);
            return list;
        }
        if (value.isGenerator())
            TORCH_CHECK(false, op.schema().operator_name(), ": a generator of the processor can't draw on cuda:0");
        return value;
    }

    Tensor Out(const Tensor& tensor) {
        if (!tensor.defined()) return tensor;
        for (auto& [original, alias] : aliases)
            if (alias.is_same(tensor)) return original;
        for (auto& [original, alias] : aliases)
            if (alias.storage().data() != nullptr && alias.storage().data() == tensor.storage().data()) return Made(original.storage(), tensor, Cuda());
        return Made(Renamed(tensor.storage(), Cuda()), tensor, Cuda());
    }

    IValue Out(const IValue& value) {
        if (value.isTensor()) return Out(value.toTensor());
        if (!value.isTensorList()) return value;
        c10::List<Tensor> list;
        for (const Tensor& tensor : value.toTensorVector()) list.push_back(Out(tensor));
        return list;
    }

    // What an operator has resized or moved to other memory.
    void Update() {
        for (auto& [original, alias] : aliases) {
            auto* impl = original.unsafeGetTensorImpl();
            if (alias.storage().data() != original.storage().data()) impl->set_storage_keep_dtype(Renamed(alias.storage(), Cuda()));
            if (alias.sizes() != original.sizes() || alias.strides() != original.strides() || alias.storage_offset() != original.storage_offset())
                impl->set_sizes_and_strides(alias.sizes(), alias.strides(), alias.storage_offset());
        }
    }
};

// Whose tensors may lie on both devices.
bool Crosses(const std::string& name) {
    return name == "aten::copy_" || name == "aten::_copy_from" || name == "aten::index.Tensor" || name == "aten::index" || name == "aten::index_put_" ||
           name == "aten::_index_put_impl_" || name == "aten::set_" || name == "aten::record_stream";
}

void OnProcessor(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
    const auto& name = op.schema().operator_name().name;
    Call call{op, {}, false};
    const auto count = op.schema().arguments().size();
    const auto first = stack->size() - count;
    const bool to_host = name == "aten::copy_" && stack->at(first).toTensor().is_cpu();
    for (size_t i = first; i < stack->size(); i++) stack->at(i) = call.In(stack->at(i));
    if (call.processor && !call.aliases.empty()) {
        TORCH_CHECK(Crosses(name), name, ": expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu");
        if (name == "aten::copy_") (to_host ? waits : uploads)++;
    }
    if (name == "aten::_local_scalar_dense" || name == "aten::nonzero" || name == "aten::masked_select" || name == "aten::equal" ||
        name == "aten::_unique2")
        waits++;
    op.callBoxed(stack);
    call.Update();
    const auto returned = op.schema().returns().size();
    for (size_t i = stack->size() - returned; i < stack->size(); i++)
        if (!to_host) stack->at(i) = call.Out(stack->at(i));
}

TORCH_LIBRARY_IMPL(_, CUDA, library) { library.fallback(torch::CppFunction::makeFromBoxedFunction<&OnProcessor>()); }

// These have a kernel for every device, which then looks for a part that only CUDA's library has.
TORCH_LIBRARY_IMPL(aten, CUDA, library) {
    for (const char* name : {"copy_"}) library.impl(name, torch::CppFunction::makeFromBoxedFunction<&OnProcessor>());
}

}  // namespace

extern "C" {
// Since the process began: how often the host would have waited for the device, and how often it sent it a tensor.
int64_t pretended_waits(void) { return waits; }
int64_t pretended_uploads(void) { return uploads; }
}
