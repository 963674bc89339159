#include "tests/devices/device.hpp"

#include <stdexcept>

#include "tests/devices/edu/edu.hpp"
#include "tests/devices/flash/flash.hpp"
#include "tests/devices/nvme/nvme.hpp"

namespace tests::devices {
namespace {

constexpr std::uint32_t kTableBytes = 256, kTableSpan = 0x1000, kScratchAt = 0x8000;
constexpr std::uint32_t kQueuesAt = 0x1'0000, kQueueSpan = 0x1000, kIdentityAt = 0x3'0000;
constexpr hal::bus::Nanoseconds kLook = 1'000'000;
constexpr unsigned kMostLooks = 5'000;  // at hardware that is to be done in 100 ms
constexpr unsigned kFewLooks = 500;     // at hardware that is to be done at once

std::uint32_t load(Host& host, std::uint32_t offset) {
    std::uint32_t word = 0;
    const hal::bus::Access access{hal::bus::Op::read, offset, 1, &word, nullptr};
    if (!host.device().execute({&access, 1})) throw std::runtime_error("the device can't be read");
    return word;
}

void store(Host& host, std::uint32_t offset, std::uint32_t value) {
    const hal::bus::Access access{hal::bus::Op::write, offset, 1, nullptr, &value};
    if (!host.device().execute({&access, 1})) throw std::runtime_error("the device can't be written");
}

/// False: it doesn't hold in time.
bool comes(Host& host, const std::function<bool()>& holds, unsigned looks = kMostLooks) {
    for (unsigned look = 0; look < looks; ++look) {
        if (holds()) return true;
        host.device().wait_until(host.device().now() + kLook);
    }
    return false;
}

void put(Bytes& bytes, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::uint32_t get(const Bytes& bytes) {
    return bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[3]} << 24;
}

// --- edu: what its DMA engine brings back from its buffer

constexpr std::uint32_t kRaised = 0x24, kAcknowledge = 0x64, kMark = 0x04;
constexpr std::uint32_t kFrom = 0x80, kTo = 0x88, kCount = 0x90, kTransfer = 0x98;

bool transferred(Host& host) {
    return comes(host, [&] { return (load(host, kTransfer) & 1) == 0; });
}

Bytes table(std::uint32_t number) {
    Bytes bytes(kTableBytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + 31 * number + 1);
    return bytes;
}

std::string use_edu(Host& host, const Words& intent, std::uint32_t scratch) {
    if (load(host, kRaised) != 0) return "an interrupt was left behind";
    if ((load(host, kTransfer) & 1) != 0) return "a transfer still runs";
    host.set_memory(scratch, Bytes(kTableBytes));
    store(host, kFrom, edu::kBuffer);
    store(host, kTo, scratch);
    store(host, kCount, kTableBytes);
    store(host, kTransfer, 3);
    if (!transferred(host)) return "it doesn't bring its buffer back";
    return host.memory(scratch, kTableBytes) == host.memory(intent[edu::kTable], kTableBytes)
               ? ""
               : "its buffer holds something else than the table";
}

// It has no reset: what it keeps is overwritten.
void clear_edu(Host& host, std::uint32_t scratch) {
    transferred(host);
    host.set_memory(scratch, Bytes(kTableBytes));
    store(host, kFrom, scratch);
    store(host, kTo, edu::kBuffer);
    store(host, kCount, kTableBytes);
    store(host, kTransfer, 1);
    transferred(host);
    for (const std::uint32_t at : {kFrom, kTo, kCount, kTransfer}) store(host, at, 0);
    store(host, kAcknowledge, load(host, kRaised));
    store(host, kMark, ~0u);
}

Device edu_device(edu::Bug bug, std::uint32_t memory) {
    Device device;
    device.chip = &edu::chip(bug);
    for (std::uint32_t i = 0; i < 2; ++i) device.intents[i] = {memory + i * kTableSpan, kTableBytes};
    device.furnish = [memory](Host& host) {
        for (std::uint32_t i = 0; i < 2; ++i) host.set_memory(memory + i * kTableSpan, table(i));
    };
    device.use = [memory](Host& host, const Words& intent) { return use_edu(host, intent, memory + kScratchAt); };
    device.clear = [memory](Host& host) { clear_edu(host, memory + kScratchAt); };
    return device;
}

// --- nvme: an Identify command through the queue that the intent names (specification 1.4, section 5.15)

std::string use_nvme(Host& host, const Words& intent, std::uint32_t identity) {
    constexpr std::uint32_t kDoorbell = 0x1000, kCommand = 0x5A17, kSerialAt = 4;
    const std::uint32_t entries = intent[nvme::kEntries];
    Bytes command(64);
    put(command, 0, 0x06 | kCommand << 16);
    put(command, 24, identity);
    put(command, 40, 1);  // of the controller
    host.set_memory(identity, Bytes(4096));
    host.set_memory(intent[nvme::kCompletion], Bytes(16 * entries));
    host.set_memory(intent[nvme::kSubmission], command);
    store(host, kDoorbell, 1);
    constexpr std::uint32_t kPhase = 1u << 16;
    const auto answered = [&] {
        return (get(host.memory(intent[nvme::kCompletion] + 12, 4)) & (kPhase | 0xFFFF)) == (kPhase | kCommand);
    };
    if (!comes(host, answered, kFewLooks)) return "it doesn't answer a command in the queue that the intent names";
    const std::string serial = kSerial;
    const Bytes name = host.memory(identity + kSerialAt, (serial.size() + 3) / 4 * 4);
    return std::string(name.begin(), name.end()).compare(0, serial.size(), serial) == 0 ? "" : "it has another name";
}

void clear_nvme(Host& host) {
    store(host, 0x14, 0);
    comes(host, [&] { return (load(host, 0x1C) & 1) == 0; });
    for (const std::uint32_t at : {0x24u, 0x28u, 0x2Cu, 0x30u, 0x34u}) store(host, at, 0);
}

Device nvme_device(nvme::Bug bug, std::uint32_t memory) {
    Device device;
    device.chip = &nvme::chip(bug);
    for (std::uint32_t i = 0; i < 2; ++i) {
        const std::uint32_t queue = memory + (i + 1) * kQueuesAt;
        device.intents[i] = {queue, queue + kQueueSpan, 8};
    }
    device.furnish = [](Host&) {};
    device.use = [memory](Host& host, const Words& intent) { return use_nvme(host, intent, memory + kIdentityAt); };
    device.clear = clear_nvme;
    return device;
}

// --- flash: what it holds, read by hand; that its neighbour sector was left alone; that it can't be written

Bytes ask(Host& host, Bytes command, std::size_t more) {
    const std::size_t front = command.size();
    command.resize(front + more);
    Bytes got(command.size());
    if (!host.wire().transfer(command.data(), got.data(), got.size())) throw std::runtime_error("the wire fails");
    return Bytes(got.begin() + static_cast<std::ptrdiff_t>(front), got.end());
}

constexpr std::uint8_t kWriteEnable = 0x06, kWriteDisable = 0x04, kNeighbour = 0x10, kNeighbours = 0xA5;

std::string use_flash(Host& host, const Words& intent) {
    Bytes expected(4 * flash::kWords);
    for (std::size_t i = 0; i < flash::kWords; ++i) put(expected, 4 * i, intent[i]);
    if (ask(host, {0x03, 0, 0, 0}, expected.size()) != expected) return "it holds something else";
    if (ask(host, {0x03, 0, kNeighbour, 0}, 1)[0] != kNeighbours) return "the next sector was changed, too";
    if (ask(host, {0x05}, 1)[0] != 0) return "it can be written by accident";
    return "";
}

void clear_flash(Host& host) {
    ask(host, {kWriteEnable}, 0);
    ask(host, {0x20, 0, 0, 0}, 0);
    ask(host, {kWriteEnable}, 0);
    ask(host, {0x20, 0, kNeighbour, 0}, 0);
    ask(host, {kWriteEnable}, 0);
    ask(host, {0x02, 0, kNeighbour, 0, kNeighbours}, 0);
    ask(host, {kWriteDisable}, 0);
}

Device flash_device(flash::Bug bug) {
    Device device;
    device.chip = &flash::chip(bug);
    for (std::uint32_t i = 0; i < flash::kWords; ++i) {
        device.intents[0].push_back(0x01234567u * (i + 1));
        device.intents[1].push_back(i == 0 ? 0x01234567u : 0x89ABCDEFu ^ i << 8);  // the first word stays
    }
    device.furnish = [](Host&) {};
    device.use = use_flash;
    device.clear = clear_flash;
    return device;
}

}  // namespace

Device device(const std::string& name, unsigned bug, std::uint32_t memory) {
    if (name == "edu") return edu_device(static_cast<edu::Bug>(bug), memory);
    if (name == "nvme") return nvme_device(static_cast<nvme::Bug>(bug), memory);
    if (name == "flash") return flash_device(static_cast<flash::Bug>(bug));
    throw std::invalid_argument("no device '" + name + "'");
}

}  // namespace tests::devices
