#include "tests/devices/guest_lane.hpp"

#include <poll.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "transports/qemu/stream.hpp"

namespace tests::devices {
namespace {

constexpr int kPatienceMs = 120'000;  // for a sign of life: an emulated machine beside other work

std::string blank_flash(const std::string& folder) {
    constexpr std::size_t kFlashBytes = 2 << 20;
    std::string file = folder + "/flash";
    std::ofstream(file, std::ios::binary) << std::string(kFlashBytes, '\xFF');
    return file;
}

// `mem=`: what is above is the device's (LinuxHost).
Board board_for(const std::string& device, const std::string& image, const std::string& folder) {
    Board board{"qemu-system-aarch64", folder + "/qemu.log", {}};
    const std::string serial = std::string("chardev:") + kLane;
    board.arguments = {"-kernel", image + "/kernel", "-initrd", image + "/initramfs.cpio", "-m", "256M"};
    const auto add = [&](std::initializer_list<std::string> more) {
        board.arguments.insert(board.arguments.end(), more);
    };
    if (device == "flash") {
        board.qemu = "qemu-system-arm";
        add({"-M", "sabrelite", "-nic", "none", "-dtb", image + "/board.dtb", "-drive",
             "if=mtd,format=raw,file=" + blank_flash(folder), "-serial", "null", "-serial", serial, "-append",
             "console=ttymxc1,115200 quiet panic=-1"});
        return board;
    }
    add({"-M", "virt", "-cpu", "cortex-a53", "-serial", serial, "-append", "console=ttyAMA0 quiet panic=-1 mem=192M",
         "-device", "edu,addr=4,dma_mask=0xffffffff", "-drive", "if=none,id=disk,driver=null-co,size=1M", "-device",
         std::string("nvme,addr=5,drive=disk,serial=") + kSerial});
    return board;
}

}  // namespace

GuestLane::GuestLane(const std::string& device, unsigned bug, const std::string& image, const std::string& folder)
    : device_(device + " " + std::to_string(bug)), board_(board_for(device, image, folder)) {
    power_on();
}

GuestLane::~GuestLane() {
    if (machine_) ::close(machine_->lane());
}

void GuestLane::power_on() {
    if (machine_) ::close(machine_->lane());
    machine_.reset();
    received_.clear();
    machine_ = std::make_unique<Machine>(board_);
    booted();
}

void GuestLane::booted() {
    while (line() != "=0 ready") {
    }
    ++boots_;
    if (const std::string said = ask("furnish"); said != "done") throw std::runtime_error("the guest: " + said);
}

// Without its end.
std::string GuestLane::line() {
    for (;;) {
        if (const std::size_t end = received_.find('\n'); end != std::string::npos) {
            std::string text = received_.substr(0, end);
            received_.erase(0, end + 1);
            while (!text.empty() && text.back() == '\r') text.pop_back();
            if (!text.empty()) last_words_ = text;
            return text;
        }
        pollfd ready{machine_->lane(), POLLIN, 0};
        char part[4096];
        const bool there = ::poll(&ready, 1, kPatienceMs) > 0;
        const std::size_t size = there ? transports::qemu::receive_some(machine_->lane(), part, sizeof part) : 0;
        if (size == 0) {
            throw std::runtime_error(std::string(there ? "QEMU is gone; see " + board_.log : "the guest is silent") +
                                     "; its last words: " + last_words_);
        }
        received_.append(part, size);
    }
}

std::string GuestLane::answer() {
    const std::string mark = "=" + std::to_string(number_) + " ";
    for (;;) {
        const std::string text = line();
        if (text.rfind(mark, 0) != 0) continue;  // the kernel's
        std::string words = text.substr(mark.size());
        if (words.rfind("failed: ", 0) == 0) throw std::runtime_error("in the guest: " + words.substr(8));
        return words;
    }
}

std::string GuestLane::ask(const std::string& words) {
    const std::string sent = std::to_string(++number_) + " " + device_ + " " + words + "\n";
    if (!transports::qemu::send(machine_->lane(), sent.data(), sent.size())) throw std::runtime_error("QEMU is gone");
    return answer();
}

void GuestLane::clear() { ask("clear"); }

std::string GuestLane::use(unsigned intent) { return ask("use " + std::to_string(intent)).substr(5); }

Run GuestLane::run(unsigned intent) {
    std::istringstream words(ask("run " + std::to_string(intent)));
    Run run;
    std::string ran, writes;
    words >> ran >> run.done >> run.written >> writes;
    std::getline(words >> std::ws, run.what);
    if (ran != "ran" || writes.empty()) throw std::runtime_error("the guest doesn't tell what its HAL did");
    for (const char c : writes.substr(1)) run.writes.push_back(c == '1');
    run.accesses = run.writes.size();
    return run;
}

bool GuestLane::dies(unsigned intent, std::uint64_t at, Kind kind) {
    const std::string where = std::to_string(intent) + " " + std::to_string(at);
    if (kind == Kind::process) return ask("kill " + where) == "killed";
    if (ask("wait " + where) != "there") return false;
    if (kind == Kind::power) {
        power_on();
    } else {
        machine_->reset();
        booted();
    }
    return true;
}

}  // namespace tests::devices
