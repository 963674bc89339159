#include "chaos/real/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

namespace chaos::real {

std::vector<char*> argv_of(const std::vector<std::string>& words) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    return argv;
}

Process::Process(const std::vector<std::string>& command, const std::string& output) {
    const std::vector<char*> arguments = argv_of(command);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), kFlags, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    const int error = ::posix_spawn(&pid_, command.front().c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error("cannot start " + command.front() + ": " + std::strerror(error));
}

Process::~Process() {
    if (!over_) kill();
}

int Process::reap(int options) {
    int status = 0;
    pid_t reaped = -1;
    do {
        reaped = ::waitpid(pid_, &status, options);
    } while (reaped < 0 && errno == EINTR);
    if (reaped == pid_ && (WIFEXITED(status) || WIFSIGNALED(status))) {
        over_ = true;
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    return status;
}

void Process::kill() {
    if (over_) return;
    ::kill(pid_, SIGKILL);
    reap(0);
}

void Process::stop() {
    if (over_) return;
    ::kill(pid_, SIGSTOP);
    reap(WUNTRACED);
}

void Process::go_on() {
    if (!over_) ::kill(pid_, SIGCONT);
}

bool Process::over() {
    if (!over_) reap(WNOHANG);
    return over_;
}

int Process::wait() {
    if (!over_) reap(0);
    return status_;
}

}  // namespace chaos::real
