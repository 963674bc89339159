#include "chaos/rig.hpp"

namespace chaos {

using hal::converge::Policy;

Intended initial_intended(const hal::converge::Chip& chip) {
    Intended intended;
    intended.words.resize(hal::converge::intent_words(chip));
    hal::converge::initial_intent(chip, {intended.words.data(), intended.words.size()});
    return intended;
}

Rig::Rig(const transports::model::Layout& layout)
    : chip(layout), bridge_(chip, session), wire_(bridge_, chip),
      workspace_((hal::converge::workspace_size(layout.chip) + 7) / 8), states_(layout.chip.instances.size()) {}

Run Rig::run(const Intended& intended, const Policy& policy, Boundary* boundary,
             hal::converge::Listener* listener) {
    const std::uint64_t before = chip.monitor.accesses;
    ProbedWire wire(wire_, boundary);
    transports::spi::Link link(wire, transports::spi::Link::Mode::managed);
    Run run;
    if (++nonce_ == 0) ++nonce_;
    if (const auto claimed = link.claim(nonce_); !claimed) {
        run.result = hal::bus::fail(claimed.error());
    } else {
        run.result = hal::converge::converge(
            link, chip.layout().chip, intended.view(), policy,
            {reinterpret_cast<std::uint8_t*>(workspace_.data()), workspace_.size() * 8}, states_.data(), listener);
    }
    run.link = link.statistics();
    run.accesses = chip.monitor.accesses - before;
    return run;
}

}  // namespace chaos
