// Serves /dev/spidev* to an unmodified program, static or not: seccomp hands its system calls to this process
// (seccomp_unotify(2)), which answers in the kernel's place. So every error that spidev may give can be given at a
// chosen message.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hal/bus/wire.hpp"

namespace tests::spidev {

/// What befalls one SPI_IOC_MESSAGE.
struct Fate {
    int error = 0;            ///< What the program gets instead of the number of bytes; 0: nothing befalls it.
    bool reaches = true;      ///< The chip has seen the frame all the same.
    std::size_t missing = 0;  ///< Bytes that the chip doesn't see, and the program isn't told of.
    bool dies = false;        ///< The program is killed (SIGKILL) instead of being answered.
};

class Supervisor {
public:
    /// `wire` is behind every device of that name.
    explicit Supervisor(hal::bus::Wire& wire) : wire_(wire) {}

    /// Asked for each message, by its number in this run.
    std::function<Fate(std::uint64_t message)> fate;

    struct Ended {
        int status = -1;  ///< Exit code; 128 and the signal's number if one ended it.
        std::string output;
        std::uint64_t messages = 0, struck = 0;
    };
    /// Runs a program to its end. Throws std::runtime_error where the kernel has no such supervision.
    Ended run(const std::vector<std::string>& command);

private:
    struct Call;

    void serve(int listener);
    void answer(int listener, const Call& call);
    void open(int listener, const Call& call);
    long long control(const Call& call);
    long long message(const Call& call, std::size_t size);
    long long setting(const Call& call, std::size_t size);

    hal::bus::Wire& wire_;
    pid_t pid_ = -1;
    std::uint32_t mode_ = 0, bits_ = 8, hz_ = 25'000'000;
    Ended ended_;
};

}  // namespace tests::spidev
