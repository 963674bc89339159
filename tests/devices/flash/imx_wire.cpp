#include "tests/devices/flash/imx_wire.hpp"

#include <vector>

namespace tests::devices::flash {
namespace {

constexpr std::uint64_t kSpi = 0x0200'8000, kPins = 0x020A'4000;
constexpr std::uint64_t kReceive = kSpi, kSend = kSpi + 4, kControl = kSpi + 8;
constexpr std::uint64_t kPinLevels = kPins, kPinDirections = kPins + 4;
constexpr std::uint32_t kSelect = 1u << 19;             // low selects
constexpr std::uint32_t kOn = 7u << 20 | 1u << 4 | 1u;  // bursts of 8 bits, master, enabled
constexpr std::uint32_t kExchange = 1u << 2;

}  // namespace

hal::bus::Result<void> ImxWire::transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) {
    std::vector<transports::qemu::Qtest::Step> steps = {
        {true, kControl, kOn}, {true, kPinDirections, kSelect}, {true, kPinLevels, 0}};
    for (std::size_t i = 0; i < size; ++i) {
        steps.push_back({true, kSend, tx[i]});
        steps.push_back({true, kControl, kOn | kExchange});
        steps.push_back({false, kReceive});
    }
    steps.push_back({true, kPinLevels, kSelect});
    const std::vector<std::uint32_t> words = qtest_.run(steps);
    for (std::size_t i = 0; i < size; ++i) rx[i] = static_cast<std::uint8_t>(words[i]);
    return {};
}

hal::bus::Nanoseconds ImxWire::now() { return transports::qemu::now(); }
void ImxWire::wait_until(hal::bus::Nanoseconds deadline) { transports::qemu::wait_until(deadline); }

}  // namespace tests::devices::flash
