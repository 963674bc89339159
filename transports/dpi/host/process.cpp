#include "transports/dpi/host/process.hpp"

#include "hal/api/convert.hpp"
#include "transports/dpi/host/single.hpp"
#include "transports/dpi/host/wires.hpp"
#include "transports/recorder/recorder.hpp"

namespace transports::dpi {

hal_policy default_policy() {
    hal_policy policy{};
    policy.size = sizeof policy;
    return policy;
}

Process::Process(Host& host, const hal_chip& chip, const intent::Intended& intended)
    : states(hal_instances(&chip)),
      host_(host),
      chip_(chip),
      intended_(intended),
      workspace_((hal_workspace_size(&chip) + 7) / 8) {}

void Process::converge(hal::bus::Transport& transport, const hal_policy& policy) {
    const hal_transport functions = hal::api::to_c(transport);
    const hal_intent wanted = intended_.c_view();
    report.size = sizeof report;
    failed = hal_converge(&functions, &chip_, &wanted, &policy, workspace_.data(), workspace_.size() * 8, states.data(),
                          nullptr, &report, &error) != 0;
}

void Process::start(std::uint32_t nonce, const hal_policy& policy, Path path) {
    ended = failed = false;
    // Everything that it makes lies on the fiber's stack: killed, it leaves no memory behind.
    host_.start([this, nonce, policy, path] {
        if (path == Path::bus) {
            BusTransport bus(host_);
            converge(bus, policy);
            ended = true;
            return;
        }
        PinWire wire(host_);
        spi::Link spi_link(wire, spi::Link::Mode::managed);
        SingleAccesses one_by_one(spi_link);
        hal::bus::Transport& accesses = path == Path::single ? static_cast<hal::bus::Transport&>(one_by_one) : spi_link;
        const auto claimed = spi_link.claim(nonce);
        if (!claimed) {
            failed = true;
            error = hal::api::to_c(claimed.error());
        } else if (writer != nullptr) {
            recorder::Recorder recorder(accesses, *writer);
            converge(recorder, policy);
        } else {
            converge(accesses, policy);
        }
        link = spi_link.statistics();
        ended = true;
    });
}

}  // namespace transports::dpi
