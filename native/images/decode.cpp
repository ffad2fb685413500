// Image files to pixels: the operators foresee::decode_image, decode_bytes, count_levels and fit_image, on libvips.
//
// Why libvips and not torchvision's image:: operators: those read PNG and JPEG only (WebP, GIF and AVIF in later versions), resize in a
// second step on the whole picture, and their library comes with Python's package, for one exact version of libtorch. libvips is in
// every distribution, reads what cameras, microscopes and the web write, shrinks JPEG and WebP while it decodes, and applies orientation.
//
// What comes out: uint8 [H, W, C], the bits per channel that the file has, 8 or 16, and whether the last channel is alpha.
//   channels  0 as stored (CMYK, Lab and the like become RGB), 1 grey = 0.299 R + 0.587 G + 0.114 B, 3 RGB, any other number: of a file with as many.
//   alpha     the last of 2 or 4 channels; of a TIFF file only where it says so, else these are 2 or 4 channels of equal rank. With channels 1 and 3 the
//             picture is laid on white, as viewers show it; with 0 alpha stays a channel.
//   16 bit    (v - black) * 255 / (white - black), rounded, before anything else: libvips would cut off the lower byte. Without a window 0 and 65535 are black and white,
//             as they always are for alpha. Signed and floating-point pixels have no range of their own and are refused.
//   size      height and width 0: its own. Else reduced until it just covers them, the longer side cropped around the centre.
//   damage    a file that is cut off is an error. Several pages or frames: the first.
// Only loaders that libvips holds fit for untrusted files are used.
// Two short cuts, each for a measured reason: ordinary JPEG files (jpeg.cpp) and reduction in memory (reduce.cpp).
#include "pictures.h"
#include "vips.h"

#include <torch/library.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <tuple>

namespace {

// A file in memory, or pixels in memory.
struct Input {
    const void* data;
    size_t size;
    VipsImage* pixels; // instead of data
    bool alpha;        // of the pixels
};

// What is known of a picture: bits per channel of its file, and whether its last channel is alpha.
struct Traits {
    int64_t bits = 8;
    bool alpha = false;
};

// Grey, RGB, or channels that no colour space knows; not the colours of print and science. By the number of channels libvips can't tell: it holds any beyond grey or RGB for alpha.
bool is_plain(VipsImage* picture) {
    switch (vips_image_guess_interpretation(picture)) {
        case VIPS_INTERPRETATION_CMYK:
        case VIPS_INTERPRETATION_LAB:
        case VIPS_INTERPRETATION_LABQ:
        case VIPS_INTERPRETATION_LABS:
        case VIPS_INTERPRETATION_LCH:
        case VIPS_INTERPRETATION_XYZ:
        case VIPS_INTERPRETATION_YXY:
        case VIPS_INTERPRETATION_scRGB:
        case VIPS_INTERPRETATION_HSV: return false;
        default: return true;
    }
}

// The colours of print and science become RGB; grey, RGB and mere channels stay.
bool plain_colours(Picture& picture) {
    if (is_plain(picture.get())) return true;
    VipsImage* out;
    if (vips_colourspace(picture.get(), &out, VIPS_INTERPRETATION_sRGB, nullptr) != 0) return false;
    picture.reset(out);
    return true;
}

bool has_alpha(const Input& input, VipsImage* picture) {
    if (input.pixels != nullptr) return input.alpha;
    if (!is_plain(picture)) return vips_image_hasalpha(picture);
    return (picture->Bands == 2 || picture->Bands == 4) && (!is_tiff(input.data, input.size) || tiff_has_alpha(input.data, input.size));
}

// The window of 16 bits onto the whole range of 8, alpha's whole range onto it.
bool eight_bits(const Form& form, bool alpha, Picture& picture) {
    const auto bands = static_cast<size_t>(picture->Bands), colours = bands - alpha, pairs = form.window.size() / 2;
    TORCH_CHECK(form.window.size() % 2 == 0 && (pairs <= 1 || pairs == colours), "it has ", colours, " channels, but the window for 16 bits has ", form.window.size(), " values");
    std::vector<double> scale(bands, 255.0 / 65535), offset(bands, 0.5); // the cast cuts off, hence 0.5
    for (size_t i = 0; i < (pairs == 0 ? 0 : colours); i++) {
        const auto black = static_cast<double>(form.window[pairs == 1 ? 0 : 2 * i]), white = static_cast<double>(form.window[pairs == 1 ? 1 : 2 * i + 1]);
        TORCH_CHECK(black < white, "the window for 16 bits goes from ", black, " to ", white);
        scale[i] = 255 / (white - black);
        offset[i] = 0.5 - black * scale[i];
    }
    VipsImage* out;
    if (vips_linear(picture.get(), &out, scale.data(), offset.data(), picture->Bands, "uchar", TRUE, nullptr) != 0) return false;
    picture.reset(out);
    return true;
}

// Grey, RGB or mere channels of 8 bits, named so that libvips takes none of them for a colour or for alpha that it is not.
bool name_channels(bool alpha, Picture& picture) {
    const auto colours = picture->Bands - alpha;
    const auto name = colours == 1 ? VIPS_INTERPRETATION_B_W : colours == 3 ? VIPS_INTERPRETATION_sRGB : VIPS_INTERPRETATION_MULTIBAND;
    if (picture->Type == name) return true;
    VipsImage* out;
    if (vips_copy(picture.get(), &out, "interpretation", name, nullptr) != 0) return false;
    picture.reset(out);
    return true;
}

bool upright(Picture& picture) {
    if (vips_image_get_orientation(picture.get()) <= 1) return true;
    Picture memory(vips_image_copy_memory(picture.get())); // turning reads columns, the file gives rows
    VipsImage* out;
    if (!memory || vips_autorot(memory.get(), &out, nullptr) != 0) return false;
    picture.reset(out);
    return true;
}

// Rows come in order and once; a file that is cut off is an error where its rows end.
#define AS_STREAM "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED, nullptr

bool starts(const Input& input, const char* magic, size_t length) { return input.size > length && std::memcmp(input.data, magic, length) == 0; }
bool is_jpeg(const Input& input) { return starts(input, "\xFF\xD8\xFF", 3); }
bool is_png(const Input& input) { return starts(input, "\x89PNG", 4); }

bool open(const Input& input, Picture& picture) {
    VipsImage* out = nullptr;
    auto* data = const_cast<void*>(input.data);
    if (input.pixels != nullptr)
        g_object_ref(out = input.pixels);
    else if (is_jpeg(input)) // asking every loader whether the file is its own costs as much as decoding a small picture
        vips_jpegload_buffer(data, input.size, &out, AS_STREAM);
    else if (is_png(input))
        vips_pngload_buffer(data, input.size, &out, AS_STREAM);
    else
        out = vips_image_new_from_buffer(data, input.size, "", AS_STREAM);
    picture.reset(out);
    return out != nullptr;
}

// JPEG leaves out the fine frequencies while it decodes. A factor of two is left for the filter, so that sharpness does not suffer.
bool shrink_on_load(const Input& input, double factor, Picture& picture) {
    if (!is_jpeg(input) || factor < 4) return true;
    VipsImage* out;
    if (vips_jpegload_buffer(const_cast<void*>(input.data), input.size, &out, "shrink", factor < 8 ? 2 : factor < 16 ? 4 : 8, AS_STREAM) != 0) return false;
    picture.reset(out);
    return true;
}

// For mere channels, among which vips_thumbnail_image would look for colours.
bool reduce_channels(const Form& form, Picture& picture) {
    if (!upright(picture)) return false;
    const auto factor = factor_of(form, picture->Ysize, picture->Xsize);
    const auto share = [factor](int64_t size, int64_t least) { return std::max(double(least), std::round(double(size) / factor)) / double(size); };
    VipsImage* out;
    if (vips_resize(picture.get(), &out, share(picture->Xsize, form.width), "vscale", share(picture->Ysize, form.height), nullptr) != 0) return false;
    picture.reset(out);
    const auto width = static_cast<int>(form.width), height = static_cast<int>(form.height);
    if (vips_extract_area(picture.get(), &out, (picture->Xsize - width) / 2, (picture->Ysize - height) / 2, width, height, nullptr) != 0) return false;
    picture.reset(out);
    return true;
}

bool reduce(const Form& form, Picture& picture) {
    if (picture->Type == VIPS_INTERPRETATION_MULTIBAND) return reduce_channels(form, picture);
    VipsImage* out;
    if (vips_thumbnail_image(picture.get(), &out, static_cast<int>(form.width), "height", static_cast<int>(form.height), "crop", VIPS_INTERESTING_CENTRE, nullptr) != 0) return false;
    picture.reset(out);
    return true;
}

// A lazy picture of the right size, upright, in grey, RGB or mere channels; nothing but the header has been read so far.
bool prepare(const Input& input, const Form& form, Picture& picture, Traits& traits) {
    if (!open(input, picture)) return false;
    const bool plain = is_plain(picture.get());
    traits = {picture->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8, has_alpha(input, picture.get())};
    if (plain) check_channels(form, picture->Bands, traits.alpha);
    if (plain && traits.bits == 16 && !eight_bits(form, traits.alpha, picture)) return false;
    if (plain && picture->BandFmt == VIPS_FORMAT_UCHAR && !name_channels(traits.alpha, picture)) return false;
    const bool turned = vips_image_get_orientation_swap(picture.get());
    const auto width = turned ? picture->Ysize : picture->Xsize, height = turned ? picture->Xsize : picture->Ysize;
    if (same_size(form, height, width)) return upright(picture) && plain_colours(picture);
    TORCH_CHECK(form.enlarge || (width >= form.width && height >= form.height),
                "smaller: ", width, " x ", height, " below ", form.width, " x ", form.height);
    return shrink_on_load(input, factor_of(form, height, width), picture) && reduce(form, picture) && plain_colours(picture);
}

// All rows, top to bottom, in the calling thread: the thread pool behind vips_image_write costs more than a small picture.
bool read_rows(VipsImage* image, uint8_t* target) {
    Region region(vips_region_new(image));
    const size_t row = static_cast<size_t>(image->Xsize) * image->Bands;
    const int strip = std::max(1, static_cast<int>((size_t(4) << 20) / row));
    for (int y = 0; y < image->Ysize; y += strip) {
        const VipsRect rows = {0, y, image->Xsize, std::min(strip, image->Ysize - y)};
        if (vips_region_prepare(region.get(), &rows) != 0) return false;
        for (int i = 0; i < rows.height; i++, target += row) std::memcpy(target, VIPS_REGION_ADDR(region.get(), 0, y + i), row);
    }
    return true;
}

bool read(VipsImage* image, at::Tensor& pixels) {
    TORCH_CHECK(image->BandFmt == VIPS_FORMAT_UCHAR, "its pixels are of type ",
                vips_enum_nick(VIPS_TYPE_BAND_FORMAT, image->BandFmt), "; convert it to 8 or 16 bits per channel");
    pixels = at::empty({image->Ysize, image->Xsize, image->Bands}, at::kByte);
    return read_rows(image, pixels.data_ptr<uint8_t>());
}

using Decoded = std::tuple<at::Tensor, int64_t, bool>; // pixels, bits per channel of the file, whether the last channel is alpha

// In memory: the channels first, so that what is transparent does not bleed, then the size.
at::Tensor fit(const at::Tensor& pixels, const Form& form, bool alpha) {
    const auto coloured = with_channels(pixels, form, alpha);
    return same_size(form, pixels.size(0), pixels.size(1)) ? coloured : reduce_pixels(coloured, form.height, form.width);
}

// libvips has one text of errors for all threads. So a failure is repeated alone, and its text is its own.
template <typename Attempt>
void insist(const Attempt& attempt) {
    static std::shared_mutex errors;
    {
        std::shared_lock<std::shared_mutex> together(errors);
        if (attempt()) return;
    }
    std::unique_lock<std::shared_mutex> alone(errors);
    vips_error_clear();
    TORCH_CHECK(attempt(), reason());
}

Decoded run(const Input& input, const Form& form) {
    TORCH_CHECK(form.channels >= 0, form.channels, " channels were asked for; choose 0 (as stored), 1 (grey), 3 (RGB) or as many as the file has");
    TORCH_CHECK((form.height > 0 && form.width > 0) || (form.height == 0 && form.width == 0), "a size of ", form.width, " x ", form.height, " was asked for");
    if (at::Tensor stored; is_jpeg(input) && decode_jpeg(input.data, input.size, form, stored)) return {fit(stored, form, false), 8, false};
    at::Tensor pixels;
    Traits traits;
    insist([&] {
        Picture picture;
        return prepare(input, form, picture, traits) && read(picture.get(), pixels);
    });
    TORCH_CHECK(!form.sized() || (pixels.size(0) == form.height && pixels.size(1) == form.width), "libvips made ", pixels.size(1), " x ", pixels.size(0),
                " pixels where ", form.width, " x ", form.height, " were asked for");
    pixels = with_channels(pixels, form, traits.alpha);
    return {pixels, traits.bits, traits.alpha && form.channels == 0};
}

std::string read_file(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    TORCH_CHECK(file, errno == 0 ? "it can't be opened" : std::strerror(errno));
    const auto size = static_cast<std::streamoff>(file.tellg());
    TORCH_CHECK(size != 0, "the file is empty");
    std::string content(static_cast<size_t>(std::max<std::streamoff>(size, 0)), '\0');
    file.seekg(0);
    TORCH_CHECK(size > 0 && file.read(content.data(), size), errno == 0 ? "it is no readable file" : std::strerror(errno));
    mend_planes(content);
    return content;
}

Decoded decode_image(std::string path, int64_t channels, int64_t height, int64_t width, bool enlarge, at::IntArrayRef window) {
    start_vips();
    const auto content = read_file(path);
    return run({content.data(), content.size(), nullptr, false}, {channels, height, width, enlarge, window.vec()});
}

// int64 [C, 65536]: how often each value occurs in each channel but alpha; of other than 16 bits, or of colours of print and science, [0, 65536].
at::Tensor count_levels(std::string path) {
    start_vips();
    const auto content = read_file(path);
    const Input input{content.data(), content.size(), nullptr, false};
    at::Tensor counts;
    insist([&] {
        Picture picture;
        if (!open(input, picture)) return false;
        const bool counted = picture->BandFmt == VIPS_FORMAT_USHORT && is_plain(picture.get());
        const int64_t channels = counted ? picture->Bands - has_alpha(input, picture.get()) : 0;
        counts = at::zeros({channels, 65536}, at::kLong);
        if (!counted) return true;
        VipsImage* out;
        if (vips_hist_find(picture.get(), &out, nullptr) != 0) return false;
        const Picture histogram(out); // one row of unsigned integers, as many as the largest value asks for
        Region region(vips_region_new(out));
        const VipsRect row = {0, 0, out->Xsize, 1};
        if (vips_region_prepare(region.get(), &row) != 0) return false;
        const auto* values = reinterpret_cast<const uint32_t*>(VIPS_REGION_ADDR(region.get(), 0, 0));
        for (int level = 0; level < out->Xsize; level++, values += out->Bands)
            for (int64_t c = 0; c < channels; c++) counts.data_ptr<int64_t>()[c * 65536 + level] = values[c];
        return true;
    });
    return counts;
}

Decoded decode_bytes(const at::Tensor& bytes, int64_t channels, int64_t height, int64_t width, bool enlarge, at::IntArrayRef window) {
    start_vips();
    check_bytes(bytes, 1, "[bytes]");
    std::string content(static_cast<const char*>(bytes.data_ptr()), static_cast<size_t>(bytes.numel()));
    mend_planes(content);
    return run({content.data(), content.size(), nullptr, false}, {channels, height, width, enlarge, window.vec()});
}

at::Tensor fit_image(const at::Tensor& pixels, int64_t channels, int64_t height, int64_t width, bool enlarge, bool alpha) {
    const Form form{channels, height, width, enlarge};
    start_vips();
    check_bytes(pixels, 3, "[H, W, C]");
    if ((channels == 1 || channels == 3) && form.sized() && pixels.size(0) >= height && pixels.size(1) >= width) return fit(pixels, form, alpha);
    const auto picture = picture_of(pixels);
    return std::get<0>(run({nullptr, 0, picture.get(), alpha}, form));
}

} // namespace

TORCH_LIBRARY_FRAGMENT(foresee, m) {
    m.def("decode_image(str path, int channels=0, int height=0, int width=0, bool enlarge=False, int[] window=[]) -> (Tensor pixels, int bits, bool alpha)", &decode_image);
    m.def("decode_bytes(Tensor bytes, int channels=0, int height=0, int width=0, bool enlarge=False, int[] window=[]) -> (Tensor pixels, int bits, bool alpha)", &decode_bytes);
    m.def("count_levels(str path) -> Tensor", &count_levels);
    m.def("fit_image(Tensor pixels, int channels=0, int height=0, int width=0, bool enlarge=False, bool alpha=False) -> Tensor", &fit_image);
}
