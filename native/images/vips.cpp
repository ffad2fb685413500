#include "vips.h"

namespace {

void silent(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}

} // namespace

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

void check_bytes(const at::Tensor& tensor, int64_t dimensions, const char* form) {
    TORCH_CHECK(tensor.scalar_type() == at::kByte && tensor.dim() == dimensions && tensor.is_contiguous() && tensor.device().is_cpu() && tensor.numel() > 0,
                "expected a contiguous uint8 tensor ", form, " on the CPU, got ", tensor.scalar_type(), " ", tensor.sizes());
}

Picture picture_of(const at::Tensor& pixels) {
    check_bytes(pixels, 3, "[H, W, C]");
    const auto bands = static_cast<int>(pixels.size(2));
    Picture raw(vips_image_new_from_memory(pixels.data_ptr(), static_cast<size_t>(pixels.numel()), static_cast<int>(pixels.size(1)),
                                           static_cast<int>(pixels.size(0)), bands, VIPS_FORMAT_UCHAR));
    TORCH_CHECK(raw, "libvips takes no picture of ", pixels.sizes());
    raw->Type = bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB; // two and four channels: the last is alpha
    return raw;
}
