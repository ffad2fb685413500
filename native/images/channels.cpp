// Grey, RGB and alpha made of each other; channels beyond these only stay as they are.
#include "pictures.h"

namespace {

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

} // namespace

void check_channels(const Form& form, int64_t bands, bool alpha) {
    const auto colours = bands - alpha;
    const auto paints = [](int64_t channels) { return channels == 1 || channels == 3; };
    TORCH_CHECK(form.channels == 0 || (form.channels == colours && !alpha) || (paints(form.channels) && paints(colours)), "it has ", colours,
                colours == 1 ? " channel" : " channels", alpha ? " and alpha" : "", ", but ", form.channels, " were asked for; keep images with as many channels in a folder of their own");
}

at::Tensor with_channels(const at::Tensor& pixels, const Form& form, bool alpha) {
    const auto bands = pixels.size(2), channels = form.channels;
    check_channels(form, bands, alpha);
    if (channels == 0 || (channels == bands && !alpha)) return pixels;
    auto result = at::empty({pixels.size(0), pixels.size(1), channels}, at::kByte);
    using Converter = void (*)(const uint8_t*, uint8_t*, int64_t);
    static constexpr Converter to_grey[] = {convert<1, 1>, convert<2, 1>, convert<3, 1>, convert<4, 1>};
    static constexpr Converter to_rgb[] = {convert<1, 3>, convert<2, 3>, convert<3, 3>, convert<4, 3>};
    (channels == 1 ? to_grey : to_rgb)[bands - 1](pixels.data_ptr<uint8_t>(), result.data_ptr<uint8_t>(), pixels.size(0) * pixels.size(1));
    return result;
}
