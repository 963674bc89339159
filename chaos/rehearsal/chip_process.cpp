#include "chaos/rehearsal/chip_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "chaos/real/process.hpp"

namespace chaos::rehearsal {
namespace {

int connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error(path + ": too long for a socket");
    std::memcpy(address.sun_path, path.c_str(), path.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    throw std::runtime_error(path + ": " + std::strerror(error));
}

}  // namespace

ChipProcess::ChipProcess(const std::string& folder, const std::string& scale, const std::string& scenario)
    : folder_(folder) {
    int ready[2];
    if (::pipe2(ready, O_CLOEXEC) != 0) throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
    const std::vector<std::string> words = {"/proc/self/exe",
                                            "serve",
                                            "--json",
                                            "--link",
                                            "unix:" + folder + "/chip",
                                            "--pci-proxy",
                                            "unix:" + folder + "/pci",
                                            "--spi-forward",
                                            "unix:" + folder + "/spi",
                                            "--scale",
                                            scale,
                                            "--scenario",
                                            scenario};
    const std::vector<char*> arguments = real::argv_of(words);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ready[1], STDOUT_FILENO);
    const int error = ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ready[1]);
    char byte = 0;
    output_ = ready[0];
    const ssize_t size = error == 0 ? ::read(output_, &byte, 1) : 0;  // its first word: it serves
    if (size == 1) return;
    if (error == 0) end(SIGKILL);
    throw std::runtime_error("the chip's process doesn't serve");
}

ChipProcess::~ChipProcess() { kill(); }

int ChipProcess::pci() const { return connect_to(folder_ + "/pci"); }
int ChipProcess::spi() const { return connect_to(folder_ + "/spi"); }

void ChipProcess::stop() const { ::kill(pid_, SIGSTOP); }
void ChipProcess::go_on() const { ::kill(pid_, SIGCONT); }
void ChipProcess::kill() { end(SIGKILL); }
int ChipProcess::finish() { return end(SIGTERM); }

int ChipProcess::end(int signal) {
    if (pid_ <= 0) return -1;
    ::kill(pid_, signal);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    ::close(output_);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace chaos::rehearsal
