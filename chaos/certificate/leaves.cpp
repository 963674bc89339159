#include "chaos/certificate/leaves.hpp"

#include <algorithm>
#include <cstring>

namespace chaos::certificate {

bool Leaves::next(std::vector<std::uint8_t>& leaf) {
    constexpr std::size_t kLargestLeaf = 1 << 28;
    std::size_t size = 0;
    unsigned shift = 0;
    std::uint8_t byte = 0;
    do {
        if (!read(&byte, 1)) {
            if (shift == 0) return false;
            throw Refused("the leaves end too early");
        }
        size |= static_cast<std::size_t>(byte & 0x7F) << shift;
        shift += 7;
    } while ((byte & 0x80) != 0 && shift < 35);
    if (size > kLargestLeaf) throw Refused("a leaf is larger than any state");
    leaf.resize(size);
    if (!read(leaf.data(), size)) throw Refused("the leaves end too early");
    return true;
}

bool Leaves::read(std::uint8_t* to, std::size_t size) {
    while (size > 0) {
        if (at_ == buffer_.size() && !fill()) return false;
        const std::size_t part = std::min(size, buffer_.size() - at_);
        std::memcpy(to, buffer_.data() + at_, part);
        at_ += part;
        to += part;
        size -= part;
    }
    return true;
}

bool Leaves::fill() {
    buffer_.resize(ZSTD_DStreamOutSize());
    at_ = 0;
    ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
    while (out.pos == 0 && !over_) {
        const std::size_t before = in_.pos;
        const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in_);
        if (ZSTD_isError(left) != 0) throw Refused(std::string("the leaves are damaged: ") + ZSTD_getErrorName(left));
        over_ = left == 0;
        if (over_ && in_.pos != in_.size) throw Refused("bytes follow the leaves");
        if (!over_ && out.pos == 0 && in_.pos == before) throw Refused("the leaves end too early");
    }
    buffer_.resize(out.pos);
    return out.pos != 0;
}

}  // namespace chaos::certificate
