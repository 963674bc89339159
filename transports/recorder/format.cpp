#include "transports/recorder/format.hpp"

#include <cstring>

#include "transports/recorder/crc32c.hpp"

namespace transports::recorder {
namespace {

constexpr std::uint8_t kFlagCompressed = 0x01;

// Over the magic and all behind the CRC: a version number is only believed when it was meant.
std::uint32_t checksum(const std::uint8_t* block, std::size_t size) {
    return crc32c(block + 8, size - 8, crc32c(block, 4));
}

// pcapng block types and options.
constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A, kInterface = 1, kPacket = 6, kByteOrder = 0x1A2B3C4D;
constexpr std::uint16_t kEndOfOptions = 0, kComment = 1, kUserApplication = 4, kInterfaceName = 2, kResolution = 9;

void option(std::vector<std::uint8_t>& out, std::uint16_t code, const std::uint8_t* data, std::size_t size) {
    std::uint8_t head[4];
    put16(head, code);
    put16(head + 2, static_cast<std::uint16_t>(size));
    out.insert(out.end(), head, head + sizeof head);
    out.insert(out.end(), data, data + size);
    out.insert(out.end(), padded(size) - size, 0);
}

void option(std::vector<std::uint8_t>& out, std::uint16_t code, const std::string& text) {
    option(out, code, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

// Total length, in front and behind (section 3.1).
void close(std::vector<std::uint8_t>& out, std::size_t from) {
    const auto total = static_cast<std::uint32_t>(out.size() - from + 4);
    put32(&out[from + 4], total);
    out.resize(out.size() + 4);
    put32(&out[out.size() - 4], total);
}

}  // namespace

const char* name(Kind kind) {
    constexpr const char* kNames[] = {"read", "write", "guard", "consume", "write_fixed", "wait", "clock", "frame"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::uint64_t fnv1a(const std::string& text) {
    std::uint64_t hash = 0xCBF29CE484222325u;
    for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3u;
    return hash;
}

void seal(const BlockHeader& h, std::uint8_t* block) {
    std::memcpy(block, "RVT", 3);
    block[3] = static_cast<std::uint8_t>(kMajor);
    block[8] = kHeaderSize;
    block[9] = h.minor;
    block[10] = static_cast<std::uint8_t>(h.kind);
    block[11] = h.compressed ? kFlagCompressed : 0;
    put16(block + 12, h.bus);
    block[14] = h.part;
    block[15] = h.parts;
    put32(block + 16, h.sequence);
    put32(block + 20, h.lost);
    put64(block + 24, h.first_index);
    put64(block + 32, h.base_time_ns);
    put64(block + 40, h.info_hash);
    put32(block + 48, h.records);
    put16(block + 52, h.raw_size);
    put16(block + 54, h.stored_size);
    put64(block + 56, h.trace_id);
    const std::size_t size = kHeaderSize + h.stored_size;
    std::memset(block + size, 0, padded(size) - size);
    put32(block + 4, checksum(block, padded(size)));
}

Opened open_block(const std::uint8_t* data, std::size_t size, BlockHeader& h) {
    if (size < 4) return Opened::too_short;
    if (std::memcmp(data, "RVT", 3) != 0) return Opened::no_block;
    if (size < kHeaderSize) return Opened::too_short;
    h.header_size = data[8];
    h.raw_size = get16(data + 52);
    h.stored_size = get16(data + 54);
    const std::size_t whole = padded(std::size_t{h.header_size} + h.stored_size);
    if (h.header_size < kHeaderSize || whole > kBlockSize) return Opened::damaged;
    if (size < whole) return Opened::too_short;
    if (get32(data + 4) != checksum(data, whole)) return Opened::damaged;
    if (data[3] != static_cast<std::uint8_t>(kMajor)) return Opened::newer;
    h.minor = data[9];
    h.kind = static_cast<BlockKind>(data[10]);
    h.compressed = (data[11] & kFlagCompressed) != 0;
    h.bus = get16(data + 12);
    h.part = data[14];
    h.parts = data[15];
    h.sequence = get32(data + 16);
    h.lost = get32(data + 20);
    h.first_index = get64(data + 24);
    h.base_time_ns = get64(data + 32);
    h.info_hash = get64(data + 40);
    h.records = get32(data + 48);
    h.trace_id = get64(data + 56);
    return Opened::ok;
}

std::vector<std::uint8_t> preamble(const std::string& written_by, const std::vector<std::string>& buses,
                                   std::uint16_t link_type) {
    std::vector<std::uint8_t> out(24, 0);  // section header: section 4.1
    put32(&out[0], kSectionHeader);
    put32(&out[8], kByteOrder);
    put16(&out[12], 1);
    put64(&out[16], ~std::uint64_t{0});  // length of the section: not known
    option(out, kUserApplication, written_by);
    option(out, kEndOfOptions, nullptr, 0);
    close(out, 0);
    for (const std::string& bus : buses) {  // interface descriptions: section 4.2
        const std::size_t from = out.size();
        out.resize(from + 16, 0);
        put32(&out[from], kInterface);
        put16(&out[from + 8], link_type);
        option(out, kInterfaceName, bus);
        const std::uint8_t nanoseconds = 9;
        option(out, kResolution, &nanoseconds, 1);
        option(out, kEndOfOptions, nullptr, 0);
        close(out, from);
    }
    return out;
}

void put_packet_head(std::uint8_t* at, std::uint32_t interface, std::uint64_t time_ns, std::size_t size,
                     std::size_t options) {
    put32(at, kPacket);  // section 4.3
    put32(at + 4, static_cast<std::uint32_t>(kPacketHead + padded(size) + options + kPacketTail));
    put32(at + 8, interface);
    put32(at + 12, static_cast<std::uint32_t>(time_ns >> 32));
    put32(at + 16, static_cast<std::uint32_t>(time_ns));
    put32(at + 20, static_cast<std::uint32_t>(size));
    put32(at + 24, static_cast<std::uint32_t>(size));
}

std::size_t comment_size(std::size_t text) { return text == 0 ? 0 : 4 + padded(text) + 4; }

std::uint8_t* put_comment(std::uint8_t* at, const std::uint8_t* text, std::size_t size) {
    if (size == 0) return at;
    std::memset(at, 0, comment_size(size));
    put16(at, kComment);
    put16(at + 2, static_cast<std::uint16_t>(size));
    std::memcpy(at + 4, text, size);
    return at + comment_size(size);
}

std::size_t packet_size(const BlockHeader& h) {
    const std::size_t comment = h.kind == BlockKind::marker ? comment_size(h.stored_size) : 0;
    return kPacketHead + padded(std::size_t{h.header_size} + h.stored_size) + comment + kPacketTail;
}

std::size_t put_packet(std::uint8_t* at, const BlockHeader& h, const std::uint8_t* block) {
    const std::size_t size = padded(std::size_t{h.header_size} + h.stored_size);
    const std::size_t comment = h.kind == BlockKind::marker ? h.stored_size : 0;
    put_packet_head(at, h.bus, h.base_time_ns, size, comment_size(comment));
    if (at + kPacketHead != block) std::memmove(at + kPacketHead, block, size);
    std::uint8_t* const end = put_comment(at + kPacketHead + size, at + kPacketHead + h.header_size, comment);
    put32(end, static_cast<std::uint32_t>(packet_size(h)));
    return packet_size(h);
}

}  // namespace transports::recorder
