#include "transports/model/live.hpp"

namespace transports::model {

using hal::bus::Nanoseconds;
using hal::bus::Result;

std::unique_lock<std::mutex> Live::enter() {
    std::unique_lock<std::mutex> lock(alone_);
    const auto passed = std::chrono::steady_clock::now() - start_;
    const Nanoseconds due =
        zero_ + static_cast<Nanoseconds>(std::chrono::duration_cast<std::chrono::nanoseconds>(passed).count());
    if (due / 1000 > chip_->now() / 1000) chip_->advance(due / 1000 - chip_->now() / 1000);
    return lock;
}

void Live::rebase(Chip& chip) {
    chip_ = &chip;
    start_ = std::chrono::steady_clock::now();
    zero_ = chip.now();
}

Result<void> LiveWire::transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) {
    const auto lock = live_.enter();
    return below_.transfer(tx, rx, size);
}

Nanoseconds LiveWire::now() {
    const auto lock = live_.enter();
    return below_.now();
}

void LiveWire::wait_until(Nanoseconds deadline) {
    const auto lock = live_.enter();
    below_.wait_until(deadline);
}

Result<std::uint32_t> LiveWindow::load(std::uint32_t offset) {
    const auto lock = live_.enter();
    return below_.load(offset);
}

Result<void> LiveWindow::store(std::uint32_t offset, std::uint32_t value) {
    const auto lock = live_.enter();
    return below_.store(offset, value);
}

Nanoseconds LiveWindow::now() {
    const auto lock = live_.enter();
    return below_.now();
}

void LiveWindow::wait_until(Nanoseconds deadline) {
    const auto lock = live_.enter();
    below_.wait_until(deadline);
}

}  // namespace transports::model
