// The first and only process of a guest with devices that nobody here wrote: runs the HAL on them through the guest's
// own kernel, as the lines on its console say. It forks for each, so that every HAL is a fresh process that can be
// killed.
//   NUMBER DEVICE BUG furnish | clear | use INTENT | run INTENT | kill INTENT AT | wait INTENT AT
// `kill` is a run whose process is gone (SIGKILL) before access AT; `wait` says that it is there and goes no further:
// the machine is to die. Answers, each a line: =NUMBER WORDS.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "tests/devices/guest/linux_host.hpp"

namespace tests::devices {
namespace {

void say(const std::string& number, const std::string& words) {
    const std::string line = "\n=" + number + " " + words + "\n";
    for (std::size_t sent = 0; sent < line.size();) {
        const ssize_t done = ::write(STDOUT_FILENO, line.data() + sent, line.size() - sent);
        if (done <= 0) return;
        sent += static_cast<std::size_t>(done);
    }
}

std::string told(const Run& run) {
    std::string writes;
    for (const bool write : run.writes) writes += write ? '1' : '0';
    return std::string("ran ") + (run.done ? "1" : "0") + " " + std::to_string(run.written) + " /" + writes + " " +
           run.what;
}

std::string obey(const std::string& number, std::istringstream& words) {
    std::string name, what;
    unsigned bug = 0, intent = 0;
    Death death;
    words >> name >> bug >> what >> intent >> death.at;
    const Device device = devices::device(name, bug, kMemory);
    LinuxHost host(name);
    if (what == "furnish") {
        host.enable_dma();
        device.furnish(host);
    } else if (what == "clear") {
        device.clear(host);
    } else if (what == "use") {
        return "used " + device.use(host, device.intents[intent]);
    } else if (what == "kill") {
        death.die = [] { ::raise(SIGKILL); };
        return told(converge(device, host, intent, death));
    } else if (what == "wait") {
        death.die = [&] {
            say(number, "there");
            for (;;) ::pause();
        };
        return told(converge(device, host, intent, death));
    } else if (what == "run") {
        return told(converge(device, host, intent));
    } else {
        return "failed: no such command";
    }
    return "done";
}

void in_child(const std::string& number, std::istringstream& words) {
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            say(number, obey(number, words));
        } catch (const std::exception& problem) {
            say(number, std::string("failed: ") + problem.what());
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
        say(number, WTERMSIG(status) == SIGKILL ? "killed" : "failed: signal " + std::to_string(WTERMSIG(status)));
    }
}

void put(const std::string& file, const std::string& text) {
    std::ofstream out(file);
    out << text;
}

// What a distribution's start would do.
void bring_up() {
    for (const char* folder : {"/proc", "/sys", "/dev"}) ::mkdir(folder, 0755);
    ::mount("proc", "/proc", "proc", 0, nullptr);
    ::mount("sysfs", "/sys", "sysfs", 0, nullptr);
    ::mount("devtmpfs", "/dev", "devtmpfs", 0, nullptr);
    std::ifstream order("/modules/order");
    for (std::string module; order >> module;) {
        const int file = ::open(("/modules/" + module).c_str(), O_RDONLY | O_CLOEXEC);
        if (::syscall(SYS_finit_module, file, "", 0) != 0) std::cout << module << ": cannot be loaded" << std::endl;
        ::close(file);
    }
    if (::access("/sys/bus/spi/devices/spi0.0", F_OK) == 0) {  // spidev takes the flash instead of the kernel's driver
        put("/sys/bus/spi/devices/spi0.0/driver_override", "spidev");
        put("/sys/bus/spi/drivers/spidev/bind", "spi0.0");
    }
    termios console{};
    ::tcgetattr(STDIN_FILENO, &console);
    ::cfmakeraw(&console);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &console);
}

}  // namespace
}  // namespace tests::devices

int main() {
    using namespace tests::devices;
    bring_up();
    say("0", "ready");
    for (std::string line, number; std::getline(std::cin, line);) {
        std::istringstream words(line);
        if (words >> number) in_child(number, words);
    }
}
