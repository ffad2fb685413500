// What the files of this folder share.
#pragma once
#include <ATen/ATen.h>

#include <algorithm>

// What is asked for: channels 0 as stored, 1 grey, 3 RGB; height and width 0: its own size.
struct Form {
    int64_t channels, height, width;
    bool enlarge;
    bool sized() const { return height > 0; }
};

inline bool same_size(const Form& form, int64_t height, int64_t width) { return !form.sized() || (height == form.height && width == form.width); }

// How many times larger the picture is than the smallest that covers the form: below 1 when it must be enlarged.
inline double factor_of(const Form& form, int64_t height, int64_t width) { return std::min(double(width) / double(form.width), double(height) / double(form.height)); }

// uint8 [H, W, C] as stored, upright; 1/2, 1/4 or 1/8 of its size where at least twice the form's is left. False: no ordinary JPEG, libvips decides.
bool decode_jpeg(const void* data, size_t size, const Form& form, at::Tensor& pixels);

// uint8 [H, W, C], C = 1 or 3 -> [height, width, C]: reduced until it just covers the size, the longer side cropped around the centre.
at::Tensor reduce_pixels(const at::Tensor& pixels, int64_t height, int64_t width);
