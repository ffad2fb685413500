// What the files of this folder share.
#pragma once
#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <vector>

// What is asked for: channels 0 as stored, 1 grey, 3 RGB, n those of a picture that has as many; height and width 0: its own size.
struct Form {
    int64_t channels, height, width;
    bool enlarge;
    std::vector<int64_t> window = {}; // of 16 bits: the value that becomes 0, the one that becomes 255; one pair, or one for each channel
    bool sized() const { return height > 0; }
};

inline bool same_size(const Form& form, int64_t height, int64_t width) { return !form.sized() || (height == form.height && width == form.width); }

// How many times larger the picture is than the smallest that covers the form: below 1 when it must be enlarged.
inline double factor_of(const Form& form, int64_t height, int64_t width) { return std::min(double(width) / double(form.width), double(height) / double(form.height)); }

// uint8 [H, W, C] as stored, upright; 1/2, 1/4 or 1/8 of its size where at least twice the form's is left. False: no ordinary JPEG, libvips decides.
bool decode_jpeg(const void* data, size_t size, const Form& form, at::Tensor& pixels);

// Refuses what can't be made of so many bands: only grey and RGB are made of each other.
void check_channels(const Form& form, int64_t bands, bool alpha);

// uint8 [H, W, bands] -> [H, W, C]; alpha is laid on white where 1 or 3 channels are asked for.
at::Tensor with_channels(const at::Tensor& pixels, const Form& form, bool alpha);

// By the first bytes.
bool is_tiff(const void* data, size_t size);

// Of a TIFF file: whether it has one channel beyond grey or RGB, and calls it alpha.
bool tiff_has_alpha(const void* data, size_t size);

// Makes readable what libvips misreads; other files stay as they are.
void mend_planes(std::string& file);

// uint8 [H, W, C], C = 1 or 3 -> [height, width, C]: reduced until it just covers the size, the longer side cropped around the centre.
at::Tensor reduce_pixels(const at::Tensor& pixels, int64_t height, int64_t width);
