// Tensors, and calls of operators by their schema.
#include "handles.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/jit_type.h>
#include <c10/core/GradMode.h>

#include <dlfcn.h>

#include <memory>
#include <mutex>
#include <sstream>
#include <unordered_map>
#include <utility>

thread_local std::string foresee::last_error;

using namespace foresee;

namespace {

// What an argument of the schema wants, worked out once per operator.
struct Wanted {
    c10::TypeKind kind;    // the kind inside an optional
    c10::TypeKind element; // of a list
    bool optional_element = false;
    int32_t broadcast = 0; // int[2] takes one int for both
    c10::optional<c10::IValue> fallback;
    std::string name;
};

struct Operator {
    c10::OperatorHandle handle;
    std::vector<Wanted> wanted;
    bool pure; // neither writes to an argument nor gives a view of one
};

Wanted examine(const c10::Argument& argument) {
    Wanted wanted;
    auto type = argument.type();
    if (type->kind() == c10::TypeKind::OptionalType) type = type->castRaw<c10::OptionalType>()->getElementType();
    wanted.kind = type->kind();
    wanted.element = c10::TypeKind::NoneType;
    if (wanted.kind == c10::TypeKind::ListType) {
        auto element = type->castRaw<c10::ListType>()->getElementType();
        wanted.optional_element = element->kind() == c10::TypeKind::OptionalType;
        if (wanted.optional_element) element = element->castRaw<c10::OptionalType>()->getElementType();
        wanted.element = element->kind();
    }
    if (argument.N()) wanted.broadcast = *argument.N();
    if (argument.default_value()) wanted.fallback = *argument.default_value();
    wanted.name = argument.name();
    return wanted;
}

bool is_pure(const c10::FunctionSchema& schema) {
    const auto aliased = [](const c10::Argument& argument) { return argument.alias_info() != nullptr; };
    return std::none_of(schema.arguments().begin(), schema.arguments().end(), aliased) &&
           std::none_of(schema.returns().begin(), schema.returns().end(), aliased);
}

bool needs_gradient(const c10::IValue& value) {
    if (value.isTensor()) return value.toTensor().requires_grad();
    if (!value.isList()) return false;
    const auto list = value.toListRef();
    return std::any_of(list.begin(), list.end(), needs_gradient);
}

template <typename T>
c10::IValue repeat(T value, int32_t count) {
    c10::List<T> list;
    for (int32_t i = 0; i < count; i++) list.push_back(value);
    return list;
}

template <typename Element, typename Stored>
c10::IValue copy_list(const foresee_value& value) {
    const auto* items = static_cast<const Stored*>(value.pointer);
    c10::List<Element> list;
    list.reserve(value.length);
    for (int32_t i = 0; i < value.length; i++) list.push_back(static_cast<Element>(items[i]));
    return list;
}

c10::IValue tensor_list(const foresee_value& value, bool optional) {
    const auto* items = static_cast<foresee_tensor const*>(value.pointer);
    if (optional) {
        c10::List<c10::optional<at::Tensor>> list;
        for (int32_t i = 0; i < value.length; i++) {
            if (items[i] == nullptr)
                list.push_back(c10::nullopt);
            else
                list.push_back(borrow(items[i]));
        }
        return list;
    }
    c10::List<at::Tensor> list;
    list.reserve(value.length);
    for (int32_t i = 0; i < value.length; i++) list.push_back(borrow(items[i]));
    return list;
}

c10::IValue to_ivalue(const foresee_value& value, const Wanted& wanted) {
    switch (value.kind) {
        case FORESEE_NONE:
            // An absent tensor is an undefined one where the schema knows no optional.
            return {};
        case FORESEE_TENSOR:
            if (value.pointer == nullptr) return {};
            return borrow(value.pointer);
        case FORESEE_INT:
            if (wanted.kind == c10::TypeKind::FloatType) return static_cast<double>(value.integer);
            if (wanted.kind == c10::TypeKind::ListType && wanted.broadcast > 0)
                return wanted.element == c10::TypeKind::FloatType
                           ? repeat<double>(static_cast<double>(value.integer), wanted.broadcast)
                           : repeat<int64_t>(value.integer, wanted.broadcast);
            return value.integer;
        case FORESEE_DOUBLE:
            return value.real;
        case FORESEE_BOOL:
            return value.integer != 0;
        case FORESEE_STRING:
            return std::string(static_cast<const char*>(value.pointer), value.length);
        case FORESEE_DEVICE:
            return c10::Device(static_cast<c10::DeviceType>(value.integer), static_cast<c10::DeviceIndex>(value.length));
        case FORESEE_GENERATOR:
            return *reinterpret_cast<at::Generator*>(value.pointer);
        case FORESEE_INT_LIST:
            if (wanted.element == c10::TypeKind::FloatType) return copy_list<double, int64_t>(value);
            return copy_list<int64_t, int64_t>(value);
        case FORESEE_DOUBLE_LIST:
            if (wanted.element == c10::TypeKind::NumberType) return copy_list<c10::Scalar, double>(value);
            return copy_list<double, double>(value);
        case FORESEE_BOOL_LIST:
            return copy_list<bool, uint8_t>(value);
        case FORESEE_TENSOR_LIST:
        case FORESEE_OPTIONAL_TENSOR_LIST:
            return tensor_list(value, wanted.optional_element || value.kind == FORESEE_OPTIONAL_TENSOR_LIST);
        case FORESEE_DEFAULT:
            TORCH_CHECK(wanted.fallback.has_value(), "argument '", wanted.name, "' has no default; pass a value");
            return *wanted.fallback;
        default:
            TORCH_CHECK(false, "argument '", wanted.name, "' has the unknown kind ", value.kind);
    }
}

template <typename List, typename Stored, typename Convert>
void store_list(foresee_value& result, int32_t kind, const List& list, Convert convert) {
    auto* items = allocate<Stored>(list.size());
    for (size_t i = 0; i < list.size(); i++) items[i] = convert(list.get(i));
    result.kind = kind;
    result.length = static_cast<int32_t>(list.size());
    result.pointer = items;
}

void from_ivalue(c10::IValue&& value, foresee_value& result) {
    result.kind = FORESEE_NONE;
    result.length = 0;
    result.integer = 0;
    if (value.isTensor()) {
        result.kind = FORESEE_TENSOR;
        result.pointer = give(std::move(value).toTensor());
    } else if (value.isInt()) {
        result.kind = FORESEE_INT;
        result.integer = value.toInt();
    } else if (value.isDouble()) {
        result.kind = FORESEE_DOUBLE;
        result.real = value.toDouble();
    } else if (value.isBool()) {
        result.kind = FORESEE_BOOL;
        result.integer = value.toBool();
    } else if (value.isTensorList()) {
        store_list<c10::List<at::Tensor>, foresee_tensor>(result, FORESEE_TENSOR_LIST, value.toTensorList(),
                                                          [](at::Tensor tensor) { return give(std::move(tensor)); });
    } else if (value.isIntList()) {
        store_list<c10::List<int64_t>, int64_t>(result, FORESEE_INT_LIST, value.toIntList(), [](int64_t x) { return x; });
    } else if (value.isDoubleList()) {
        store_list<c10::List<double>, double>(result, FORESEE_DOUBLE_LIST, value.toDoubleList(), [](double x) { return x; });
    } else if (value.isString()) {
        const auto text = value.toStringRef();
        result.kind = FORESEE_STRING;
        result.length = static_cast<int32_t>(text.size());
        result.pointer = copy_string(text);
    } else {
        TORCH_CHECK(value.isNone(), "the operator gives a ", value.tagKind(), ", which the bridge does not carry");
    }
}

std::mutex operators_mutex;
std::unordered_map<std::string, std::unique_ptr<Operator>> operators;

} // namespace

extern "C" {

int32_t foresee_abi(void) { return FORESEE_ABI; }
const char* foresee_error(void) { return last_error.c_str(); }
void foresee_free(void* memory) { std::free(memory); }

int32_t foresee_operator_find(const char* name, const char* overload, foresee_operator* found) {
    return guarded([&] {
        std::lock_guard<std::mutex> lock(operators_mutex);
        auto& entry = operators[std::string(name) + "." + overload];
        if (!entry) {
            auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
            std::vector<Wanted> wanted;
            for (const auto& argument : handle.schema().arguments()) wanted.push_back(examine(argument));
            entry = std::make_unique<Operator>(Operator{handle, std::move(wanted), is_pure(handle.schema())});
        }
        *found = reinterpret_cast<foresee_operator>(entry.get());
    });
}

int32_t foresee_operator_schema(foresee_operator op, char** schema) {
    return guarded([&] {
        std::ostringstream text;
        text << reinterpret_cast<Operator*>(op)->handle.schema();
        *schema = copy_string(text.str());
    });
}

int32_t foresee_operator_call(foresee_operator op, const foresee_value* arguments, int32_t argument_count,
                              foresee_value* results, int32_t* count) {
    return guarded([&] {
        const auto& self = *reinterpret_cast<Operator*>(op);
        const auto expected = static_cast<int32_t>(self.wanted.size());
        TORCH_CHECK(argument_count <= expected, self.handle.schema().name(), " takes ", expected, " arguments, got ",
                    argument_count);
        thread_local torch::jit::Stack spare; // taken, so that a call inside a call makes its own
        auto stack = std::exchange(spare, {});
        stack.clear();
        stack.reserve(self.wanted.size());
        for (int32_t i = 0; i < expected; i++) {
            const auto& wanted = self.wanted[i];
            if (i < argument_count) {
                auto value = to_ivalue(arguments[i], wanted);
                if (value.isNone() && wanted.kind == c10::TypeKind::TensorType &&
                    self.handle.schema().arguments()[i].type()->kind() == c10::TypeKind::TensorType)
                    value = at::Tensor();
                stack.push_back(std::move(value));
            } else {
                TORCH_CHECK(wanted.fallback.has_value(), self.handle.schema().name(), " needs the argument '",
                            wanted.name, "'");
                stack.push_back(*wanted.fallback);
            }
        }
        {
            // Autograd would find nothing to record: going past it saves a tenth of a small call.
            c10::optional<at::AutoDispatchBelowADInplaceOrView> below;
            if (self.pure && !(c10::GradMode::is_enabled() && std::any_of(stack.begin(), stack.end(), needs_gradient)))
                below.emplace();
            self.handle.callBoxed(&stack);
        }
        TORCH_CHECK(static_cast<int32_t>(stack.size()) <= *count, self.handle.schema().name(), " gives ", stack.size(),
                    " results, room for ", *count);
        *count = static_cast<int32_t>(stack.size());
        for (int32_t i = 0; i < *count; i++) from_ivalue(std::move(stack[i]), results[i]);
        stack.clear(); // or the results' lists would live until the next call
        spare = std::move(stack);
    });
}

int32_t foresee_library_load(const char* path) {
    // Registering may throw, for instance on an operator that exists already.
    return guarded([&] {
        if (dlopen(path, RTLD_NOW | RTLD_LOCAL) != nullptr) return;
        const auto* reason = dlerror();
        TORCH_CHECK(false, reason == nullptr ? "the library can't be loaded" : reason);
    });
}

void foresee_tensor_release(foresee_tensor tensor) {
    if (tensor != nullptr) ImplPointer::reclaim(reinterpret_cast<Impl*>(tensor));
}

foresee_tensor foresee_tensor_retain(foresee_tensor tensor) { return give(borrow(tensor)); }

int32_t foresee_tensor_describe(foresee_tensor tensor, foresee_tensor_info* info) {
    return guarded([&] {
        const auto t = borrow(tensor);
        info->elements = t.numel();
        info->dimensions = static_cast<int32_t>(t.dim());
        info->dtype = static_cast<int32_t>(t.scalar_type());
        info->device_type = static_cast<int32_t>(t.device().type());
        info->device_index = t.device().index();
        info->requires_grad = t.requires_grad();
        info->is_leaf = t.is_leaf();
        info->is_contiguous = t.is_contiguous();
        info->is_channels_last = t.dim() == 4 && t.is_contiguous(at::MemoryFormat::ChannelsLast);
    });
}

int32_t foresee_tensor_shape(foresee_tensor tensor, int64_t* sizes, int64_t* strides, int32_t capacity) {
    return guarded([&] {
        const auto t = borrow(tensor);
        TORCH_CHECK(t.dim() <= capacity, "room for ", capacity, " dimensions, the tensor has ", t.dim());
        for (int64_t i = 0; i < t.dim(); i++) {
            sizes[i] = t.size(i);
            if (strides != nullptr) strides[i] = t.stride(i);
        }
    });
}

int32_t foresee_tensor_data(foresee_tensor tensor, void** data) {
    return guarded([&] { *data = borrow(tensor).data_ptr(); });
}

int32_t foresee_tensor_from_memory(void* data, const int64_t* sizes, int32_t dimensions, int32_t dtype,
                                   void (*release)(void*), void* context, foresee_tensor* tensor) {
    return guarded([&] {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        *tensor = give(at::from_blob(
            data, at::IntArrayRef(sizes, dimensions), [release, context](void*) { release(context); }, options));
    });
}

} // extern "C"
