#include "transports/halctl/watch/signals.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <utility>

namespace transports::halctl::watch {

Signals::Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    fd_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd_ < 0) throw std::runtime_error("signalfd failed; is the limit of open files (ulimit -n) exhausted?");
}

Signals::~Signals() { ::close(fd_); }

void Signals::collect() {
    signalfd_siginfo info;
    while (::read(fd_, &info, sizeof info) == sizeof info) {
        const auto signal = static_cast<int>(info.ssi_signo);
        stop_ = stop_ || signal == SIGTERM || signal == SIGINT;
        reload_ = reload_ || signal == SIGHUP;
        wake_ = wake_ || signal == SIGUSR1;
    }
}

bool Signals::wait(std::uint64_t ns) {
    collect();
    bool elapsed = false;
    if (!stop_ && !reload_ && !wake_) {
        constexpr std::uint64_t kSecond = 1'000'000'000;
        const timespec time{static_cast<time_t>(ns / kSecond), static_cast<long>(ns % kSecond)};
        pollfd ready{fd_, POLLIN, 0};
        elapsed = ::ppoll(&ready, 1, &time, nullptr) == 0;
        collect();
    }
    wake_ = false;
    return elapsed;
}

bool Signals::stop() {
    collect();
    return stop_;
}

bool Signals::reload() {
    collect();
    return std::exchange(reload_, false);
}

}  // namespace transports::halctl::watch
