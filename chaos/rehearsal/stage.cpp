#include "chaos/rehearsal/stage.hpp"

#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "chaos/probe.hpp"

namespace chaos::rehearsal {

using transports::model::Live;

Scene::Scene(Scenario played, const transports::model::Layout& layout)
    : scenario(std::move(played)),
      judge(scenario, layout, OracleSet().set()),
      bridge_(judge.rig().chip, judge.rig().session),
      wire_(bridge_, judge.rig().chip),
      target_(judge.rig().chip, judge.rig().session, judge.rig().window_session),
      window_(target_, judge.rig().chip) {
    judge.ignore_phase_of_traffic();
    reference = judge.reference();
}

/// What both paths of the machine end at: at nothing, or at the chip that is played.
class Stage::Port final : public hal::bus::Wire, public hal::bus::Window {
public:
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        const auto lock = enter();
        ++reached;
        if (!wire) return hal::bus::fail({});
        return wire->transfer(tx, rx, size);
    }
    std::size_t max_transfer() const override { return transports::spi::kMaxTransfer; }
    hal::bus::Result<std::uint32_t> load(std::uint32_t offset) override {
        const auto lock = enter();
        ++reached;
        if (!window) return hal::bus::fail({});
        return window->load(offset);
    }
    hal::bus::Result<void> store(std::uint32_t offset, std::uint32_t value) override {
        const auto lock = enter();
        ++reached;
        if (!window) return hal::bus::fail({});
        return window->store(offset, value);
    }
    // The machine has clocks of its own.
    hal::bus::Nanoseconds now() override { return 0; }
    void wait_until(hal::bus::Nanoseconds) override {}

    std::unique_lock<std::mutex> enter() {
        std::unique_lock<std::mutex> lock(alone);
        if (live) live->enter();  // only lets the time pass
        return lock;
    }

    std::mutex alone;
    std::atomic<std::uint64_t> reached{0};
    Scene* scene = nullptr;
    std::optional<Live> live;
    std::optional<ProbedWire> wire;
    std::optional<ProbedWindow> window;
    std::string trouble;
    std::unique_ptr<transports::qemu::StreamThread> pci, spi;
};

Stage::Stage() : port_(std::make_unique<Port>()) {}

Stage::~Stage() {
    port_->pci.reset();
    port_->spi.reset();
}

Stage::Ends Stage::connect() {
    port_->pci.reset();
    port_->spi.reset();
    int pci[2], spi[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pci) != 0 ||
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, spi) != 0) {
        throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
    }
    Port& port = *port_;
    port.pci = std::make_unique<transports::qemu::StreamThread>(pci[0], [&port](int fd) {
        const std::string trouble = transports::qemu::PciProxy(port).serve(fd);
        const std::lock_guard<std::mutex> lock(port.alone);
        if (!trouble.empty()) port.trouble = trouble;
    });
    port.spi = std::make_unique<transports::qemu::StreamThread>(
        spi[0], [&port](int fd) { transports::qemu::SpiForward(port).serve(fd); });
    return {pci[1], spi[1]};
}

void Stage::play(Scene& scene, Boundary* boundary) {
    const std::lock_guard<std::mutex> lock(port_->alone);
    Rig& rig = scene.judge.rig();
    rig.chip.restore(scene.judge.start());
    rig.chip.monitor = {};
    rig.forget_sessions();
    port_->scene = &scene;
    port_->live.emplace(rig.chip);
    attach(boundary);
}

void Stage::watch(Boundary* boundary) {
    const std::lock_guard<std::mutex> lock(port_->alone);
    attach(boundary);
}

void Stage::attach(Boundary* boundary) {
    port_->wire.emplace(port_->scene->wire_, boundary);
    port_->window.emplace(port_->scene->window_, boundary);
}

std::unique_lock<std::mutex> Stage::hold() { return port_->enter(); }

std::uint64_t Stage::reached() const { return port_->reached; }

std::string Stage::trouble() {
    const std::lock_guard<std::mutex> lock(port_->alone);
    return port_->trouble;
}

}  // namespace chaos::rehearsal
