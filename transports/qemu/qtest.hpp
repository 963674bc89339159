// QEMU's device models without a guest: loads and stores through its qtest socket (docs/devel/qtest.rst of QEMU; one
// line each way). The machine's processor sleeps; nothing but this side touches its devices.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hal/bus/wire.hpp"

namespace transports::qemu {

/// One QEMU. Everything throws std::runtime_error, with a text for users, once it has gone or says something else.
class Qtest {
public:
    /// Takes over a connected stream socket, QEMU's `-qtest`.
    explicit Qtest(int fd) : fd_(fd) {}
    Qtest(const Qtest&) = delete;
    Qtest& operator=(const Qtest&) = delete;
    ~Qtest();

    std::uint32_t load(std::uint64_t address);
    void store(std::uint64_t address, std::uint32_t value);
    /// Several at once, in order, for one way there and back: what the loads say. A few hundred at most.
    struct Step {
        bool store;
        std::uint64_t address;
        std::uint32_t value = 0;
    };
    std::vector<std::uint32_t> run(const std::vector<Step>& steps);
    /// I/O ports, 32 bits.
    std::uint32_t in(std::uint16_t port);
    void out(std::uint16_t port, std::uint32_t value);
    /// Memory of the machine.
    std::vector<std::uint8_t> memory(std::uint64_t address, std::size_t size);
    void set_memory(std::uint64_t address, const std::vector<std::uint8_t>& bytes);

    /// Configuration space of function `device`.0 of bus 0, by way of ports 0xCF8 and 0xCFC (PCI Local
    /// Bus 3.0, 3.2.2.3).
    std::uint32_t config(unsigned device, unsigned offset);
    void set_config(unsigned device, unsigned offset, std::uint32_t value);

private:
    std::string ask(const std::string& line);
    std::string answer(const std::string& to);

    const int fd_;
    std::string received_;
};

/// The time of what is reached through qtest: this computer's.
hal::bus::Nanoseconds now();
void wait_until(hal::bus::Nanoseconds deadline);

/// One BAR, at `base` of the machine's memory space. Its accesses never fail (Qtest throws).
class QtestWindow final : public hal::bus::Window {
public:
    QtestWindow(Qtest& qtest, std::uint64_t base) : qtest_(qtest), base_(base) {}
    hal::bus::Result<std::uint32_t> load(std::uint32_t offset) override { return qtest_.load(base_ + offset); }
    hal::bus::Result<void> store(std::uint32_t offset, std::uint32_t value) override {
        qtest_.store(base_ + offset, value);
        return {};
    }
    hal::bus::Nanoseconds now() override { return qemu::now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { qemu::wait_until(deadline); }

private:
    Qtest& qtest_;
    const std::uint64_t base_;
};

}  // namespace transports::qemu
