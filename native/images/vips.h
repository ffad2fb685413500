// libvips, started once and safe to use from C++.
#pragma once
#include <ATen/ATen.h>
#include <vips/vips.h>

#include <memory>
#include <string>

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
using Picture = std::unique_ptr<VipsImage, Unref>;
using Region = std::unique_ptr<VipsRegion, Unref>;

// Once for the process; in each thread that uses libvips.
void start_vips();

// What libvips says went wrong, in one line. It has one text of errors for all threads.
std::string reason();

// Refuses what is no contiguous uint8 tensor of so many dimensions; the form is for the message.
void check_bytes(const at::Tensor& tensor, int64_t dimensions, const char* form);

// The memory of uint8 [H, W, C] as a picture, without a copy; the tensor must outlive it.
Picture picture_of(const at::Tensor& pixels);
