#include "transports/qemu/spi_forward.hpp"

#include "transports/qemu/stream.hpp"

namespace transports::qemu {
namespace {

std::uint32_t get(const std::uint8_t* at) {
    return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
           static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

}  // namespace

// A machine that ends within a message has sent what is in in_: a frame of that many bytes.
void SpiForward::serve(int fd) {
    in_.clear();
    at_ = 0;
    while (find_header(fd)) {
        const std::size_t size = get(in_.data() + at_ + 8);
        const bool whole = fill(fd, kForwardHeader + size);
        const std::size_t received = whole ? size : in_.size() - at_ - kForwardHeader;
        const bool heard = received != 0 && transfer(received);
        if (!whole) return;
        // A chip that says nothing isn't answered for: the controller tells spidev that time is up.
        if (heard && !send(fd, out_.data(), out_.size())) return;
        at_ += kForwardHeader + size;
    }
}

// True: `size` bytes are there, from at_ on.
bool SpiForward::fill(int fd, std::size_t size) {
    constexpr std::size_t kPart = 16384;
    if (in_.size() - at_ >= size) return true;
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
    while (in_.size() < size) {
        const std::size_t before = in_.size();
        in_.resize(before + kPart);
        const std::size_t received = receive_some(fd, in_.data() + before, kPart);
        in_.resize(before + received);
        if (received == 0) return false;
    }
    return true;
}

bool SpiForward::find_header(int fd) {
    while (fill(fd, kForwardHeader)) {
        const std::uint8_t* const header = in_.data() + at_;
        const std::uint32_t size = get(header + 8);
        if (get(header) == kForwardMagic && size != 0 && size <= kForwardMost) return true;
        ++skipped_;
        ++at_;
    }
    return false;
}

bool SpiForward::transfer(std::size_t size) {
    ++messages_;
    out_.assign(in_.begin() + static_cast<std::ptrdiff_t>(at_),
                in_.begin() + static_cast<std::ptrdiff_t>(at_ + kForwardHeader));
    out_.resize(kForwardHeader + size);
    return static_cast<bool>(wire_.transfer(in_.data() + at_ + kForwardHeader, out_.data() + kForwardHeader, size));
}

}  // namespace transports::qemu
