#include "transports/pcie/pcie_window.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace transports::pcie {

using hal::bus::Code;
using hal::bus::Effect;
using hal::bus::Error;
using hal::bus::fail;
using hal::bus::Result;

/// What the handler of SIGBUS has to know of a window. It only reads and sets these.
struct PcieWindow::Slot {
    std::atomic<std::uintptr_t> begin{0};
    std::atomic<std::uintptr_t> end{0};
    std::atomic<bool> gone{false};

    static Slot slots[kMostWindows];
    static struct sigaction before;

    static Slot* take(void* at, std::size_t size) {
        for (Slot& slot : slots) {
            std::uintptr_t none = 0;
            const auto begin = reinterpret_cast<std::uintptr_t>(at);
            if (!slot.begin.compare_exchange_strong(none, begin)) continue;
            slot.gone = false;
            slot.end = begin + size;
            return &slot;
        }
        return nullptr;
    }
    void free() {
        end = 0;
        begin = 0;
    }

    // The kernel has unmapped the function. Memory takes the place of the whole window, so that the access ends and
    // none comes here again, whatever page the signal names (QEMU's emulation of a 32-bit process names a wrong one);
    // the window then looks at `gone`.
    static void handle(int number, siginfo_t* info, void* context) {
        const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
        for (Slot& slot : slots) {
            if (at < slot.begin || at >= slot.end) continue;
            void* const begin = reinterpret_cast<void*>(slot.begin.load());  // NOLINT(performance-no-int-to-ptr)
            void* const mapped = ::mmap(begin, slot.end - slot.begin, PROT_READ | PROT_WRITE,
                                        MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (mapped == MAP_FAILED) break;
            slot.gone = true;
            return;
        }
        if ((before.sa_flags & SA_SIGINFO) != 0) return before.sa_sigaction(number, info, context);
        if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) return before.sa_handler(number);
        ::sigaction(SIGBUS, &before, nullptr);  // returning repeats the access, and the process ends as it would have
    }

    static bool install() {
        struct sigaction action {};
        action.sa_sigaction = handle;
        action.sa_flags = SA_SIGINFO | SA_NODEFER;
        sigemptyset(&action.sa_mask);
        return ::sigaction(SIGBUS, &action, &before) == 0;
    }
};

PcieWindow::Slot PcieWindow::Slot::slots[kMostWindows];
struct sigaction PcieWindow::Slot::before {};

namespace {

constexpr std::uint16_t kMemorySpace = 0x2;  // of the command register
constexpr std::size_t kCommandEnd = 6;       // bytes of configuration space up to its end

std::string hex4(std::uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "%04x", value);
    return text;
}

std::string denied(int error, const std::string& what) {
    if (error == EACCES || error == EPERM) return what + ": permission denied; run as root, or with CAP_SYS_ADMIN";
    return what + ": " + std::strerror(error);
}

}  // namespace

std::string PcieWindow::file(const char* name) const {
    return "/sys/bus/pci/devices/" + options_.function + "/" + name;
}

links::ConnectError PcieWindow::trouble(const std::string& what, bool wrong_path) const {
    return {"pcie:" + options_.function + "/bar" + std::to_string(options_.bar) + ": " + what, wrong_path};
}

// A number in one of the function's files.
tl::expected<std::uint32_t, std::string> PcieWindow::number(const char* name) {
    int error = 0;
    const std::string text = kernel::read_line(kernel_, file(name), error);
    if (error < 0) return tl::make_unexpected(denied(-error, name));
    char* end = nullptr;
    const unsigned long value = std::strtoul(text.c_str(), &end, 0);
    if (text.empty() || *end != '\0') return tl::make_unexpected(std::string(name) + ": says '" + text + "'");
    return static_cast<std::uint32_t>(value);
}

tl::expected<std::unique_ptr<PcieWindow>, links::ConnectError> PcieWindow::open(const PcieOptions& options,
                                                                                kernel::Kernel& kernel) {
    static const bool installed = Slot::install();
    std::unique_ptr<PcieWindow> window(new PcieWindow(options, kernel));
    if (!installed) return tl::make_unexpected(window->trouble("cannot handle SIGBUS", false));
    tl::expected<void, links::ConnectError> done = window->identify();
    if (done) done = window->enable();
    if (done) done = window->map();
    if (!done) return tl::make_unexpected(done.error());
    return window;
}

PcieWindow::~PcieWindow() {
    if (slot_ != nullptr) slot_->free();
    if (words_ != nullptr) kernel_.unmap(const_cast<std::uint32_t*>(words_), size_);
}

// The kernel keeps these two: nothing is asked of the function.
tl::expected<void, links::ConnectError> PcieWindow::identify() {
    int error = 0;
    kernel::read_line(kernel_, file("vendor"), error);
    if (error == -ENOENT) {
        return tl::make_unexpected(trouble(
            "no such function; `lspci -d " + hex4(options_.vendor) + ":" + hex4(options_.device) + "` lists the chips",
            true));
    }
    const auto vendor = number("vendor"), device = number("device");
    if (!vendor || !device) return tl::make_unexpected(trouble(vendor ? device.error() : vendor.error(), false));
    if (*vendor == options_.vendor && *device == options_.device) return {};
    const std::string is = hex4(*vendor) + ":" + hex4(*device);
    if (*vendor == 0xFFFF) {
        return tl::make_unexpected(trouble("reads all-ones: the function doesn't answer; nothing was written", false));
    }
    return tl::make_unexpected(trouble("another device, " + is + " instead of " + hex4(options_.vendor) + ":" +
                                           hex4(options_.device) + "; nothing was written, correct the link",
                                       false));
}

// `enable` counts those who asked: whoever finds it enabled leaves it alone.
tl::expected<void, links::ConnectError> PcieWindow::enable() {
    const auto count = number("enable");
    if (!count) return tl::make_unexpected(trouble(count.error(), false));
    if (*count == 0) {
        const int fd = kernel_.open(file("enable").c_str(), O_WRONLY | O_CLOEXEC);
        const long done = fd < 0 ? fd : kernel_.write(fd, "1", 1);
        if (fd >= 0) kernel_.close(fd);
        if (done < 0) return tl::make_unexpected(trouble(denied(static_cast<int>(-done), "enable"), false));
    }
    std::uint8_t head[kCommandEnd] = {};
    const int fd = kernel_.open(file("config").c_str(), O_RDONLY | O_CLOEXEC);
    const long done = fd < 0 ? fd : kernel_.read(fd, head, sizeof head);
    if (fd >= 0) kernel_.close(fd);
    if (done < 0) return tl::make_unexpected(trouble(denied(static_cast<int>(-done), "config"), false));
    const bool absent = done != sizeof head || (head[0] == 0xFF && head[1] == 0xFF);
    if (absent) return tl::make_unexpected(trouble("the function doesn't answer; is its link up?", false));
    if ((head[4] & kMemorySpace) == 0) {
        return tl::make_unexpected(trouble("memory accesses are off although it is enabled; see `lspci -vv`", false));
    }
    return {};
}

tl::expected<void, links::ConnectError> PcieWindow::map() {
    const std::string name = "resource" + std::to_string(options_.bar);
    const int fd = kernel_.open(file(name.c_str()).c_str(), O_RDWR | O_SYNC | O_CLOEXEC);
    if (fd == -ENOENT) return tl::make_unexpected(trouble("the function has no such BAR; use bar0", true));
    if (fd < 0) return tl::make_unexpected(trouble(denied(-fd, name), false));
    const long long size = kernel_.size(fd);
    void* at = nullptr;
    const int done = size == options_.size ? kernel_.map(fd, options_.size, at) : 0;
    kernel_.close(fd);
    if (size != options_.size) {
        return tl::make_unexpected(trouble(size < 0 ? std::strerror(static_cast<int>(-size))
                                                    : "the BAR has " + std::to_string(size) + " bytes instead of " +
                                                          std::to_string(options_.size) +
                                                          "; another BAR, or another chip; nothing was written",
                                           false));
    }
    if (done < 0) {
        const char* const hint =
            done == -EINVAL || done == -EPERM || done == -EBUSY ? "; has a driver claimed it?" : "";
        return tl::make_unexpected(trouble(name + " can't be mapped: " + std::strerror(-done) + hint, false));
    }
    size_ = options_.size;
    words_ = static_cast<volatile std::uint32_t*>(at);
    slot_ = Slot::take(at, size_);
    if (slot_ == nullptr) return tl::make_unexpected(trouble("too many windows in one process", false));
    return {};
}

bool PcieWindow::gone() {
    if (!slot_->gone) return false;
    if (trouble_.empty()) {
        trouble_ = trouble("the function is gone; see `dmesg`, and rescan the bus once it is back", false).what;
    }
    return true;
}

Result<void> PcieWindow::check(std::uint32_t offset) const {
    if (offset % 4 == 0 && offset < size_) return {};
    Error error;
    error.code = Code::bad_address;
    error.effect = Effect::none;
    error.address = offset;
    return fail(error);
}

Result<std::uint32_t> PcieWindow::load(std::uint32_t offset) {
    if (const Result<void> checked = check(offset); !checked) return fail(checked.error());
    const std::uint32_t value = words_[offset / 4];
    if (!gone()) return value;
    Error error;
    error.code = Code::peer_gone;
    error.effect = Effect::none;
    error.value = kAllOnes;
    return fail(error);
}

Result<void> PcieWindow::store(std::uint32_t offset, std::uint32_t value) {
    if (const Result<void> checked = check(offset); !checked) return checked;
    words_[offset / 4] = value;
    if (!gone()) return {};
    Error error;
    error.code = Code::peer_gone;
    error.value = value;
    return fail(error);
}

}  // namespace transports::pcie
