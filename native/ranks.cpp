// Processes that compute together: libtorch's own process groups (c10d), and a call when a weight has its gradient.
// FORESEE_GLOO and FORESEE_NCCL are CMake's findings; without them the functions say what is missing.
#include "handles.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/version.h>

#include <chrono>

#ifdef FORESEE_GLOO
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef FORESEE_NCCL
#define USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#endif

using namespace foresee;

namespace {

#ifdef FORESEE_GLOO

#if TORCH_VERSION_MAJOR >= 2
using Members = c10d::Backend;
#else
using Members = c10d::ProcessGroup;
#endif
using Work = c10::intrusive_ptr<c10d::Work>;

// The members first: they end before the store that they met at.
struct Group {
    c10::intrusive_ptr<c10d::Store> store;
    c10::intrusive_ptr<Members> members;
};

c10::intrusive_ptr<Members> join_gloo(const c10::intrusive_ptr<c10d::Store>& store, const char* address, int rank, int ranks,
                                 std::chrono::milliseconds timeout) {
    using Gloo = c10d::ProcessGroupGloo;
    auto options = Gloo::Options::create(timeout);
    const auto* interface = std::getenv("GLOO_SOCKET_IFNAME");
    options->devices.push_back(interface != nullptr && *interface != 0 ? Gloo::createDeviceForInterface(interface)
                               : *address != 0                         ? Gloo::createDeviceForHostname(address)
                                                                       : Gloo::createDefaultDevice());
    options->threads = 2; // one sends what comes next while the other waits for a slow peer
    return c10::make_intrusive<Gloo>(store, rank, ranks, options);
}

c10::intrusive_ptr<Members> join_nccl([[maybe_unused]] const c10::intrusive_ptr<c10d::Store>& store, [[maybe_unused]] int rank,
                                 [[maybe_unused]] int ranks, [[maybe_unused]] std::chrono::milliseconds timeout) {
#ifdef FORESEE_NCCL
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = timeout;
    return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, ranks, options);
#else
    TORCH_CHECK(false, "this bridge was built without NCCL; build it with a CUDA libtorch and nccl.h, or compute on processors");
#endif
}

template <typename Start>
int32_t start(foresee_group group, foresee_work* work, Start&& begin) {
    return guarded([&] { *work = reinterpret_cast<foresee_work>(new Work(begin(*reinterpret_cast<Group*>(group)->members))); });
}

#else

int32_t without() {
    return fail("this bridge was built without process groups: its libtorch has no Gloo. Install one that has (Debian's libtorch-dev "
                "does), build again, or start one process");
}

#endif

// Tells that a weight's gradient is there, in libtorch's thread.
struct Announcement : torch::autograd::FunctionPostHook {
    void (*arrived)(void*);
    void* context;
    Announcement(void (*arrived)(void*), void* context) : arrived(arrived), context(context) {}
    torch::autograd::variable_list operator()(const torch::autograd::variable_list& outputs,
                                              const torch::autograd::variable_list&) override {
        arrived(context);
        return outputs;
    }
};

using Accumulator = decltype(torch::autograd::impl::grad_accumulator(std::declval<const at::Tensor&>()));

struct Hook {
    Accumulator accumulator; // the tensor holds it weakly
    uintptr_t key;
};

} // namespace

extern "C" {

const char* foresee_group_backends(void) {
#if defined(FORESEE_GLOO) && defined(FORESEE_NCCL)
    return "gloo nccl";
#elif defined(FORESEE_GLOO)
    return "gloo";
#else
    return "";
#endif
}

#ifdef FORESEE_GLOO

int32_t foresee_group_new(const foresee_meeting* meeting, foresee_group* group) {
    return guarded([&] {
        c10d::TCPStoreOptions options;
        options.port = static_cast<uint16_t>(meeting->port);
        options.isServer = meeting->serves != 0;
        options.numWorkers = meeting->ranks;
        options.timeout = std::chrono::milliseconds(meeting->join_milliseconds);
        const auto timeout = std::chrono::milliseconds(meeting->timeout_milliseconds);
        const auto server = c10::make_intrusive<c10d::TCPStore>(meeting->host, options);
        c10::intrusive_ptr<c10d::Store> store = c10::make_intrusive<c10d::PrefixStore>(meeting->prefix, server);
        store->setTimeout(options.timeout);
        // All must be there before they connect, for which they get no longer than for any other call.
        if (store->add("arrived", 1) == meeting->ranks) store->set("all", std::vector<uint8_t>{1});
        store->wait({"all"}, options.timeout);
        auto members = std::strcmp(meeting->backend, "nccl") == 0
                           ? join_nccl(store, meeting->rank, meeting->ranks, timeout)
                           : join_gloo(store, meeting->address, meeting->rank, meeting->ranks, timeout);
        *group = reinterpret_cast<foresee_group>(new Group{store, members});
    });
}

void foresee_group_release(foresee_group group) { delete reinterpret_cast<Group*>(group); }

int32_t foresee_group_all_reduce(foresee_group group, foresee_tensor tensor, int32_t greatest, foresee_work* work) {
    return start(group, work, [&](Members& members) {
        c10d::AllreduceOptions options;
        options.reduceOp = greatest != 0 ? c10d::ReduceOp::MAX : c10d::ReduceOp::SUM;
        std::vector<at::Tensor> tensors{borrow(tensor)};
        return members.allreduce(tensors, options);
    });
}

int32_t foresee_group_broadcast(foresee_group group, foresee_tensor tensor, int32_t from, foresee_work* work) {
    return start(group, work, [&](Members& members) {
        c10d::BroadcastOptions options;
        options.rootRank = from;
        std::vector<at::Tensor> tensors{borrow(tensor)};
        return members.broadcast(tensors, options);
    });
}

int32_t foresee_group_all_gather(foresee_group group, foresee_tensor tensor, const foresee_tensor* gathered, int32_t count,
                                 foresee_work* work) {
    return start(group, work, [&](Members& members) {
        std::vector<at::Tensor> inputs{borrow(tensor)};
        std::vector<std::vector<at::Tensor>> outputs{borrow_all(gathered, count)};
        return members.allgather(outputs, inputs);
    });
}

int32_t foresee_group_all_to_all(foresee_group group, foresee_tensor tensor, foresee_tensor received, foresee_work* work) {
    return start(group, work, [&](Members& members) {
        auto input = borrow(tensor), output = borrow(received);
        std::vector<int64_t> equal; // parts
        return members.alltoall_base(output, input, equal, equal);
    });
}

int32_t foresee_group_barrier(foresee_group group, foresee_work* work) {
    return start(group, work, [](Members& members) { return members.barrier(); });
}

int32_t foresee_work_wait(foresee_work work) {
    return guarded([&] { (*reinterpret_cast<Work*>(work))->wait(); });
}

void foresee_work_release(foresee_work work) { delete reinterpret_cast<Work*>(work); }

#else

int32_t foresee_group_new(const foresee_meeting*, foresee_group*) { return without(); }
void foresee_group_release(foresee_group) {}
int32_t foresee_group_all_reduce(foresee_group, foresee_tensor, int32_t, foresee_work*) { return without(); }
int32_t foresee_group_broadcast(foresee_group, foresee_tensor, int32_t, foresee_work*) { return without(); }
int32_t foresee_group_all_gather(foresee_group, foresee_tensor, const foresee_tensor*, int32_t, foresee_work*) { return without(); }
int32_t foresee_group_all_to_all(foresee_group, foresee_tensor, foresee_tensor, foresee_work*) { return without(); }
int32_t foresee_group_barrier(foresee_group, foresee_work*) { return without(); }
int32_t foresee_work_wait(foresee_work) { return without(); }
void foresee_work_release(foresee_work) {}

#endif

int32_t foresee_gradient_hook(foresee_tensor tensor, void (*arrived)(void*), void* context, foresee_hook* hook) {
    return guarded([&] {
        auto accumulator = torch::autograd::impl::grad_accumulator(borrow(tensor));
        TORCH_CHECK(accumulator, "only a leaf that requires a gradient can tell that it has one");
        const auto key = accumulator->add_post_hook(std::make_unique<Announcement>(arrived, context));
        *hook = reinterpret_cast<foresee_hook>(new Hook{std::move(accumulator), key});
    });
}

void foresee_gradient_hook_release(foresee_hook hook) {
    auto* own = reinterpret_cast<Hook*>(hook);
    if (own != nullptr) own->accumulator->del_post_hook(own->key);
    delete own;
}

} // extern "C"
