#include "tests/devices/machine.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "transports/qemu/stream.hpp"

namespace tests::devices {
namespace {

constexpr int kLaneEnd = 200, kQmpEnd = 201;  // within QEMU: beyond any number that this process gives out

}  // namespace

bool Board::available() const { return std::system((qemu + " --version >/dev/null 2>&1").c_str()) == 0; }

Machine::Machine(const Board& board) : log_(board.log) {
    const auto [lane, lane_end] = transports::qemu::stream_pair();
    const auto [qmp_socket, qmp_end] = transports::qemu::stream_pair();
    std::vector<std::string> words = {board.qemu,
                                      "-accel",
                                      "tcg",
                                      "-nodefaults",
                                      "-no-user-config",
                                      "-display",
                                      "none",
                                      "-chardev",
                                      "socket,id=" + std::string(kLane) + ",fd=" + std::to_string(kLaneEnd),
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
    posix_spawn_file_actions_adddup2(&actions, lane_end, kLaneEnd);
    posix_spawn_file_actions_adddup2(&actions, qmp_end, kQmpEnd);
    const int error = ::posix_spawnp(&pid_, board.qemu.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(lane_end);
    ::close(qmp_end);
    qmp_ = qmp_socket;
    lane_ = lane;
    if (error != 0) throw std::runtime_error(board.qemu + ": " + std::strerror(error));
    qmp("qmp_capabilities", "\"return\"");
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
    throw std::runtime_error("QEMU is gone; " + log_ + " may tell why");
}

void Machine::reset() { qmp("system_reset", "\"RESET\""); }

}  // namespace tests::devices
