// Both decoders of the SPI link: the chip's, before any frame; the HAL's, before any reply.
#include "fuzz/input.hpp"
#include "transports/model/bridge.hpp"
#include "transports/model/crc.hpp"
#include "transports/model/fake_port.hpp"
#include "transports/spi/link.hpp"

namespace {

using transports::model::FakePort;
namespace spi = transports::spi;

constexpr std::uint8_t kHost = 1, kSealed = 2;  // bits of the first byte
constexpr std::size_t kMostFrames = 8;

/// A frame of what is left. Sealed: with the CRC that it needs to be looked at.
void to_chip(fuzz::Input input, bool sealed) {
    FakePort port;
    port.effects.reserve(64);
    transports::model::BridgeSession session;
    transports::model::Bridge bridge(port, session);
    // Whoever sends them owns the port: frames of others are refused at once.
    port.set_epoch(1);
    session.owner_nonce = 1;
    for (std::size_t n = 0; n < kMostFrames && input.left() > 2; ++n) {
        const std::size_t size = input.take<std::uint16_t>() % 512;
        std::uint8_t out[512 + spi::kTurnaround] = {}, in[sizeof out];
        input.take(out, size);
        if (sealed && size > spi::kRequestHeader + spi::kCrcSize) {
            std::uint16_t payload = 0;
            std::memcpy(&payload, out + spi::kAtPayloadSize, sizeof payload);
            const std::size_t end = spi::kRequestHeader + payload;
            out[spi::kAtMagic] = spi::kMagic;
            if (end + spi::kCrcSize <= size) {
                const std::uint32_t crc = transports::model::crc32(out, end);
                std::memcpy(out + end, &crc, sizeof crc);
            }
        }
        const std::size_t effects = port.effects.size();
        bridge.transfer(out, in, size + spi::kTurnaround);
        // Sent again, byte for byte: nothing is done twice, unless it is a claim, which is idempotent.
        const std::size_t once = port.effects.size();
        bridge.transfer(out, in, size + spi::kTurnaround);
        fuzz::demand(port.effects.size() == once, "a repeated frame was executed again");
        fuzz::demand(once - effects <= 2 * size, "more was done than the frame has room for");
        fuzz::demand(used_size(session) <= sizeof session, "the retained reply has outgrown its room");
    }
}

/// Answers with what is left of the input.
class Babble final : public hal::bus::Wire {
public:
    Babble(fuzz::Input& input, bool sealed) : input_(input), sealed_(sealed) {}
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        std::memset(rx, 0, size);
        std::uint16_t payload = 0;
        std::memcpy(&payload, tx + spi::kAtPayloadSize, sizeof payload);
        const std::size_t from = spi::kRequestHeader + payload + spi::kCrcSize + spi::kTurnaround;
        if (from >= size) return {};
        const std::size_t room = size - from, length = room < input_.left() ? room : input_.left();
        input_.take(rx + from, length);
        std::uint16_t data = 0;
        if (sealed_ && room >= spi::kReplyHeader + spi::kCrcSize) {
            rx[from + spi::kAtMarker] = spi::kReady;
            std::memcpy(rx + from + spi::kAtReplySequence, tx + spi::kAtSequence, 2);
            std::memcpy(&data, rx + from + spi::kAtDataSize, sizeof data);
            const std::size_t end = spi::kReplyHeader + data;
            if (end + spi::kCrcSize <= room) {
                const std::uint32_t crc = transports::model::crc32(rx + from, end);
                std::memcpy(rx + from + end, &crc, sizeof crc);
            }
        }
        return {};
    }
    std::size_t max_transfer() const override { return 512; }
    hal::bus::Nanoseconds now() override { return now_; }
    void wait_until(hal::bus::Nanoseconds deadline) override { now_ = deadline > now_ ? deadline : now_; }

private:
    fuzz::Input& input_;
    const bool sealed_;
    hal::bus::Nanoseconds now_ = 0;
};

void to_host(fuzz::Input input, bool sealed) {
    using hal::bus::Op;
    Babble wire(input, sealed);
    const std::uint8_t what = input.take<std::uint8_t>();
    spi::Link link(wire, (what & 1) != 0 ? spi::Link::Mode::observer : spi::Link::Mode::managed);
    if ((what & 1) == 0 && !link.claim(7)) return;
    std::uint32_t words[16] = {}, wanted[2] = {1, 1};
    const hal::bus::Access all[] = {{Op::guard, 0x100, 1, nullptr, wanted},
                                    {Op::read, 0x40, 16, words, nullptr},
                                    {Op::write, 0x80, 4, nullptr, words},
                                    {Op::consume, 0x200, 1, words, nullptr}};
    const std::size_t first = what >> 1 & 3, count = 1 + (what >> 3) % (4 - first);
    const auto done = link.execute({all + first, count});
    fuzz::demand(done || done.error().completed <= count, "more accesses completed than there were");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto how = input.take<std::uint8_t>();
    const bool sealed = (how & kSealed) != 0;
    if ((how & kHost) != 0) {
        to_host(input, sealed);
    } else {
        to_chip(input, sealed);
    }
    return 0;
}
