// reconverge serve: a model chip on a socket, for the unmodified halctl.
#include <fmt/format.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"
#include "chaos/scenario.hpp"
#include "transports/model/live.hpp"
#include "transports/names/chip_names.hpp"
#include "transports/qemu/pci_proxy.hpp"
#include "transports/qemu/spi_forward.hpp"
#include "transports/qemu/threads.hpp"
#include "transports/unix/unix_server.hpp"

namespace chaos::program {
namespace {

struct Arguments {
    std::string link, pci_proxy, spi_forward, scale = "1", scenario = "boot";
    bool json = false;
};

/// Counts the frames on their way to the bridge.
class CountedWire final : public hal::bus::Wire {
public:
    explicit CountedWire(hal::bus::Wire& below) : below_(below) {}
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        ++frames;
        return below_.transfer(tx, rx, size);
    }
    std::size_t max_transfer() const override { return below_.max_transfer(); }
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { below_.wait_until(deadline); }
    std::uint64_t frames = 0;

private:
    hal::bus::Wire& below_;
};

/// Signals as something to poll: the server acts between two events, never within one.
class Signals {
public:
    Signals() {
        sigset_t set;
        sigemptyset(&set);
        for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) sigaddset(&set, signal);
        sigprocmask(SIG_BLOCK, &set, nullptr);
        fd_ = ::signalfd(-1, &set, SFD_CLOEXEC);
        if (fd_ < 0) throw std::runtime_error("signalfd failed; is /proc/self/limits exhausted?");
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals() { ::close(fd_); }
    int fd() const { return fd_; }
    /// The one that has come; waits for it.
    int take() const {
        signalfd_siginfo info{};
        return ::read(fd_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : SIGTERM;
    }

private:
    int fd_ = -1;
};

/// The path in `unix:PATH`.
std::string path_of(const std::string& link) {
    constexpr const char* kUnix = "unix:";
    if (link.rfind(kUnix, 0) == 0) return link.substr(std::string(kUnix).size());
    throw std::invalid_argument("link '" + link + "' cannot be served; use unix:PATH");
}

/// Both paths of a virtual machine, as far as they are asked for. The chip then lives in real time.
class MachinePaths {
public:
    MachinePaths(const Arguments& a, Rig& rig, hal::bus::Wire& wire)
        : target_(rig.chip, rig.session, rig.window_session),
          window_(target_, rig.chip),
          live_(rig.chip),
          live_wire_(live_, wire),
          live_window_(live_, window_) {
        if (!a.pci_proxy.empty()) {
            pci_ = listen(a.pci_proxy, [this](int fd) {
                const std::string trouble = transports::qemu::PciProxy(live_window_).serve(fd);
                if (!trouble.empty()) fmt::print(stderr, "reconverge: {}\n", trouble);
            });
        }
        if (!a.spi_forward.empty()) {
            spi_ = listen(a.spi_forward, [this](int fd) { transports::qemu::SpiForward(live_wire_).serve(fd); });
        }
    }
    hal::bus::Wire& wire() { return live_wire_; }

private:
    template <typename Serve>
    std::unique_ptr<transports::qemu::ListenThread> listen(const std::string& link, Serve serve) {
        auto thread = transports::qemu::ListenThread::listen(path_of(link), std::move(serve));
        if (!thread) throw std::invalid_argument(thread.error());
        return std::move(*thread);
    }

    transports::model::WindowTarget target_;
    transports::model::TargetWindow window_;
    transports::model::Live live_;
    transports::model::LiveWire live_wire_;
    transports::model::LiveWindow live_window_;
    std::unique_ptr<transports::qemu::ListenThread> pci_, spi_;
};

void print_summary(const Arguments& a, const CountedWire& wire, const transports::model::Monitor& m) {
    if (a.json) {
        fmt::print("{}\n", nlohmann::json{{"frames", wire.frames},
                                          {"accesses", m.accesses},
                                          {"writes", m.writes},
                                          {"steps", m.steps},
                                          {"disturbances", m.disturbances},
                                          {"violations", m.violations},
                                          {"first_disturbance", m.first_disturbance},
                                          {"first_violation", m.first_violation}}
                               .dump());
        return;
    }
    fmt::print("served {} frames: {} accesses, {} of them writes; {} disturbances{}{}, {} violations{}{}\n",
               grouped(wire.frames), grouped(m.accesses), grouped(m.writes), m.disturbances,
               m.disturbances != 0 ? ", first: " : "", m.first_disturbance, m.violations,
               m.violations != 0 ? ", first: " : "", m.first_violation);
}

int serve(const Arguments& a) {
    const std::string path = path_of(a.link);
    const hal_chip size = transports::names::parse_scale(a.scale);
    const Scenario scenario = make_scenario(a.scenario, size.scale_numerator, size.scale_denominator);
    const transports::model::Layout layout(*scenario.chip);
    Rig rig(layout);
    scenario.prepare(rig, scenario.earlier);
    rig.forget_sessions();  // whoever prepared the chip is gone
    rig.chip.monitor = {};  // what counts is what the clients do
    transports::model::Bridge bridge(rig.chip, rig.session);
    transports::model::BridgeWire wire(bridge, rig.chip);
    CountedWire counted(wire);
    const Signals signals;
    std::optional<MachinePaths> machine;
    if (!a.pci_proxy.empty() || !a.spi_forward.empty()) machine.emplace(a, rig, counted);
    auto server = transports::unix_socket::UnixServer::listen(path, machine ? machine->wire() : counted);
    if (!server) throw std::invalid_argument(server.error());
    if (!a.json) {
        fmt::print("serving {} {} ({} blocks, scenario {}) on {}; Ctrl-C ends it\n", chip_title(), a.scale,
                   scenario.chip->instances.size(), a.scenario, a.link);
    } else {
        fmt::print("{}\n", nlohmann::json{{"serving", a.link},
                                          {"scale", a.scale},
                                          {"scenario", a.scenario},
                                          {"blocks", scenario.chip->instances.size()}}
                               .dump());
    }
    std::fflush(stdout);
    for (int signal = 0; signal != SIGINT && signal != SIGTERM; signal = signals.take()) {
        if (signal == SIGUSR1) upset_one_of_each(rig.chip);
        if (signal == SIGUSR2) print_summary(a, counted, rig.chip.monitor);
        std::fflush(stdout);
        const auto served = (*server)->serve({}, signals.fd());
        if (!served) throw std::runtime_error(served.error());
    }
    server->reset();
    machine.reset();
    print_summary(a, counted, rig.chip.monitor);
    return rig.chip.monitor.disturbances + rig.chip.monitor.violations != 0 ? kFinding : kSurvived;
}

}  // namespace

void add_serve(CLI::App& app, int& status) {
    static Arguments arguments;
    CLI::App* const command = app.add_subcommand("serve", "Serves a model chip on a socket, for halctl");
    command->footer(
        "Time is virtual: waits jump over it, so a boot takes milliseconds. With a machine's paths it is real.\n"
        "Ends on SIGINT or SIGTERM with a summary; SIGUSR2 asks for one. SIGUSR1 upsets a stored bit in one block of "
        "each\ntype.\nExit codes: 0, 1 when traffic was disturbed or an access was forbidden.\n"
        "Examples:\n  reconverge serve --link unix:/tmp/chip\n"
        "  reconverge serve --link unix:/tmp/chip --scale 1/8 --scenario resume &\n"
        "  halctl --link unix:/tmp/chip status\n"
        "  reconverge serve --link unix:/tmp/chip --pci-proxy unix:/tmp/pci --spi-forward unix:/tmp/spi");
    command->add_option("--link", arguments.link, "Where: unix:PATH")->required();
    command->add_option("--pci-proxy", arguments.pci_proxy, "Also as a PCI function of QEMU: unix:PATH");
    command->add_option("--spi-forward", arguments.spi_forward, "Also on the SPI bus of a guest: unix:PATH");
    command->add_option("--scale", arguments.scale, "Size of the chip: 1/8, 1/4, 1/2, 1, 2, 4")->capture_default_str();
    command->add_option("--scenario", arguments.scenario, "State of the chip: boot (after cold reset) or resume")
        ->capture_default_str();
    command->add_flag("--json", arguments.json, "For machines");
    command->callback([&status] { status = serve(arguments); });
}

}  // namespace chaos::program
