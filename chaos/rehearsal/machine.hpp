// A virtual machine with both paths to a chip that lives outside of it: started, spoken to, and ended in every way.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace chaos::rehearsal {

/// What transports/qemu/image.py has made.
struct Image {
    std::string qemu = "qemu-system-x86_64";
    std::string kernel, initramfs;
    std::string intents;  ///< Folder of those that the guest has as /intents.
};

/// Where the guest finds the chip.
inline constexpr const char* kGuestSpi = "spidev:/dev/spidev0.0";
inline constexpr const char* kGuestPcie = "pcie:0000:00:10.0/bar0";

/// One machine, which may be started again and again. send(), reset() and kill() may be called from any thread; the
/// rest from one.
class Machine {
public:
    /// `folder` gets the machine's console output.
    Machine(Image image, std::string folder);
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    ~Machine();

    /// Power on. `pci` and `spi` are the machine's ends of streams to the chip, and taken over. Throws
    /// std::runtime_error, with a text for users, if there is no QEMU or not the right one.
    void start(int pci, int spi);
    bool on() const { return pid_ > 0; }
    /// Removes what a killed machine leaves in this process.
    void off();

    /// A line to the guest's first process (transports/qemu/guest/init).
    void send(const std::string& line);
    /// The next line from there; none if the machine has ended (see ended()) or was silent for longer than `patience`.
    /// What counts is the time in which it had a processor or wanted none: other work on this computer, however much,
    /// makes it slow, not silent. While what `life` answers changes, it isn't silent either.
    std::optional<std::string> line(std::chrono::seconds patience, const std::function<std::uint64_t()>& life = {});
    bool ended() const { return ended_; }

    /// The reset button. Doesn't wait.
    void reset();
    /// The power cable; returns when the machine is gone.
    void kill();

    /// The last line on its console, fit to be shown.
    std::string last_words() const;
    /// As QEMU says it, "7.2.22"; empty before the first start().
    const std::string& version() const { return version_; }

private:
    void greet(int qmp);
    std::chrono::nanoseconds kept_waiting() const;

    const Image image_;
    const std::string folder_;
    std::mutex killing_;
    std::atomic<pid_t> pid_{-1};
    int control_ = -1, qmp_ = -1;
    bool ended_ = false;
    std::string received_, version_;
};

}  // namespace chaos::rehearsal
