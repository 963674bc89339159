// heron_rtl_SCALE: the chip as RTL behind a Unix socket, for programs that know nothing of simulators: halctl, and
// reconverge correlate.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "transports/dpi/host/simulation.hpp"
#include "transports/dpi/host/wires.hpp"
#include "transports/unix/unix_server.hpp"

namespace transports::dpi {
namespace {

volatile std::sig_atomic_t stop = 0;

/// The pins, for callers outside of the simulation: it is clocked for as long as a transfer or a wait takes.
class Pins final : public hal::bus::Wire {
public:
    explicit Pins(Simulation& simulation) : simulation_(simulation), wire_(simulation.host()) {}

    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        if (size == 0) return {};
        simulation_.host().start([&] { (void)wire_.transfer(tx, rx, size); });
        simulation_.run();
        return {};
    }
    std::size_t max_transfer() const override { return wire_.max_transfer(); }
    hal::bus::Nanoseconds now() override { return simulation_.host().now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override {
        simulation_.host().start([&] { wire_.wait_until(deadline); });
        simulation_.run();
    }

private:
    Simulation& simulation_;
    PinWire wire_;
};

int serve(const std::string& link, const std::string& dump) {
    constexpr const char* kUnix = "unix:";
    if (link.rfind(kUnix, 0) != 0) {
        std::fprintf(stderr, "heron_rtl: link '%s' can't be served; use unix:PATH\n", link.c_str());
        return 2;
    }
    Simulation simulation;
    Pins pins(simulation);
    auto server = unix_socket::UnixServer::listen(link.substr(std::string(kUnix).size()), pins);
    if (!server) {
        std::fprintf(stderr, "heron_rtl: %s\n", server.error().c_str());
        return 2;
    }
    if (!dump.empty()) simulation.dump(dump);
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { stop = 1; });
    std::printf("serving the RTL of Heron %s on %s; Ctrl-C ends it\n", Simulation::scale(), link.c_str());
    std::fflush(stdout);
    const auto served = (*server)->serve([] { return stop != 0; });
    server->reset();
    std::printf("served %llu frames in %llu clocks\n", static_cast<unsigned long long>(simulation.host().frames()),
                static_cast<unsigned long long>(simulation.clocks()));
    if (!served) std::fprintf(stderr, "heron_rtl: %s\n", served.error().c_str());
    return served ? 0 : 3;
}

}  // namespace
}  // namespace transports::dpi

int main(int argc, char** argv) {
    std::string link, dump;
    CLI::App app{
        "Serves the chip as RTL, after a cold reset, on a socket. Time is the chip's: waits take a few clocks."};
    app.name("heron_rtl");
    app.footer(
        "Examples:\n  heron_rtl_1_8 --link unix:/tmp/rtl &\n"
        "  halctl --link unix:/tmp/rtl --scale 1/8 converge --intent training\n"
        "  reconverge correlate model: unix:/tmp/rtl --scale 1/8   # of one that has just been started");
    app.add_option("--link", link, "Where: unix:PATH")->required();
    app.add_option(
        "--dump", dump,
        std::string("Waveform of the pins and the register bus, as ") + transports::dpi::Simulation::waveform());
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& e) {
        return app.exit(e);
    } catch (const CLI::ParseError& e) {
        std::fprintf(stderr, "heron_rtl: %s; see --help\n", e.what());
        return 2;
    }
    return transports::dpi::serve(link, dump);
}
