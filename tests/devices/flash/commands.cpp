#include "tests/devices/flash/commands.hpp"

#include <algorithm>
#include <vector>

#include "hal/registers/flash.hpp"

namespace tests::devices::flash {
namespace {

namespace r = hal::registers::flash;
using hal::bus::Access;
using hal::bus::Op;
using hal::bus::Result;

enum Opcode : std::uint8_t {
    kWriteStatus = 0x01,
    kProgram = 0x02,
    kRead = 0x03,
    kReadStatus = 0x05,
    kErase = 0x20,
    kJedec = 0x9F,
};

std::uint8_t byte(std::uint32_t word, unsigned i) { return static_cast<std::uint8_t>(word >> (8 * i)); }

Result<void> nowhere(std::uint32_t address) {
    hal::bus::Error error;
    error.code = hal::bus::Code::bad_address;
    error.effect = hal::bus::Effect::none;
    error.address = address;
    return hal::bus::fail(error);
}

}  // namespace

Result<void> Commands::execute(hal::bus::Span<const Access> batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Access& access = batch[i];
        Result<void> done = nowhere(access.address);
        if (access.op == Op::read) done = read(access.address, access.into, access.count);
        if (access.op == Op::write && access.count == 1) done = write(access.address, access.from[0]);
        if (done) continue;
        hal::bus::Error error = done.error();
        error.completed = static_cast<std::uint32_t>(i);
        return hal::bus::fail(error);
    }
    return {};
}

// A run of registers beside each other: identification and status, or content.
Result<void> Commands::read(std::uint32_t address, std::uint32_t* into, std::uint32_t count) {
    std::vector<std::uint8_t> sent, got;
    const auto ask = [&](std::vector<std::uint8_t> command, std::size_t more) {
        sent = std::move(command);
        sent.resize(sent.size() + more);
        got.assign(sent.size(), 0);
        return wire_.transfer(sent.data(), got.data(), sent.size());
    };
    if (address >= r::Content::kOffset && (address - r::Content::kOffset) / 4 + count <= r::Content::kCount) {
        const std::uint32_t at = address - r::Content::kOffset;
        if (const Result<void> done = ask({kRead, byte(at, 2), byte(at, 1), byte(at, 0)}, 4 * count); !done)
            return done;
        for (std::uint32_t i = 0; i < 4 * count; ++i) {
            into[i / 4] = (i % 4 == 0 ? 0 : into[i / 4]) | std::uint32_t{got[4 + i]} << (8 * (i % 4));
        }
        return {};
    }
    for (std::uint32_t i = 0; i < count; ++i, address += 4) {
        if (address != r::Identification::kOffset && address != r::Status::kOffset) return nowhere(address);
        const bool status = address == r::Status::kOffset;
        if (const Result<void> done = status ? ask({kReadStatus}, 1) : ask({kJedec}, 3); !done) return done;
        into[i] = status ? got[1] : std::uint32_t{got[1]} << 16 | std::uint32_t{got[2]} << 8 | got[3];
    }
    return {};
}

Result<void> Commands::write(std::uint32_t address, std::uint32_t word) {
    std::vector<std::uint8_t> sent;
    switch (address) {
        case r::Identification::kOffset: return {};  // as any register that can't be written
        case r::Command::kOffset: sent = {byte(word, 0)}; break;
        case r::WriteStatus::kOffset: sent = {kWriteStatus, byte(word, 0)}; break;
        case r::Erase::kOffset: sent = {kErase, byte(word, 2), byte(word, 1), byte(word, 0)}; break;
        case r::ProgramByte::kOffset:
            sent = {kProgram, byte(word, 3), byte(word, 2), byte(word, 1), byte(word, 0)};
            break;
        default: return nowhere(address);
    }
    std::vector<std::uint8_t> got(sent.size());
    return wire_.transfer(sent.data(), got.data(), sent.size());
}

}  // namespace tests::devices::flash
