#include "tests/devices/machine.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "transports/qemu/stream.hpp"

namespace tests::devices {
namespace {

constexpr const char* kQemu = "qemu-system-x86_64";
constexpr int kQtestEnd = 200, kQmpEnd = 201;  // within QEMU: beyond any number that this process gives out
constexpr unsigned kEduSlot = 4, kNvmeSlot = 5;
constexpr std::uint32_t kEduId = 0x11E8'1234, kNvmeId = 0x0010'1B36;
constexpr unsigned kAtCommand = 0x04, kAtBar0 = 0x10, kAtBar1 = 0x14;
constexpr std::uint32_t kMemoryAndDma = 6;

std::pair<int, int> stream() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
    }
    return {ends[0], ends[1]};
}

/// 64 KiB below 4 GiB; the processor starts 16 bytes before their end: cli, hlt, back to hlt.
std::string firmware(const std::string& folder) {
    std::string bytes(65536, '\0');
    bytes.replace(0xFFF0, 4, "\xFA\xF4\xEB\xFD");
    const std::string file = folder + "/firmware";
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
}

}  // namespace

bool Machine::available() { return std::system("qemu-system-x86_64 --version >/dev/null 2>&1") == 0; }

Machine::Machine(const std::string& folder) {
    const auto [qtest, qtest_end] = stream();
    const auto [qmp_socket, qmp_end] = stream();
    const std::vector<std::string> words = {kQemu,
                                            "-M",
                                            "q35",
                                            "-accel",
                                            "tcg",
                                            "-m",
                                            "16M",
                                            "-bios",
                                            firmware(folder),
                                            "-nodefaults",
                                            "-no-user-config",
                                            "-display",
                                            "none",
                                            "-device",
                                            "edu,addr=" + std::to_string(kEduSlot),
                                            "-drive",
                                            "if=none,id=disk,driver=null-co,size=1M",
                                            "-device",
                                            "nvme,drive=disk,addr=" + std::to_string(kNvmeSlot) + ",serial=" + kSerial,
                                            "-chardev",
                                            "socket,id=qtest,fd=" + std::to_string(kQtestEnd),
                                            "-object",
                                            "qtest,id=lane,chardev=qtest,log=/dev/null",
                                            "-chardev",
                                            "socket,id=qmp,fd=" + std::to_string(kQmpEnd),
                                            "-mon",
                                            "chardev=qmp,mode=control"};
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));  // not written to
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, qtest_end, kQtestEnd);
    posix_spawn_file_actions_adddup2(&actions, qmp_end, kQmpEnd);
    const int error = ::posix_spawnp(&pid_, kQemu, &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(qtest_end);
    ::close(qmp_end);
    qmp_ = qmp_socket;
    qtest_ = std::make_unique<transports::qemu::Qtest>(qtest);
    if (error != 0) throw std::runtime_error(std::string(kQemu) + ": " + std::strerror(error));
    qmp("qmp_capabilities", "\"return\"");
    set_up();
}

Machine::~Machine() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    ::close(qmp_);
}

// Returns behind the first line that contains `until`.
void Machine::qmp(const std::string& command, const std::string& until) {
    const std::string line = "{\"execute\": \"" + command + "\"}\n";
    bool there = transports::qemu::send(qmp_, line.data(), line.size());
    while (there) {
        const std::size_t end = received_.find('\n');
        if (end != std::string::npos) {
            const std::string said = received_.substr(0, end);
            received_.erase(0, end + 1);
            if (said.find(until) != std::string::npos) return;
            continue;
        }
        char part[4096];
        const std::size_t size = transports::qemu::receive_some(qmp_, part, sizeof part);
        received_.append(part, size);
        there = size != 0;
    }
    throw std::runtime_error("QEMU is gone");
}

void Machine::reset() {
    qmp("system_reset", "\"RESET\"");
    set_up();
}

void Machine::set_up() {
    const auto enable = [&](unsigned slot, std::uint32_t id, std::uint64_t bar) {
        if (qtest_->config(slot, 0) != id) throw std::runtime_error("QEMU has another device than asked for");
        qtest_->set_config(slot, kAtBar0, static_cast<std::uint32_t>(bar));
        qtest_->set_config(slot, kAtCommand, kMemoryAndDma);
    };
    enable(kEduSlot, kEduId, kEdu);
    qtest_->set_config(kNvmeSlot, kAtBar1, 0);
    enable(kNvmeSlot, kNvmeId, kNvme);
}

}  // namespace tests::devices
