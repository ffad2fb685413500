// Gradients, and functions whose backward is written in .NET.
#include "handles.h"

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>

using namespace foresee;

namespace {

thread_local std::string callback_error;

using BackwardCallback = int32_t (*)(void*, const foresee_tensor*, int32_t, foresee_tensor*, int32_t);
using ReleaseCallback = void (*)(void*);

// The backward of a custom function: libtorch's engine calls apply(), which calls back into .NET.
struct CallbackNode : torch::autograd::Node {
    BackwardCallback backward;
    ReleaseCallback release;
    void* context;
    std::string title;
    size_t input_count = 0;

    ~CallbackNode() override { release(context); }

    std::string name() const override { return title; }

    torch::autograd::variable_list apply(torch::autograd::variable_list&& grads) override {
        std::vector<foresee_tensor> handles;
        for (const auto& grad : grads)
            handles.push_back(reinterpret_cast<foresee_tensor>(grad.defined() ? grad.unsafeGetTensorImpl() : nullptr));
        std::vector<foresee_tensor> results(input_count, nullptr);
        callback_error.clear();
        const auto status = backward(context, handles.data(), static_cast<int32_t>(handles.size()), results.data(),
                                     static_cast<int32_t>(results.size()));
        torch::autograd::variable_list gradients;
        for (auto* result : results) {
            at::Tensor owned;
            if (result != nullptr) owned = at::Tensor(ImplPointer::reclaim(reinterpret_cast<Impl*>(result)));
            gradients.push_back(std::move(owned));
        }
        TORCH_CHECK(status == 0, title, ": ", callback_error.empty() ? "its backward failed" : callback_error);
        return gradients;
    }
};

// Who owns a node: std::shared_ptr in older libtorch, c10::intrusive_ptr in newer (2.14 at the latest). The field of an edge tells.
using NodePointer = decltype(torch::autograd::Edge::function);

template <typename Node>
std::shared_ptr<Node> own(Node* fresh, const std::shared_ptr<Node>&) {
    return {fresh, [](Node* node) { deleteNode(node); }}; // libtorch's, found by the argument's type: frees long chains without recursion
}

template <typename Node>
c10::intrusive_ptr<Node> own(Node* fresh, const c10::intrusive_ptr<Node>&) {
    return c10::intrusive_ptr<Node>::unsafe_steal_from_new(fresh);
}

} // namespace

extern "C" {

int32_t foresee_set_requires_grad(foresee_tensor tensor, int32_t value) {
    return guarded([&] { borrow(tensor).requires_grad_(value != 0); });
}

int32_t foresee_grad(foresee_tensor tensor, foresee_tensor* grad) {
    return guarded([&] { *grad = give(borrow(tensor).grad()); });
}

int32_t foresee_set_grad(foresee_tensor tensor, foresee_tensor grad) {
    return guarded([&] { borrow(tensor).mutable_grad() = borrow(grad); });
}

int32_t foresee_backward(const foresee_tensor* roots, const foresee_tensor* grads, int32_t count,
                         int32_t retain_graph, int32_t create_graph) {
    return guarded([&] {
        torch::autograd::backward(borrow_all(roots, count),
                                  grads == nullptr ? std::vector<at::Tensor>() : borrow_all(grads, count),
                                  retain_graph != 0, create_graph != 0);
    });
}

int32_t foresee_gradients(const foresee_tensor* outputs, const foresee_tensor* grads, int32_t output_count,
                          const foresee_tensor* inputs, int32_t input_count, int32_t retain_graph,
                          int32_t create_graph, foresee_tensor* results) {
    return guarded([&] {
        auto gradients = torch::autograd::grad(
            borrow_all(outputs, output_count),
            borrow_all(inputs, input_count),
            grads == nullptr ? std::vector<at::Tensor>() : borrow_all(grads, output_count), retain_graph != 0,
            create_graph != 0, /*allow_unused=*/true);
        for (int32_t i = 0; i < input_count; i++) results[i] = give(gradients[i]);
    });
}

int32_t foresee_set_grad_mode(int32_t enabled) {
    const auto before = at::GradMode::is_enabled();
    at::GradMode::set_enabled(enabled != 0);
    return before;
}

int32_t foresee_inference_begin(void** guard) {
    return guarded([&] { *guard = new c10::InferenceMode(true); });
}

void foresee_inference_end(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

int32_t foresee_custom_function(const foresee_tensor* inputs, int32_t input_count, const foresee_tensor* outputs,
                                int32_t output_count,
                                int32_t (*backward)(void*, const foresee_tensor*, int32_t, foresee_tensor*, int32_t),
                                void (*release)(void*), void* context, const char* name) {
    // Until the node owns the context, a failure must release it; afterwards the node does.
    NodePointer node;
    const auto status = guarded([&] {
        auto* created = new CallbackNode();
        created->backward = backward;
        created->release = release;
        created->context = context;
        created->title = name;
        created->input_count = input_count;
        node = own<torch::autograd::Node>(created, NodePointer());
        auto tensors = borrow_all(inputs, input_count);
        node->set_next_edges(torch::autograd::collect_next_edges(tensors));
        for (int32_t i = 0; i < output_count; i++) {
            auto output = borrow(outputs[i]);
            torch::autograd::set_history(output, node);
        }
    });
    if (!node) release(context);
    return status;
}

void foresee_callback_error(const char* message) { callback_error = message; }

} // extern "C"
