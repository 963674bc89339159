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

constexpr int kQtestEnd = 200, kQmpEnd = 201;  // within QEMU: beyond any number that this process gives out
constexpr unsigned kEduSlot = 4, kNvmeSlot = 5;
constexpr std::uint32_t kEduId = 0x11E8'1234, kNvmeId = 0x0010'1B36;
constexpr unsigned kAtCommand = 0x04, kAtBar0 = 0x10, kAtBar1 = 0x14;
constexpr std::uint32_t kMemoryAndDma = 6;

/// 64 KiB below 4 GiB; the processor starts 16 bytes before their end: cli, hlt, back to hlt.
std::string asleep(const std::string& folder) {
    std::string bytes(65536, '\0');
    bytes.replace(0xFFF0, 4, "\xFA\xF4\xEB\xFD");
    std::string file = folder + "/firmware";
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
}

}  // namespace

bool Board::available() const { return std::system((qemu + " --version >/dev/null 2>&1").c_str()) == 0; }

Board pc(const std::string& folder) {
    Board board;
    board.qemu = "qemu-system-x86_64";
    board.log = folder + "/qemu.log";
    board.arguments = {"-M",      "q35",
                       "-m",      "16M",
                       "-bios",   asleep(folder),
                       "-device", "edu,addr=" + std::to_string(kEduSlot),
                       "-drive",  "if=none,id=disk,driver=null-co,size=1M",
                       "-device", "nvme,drive=disk,addr=" + std::to_string(kNvmeSlot) + ",serial=" + kSerial};
    board.firmware = [](transports::qemu::Qtest& qtest) {
        const auto enable = [&](unsigned slot, std::uint32_t id, std::uint64_t bar) {
            if (qtest.config(slot, 0) != id) throw std::runtime_error("QEMU has another device than asked for");
            qtest.set_config(slot, kAtBar0, static_cast<std::uint32_t>(bar));
            qtest.set_config(slot, kAtCommand, kMemoryAndDma);
        };
        enable(kEduSlot, kEduId, kEdu);
        qtest.set_config(kNvmeSlot, kAtBar1, 0);
        enable(kNvmeSlot, kNvmeId, kNvme);
    };
    return board;
}

Board sabrelite(const std::string& folder) {
    constexpr std::size_t kFlashBytes = 2 << 20;
    const std::string file = folder + "/flash";
    std::ofstream(file, std::ios::binary) << std::string(kFlashBytes, '\xFF');
    Board board;
    board.qemu = "qemu-system-arm";
    board.log = folder + "/qemu.log";
    board.arguments = {
        "-M", "sabrelite", "-m", "64M", "-S", "-nic", "none", "-drive", "if=mtd,format=raw,file=" + file};
    board.firmware = [](transports::qemu::Qtest&) {};
    return board;
}

Machine::Machine(const Board& board) : board_(board) {
    const auto [qtest, qtest_end] = transports::qemu::stream_pair();
    const auto [qmp_socket, qmp_end] = transports::qemu::stream_pair();
    std::vector<std::string> words = {board.qemu,
                                      "-accel",
                                      "tcg",
                                      "-nodefaults",
                                      "-no-user-config",
                                      "-display",
                                      "none",
                                      "-chardev",
                                      "socket,id=qtest,fd=" + std::to_string(kQtestEnd),
                                      "-object",
                                      "qtest,id=lane,chardev=qtest,log=/dev/null",
                                      "-chardev",
                                      "socket,id=qmp,fd=" + std::to_string(kQmpEnd),
                                      "-mon",
                                      "chardev=qmp,mode=control"};
    words.insert(words.end(), board.arguments.begin(), board.arguments.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));  // not written to
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, board.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions, qtest_end, kQtestEnd);
    posix_spawn_file_actions_adddup2(&actions, qmp_end, kQmpEnd);
    const int error = ::posix_spawnp(&pid_, board.qemu.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(qtest_end);
    ::close(qmp_end);
    qmp_ = qmp_socket;
    qtest_ = std::make_unique<transports::qemu::Qtest>(qtest);
    if (error != 0) throw std::runtime_error(board.qemu + ": " + std::strerror(error));
    qmp("qmp_capabilities", "\"return\"");
    board_.firmware(*qtest_);
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
    throw std::runtime_error("QEMU is gone; " + board_.log + " may tell why");
}

void Machine::reset() {
    qmp("system_reset", "\"RESET\"");
    board_.firmware(*qtest_);
}

}  // namespace tests::devices
