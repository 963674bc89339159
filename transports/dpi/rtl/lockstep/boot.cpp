#include <cstdio>

#include "hal/api/convert.hpp"
#include "transports/dpi/rtl/lockstep/pair.hpp"
#include "transports/intent/intent.hpp"
#include "transports/spi/link.hpp"

namespace transports::dpi {

// A HAL over a link to both chips at once.
std::vector<Step> boot(Pair& pair) {
    const hal_chip scale = names::parse_scale("1/8");
    const intent::Intended intended = intent::load("training", scale).intended;
    model::BridgeSession session;
    model::Bridge bridge(pair, session);
    model::BridgeWire wire(bridge, pair);
    spi::Link link(wire, spi::Link::Mode::managed);
    pair.log.clear();
    if (!link.claim(1)) return {};
    const hal_transport functions = hal::api::to_c(static_cast<hal::bus::Transport&>(link));
    const hal_intent wanted = intended.c_view();
    hal_policy policy{};
    policy.size = sizeof policy;
    std::vector<std::uint64_t> workspace((hal_workspace_size(&scale) + 7) / 8);
    hal_report report{};
    report.size = sizeof report;
    hal_error error{};
    const int failed = hal_converge(&functions, &scale, &wanted, &policy, workspace.data(), workspace.size() * 8,
                                    nullptr, nullptr, &report, &error);
    std::printf("boot: %u of %u instances as intended, %zu steps\n", report.converged + report.off,
                static_cast<std::uint32_t>(hal_instances(&scale)), pair.log.size());
    if (failed != 0 || report.converged + report.off != static_cast<std::uint32_t>(hal_instances(&scale))) return {};
    return std::move(pair.log);
}

}  // namespace transports::dpi
