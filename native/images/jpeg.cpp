// The ordinary JPEG file, by libjpeg-turbo itself: libvips decodes with the same library, but what it sets up around that
// takes ten times as long as decoding a picture of 96 pixels. Ordinary: grey or RGB from YCbCr, upright, undamaged, of moderate size.
#include "pictures.h"

#include <cstdio>
#include <csetjmp>
#include <cstring>

#include <jpeglib.h>

namespace {

constexpr int64_t LargestArea = int64_t(1) << 26; // larger pictures are reduced strip by strip, by libvips

struct Failure {
    jpeg_error_mgr manager; // first, so that a pointer to one is a pointer to the other
    std::jmp_buf back;
};

[[noreturn]] void leave(j_common_ptr jpeg) { std::longjmp(reinterpret_cast<Failure*>(jpeg->err)->back, 1); }
void leave_at_damage(j_common_ptr jpeg, int level) {
    if (level < 0) leave(jpeg); // a warning: data is missing or wrong, and libjpeg would invent it
}

// Exif's orientation, 1 being upright; 1 where none is stored.
int orientation(const JOCTET* data, size_t size) {
    if (size < 14 || std::memcmp(data, "Exif\0", 6) != 0) return 1;
    const auto* tiff = data + 6;
    size -= 6;
    const bool little = tiff[0] == 'I';
    const auto number = [&](size_t at, int bytes) {
        size_t value = 0;
        for (int i = 0; i < bytes; i++) value = value << 8 | tiff[at + size_t(little ? bytes - 1 - i : i)];
        return value;
    };
    const size_t directory = number(4, 4);
    if (directory + 2 > size) return 1;
    for (size_t entry = directory + 2, left = number(directory, 2); left > 0 && entry + 12 <= size; entry += 12, left--)
        if (number(entry, 2) == 0x0112) return static_cast<int>(number(entry + 8, 2));
    return 1;
}

bool ordinary(const jpeg_decompress_struct& jpeg) {
    for (auto* marker = jpeg.marker_list; marker != nullptr; marker = marker->next)
        if (orientation(marker->data, marker->data_length) != 1) return false;
    return (jpeg.jpeg_color_space == JCS_GRAYSCALE || jpeg.jpeg_color_space == JCS_YCbCr || jpeg.jpeg_color_space == JCS_RGB)
           && int64_t(jpeg.image_width) * jpeg.image_height <= LargestArea;
}

// Leaving out the fine frequencies is cheaper than decoding them. A factor of two is left for the filter, so that sharpness does not suffer.
unsigned shrink(const Form& form, const jpeg_decompress_struct& jpeg) {
    const double factor = form.sized() ? factor_of(form, jpeg.image_height, jpeg.image_width) : 1;
    return factor < 4 ? 1 : factor < 8 ? 2 : factor < 16 ? 4 : 8;
}

} // namespace

bool decode_jpeg(const void* data, size_t size, const Form& form, at::Tensor& pixels) {
    // libjpeg reports by a jump over its own frames, which are C; nothing that needs a destructor lives between setjmp and a jump.
    jpeg_decompress_struct jpeg;
    Failure failure;
    jpeg.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = leave;
    failure.manager.emit_message = leave_at_damage;
    if (setjmp(failure.back) != 0) {
        jpeg_destroy_decompress(&jpeg);
        return false;
    }
    jpeg_create_decompress(&jpeg);
    jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xFFFF);
    jpeg_mem_src(&jpeg, static_cast<const unsigned char*>(data), static_cast<unsigned long>(size));
    jpeg_read_header(&jpeg, TRUE);
    if (!ordinary(jpeg)) leave(reinterpret_cast<j_common_ptr>(&jpeg));
    if (form.sized() && (jpeg.image_height < form.height || jpeg.image_width < form.width)) leave(reinterpret_cast<j_common_ptr>(&jpeg));
    jpeg.out_color_space = jpeg.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg.scale_num = 1;
    jpeg.scale_denom = shrink(form, jpeg);
    jpeg_start_decompress(&jpeg);
    pixels = at::empty({jpeg.output_height, jpeg.output_width, jpeg.output_components}, at::kByte);
    const size_t row = size_t(jpeg.output_width) * size_t(jpeg.output_components);
    while (jpeg.output_scanline < jpeg.output_height) {
        JSAMPROW next = pixels.data_ptr<uint8_t>() + jpeg.output_scanline * row;
        jpeg_read_scanlines(&jpeg, &next, 1);
    }
    jpeg_finish_decompress(&jpeg);
    jpeg_destroy_decompress(&jpeg);
    return true;
}
