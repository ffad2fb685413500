// What libvips does not tell of a TIFF file, or misreads. Both stand in the first directory, a list of tags with their values.
#include "pictures.h"

namespace {

constexpr size_t Photometric = 262, SamplesPerPixel = 277, PlanarConfiguration = 284, ExtraSamples = 338;

class Directory {
public:
    Directory(const void* data, size_t size)
        : bytes(static_cast<const uint8_t*>(data)), size(size), little(size > 0 && bytes[0] == 'I'), big(number(2, 2) == 43), word(big ? 8 : 4) {}

    bool is_tiff() const {
        const auto order = number(0, 2), version = number(2, 2);
        return (order == 0x4949 || order == 0x4D4D) && (version == 42 || version == 43);
    }

    // Where a tag's first value of 16 bits stands, of a tag that has so many values; 0 without such a tag.
    size_t place(size_t tag, size_t values) const {
        const auto start = number(big ? 8 : 4, word);
        const size_t entry_size = 4 + 2 * word, count_size = big ? 8 : 2;
        auto entry = start + count_size;
        for (auto left = std::min(number(start, count_size), size / entry_size); left > 0; left--, entry += entry_size)
            if (number(entry, 2) == tag) return number(entry + 4, word) == values ? entry + 4 + word : 0;
        return 0;
    }

    size_t value(size_t tag, size_t values = 1) const {
        const auto at = place(tag, values);
        return at == 0 ? 0 : number(at, 2);
    }

    size_t low_byte(size_t place) const { return little ? place : place + 1; }

private:
    // Unsigned, of the file's byte order; 0 outside the file.
    size_t number(size_t at, size_t count) const {
        if (at > size || count > size - at) return 0;
        size_t value = 0;
        for (size_t i = 0; i < count; i++) value = value << 8 | bytes[at + (little ? count - 1 - i : i)];
        return value;
    }

    const uint8_t* bytes;
    size_t size;
    bool little, big; // big: the variant whose numbers have 8 bytes instead of 4
    size_t word;
};

} // namespace

bool is_tiff(const void* data, size_t size) { return Directory(data, size).is_tiff(); }

// ExtraSamples says of each channel beyond grey or RGB what it is: 0 unspecified (the infrared of a satellite, say), 1 alpha with
// premultiplied colours, 2 alpha. Several such channels are more than a picture has.
bool tiff_has_alpha(const void* data, size_t size) {
    const auto kind = Directory(data, size).value(ExtraSamples);
    return kind == 1 || kind == 2;
}

// libvips 8.14 misreads grey TIFF files whose channels lie one after the other: it takes a row of all channels to be as long as that of
// one, so only the first row is right. It reads the same file right when it is called RGB.
void mend_planes(std::string& file) {
    constexpr size_t Grey = 1, Separate = 2;
    constexpr char Rgb = 2;
    const Directory tags(file.data(), file.size());
    if (tags.is_tiff() && tags.value(Photometric) == Grey && tags.value(PlanarConfiguration) == Separate && tags.value(SamplesPerPixel) > 1)
        file[tags.low_byte(tags.place(Photometric, 1))] = Rgb;
}
