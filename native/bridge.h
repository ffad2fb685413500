// The whole native border of Foresee. Plain C: nothing of C++ or libtorch is visible here.
//
// Ownership  a foresee_tensor is one counted reference; whoever receives it as a result releases it.
//            Arguments are borrowed: the caller keeps its reference.
// Errors     every function that can fail returns 0, or -1 with the message in foresee_error() of the same thread.
//            No C++ exception crosses this border.
// Threads    any thread may call; gradient mode, inference mode and foresee_error() belong to the calling thread.
// Versions   the same source compiles with libtorch 1.13 to 2.14, with and without CUDA.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FORESEE_ABI 2

typedef struct foresee_tensor_tag* foresee_tensor;       // NULL is the undefined tensor
typedef struct foresee_operator_tag* foresee_operator;   // lives as long as the process
typedef struct foresee_generator_tag* foresee_generator;
typedef struct foresee_group_tag* foresee_group;
typedef struct foresee_work_tag* foresee_work;
typedef struct foresee_hook_tag* foresee_hook;

enum foresee_kind {
    FORESEE_NONE = 0,
    FORESEE_TENSOR = 1,                // pointer: foresee_tensor
    FORESEE_INT = 2,                   // integer; also dtype, layout and memory format
    FORESEE_DOUBLE = 3,                // real
    FORESEE_BOOL = 4,                  // integer: 0 or 1
    FORESEE_STRING = 5,                // pointer: UTF-8, length: bytes
    FORESEE_DEVICE = 6,                // integer: type (0 cpu, 1 cuda), length: index, -1 for the current one
    FORESEE_GENERATOR = 7,             // pointer: foresee_generator
    FORESEE_INT_LIST = 8,              // pointer: int64_t[length]
    FORESEE_DOUBLE_LIST = 9,           // pointer: double[length]
    FORESEE_BOOL_LIST = 10,            // pointer: uint8_t[length]
    FORESEE_TENSOR_LIST = 11,          // pointer: foresee_tensor[length]
    FORESEE_OPTIONAL_TENSOR_LIST = 12, // the same; NULL entries mean none
    FORESEE_DEFAULT = 13               // the schema's default value
};

typedef struct foresee_value {
    int32_t kind;
    int32_t length;
    union {
        int64_t integer;
        double real;
        void* pointer;
    };
} foresee_value;

int32_t foresee_abi(void);
const char* foresee_error(void);
void foresee_free(void* memory); // lists and strings inside results

// Operators, by schema: name such as "aten::add", overload such as "Tensor" (may be empty).
int32_t foresee_operator_find(const char* name, const char* overload, foresee_operator* found);
int32_t foresee_operator_schema(foresee_operator op, char** schema);
// Arguments left out at the end take the schema's defaults. *count is the capacity before and the number of results after.
int32_t foresee_operator_call(foresee_operator op, const foresee_value* arguments, int32_t argument_count,
                              foresee_value* results, int32_t* count);
int32_t foresee_library_load(const char* path); // registers the operators of a shared library

// Tensors
typedef struct foresee_tensor_info {
    int64_t elements;
    int32_t dimensions;
    int32_t dtype; // c10::ScalarType
    int32_t device_type;
    int32_t device_index;
    int32_t requires_grad;
    int32_t is_leaf;
    int32_t is_contiguous;
    int32_t is_channels_last;
} foresee_tensor_info;

void foresee_tensor_release(foresee_tensor tensor);
foresee_tensor foresee_tensor_retain(foresee_tensor tensor);
int32_t foresee_tensor_describe(foresee_tensor tensor, foresee_tensor_info* info);
int32_t foresee_tensor_shape(foresee_tensor tensor, int64_t* sizes, int64_t* strides, int32_t capacity);
int32_t foresee_tensor_data(foresee_tensor tensor, void** data);
// A tensor over the caller's memory, without a copy; release(context) runs when the last reference is gone.
int32_t foresee_tensor_from_memory(void* data, const int64_t* sizes, int32_t dimensions, int32_t dtype,
                                   void (*release)(void*), void* context, foresee_tensor* tensor);

// Autograd
int32_t foresee_set_requires_grad(foresee_tensor tensor, int32_t value);
int32_t foresee_grad(foresee_tensor tensor, foresee_tensor* grad); // NULL when there is none
int32_t foresee_set_grad(foresee_tensor tensor, foresee_tensor grad);
int32_t foresee_backward(const foresee_tensor* roots, const foresee_tensor* grads, int32_t count,
                         int32_t retain_graph, int32_t create_graph);
int32_t foresee_gradients(const foresee_tensor* outputs, const foresee_tensor* grads, int32_t output_count,
                          const foresee_tensor* inputs, int32_t input_count, int32_t retain_graph,
                          int32_t create_graph, foresee_tensor* results);
int32_t foresee_set_grad_mode(int32_t enabled); // returns the mode before
int32_t foresee_inference_begin(void** guard);
void foresee_inference_end(void* guard); // on the thread that began it, innermost first
// A custom function: its forward has already run without gradients, `outputs` are its fresh results. The node calls
// backward(context, grads[output_count], results[input_count]) with borrowed grads; results are given over. A return
// other than 0 is a failure with the message left by foresee_callback_error. release(context) runs with the node's end.
int32_t foresee_custom_function(const foresee_tensor* inputs, int32_t input_count, const foresee_tensor* outputs,
                                int32_t output_count,
                                int32_t (*backward)(void*, const foresee_tensor*, int32_t, foresee_tensor*, int32_t),
                                void (*release)(void*), void* context, const char* name);
void foresee_callback_error(const char* message);

// Calls arrived(context) whenever a backward has left this leaf's gradient, in the thread of that backward.
int32_t foresee_gradient_hook(foresee_tensor tensor, void (*arrived)(void*), void* context, foresee_hook* hook);
void foresee_gradient_hook_release(foresee_hook hook);

// Processes that compute together, by libtorch's process groups. Every rank makes the same calls in the same order. A call only begins;
// its tensors must stay as they are until foresee_work_wait, which fails when a rank is gone or late.
typedef struct foresee_meeting {
    const char* backend; // "gloo" or "nccl"
    const char* host;    // of the store where the ranks meet
    const char* prefix;  // of what they write there: attempts must not meet each other's
    const char* address; // this process's own, by which the others reach it; "" for that of the host's name
    int64_t join_milliseconds;
    int64_t timeout_milliseconds; // of every call
    int32_t port;
    int32_t serves; // whether this process holds the store
    int32_t rank;
    int32_t ranks;
} foresee_meeting;

const char* foresee_group_backends(void); // those that were built in, "gloo nccl" at most
int32_t foresee_group_new(const foresee_meeting* meeting, foresee_group* group);
void foresee_group_release(foresee_group group);
int32_t foresee_group_all_reduce(foresee_group group, foresee_tensor tensor, int32_t greatest, foresee_work* work); // in place; sums
int32_t foresee_group_broadcast(foresee_group group, foresee_tensor tensor, int32_t from, foresee_work* work);
int32_t foresee_group_all_gather(foresee_group group, foresee_tensor tensor, const foresee_tensor* gathered, int32_t count,
                                 foresee_work* work);
// Each rank's part of the first dimension of every rank's tensor, one behind the other, in the order of the ranks.
int32_t foresee_group_all_to_all(foresee_group group, foresee_tensor tensor, foresee_tensor received, foresee_work* work);
int32_t foresee_group_barrier(foresee_group group, foresee_work* work);
int32_t foresee_work_wait(foresee_work work);
void foresee_work_release(foresee_work work);

// Seeds and generators
int32_t foresee_manual_seed(uint64_t seed);
int32_t foresee_generator_new(int32_t device_type, int32_t device_index, uint64_t seed, foresee_generator* generator);
void foresee_generator_release(foresee_generator generator);
int32_t foresee_generator_state(foresee_generator generator, foresee_tensor* state);
int32_t foresee_generator_set_state(foresee_generator generator, foresee_tensor state);

// The machine
const char* foresee_torch_version(void);
int32_t foresee_torch_config(char** text);
int32_t foresee_threads(void);
void foresee_set_threads(int32_t count);
int32_t foresee_cuda_devices(void); // 0 without CUDA
// glibc maps every large block anew and gives it back at once, so that each tensor's pages are faulted in again and again;
// this makes it keep what it has. Memory then shrinks only at the end of the process.
int32_t foresee_malloc_keep(void);

#ifdef __cplusplus
}
#endif
