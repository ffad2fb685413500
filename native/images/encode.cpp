// Pixels to image files: the operators foresee::encode_png and encode_jpeg, uint8 [H, W, C] -> uint8 [bytes].
#include "vips.h"

#include <torch/library.h>

#include <cstring>

namespace {

// Takes over a buffer that libvips wrote.
at::Tensor written(void* buffer, size_t size) {
    std::unique_ptr<void, decltype(&g_free)> owner(buffer, g_free);
    auto bytes = at::empty({static_cast<int64_t>(size)}, at::kByte);
    std::memcpy(bytes.data_ptr(), buffer, size);
    return bytes;
}

// A file for viewers: grey or RGB, perhaps with alpha.
Picture picture_to_write(const at::Tensor& pixels) {
    auto picture = picture_of(pixels);
    TORCH_CHECK(picture->Bands <= 4, "a picture to be written has 1 to 4 channels, got ", picture->Bands);
    return picture;
}

at::Tensor encode_png(const at::Tensor& pixels) {
    start_vips();
    const auto picture = picture_to_write(pixels);
    void* buffer = nullptr;
    size_t size = 0;
    TORCH_CHECK(vips_pngsave_buffer(picture.get(), &buffer, &size, nullptr) == 0, reason());
    return written(buffer, size);
}

at::Tensor encode_jpeg(const at::Tensor& pixels, int64_t quality) {
    start_vips();
    const auto picture = picture_to_write(pixels);
    void* buffer = nullptr;
    size_t size = 0;
    TORCH_CHECK(vips_jpegsave_buffer(picture.get(), &buffer, &size, "Q", static_cast<int>(quality), nullptr) == 0, reason());
    return written(buffer, size);
}

} // namespace

TORCH_LIBRARY_FRAGMENT(foresee, m) {
    m.def("encode_png(Tensor pixels) -> Tensor", &encode_png);
    m.def("encode_jpeg(Tensor pixels, int quality) -> Tensor", &encode_jpeg);
}
