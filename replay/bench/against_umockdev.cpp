// against_umockdev SCRIPT: a boot of the whole chip, replayed below its SPI link in this process; its frames written to
// SCRIPT, as umockdev replays them.
// against_umockdev --device DEVICE: the same HAL and link on DEVICE; replay/bench/against_umockdev.py starts it under
// umockdev-run, which answers each ioctl from SCRIPT. Both print one line of JSON.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/spi/spidev.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include "replay/transport/recorded_boot_test.hpp"
#include "replay/transport/replaying_wire.hpp"

namespace {

using hal::bus::Nanoseconds;
using replay::trace::Kind;
using replay::transport::RecordedBoot;
using replay::transport::ReplayingWire;
using transports::spi::Link;

/// Transfers by spidev's one ioctl that umockdev answers (it has none of those that set up a device, and wants 0 bits a
/// word). Time passes as the HAL waits, and only then: nothing is there that would need any.
class DeviceWire final : public hal::bus::Wire {
public:
    explicit DeviceWire(const char* device) : file_(::open(device, O_RDWR | O_CLOEXEC)) {}
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        spi_ioc_transfer transfer{};
        transfer.tx_buf = reinterpret_cast<std::uintptr_t>(tx);
        transfer.rx_buf = reinterpret_cast<std::uintptr_t>(rx);
        transfer.len = static_cast<std::uint32_t>(size);
        ++transfers;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): no other way to an ioctl
        if (::ioctl(file_, SPI_IOC_MESSAGE(1), &transfer) == static_cast<int>(size)) return {};
        hal::bus::Error error;
        error.code = hal::bus::Code::link_down;
        error.effect = hal::bus::Effect::none;
        return hal::bus::fail(error);
    }
    std::size_t max_transfer() const override { return 4096; }
    Nanoseconds now() override { return now_; }
    void wait_until(Nanoseconds deadline) override { now_ = std::max(now_, deadline); }
    std::uint64_t transfers = 0;

private:
    const int file_;
    Nanoseconds now_ = 0;
};

std::uint64_t words_of(const RecordedBoot& boot) {
    std::uint64_t words = 0;
    for (std::size_t i = 0; i < boot.all.size(); ++i) {
        words += boot.all.head(i).is_access() ? boot.all.head(i).count : 0;
    }
    return words;
}

/// Every transfer of the trace, as two lines of hexadecimal digits.
bool write_script(const RecordedBoot& boot, const char* path) {
    std::FILE* const file = std::fopen(path, "w");
    if (file == nullptr) return false;
    fmt::print(file, "@DEV /dev/spidev0.0 (SPI)\n");
    for (std::size_t i = 0; i < boot.frames.size(); ++i) {
        const replay::trace::Record r = boot.frames.at(i);
        if (r.kind != Kind::frame) continue;
        fmt::print(file, "TW {:02x}\n R {:02x}\n", fmt::join(r.tx.begin(), r.tx.end(), ""),
                   fmt::join(r.rx.begin(), r.rx.end(), ""));
    }
    return std::fclose(file) == 0;
}

/// Seconds that a fresh HAL's boot takes; negative if it doesn't end as the recorded one did.
double boot_again(const RecordedBoot& boot, hal::bus::Wire& wire) {
    const replay::transport::Subject subject(boot.wire_reader->description());
    Link link(wire, Link::Mode::managed);
    const auto start = std::chrono::steady_clock::now();
    const bool claimed = link.claim(RecordedBoot::kNonce).has_value();
    const replay::transport::Outcome outcome = claimed ? subject.run(link) : replay::transport::Outcome{};
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    const std::uint32_t blocks = boot.outcome.report.converged;
    return outcome.ended && blocks != 0 && outcome.report.converged == blocks ? took.count() : -1;
}

}  // namespace

int main(int argc, char** argv) {
    const bool device = argc == 3 && std::string(argv[1]) == "--device";
    if (argc != 2 && !device) return 2;
    const RecordedBoot boot(1, 1);
    double seconds = -1;
    std::uint64_t transfers = 0;
    if (device) {
        DeviceWire wire(argv[2]);
        seconds = boot_again(boot, wire);
        transfers = wire.transfers;
    } else {
        if (!write_script(boot, argv[1])) return 3;
        ReplayingWire wire(boot.frames, boot.wire_reader->schema());
        seconds = boot_again(boot, wire);
        wire.finish();
        if (!wire.divergences().empty()) return 3;
        transfers = boot.frames.size();
    }
    fmt::print("{{\"words\": {}, \"transfers\": {}, \"seconds\": {:.6f}}}\n", words_of(boot), transfers, seconds);
    return seconds < 0 ? 3 : 0;
}
