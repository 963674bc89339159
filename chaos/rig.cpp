#include "chaos/rig.hpp"

namespace chaos {

using hal::converge::Policy;

Intended initial_intended(const hal::converge::Chip& chip) {
    Intended intended;
    intended.words.resize(hal::converge::intent_words(chip));
    hal::converge::initial_intent(chip, {intended.words.data(), intended.words.size()});
    return intended;
}

const char* name(Path path) { return path == Path::spi ? "spi" : "pcie"; }

Rig::Rig(const transports::model::Layout& layout, Path path, const HalLibrary& hal)
    : chip(layout),
      path_(path),
      hal_(hal),
      bridge_(chip, session),
      wire_(bridge_, chip),
      timed_(wire_, chip),
      target_(chip, session, window_session),
      window_(target_, chip),
      states_(layout.chip.instances.size()) {}

void Rig::forget_sessions() {
    session = {};
    window_session = {};
}

template <typename Link>
void Rig::run_on(Link& link, Run& run, const HalLibrary& hal, const Intended& intended, const Policy& policy,
                 PlanListener* listener) {
    if (++nonce_ == 0) ++nonce_;
    if (const auto claimed = link.claim(nonce_); !claimed) {
        run.result = hal::bus::fail(claimed.error());
        return;
    }
    if (alive_ == workspaces_.size()) workspaces_.emplace_back();
    std::vector<std::uint64_t>& workspace = workspaces_[alive_];
    const std::size_t words = (hal.workspace_size(chip.layout().chip) + 7) / 8;
    if (workspace.size() < words) workspace.resize(words);
    const hal::bus::Span<std::uint64_t> space{workspace.data(), workspace.size()};
    ++alive_;
    const auto converge = [&](hal::bus::Transport& transport, PlanListener* told) {
        return hal.converge(transport, chip.layout().chip, intended.view(), policy, space, states_.data(), told);
    };
    if (observer == nullptr) {
        run.result = converge(link, listener);
    } else {
        ObservedTransport observed(link, listener, *observer);
        observer->started(link.now());
        run.result = converge(observed, &observed);
        observer->ended(run.result, link.now());
    }
    --alive_;
}

Run Rig::run(const Intended& intended, const Policy& policy, Boundary* boundary, PlanListener* listener) {
    return run_with(hal_, intended, policy, boundary, listener);
}

Run Rig::run_with(const HalLibrary& hal, const Intended& intended, const Policy& policy, Boundary* boundary,
                  PlanListener* listener) {
    const std::uint64_t before = chip.monitor.accesses;
    Run run;
    if (path_ == Path::spi) {
        ProbedWire wire(timed_, boundary);
        transports::spi::Link link(wire, transports::spi::Link::Mode::managed);
        run_on(link, run, hal, intended, policy, listener);
        run.link = link.statistics();
        run.sent = run.link.frames;
        run.died = !wire.alive();
    } else {
        ProbedWindow window(window_, boundary);
        transports::pcie::Options options;
        options.identity_address = chip.layout().chip.instances[0].base + chip.layout().chip.services.identity.offset;
        transports::pcie::WindowLink link(window, options, transports::pcie::WindowLink::Mode::managed);
        Policy unguarded = policy;
        unguarded.guards = false;  // the window has none; see docs/pcie-window.md
        run_on(link, run, hal, intended, unguarded, listener);
        run.sent = link.statistics().loads + link.statistics().stores;
        run.died = !window.alive();
    }
    run.accesses = chip.monitor.accesses - before;
    return run;
}

}  // namespace chaos
