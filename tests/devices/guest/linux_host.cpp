#include "tests/devices/guest/linux_host.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace tests::devices {
namespace {

constexpr std::size_t kShare = 1 << 20;

transports::pcie::PcieOptions function(const std::string& name) {
    if (name == "edu") return {"0000:00:04.0", 0, 0x1234, 0x11E8, 1 << 20};
    return {"0000:00:05.0", 0, 0x1B36, 0x0010, 1 << 14};
}

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

}  // namespace

LinuxHost::LinuxHost(const std::string& name) {
    if (name == "flash") {
        auto wire = transports::spi::SpidevWire::open({"/dev/spidev0.0"});
        if (!wire) throw std::runtime_error(wire.error().what);
        wire_ = std::move(*wire);
        commands_.emplace(*wire_);
        return;
    }
    const transports::pcie::PcieOptions options = function(name);
    auto window = transports::pcie::PcieWindow::open(options);
    if (!window) throw std::runtime_error(window.error().what);
    function_ = options.function;
    window_ = std::move(*window);
    bar_.emplace(*window_);
    const int fd = ::open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
    if (fd < 0) fail("/dev/mem");
    memory_ = ::mmap(nullptr, kShare, PROT_READ | PROT_WRITE, MAP_SHARED, fd, kMemory);
    ::close(fd);
    if (memory_ == MAP_FAILED) fail("/dev/mem");
}

LinuxHost::~LinuxHost() {
    if (memory_ != nullptr) ::munmap(memory_, kShare);
}

void LinuxHost::enable_dma() {
    if (function_.empty()) return;
    constexpr off_t kCommand = 4;
    constexpr std::uint8_t kMaster = 4;
    const int fd = ::open(("/sys/bus/pci/devices/" + function_ + "/config").c_str(), O_RDWR | O_CLOEXEC);
    std::uint8_t command[2] = {};
    bool done = fd >= 0 && ::pread(fd, command, sizeof command, kCommand) == sizeof command;
    command[0] |= kMaster;
    done = done && ::pwrite(fd, command, sizeof command, kCommand) == sizeof command;
    if (fd >= 0) ::close(fd);
    if (!done) fail("configuration space");
}

hal::bus::Transport& LinuxHost::device() {
    if (bar_) return *bar_;
    return *commands_;
}

hal::bus::Wire& LinuxHost::wire() {
    if (!wire_) throw std::logic_error("no wire");
    return *wire_;
}

volatile std::uint32_t* LinuxHost::shared(std::uint32_t address, std::size_t size) {
    if (memory_ == nullptr || address % 4 != 0 || size % 4 != 0 || address < kMemory ||
        address - kMemory + size > kShare) {
        throw std::logic_error("not the device's memory");
    }
    return static_cast<volatile std::uint32_t*>(memory_) + (address - kMemory) / 4;
}

Bytes LinuxHost::memory(std::uint32_t address, std::size_t size) {
    const volatile std::uint32_t* const words = shared(address, size);
    Bytes bytes(size);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    for (std::size_t i = 0; i < size; i += 4) {
        const std::uint32_t word = words[i / 4];
        std::memcpy(&bytes[i], &word, sizeof word);
    }
    return bytes;
}

void LinuxHost::set_memory(std::uint32_t address, const Bytes& bytes) {
    volatile std::uint32_t* const words = shared(address, bytes.size());
    for (std::size_t i = 0; i < bytes.size(); i += 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, &bytes[i], sizeof word);
        words[i / 4] = word;
    }
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

}  // namespace tests::devices
