#include "transports/qemu/pci_proxy.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "transports/pcie/layout.hpp"
#include "transports/qemu/stream.hpp"

namespace transports::qemu {
namespace {

enum Command : std::int32_t {
    kSyncMemory = 0,  ///< The guest's memory, as file descriptors: of no use here.
    kReturn = 1,      ///< Every answer.
    kConfigWrite = 2,
    kConfigRead = 3,
    kBarWrite = 4,
    kBarRead = 5,
    kInterrupts = 6,  ///< Two file descriptors: polling is the contract.
    kDeviceReset = 7,
};

struct Config {
    std::uint32_t address, value;
    std::int32_t size;
};

struct Bar {
    std::uint64_t address, value;
    std::uint32_t size;
    bool memory;
};

struct Memory {
    std::uint64_t addresses[8], sizes[8];
    std::int64_t offsets[8];
};

// What each command carries, exactly; -1: there is no such command.
std::int64_t size_of(std::int32_t command) {
    switch (command) {
        case kSyncMemory: return sizeof(Memory);
        case kConfigWrite:
        case kConfigRead: return sizeof(Config);
        case kBarWrite:
        case kBarRead: return sizeof(Bar);
        case kInterrupts:
        case kDeviceReset: return 0;
        default: return -1;
    }
}

// Offsets in configuration space (PCI Local Bus 3.0, section 6.1).
constexpr std::uint32_t kAtCommand = 0x04, kAtCacheLine = 0x0C, kAtLatency = 0x0D, kAtBar0 = 0x10, kAtLine = 0x3C;

template <typename Unsigned>
void put(std::array<std::uint8_t, 256>& config, std::size_t at, Unsigned value) {
    for (std::size_t i = 0; i < sizeof value; ++i) config[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

}  // namespace

struct PciProxy::Message {
    std::int32_t command = 0;
    std::uint64_t size = 0;
    union {
        std::uint64_t word;
        Config config;
        Bar bar;
        Memory memory;
    } data{};
};

PciProxy::PciProxy(hal::bus::Window& window) : window_(window) {
    put(config_, 0x00, pcie::kVendor);
    put(config_, 0x02, pcie::kDevice);
    put<std::uint32_t>(config_, 0x08, pcie::kClass << 8);
    put(config_, 0x2C, pcie::kVendor);
    put(config_, 0x2E, pcie::kDevice);
}

std::string PciProxy::serve(int fd) {
    constexpr std::size_t kHeader = offsetof(Message, data);
    static_assert(kHeader == 16 && offsetof(Message, size) == 8, "the protocol's header");
    bool greeted = false;
    while (true) {
        Message asked;
        std::uint8_t header[kHeader];
        if (!receive(fd, header, sizeof header)) return {};
        std::memcpy(&asked.command, header, sizeof asked.command);
        std::memcpy(&asked.size, header + 8, sizeof asked.size);
        const std::int64_t size = size_of(asked.command);
        if (size < 0 || asked.size != static_cast<std::uint64_t>(size) || (!greeted && asked.command != kSyncMemory)) {
            return "QEMU speaks another PCI proxy protocol (" + std::string(greeted ? "" : "at first ") + "command " +
                   std::to_string(asked.command) + " of " + std::to_string(asked.size) + " bytes); use 6.0 to 8.2";
        }
        greeted = true;
        if (!receive(fd, &asked.data, static_cast<std::size_t>(size))) return {};
        std::string trouble = answer(fd, asked);
        if (!trouble.empty()) return trouble;
    }
}

std::string PciProxy::answer(int fd, const Message& asked) {
    struct {
        std::int32_t command = kReturn;
        std::int32_t padding = 0;
        std::uint64_t size = sizeof(std::uint64_t);
        std::uint64_t word = 0;
    } reply;
    const Config& config = asked.data.config;
    const Bar& bar = asked.data.bar;
    switch (asked.command) {
        case kConfigRead: reply.word = read_config(config.address, static_cast<std::uint32_t>(config.size)); break;
        case kConfigWrite: write_config(config.address, config.value, static_cast<std::uint32_t>(config.size)); break;
        case kBarRead: reply.word = read_bar(bar.address, bar.size); break;
        case kBarWrite: write_bar(bar.address, bar.value, bar.size); break;
        case kDeviceReset: ++resets_; break;
        default: return {};  // memory and interrupts aren't answered
    }
    // Nobody there to hear it: the next receive says so.
    send(fd, &reply, sizeof reply);
    return {};
}

std::uint64_t PciProxy::read_config(std::uint32_t address, std::uint32_t size) const {
    std::uint64_t value = 0;
    for (std::uint32_t i = 0; i < size && i < 4 && address + i < config_.size(); ++i) {
        value |= std::uint64_t{config_[address + i]} << (8 * i);
    }
    return value;
}

// Only what a function of one BAR lets be written.
void PciProxy::write_config(std::uint32_t address, std::uint32_t value, std::uint32_t size) {
    if (address == kAtBar0 && size == 4) return put(config_, kAtBar0, value & ~(pcie::kBarSize - 1));
    for (std::uint32_t i = 0; i < size && i < 4; ++i) {
        const std::uint32_t at = address + i;
        const bool writable =
            at == kAtCommand || at == kAtCommand + 1 || at == kAtCacheLine || at == kAtLatency || at == kAtLine;
        if (writable) config_[at] = static_cast<std::uint8_t>(value >> (8 * i));
    }
}

std::uint32_t PciProxy::bar() const { return static_cast<std::uint32_t>(read_config(kAtBar0, 4)); }

// QEMU gives addresses of the guest's memory space.
std::uint64_t PciProxy::read_bar(std::uint64_t address, std::uint32_t size) {
    const std::uint64_t offset = address - bar();
    if (size != 4 || offset >= pcie::kBarSize) return ~std::uint64_t{0};
    const auto word = window_.load(static_cast<std::uint32_t>(offset));
    return word ? *word : ~std::uint64_t{0};
}

void PciProxy::write_bar(std::uint64_t address, std::uint64_t value, std::uint32_t size) {
    const std::uint64_t offset = address - bar();
    if (size != 4 || offset >= pcie::kBarSize) return;
    // A store is posted: nobody hears of its failure.
    static_cast<void>(window_.store(static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(value)));
}

}  // namespace transports::qemu
