#include "chaos/rehearsal/machine.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "chaos/real/process.hpp"
#include "transports/names/text.hpp"
#include "transports/qemu/stream.hpp"

namespace chaos::rehearsal {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(120);  // for QEMU's first word: hangs only
constexpr const char* kMemory = "256M";
// Numbers of the machine's ends within QEMU: beyond any that this process gives out.
constexpr int kPci = 200, kSpi = 201, kControl = 202, kQmp = 203;

void say(int fd, const std::string& line) {
    // A machine that has just ended doesn't listen: whoever waits for it sees that.
    static_cast<void>(::send(fd, line.data(), line.size(), MSG_NOSIGNAL));
}

std::vector<std::string> command(const Image& image) {
    const std::string memory = kMemory;
    return {image.qemu,
            "-M",
            "q35,memory-backend=ram",
            "-accel",
            "tcg",
            "-cpu",
            "qemu64,+rdrand",
            "-smp",
            "1",
            "-m",
            memory,
            "-object",
            "memory-backend-memfd,id=ram,share=on,size=" + memory,
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-serial",
            "stdio",
            "-kernel",
            image.kernel,
            "-initrd",
            image.initramfs,
            "-append",
            "console=ttyS0 quiet panic=-1 no_timer_check mitigations=off random.trust_cpu=on",
            "-device",
            "x-pci-proxy-dev,id=chip,addr=0x10,fd=" + std::to_string(kPci),
            "-device",
            "virtio-serial-pci",
            "-chardev",
            "socket,id=spi,fd=" + std::to_string(kSpi),
            "-device",
            "virtserialport,chardev=spi,nr=1",
            "-chardev",
            "socket,id=control,fd=" + std::to_string(kControl),
            "-device",
            "virtserialport,chardev=control,nr=2",
            "-chardev",
            "socket,id=qmp,fd=" + std::to_string(kQmp),
            "-mon",
            "chardev=qmp,mode=control"};
}

/// One line of what comes in; none by `deadline`. `ended`: the other end is gone.
std::optional<std::string> next_line(int fd, std::string& received, Clock::time_point deadline, bool& ended) {
    while (true) {
        if (const std::size_t end = received.find('\n'); end != std::string::npos) {
            std::string line = received.substr(0, end);
            received.erase(0, end + 1);
            if (!line.empty() && line.back() == '\r') line.pop_back();
            return line;
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd ready{fd, POLLIN, 0};
        const int woken = left <= 0 ? 0 : ::poll(&ready, 1, static_cast<int>(std::min<long long>(left, 3'600'000)));
        if (woken < 0 && errno == EINTR) continue;
        if (woken <= 0) return std::nullopt;
        char part[4096];
        const ssize_t size = ::recv(fd, part, sizeof part, 0);
        if (size < 0 && errno == EINTR) continue;
        ended = size <= 0;
        if (ended) return std::nullopt;
        received.append(part, static_cast<std::size_t>(size));
    }
}

}  // namespace

Machine::Machine(Image image, std::string folder) : image_(std::move(image)), folder_(std::move(folder)) {}

Machine::~Machine() { off(); }

void Machine::start(int pci, int spi) {
    off();
    const auto [control, guest_control] = transports::qemu::stream_pair();
    const auto [qmp, guest_qmp] = transports::qemu::stream_pair();
    const std::vector<std::string> words = command(image_);
    const std::vector<char*> arguments = real::argv_of(words);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const std::string console = folder_ + "/console";
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, console.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    const std::pair<int, int> ends[] = {{pci, kPci}, {spi, kSpi}, {guest_control, kControl}, {guest_qmp, kQmp}};
    for (const auto& [ours, theirs] : ends) posix_spawn_file_actions_adddup2(&actions, ours, theirs);
    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, image_.qemu.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    for (const auto& [ours, theirs] : ends) ::close(ours);
    control_ = control;
    qmp_ = qmp;
    if (error != 0) {
        throw std::runtime_error(image_.qemu + ": " + std::strerror(error) + "; install qemu-system-x86");
    }
    pid_ = pid;
    ended_ = false;
    received_.clear();
    greet(qmp);
}

// QEMU's greeting tells its version; then it wants to be told that we speak its language.
void Machine::greet(int qmp) {
    std::string received;
    bool gone = false;
    const auto greeting = next_line(qmp, received, Clock::now() + kPatience, gone);
    const auto json = nlohmann::json::parse(greeting.value_or(""), nullptr, false);
    if (json.is_discarded() || !json.contains("QMP")) {
        throw std::runtime_error(image_.qemu + " doesn't start: " + last_words());
    }
    const auto& number = json["QMP"]["version"]["qemu"];
    const int major = number["major"], minor = number["minor"], micro = number["micro"];
    version_ = std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(micro);
    if (major < 6 || major > 8) {
        throw std::runtime_error(image_.qemu + " is version " + version_ + "; the PCI proxy is known from 6.0 to 8.2");
    }
    say(qmp, "{\"execute\": \"qmp_capabilities\"}\n");
}

std::string Machine::last_words() const {
    std::ifstream console(folder_ + "/console");
    std::string last = "it says nothing";
    for (std::string line; std::getline(console, line);) {
        if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
    }
    return transports::names::printable(last);
}

void Machine::off() {
    kill();
    for (int* fd : {&control_, &qmp_}) {
        if (*fd >= 0) ::close(*fd);
        *fd = -1;
    }
}

void Machine::send(const std::string& line) { say(control_, line + "\n"); }

std::optional<std::string> Machine::line(std::chrono::seconds patience, const std::function<std::uint64_t()>& life) {
    constexpr auto kLook = std::chrono::seconds(1);
    std::chrono::nanoseconds silent{0}, waited = kept_waiting();
    std::uint64_t signs = life ? life() : 0;
    while (silent < patience) {
        const auto start = Clock::now();
        auto line = next_line(control_, received_, start + kLook, ended_);
        if (line || ended_) return line;
        const auto now_waited = kept_waiting();
        silent += std::max(Clock::now() - start - (now_waited - waited), std::chrono::nanoseconds{0});
        waited = now_waited;
        const std::uint64_t now_signs = life ? life() : 0;
        if (now_signs != signs) silent = {};
        signs = now_signs;
    }
    return std::nullopt;
}

// Of the thread that has waited longest for a processor: its guest's (the kernel's
// Documentation/scheduler/sched-stats.rst). No more than the time that passes, so any patience ends.
std::chrono::nanoseconds Machine::kept_waiting() const {
    std::chrono::nanoseconds longest{0};
    std::error_code gone;
    const std::filesystem::directory_iterator threads("/proc/" + std::to_string(pid_) + "/task", gone);
    for (const auto& thread : threads) {
        std::ifstream file(thread.path() / "schedstat");
        long long ran = 0, waited = 0;
        if (file >> ran >> waited) longest = std::max(longest, std::chrono::nanoseconds(waited));
    }
    return longest;
}

void Machine::reset() { say(qmp_, "{\"execute\": \"system_reset\"}\n"); }

void Machine::kill() {
    const std::lock_guard<std::mutex> lock(killing_);
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

}  // namespace chaos::rehearsal
