#include "chaos/real/served_chip.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace chaos::real {

namespace fs = std::filesystem;

std::string find_halctl() {
    const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
    for (const fs::path& place : {here / "halctl", here / "../transports/halctl"}) {
        if (::access(place.c_str(), X_OK) == 0) return place.lexically_normal();
    }
    throw std::invalid_argument("no halctl beside this program; name it with --halctl FILE");
}

/// The server keeps one wire for its life; every process has one of its own below it.
class ServedChip::Switch final : public hal::bus::Wire {
public:
    explicit Switch(hal::bus::Wire& idle) : to(&idle) {}
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        return to->transfer(tx, rx, size);
    }
    std::size_t max_transfer() const override { return to->max_transfer(); }
    hal::bus::Nanoseconds now() override { return to->now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { to->wait_until(deadline); }

    hal::bus::Wire* to;
};

ServedChip::ServedChip(const Scenario& scenario, const transports::model::Layout& layout, std::string halctl)
    : rig(layout), bridge_(rig.chip, rig.session), wire_(bridge_, rig.chip) {
    scenario.prepare(rig, scenario.earlier);
    rig.chip.monitor = {};
    start_ = rig.chip.snapshot();
    const std::string socket = folder() + "/chip";
    switch_ = std::make_unique<Switch>(wire_);
    auto server = transports::unix_socket::UnixServer::listen(socket, *switch_);
    if (!server) throw std::runtime_error(server.error());
    server_ = std::move(*server);
    const hal::converge::Chip& chip = *scenario.chip;
    const std::string scale = chip.scale_denominator == 1
                                  ? fmt::format("{}", chip.scale_numerator)
                                  : fmt::format("{}/{}", chip.scale_numerator, chip.scale_denominator);
    command_ = {std::move(halctl), "--link",   "unix:" + socket, "--scale", scale,
                "converge",        "--intent", scenario.intent};
    if (scenario.policy.drain) command_.emplace_back("--drain");
}

ServedChip::~ServedChip() = default;

void ServedChip::restore() {
    rig.chip.restore(start_);
    rig.chip.monitor = {};
    rig.forget_sessions();
}

int ServedChip::converge(ProcessBoundary& boundary) {
    constexpr int kLookMs = 20;
    ProbedWire probed(wire_, &boundary);
    switch_->to = &probed;
    Process process(command_);
    boundary.process = &process;
    bool connected = false;
    while (!(connected && server_->clients() == 0)) {
        const auto served = server_->poll_once(kLookMs);
        if (!served) throw std::runtime_error(served.error());
        connected = connected || server_->clients() != 0;
        if (!connected && process.over()) break;
    }
    const int status = process.wait();
    boundary.process = nullptr;
    switch_->to = &wire_;
    return status;
}

}  // namespace chaos::real
