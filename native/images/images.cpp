// Image files to pixels: the operators foresee::decode_image, decode_bytes, fit_image and encode_png, on libvips.
//
// Why libvips and not torchvision's image:: operators: those read PNG and JPEG only (WebP, GIF and AVIF in later versions), resize in a
// second step on the whole picture, and their library comes with Python's package, for one exact version of libtorch. libvips is in
// every distribution, reads what cameras, microscopes and the web write, shrinks JPEG and WebP while it decodes, and applies orientation.
//
// What comes out: uint8 [H, W, C], and the bits per channel that the file has, 8 or 16.
//   channels  0 as stored (CMYK, Lab and the like become RGB), 1 grey = 0.299 R + 0.587 G + 0.114 B, 3 RGB.
//   alpha     with channels 1 and 3 the picture is laid on white, as viewers show it; with 0 it stays a channel.
//   16 bit    v * 255 / 65535, rounded, before anything else: libvips would cut off the lower byte. Signed and floating-point pixels have no range of their own and are refused.
//   size      height and width 0: its own. Else reduced until it just covers them, the longer side cropped around the centre.
//   damage    a file that is cut off is an error. Several pages or frames: the first.
// Only loaders that libvips holds fit for untrusted files are used.
// Two short cuts, each for a measured reason: ordinary JPEG files (jpeg.cpp) and reduction in memory (reduce.cpp).
#include "pictures.h"

#include <torch/library.h>
#include <vips/vips.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <tuple>

namespace {

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
using Picture = std::unique_ptr<VipsImage, Unref>;
using Region = std::unique_ptr<VipsRegion, Unref>;

// A file in memory, or pixels in memory.
struct Input {
    const void* data;
    size_t size;
    VipsImage* pixels; // instead of data
};

void silent(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}

void start_vips() {
    static const bool started = [] {
        if (VIPS_INIT("foresee") != 0) return false;
        vips_concurrency_set(1); // the caller has threads of its own, one image each
        vips_cache_set_max(0);   // no picture is opened twice
        vips_block_untrusted_set(TRUE);
        g_log_set_handler("VIPS", static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO), silent, nullptr);
        return true;
    }();
    TORCH_CHECK(started, "libvips does not start: ", vips_error_buffer());
    // libvips keeps buffers per thread, which a thread gives back at its end.
    thread_local struct Farewell {
        ~Farewell() { vips_thread_shutdown(); }
    } farewell;
    (void)farewell;
}

std::string reason() {
    std::unique_ptr<char, decltype(&g_free)> text(vips_error_buffer_copy(), g_free);
    std::string lines(text.get());
    while (!lines.empty() && lines.back() == '\n') lines.pop_back();
    for (size_t at; (at = lines.find('\n')) != std::string::npos;) lines.replace(at, 1, "; ");
    return lines.empty() ? "libvips gives no reason" : lines;
}

// The colours of print and science become RGB; grey and RGB stay.
bool plain_colours(Picture& picture) {
    switch (vips_image_guess_interpretation(picture.get())) {
        case VIPS_INTERPRETATION_CMYK:
        case VIPS_INTERPRETATION_LAB:
        case VIPS_INTERPRETATION_LABQ:
        case VIPS_INTERPRETATION_LABS:
        case VIPS_INTERPRETATION_LCH:
        case VIPS_INTERPRETATION_XYZ:
        case VIPS_INTERPRETATION_YXY:
        case VIPS_INTERPRETATION_scRGB:
        case VIPS_INTERPRETATION_HSV: break;
        default: return true;
    }
    VipsImage* out;
    if (vips_colourspace(picture.get(), &out, VIPS_INTERPRETATION_sRGB, nullptr) != 0) return false;
    picture.reset(out);
    return true;
}

// The whole range of 16 bits onto that of 8.
bool eight_bits(Picture& picture) {
    if (picture->BandFmt != VIPS_FORMAT_USHORT) return true;
    const auto colours = vips_image_guess_interpretation(picture.get());
    if (colours != VIPS_INTERPRETATION_GREY16 && colours != VIPS_INTERPRETATION_RGB16 && colours != VIPS_INTERPRETATION_MULTIBAND) return true;
    VipsImage* out;
    if (vips_linear1(picture.get(), &out, 255.0 / 65535, 0.5, "uchar", TRUE, nullptr) != 0) return false; // the cast cuts off, hence 0.5
    picture.reset(out);
    const auto plain = out->Bands < 3 ? VIPS_INTERPRETATION_B_W : out->Bands < 5 ? VIPS_INTERPRETATION_sRGB : VIPS_INTERPRETATION_MULTIBAND;
    if (vips_copy(picture.get(), &out, "interpretation", plain, nullptr) != 0) return false;
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

bool reduce(const Form& form, Picture& picture) {
    VipsImage* out;
    if (vips_thumbnail_image(picture.get(), &out, static_cast<int>(form.width), "height", static_cast<int>(form.height), "crop", VIPS_INTERESTING_CENTRE, nullptr) != 0) return false;
    picture.reset(out);
    return true;
}

// A lazy picture of the right size, upright, in grey or RGB; nothing but the header has been read so far.
bool prepare(const Input& input, const Form& form, Picture& picture, int64_t& bits) {
    if (!open(input, picture)) return false;
    bits = picture->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8;
    if (!eight_bits(picture)) return false;
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

uint8_t on_white(uint32_t value, uint32_t alpha) { return static_cast<uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255); }

// 1 to 4 channels as stored -> 1 or 3. The grey of ITU-R 601 with 16-bit weights, as most image libraries compute it.
template <int From, int To>
void convert(const uint8_t* from, uint8_t* to, int64_t count) {
    constexpr bool has_alpha = From == 2 || From == 4;
    constexpr int colours = From - has_alpha;
    for (int64_t i = 0; i < count; i++, from += From, to += To) {
        uint8_t colour[3];
        for (int c = 0; c < colours; c++) colour[c] = has_alpha ? on_white(from[c], from[From - 1]) : from[c];
        if (colours == To)
            for (int c = 0; c < To; c++) to[c] = colour[c];
        else if (colours == 1)
            for (int c = 0; c < To; c++) to[c] = colour[0];
        else
            to[0] = static_cast<uint8_t>((colour[0] * 19595u + colour[1] * 38470u + colour[2] * 7471u + 32768u) >> 16);
    }
}

at::Tensor with_channels(const at::Tensor& pixels, int64_t channels) {
    const auto bands = pixels.size(2);
    if (channels == 0 || channels == bands) return pixels;
    TORCH_CHECK(bands <= 4, "it has ", bands, " channels per pixel, which are neither grey nor RGB");
    auto result = at::empty({pixels.size(0), pixels.size(1), channels}, at::kByte);
    using Converter = void (*)(const uint8_t*, uint8_t*, int64_t);
    static constexpr Converter to_grey[] = {convert<1, 1>, convert<2, 1>, convert<3, 1>, convert<4, 1>};
    static constexpr Converter to_rgb[] = {convert<1, 3>, convert<2, 3>, convert<3, 3>, convert<4, 3>};
    (channels == 1 ? to_grey : to_rgb)[bands - 1](pixels.data_ptr<uint8_t>(), result.data_ptr<uint8_t>(), pixels.size(0) * pixels.size(1));
    return result;
}

using Decoded = std::tuple<at::Tensor, int64_t>; // pixels, bits per channel of the file

// In memory: the channels first, so that what is transparent does not bleed, then the size.
at::Tensor fit(const at::Tensor& pixels, const Form& form) {
    const auto coloured = with_channels(pixels, form.channels);
    return same_size(form, pixels.size(0), pixels.size(1)) ? coloured : reduce_pixels(coloured, form.height, form.width);
}

bool attempt(const Input& input, const Form& form, at::Tensor& pixels, int64_t& bits) {
    Picture picture;
    return prepare(input, form, picture, bits) && read(picture.get(), pixels);
}

Decoded run(const Input& input, const Form& form) {
    TORCH_CHECK(form.channels == 0 || form.channels == 1 || form.channels == 3, form.channels, " channels were asked for; choose 0 (as stored), 1 or 3");
    TORCH_CHECK((form.height > 0 && form.width > 0) || (form.height == 0 && form.width == 0), "a size of ", form.width, " x ", form.height, " was asked for");
    if (at::Tensor stored; is_jpeg(input) && decode_jpeg(input.data, input.size, form, stored)) return {fit(stored, form), 8};
    // libvips has one text of errors for all threads. So a failure is repeated alone, and its text is its own.
    static std::shared_mutex errors;
    at::Tensor pixels;
    int64_t bits = 8;
    bool good;
    {
        std::shared_lock<std::shared_mutex> together(errors);
        good = attempt(input, form, pixels, bits);
    }
    if (!good) {
        std::unique_lock<std::shared_mutex> alone(errors);
        vips_error_clear();
        TORCH_CHECK(attempt(input, form, pixels, bits), reason());
    }
    TORCH_CHECK(!form.sized() || (pixels.size(0) == form.height && pixels.size(1) == form.width), "libvips made ", pixels.size(1), " x ", pixels.size(0),
                " pixels where ", form.width, " x ", form.height, " were asked for");
    return {with_channels(pixels, form.channels), bits};
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
    return content;
}

Decoded decode_image(std::string path, int64_t channels, int64_t height, int64_t width, bool enlarge) {
    start_vips();
    const auto content = read_file(path);
    return run({content.data(), content.size(), nullptr}, {channels, height, width, enlarge});
}

void check_bytes(const at::Tensor& tensor, int64_t dimensions, const char* form) {
    TORCH_CHECK(tensor.scalar_type() == at::kByte && tensor.dim() == dimensions && tensor.is_contiguous() && tensor.device().is_cpu() && tensor.numel() > 0,
                "expected a contiguous uint8 tensor ", form, " on the CPU, got ", tensor.scalar_type(), " ", tensor.sizes());
}

Decoded decode_bytes(const at::Tensor& bytes, int64_t channels, int64_t height, int64_t width, bool enlarge) {
    start_vips();
    check_bytes(bytes, 1, "[bytes]");
    return run({bytes.data_ptr(), static_cast<size_t>(bytes.numel()), nullptr}, {channels, height, width, enlarge});
}

// The tensor's memory as a picture, without a copy; the tensor must outlive it.
Picture picture_of(const at::Tensor& pixels) {
    check_bytes(pixels, 3, "[H, W, C]");
    const auto bands = static_cast<int>(pixels.size(2));
    TORCH_CHECK(bands <= 4, "a picture has 1 to 4 channels, got ", bands);
    Picture raw(vips_image_new_from_memory(pixels.data_ptr(), static_cast<size_t>(pixels.numel()), static_cast<int>(pixels.size(1)),
                                           static_cast<int>(pixels.size(0)), bands, VIPS_FORMAT_UCHAR));
    TORCH_CHECK(raw, "libvips takes no picture of ", pixels.sizes());
    raw->Type = bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB; // two and four channels: the last is alpha
    return raw;
}

at::Tensor fit_image(const at::Tensor& pixels, int64_t channels, int64_t height, int64_t width, bool enlarge) {
    const Form form{channels, height, width, enlarge};
    start_vips();
    check_bytes(pixels, 3, "[H, W, C]");
    if (form.channels != 0 && form.sized() && pixels.size(0) >= height && pixels.size(1) >= width) return fit(pixels, form);
    const auto picture = picture_of(pixels);
    return std::get<0>(run({nullptr, 0, picture.get()}, form));
}

// Takes over a buffer that libvips wrote.
at::Tensor written(void* buffer, size_t size) {
    std::unique_ptr<void, decltype(&g_free)> owner(buffer, g_free);
    auto bytes = at::empty({static_cast<int64_t>(size)}, at::kByte);
    std::memcpy(bytes.data_ptr(), buffer, size);
    return bytes;
}

at::Tensor encode_png(const at::Tensor& pixels) {
    start_vips();
    const auto picture = picture_of(pixels);
    void* buffer = nullptr;
    size_t size = 0;
    TORCH_CHECK(vips_pngsave_buffer(picture.get(), &buffer, &size, nullptr) == 0, reason());
    return written(buffer, size);
}

at::Tensor encode_jpeg(const at::Tensor& pixels, int64_t quality) {
    start_vips();
    const auto picture = picture_of(pixels);
    void* buffer = nullptr;
    size_t size = 0;
    TORCH_CHECK(vips_jpegsave_buffer(picture.get(), &buffer, &size, "Q", static_cast<int>(quality), nullptr) == 0, reason());
    return written(buffer, size);
}

} // namespace

TORCH_LIBRARY_FRAGMENT(foresee, m) {
    m.def("decode_image(str path, int channels=0, int height=0, int width=0, bool enlarge=False) -> (Tensor pixels, int bits)", &decode_image);
    m.def("decode_bytes(Tensor bytes, int channels=0, int height=0, int width=0, bool enlarge=False) -> (Tensor pixels, int bits)", &decode_bytes);
    m.def("fit_image(Tensor pixels, int channels=0, int height=0, int width=0, bool enlarge=False) -> Tensor", &fit_image);
    m.def("encode_png(Tensor pixels) -> Tensor", &encode_png);
    m.def("encode_jpeg(Tensor pixels, int quality) -> Tensor", &encode_jpeg);
}
