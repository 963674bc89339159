#include "tests/spidev/supervisor.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/spi/spidev.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace tests::spidev {

struct Supervisor::Call {
    std::uint64_t id;
    pid_t pid;
    int number;
    std::uint64_t arguments[6];
};

namespace {

constexpr int kNoSeccomp = 126, kNoProgram = 127;
constexpr int kLook = 50;  // ms between looks whether the program still lives
constexpr std::size_t kBufsiz = 4096;

/// An address of the other process, as the kernel wants it.
void* foreign(std::uint64_t at) {
    return reinterpret_cast<void*>(at);  // NOLINT(performance-no-int-to-ptr): never followed here
}

bool read_memory(pid_t pid, std::uint64_t at, void* into, std::size_t size) {
    const iovec here{into, size}, there{foreign(at), size};
    return ::process_vm_readv(pid, &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
}

bool write_memory(pid_t pid, std::uint64_t at, const void* from, std::size_t size) {
    const iovec here{const_cast<void*>(from), size}, there{foreign(at), size};
    return ::process_vm_writev(pid, &here, 1, &there, 1, 0) == static_cast<ssize_t>(size);
}

// Every openat, and every ioctl of spidev's kind ('k'), comes to the listener.
int listen_to_this_process() {
    constexpr std::uint32_t kKind = SPI_IOC_MAGIC << 8, kKindMask = 0xFF00;
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ioctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kKindMask),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kKind, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    };
    const sock_fprog filter{sizeof program / sizeof *program, program};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter));
}

/// A file descriptor over a socket; -1: none came.
void give(int socket, int fd) {
    char byte = 0, control[CMSG_SPACE(sizeof fd)] = {};
    iovec data{&byte, 1};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
    ::sendmsg(socket, &message, 0);
}

int take(int socket) {
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = {};
    iovec data{&byte, 1};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) <= 0) return -1;
    int fd = -1;
    const cmsghdr* const head = CMSG_FIRSTHDR(&message);
    if (head != nullptr) std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

[[noreturn]] void become(const std::vector<char*>& words, int socket, int output) {
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    const int listener = listen_to_this_process();
    if (listener < 0) ::_exit(kNoSeccomp);
    give(socket, listener);
    ::close(listener);
    ::execv(words[0], words.data());
    ::_exit(kNoProgram);
}

}  // namespace

Supervisor::Ended Supervisor::run(const std::vector<std::string>& command) {
    ended_ = {};
    int ends[2];
    const int output = ::memfd_create("output", MFD_CLOEXEC);
    if (output < 0 || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
    }
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) become(words, ends[1], output);
    ::close(ends[1]);
    const int listener = take(ends[0]);
    ::close(ends[0]);
    if (listener >= 0) serve(listener);
    if (listener >= 0) ::close(listener);
    int status = 0;
    if (ended_.status < 0) {
        ::waitpid(pid_, &status, 0);
        ended_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    char part[4096];
    for (ssize_t size = 0; (size = ::pread(output, part, sizeof part, static_cast<off_t>(ended_.output.size()))) > 0;) {
        ended_.output.append(part, static_cast<std::size_t>(size));
    }
    ::close(output);
    if (listener < 0) throw std::runtime_error("this kernel doesn't let a process be supervised by seccomp");
    return ended_;
}

void Supervisor::serve(int listener) {
    for (;;) {
        pollfd ready{listener, POLLIN, 0};
        const int woken = ::poll(&ready, 1, kLook);
        if (woken < 0 && errno != EINTR) return;
        if (woken > 0 && (ready.revents & POLLIN) == 0) return;  // the program has ended
        if (woken <= 0) {
            int status = 0;
            if (::waitpid(pid_, &status, WNOHANG) != pid_) continue;
            ended_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            return;
        }
        seccomp_notif asked{};
        if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) continue;
        Call call{asked.id, static_cast<pid_t>(asked.pid), asked.data.nr, {}};
        std::copy(std::begin(asked.data.args), std::end(asked.data.args), call.arguments);
        call.number == __NR_openat ? open(listener, call) : answer(listener, call);
    }
}

void Supervisor::answer(int listener, const Call& call) {
    const long long result = control(call);
    seccomp_notif_resp response{};
    response.id = call.id;
    response.error = result < 0 ? static_cast<int>(result) : 0;
    response.val = result < 0 ? 0 : result;
    ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);  // fails if the program has died meanwhile
}

// A file of ours in the device's place; all others are the kernel's matter.
void Supervisor::open(int listener, const Call& call) {
    constexpr char kDevice[] = "/dev/spidev";
    char path[sizeof kDevice - 1] = {};
    if (read_memory(call.pid, call.arguments[1], path, sizeof path) && std::memcmp(path, kDevice, sizeof path) == 0) {
        const int stand_in = ::memfd_create("spidev", MFD_CLOEXEC);
        seccomp_notif_addfd add{};
        add.id = call.id;
        add.flags = SECCOMP_ADDFD_FLAG_SEND;
        add.srcfd = static_cast<std::uint32_t>(stand_in);
        add.newfd_flags = O_CLOEXEC;
        ::ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
        ::close(stand_in);
        return;
    }
    seccomp_notif_resp response{};
    response.id = call.id;
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

long long Supervisor::control(const Call& call) {
    const auto request = static_cast<std::uint32_t>(call.arguments[1]);
    const std::size_t size = _IOC_SIZE(request);
    return _IOC_NR(request) == 0 ? message(call, size) : setting(call, size);
}

long long Supervisor::message(const Call& call, std::size_t size) {
    spi_ioc_transfer whole{};
    if (size != sizeof whole) return -EINVAL;  // one transfer: one assertion of chip select
    if (!read_memory(call.pid, call.arguments[2], &whole, size)) return -EFAULT;
    if (whole.len > kBufsiz) return -EMSGSIZE;
    std::vector<std::uint8_t> out(whole.len), in(whole.len);
    if (!read_memory(call.pid, whole.tx_buf, out.data(), out.size())) return -EFAULT;
    const Fate befalls = fate ? fate(ended_.messages) : Fate{};
    ++ended_.messages;
    if (befalls.error != 0 || befalls.missing != 0 || befalls.dies) ++ended_.struck;
    const std::size_t seen = befalls.reaches ? whole.len - std::min<std::size_t>(befalls.missing, whole.len - 1) : 0;
    if (seen != 0 && !wire_.transfer(out.data(), in.data(), seen)) return -EIO;
    if (befalls.dies) ::kill(pid_, SIGKILL);
    if (befalls.error != 0) return -befalls.error;
    if (!write_memory(call.pid, whole.rx_buf, in.data(), in.size())) return -EFAULT;
    return static_cast<long long>(seen);
}

long long Supervisor::setting(const Call& call, std::size_t size) {
    std::uint32_t* const setting = _IOC_NR(call.arguments[1]) == _IOC_NR(SPI_IOC_RD_BITS_PER_WORD)  ? &bits_
                                   : _IOC_NR(call.arguments[1]) == _IOC_NR(SPI_IOC_RD_MAX_SPEED_HZ) ? &hz_
                                                                                                    : &mode_;
    if (size > sizeof *setting) return -EINVAL;
    const bool done = (_IOC_DIR(call.arguments[1]) & _IOC_WRITE) != 0
                          ? read_memory(call.pid, call.arguments[2], setting, size)
                          : write_memory(call.pid, call.arguments[2], setting, size);
    return done ? 0 : -EFAULT;
}

}  // namespace tests::spidev
