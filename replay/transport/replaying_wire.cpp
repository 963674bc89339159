#include "replay/transport/replaying_wire.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "transports/spi/protocol.hpp"

namespace replay::transport {

namespace spi = transports::spi;
using hal::bus::Result;
using trace::Kind;
using trace::Record;
using What = Divergence::What;

namespace {

imports::Imported accesses_of(const std::string& device, const std::vector<std::uint8_t>& tx,
                              const std::vector<std::uint8_t>& rx) {
    imports::DeviceDecoder decoder(device);
    imports::Imported all;
    imports::SpiFrame frame;
    frame.mosi = tx;
    frame.miso = rx;
    decoder.add(all, frame);
    return all;
}

}  // namespace

std::size_t ReplayingWire::max_transfer() const { return spi::kMaxTransfer; }

ReplayingWire::Frame ReplayingWire::frame_at(std::size_t at) const {
    Frame frame;
    while (at < trace_.size() && trace_.head(at).kind == Kind::frame) {
        const Record piece = trace_.at(at++);
        frame.tx.insert(frame.tx.end(), piece.tx.begin(), piece.tx.end());
        frame.rx.insert(frame.rx.end(), piece.rx.begin(), piece.rx.end());
        frame.next = at;
        if (piece.frame_ends) break;
    }
    return frame;
}

// Of the same size, and not the same.
Divergence ReplayingWire::compare_bytes(const Frame& frame, const Bytes& sent) const {
    const auto first =
        static_cast<std::size_t>(std::mismatch(sent.begin(), sent.end(), frame.tx.begin()).first - sent.begin());
    Divergence d = describe(What::value, fmt::format("{:#04x}", sent[first]));
    d.expected = fmt::format("{:#04x}", frame.tx[first]);
    d.expected_value = frame.tx[first];
    d.actual_value = sent[first];
    d.reg = fmt::format("byte {} of a frame of {}", first, sent.size());
    const imports::Imported told = accesses_of(device_, frame.tx, frame.rx),
                            done = accesses_of(device_, sent, frame.rx);
    for (std::size_t i = 0; i < told.records.size() && i < done.records.size(); ++i) {
        const Record a = told.records.at(i), b = done.records.at(i);
        if (a.kind != b.kind || a.address != b.address || a.words.size() != b.words.size()) {
            d.what = a.kind != b.kind ? What::kind : a.address != b.address ? What::address : What::count;
            d.address = a.address;
            d.block = schema_.block_name(a.address);
            d.reg = schema_.name(a.address);
            d.expected = fmt::format("{} {}", transports::recorder::name(a.kind), schema_.name(a.address));
            d.actual = fmt::format("{} {}", transports::recorder::name(b.kind), schema_.name(b.address));
            return d;
        }
        for (std::uint32_t k = 0; k < a.words.size(); ++k) {
            if (a.words[k] == b.words[k]) continue;
            tell_values(d, a.kind == Kind::guard ? a.address : a.address_of(k), a.words[k], b.words[k]);
            return d;
        }
    }
    return d;
}

std::optional<std::size_t> ReplayingWire::find_again(const Bytes& sent) const {
    for (std::size_t at = at_ + 1; at < trace_.size() && at < at_ + kLookAhead; ++at) {
        if (trace_.head(at).kind == Kind::frame && trace_.head(at).frame_begins && frame_at(at).tx == sent) return at;
    }
    return std::nullopt;
}

Result<void> ReplayingWire::answer(const Frame& frame, std::uint8_t* rx) {
    std::copy(frame.rx.begin(), frame.rx.end(), rx);
    at_ = frame.next;
    const Record& last = trace_.head(at_ - 1);
    time_ = last.time_ns;
    ++replayed_;
    if (last.failed) return hal::bus::fail(last.error);
    return {};
}

Result<void> ReplayingWire::transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) {
    if (stopped_) return gone(0);
    skip_clocks();
    const Bytes sent(tx, tx + size);
    const bool is_frame = !at_end() && trace_.head(at_).kind == Kind::frame;
    const Frame frame = is_frame ? frame_at(at_) : Frame{};
    const bool same_size = is_frame && frame.tx.size() == size;
    if (same_size && frame.tx == sent) return answer(frame, rx);
    Divergence d = same_size ? compare_bytes(frame, sent)
                             : describe(at_end()    ? What::ended
                                        : !is_frame ? What::kind
                                                    : What::count,
                                        fmt::format("a frame of {} bytes", size));
    if (is_frame && !same_size) d.expected = fmt::format("a frame of {} bytes", frame.tx.size());
    const bool may = allowed(d);
    if (!may) stop_or_go_on(d);
    if (stopped_) return gone(0);
    if (d.what == What::value || (may && same_size)) return answer(frame, rx);
    if (const auto again = find_again(sent)) return answer(frame_at(*again), rx);
    ++elsewhere_;  // a chip that says nothing
    std::fill(rx, rx + size, std::uint8_t{0});
    return {};
}

std::optional<Claim> first_claim(const trace::Sequence& trace, std::size_t from) {
    for (std::size_t i = from; i < trace.size(); ++i) {
        if (!trace.head(i).frame_begins || trace.head(i).kind != Kind::frame) continue;
        const auto tx = trace.at(i).tx;
        if (tx.size() < spi::kRequestHeader || tx[spi::kAtMagic] != spi::kMagic || tx[spi::kAtKind] != spi::kClaim) {
            continue;
        }
        return Claim{i, transports::recorder::get32(tx.data() + spi::kAtNonce)};
    }
    return std::nullopt;
}

}  // namespace replay::transport
