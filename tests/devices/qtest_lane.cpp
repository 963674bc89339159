#include "tests/devices/qtest_lane.hpp"

#include <fstream>
#include <stdexcept>
#include <utility>

#include "tests/devices/flash/commands.hpp"
#include "tests/devices/flash/imx_wire.hpp"
#include "transports/qemu/bar.hpp"

namespace tests::devices {
namespace {

using transports::qemu::Qtest;

constexpr std::uint32_t kMemory = 0x10'0000;  // the device's share
constexpr std::uint64_t kBar = 0xE000'0000;
constexpr unsigned kSlot = 4, kAtCommand = 0x04, kAtBar0 = 0x10, kAtBar1 = 0x14;
constexpr std::uint32_t kMemoryAndDma = 6;

/// 64 KiB below 4 GiB; the processor starts 16 bytes before their end: cli, hlt, back to hlt.
std::string asleep(const std::string& folder) {
    std::string bytes(65536, '\0');
    bytes.replace(0xFFF0, 4, "\xFA\xF4\xEB\xFD");
    std::string file = folder + "/firmware";
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
}

std::string erased(const std::string& folder) {
    constexpr std::size_t kFlashBytes = 2 << 20;
    std::string file = folder + "/flash";
    std::ofstream(file, std::ios::binary) << std::string(kFlashBytes, '\xFF');
    return file;
}

bool is_flash(const std::string& name) { return name == "flash"; }
const char* qemu_for(const std::string& name) { return is_flash(name) ? "qemu-system-arm" : "qemu-system-x86_64"; }

Board board_for(const std::string& name, const std::string& folder) {
    Board board{qemu_for(name), folder + "/qemu.log", {}};
    const std::string qtest = std::string("qtest,id=qtest,log=/dev/null,chardev=") + kLane;
    const std::string slot = ",addr=" + std::to_string(kSlot);
    if (is_flash(name)) {
        const std::string flash = "if=mtd,format=raw,file=" + erased(folder);
        board.arguments = {"-M", "sabrelite", "-m", "64M", "-S", "-nic", "none", "-drive", flash, "-object", qtest};
    } else {
        board.arguments = {"-M", "q35", "-m", "16M", "-bios", asleep(folder), "-object", qtest, "-device"};
        board.arguments.push_back(name + slot);
        if (name == "nvme") {
            board.arguments.back() += std::string(",drive=disk,serial=") + kSerial;
            board.arguments.insert(board.arguments.end(), {"-drive", "if=none,id=disk,driver=null-co,size=1M"});
        }
    }
    return board;
}

class PcHost final : public Host {
public:
    explicit PcHost(Qtest& qtest) : qtest_(qtest), window_(qtest, kBar), bar_(window_) {}
    hal::bus::Transport& device() override { return bar_; }
    hal::bus::Wire& wire() override { throw std::logic_error("no wire"); }
    Bytes memory(std::uint32_t address, std::size_t size) override { return qtest_.memory(address, size); }
    void set_memory(std::uint32_t address, const Bytes& bytes) override { qtest_.set_memory(address, bytes); }

private:
    Qtest& qtest_;
    transports::qemu::QtestWindow window_;
    transports::qemu::Bar bar_;
};

class BoardHost final : public Host {
public:
    explicit BoardHost(Qtest& qtest) : wire_(qtest), commands_(wire_) {}
    hal::bus::Transport& device() override { return commands_; }
    hal::bus::Wire& wire() override { return wire_; }
    Bytes memory(std::uint32_t, std::size_t) override { throw std::logic_error("no memory"); }
    void set_memory(std::uint32_t, const Bytes&) override { throw std::logic_error("no memory"); }

private:
    flash::ImxWire wire_;
    flash::Commands commands_;
};

}  // namespace

QtestLane::QtestLane(const std::string& name, unsigned bug, const std::string& folder)
    : device_(devices::device(name, bug, kMemory)), board_(board_for(name, folder)), name_(name) {
    power_on();
}

bool QtestLane::available(const std::string& name) { return Board{qemu_for(name), {}, {}}.available(); }

void QtestLane::power_on() {
    host_.reset();
    qtest_.reset();
    machine_.reset();
    machine_ = std::make_unique<Machine>(board_);
    qtest_ = std::make_unique<Qtest>(machine_->lane());
    if (is_flash(name_)) {
        host_ = std::make_unique<BoardHost>(*qtest_);
    } else {
        host_ = std::make_unique<PcHost>(*qtest_);
    }
    firmware();
}

// What a machine's own program would do for its devices.
void QtestLane::firmware() {
    if (!is_flash(name_)) {
        if (qtest_->config(kSlot, kAtCommand - 4) == ~0u) throw std::runtime_error("QEMU has no such device");
        qtest_->set_config(kSlot, kAtBar0, static_cast<std::uint32_t>(kBar));
        qtest_->set_config(kSlot, kAtBar1, 0);
        qtest_->set_config(kSlot, kAtCommand, kMemoryAndDma);
    }
    device_.furnish(*host_);
}

bool QtestLane::dies(unsigned intent, std::uint64_t at, Kind kind) {
    if (converge(device_, *host_, intent, {at, {}}).done) return false;
    if (kind == Kind::power) power_on();
    if (kind == Kind::reset) {
        machine_->reset();
        firmware();
    }
    return true;
}

}  // namespace tests::devices
