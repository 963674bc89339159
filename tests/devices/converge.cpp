#include "hal/converge/converge.hpp"

#include "tests/devices/device.hpp"

namespace tests::devices {
namespace {

using hal::bus::Access;
using hal::bus::Op;

/// Word by word to the device, until the HAL above dies.
class Mortal final : public hal::bus::Transport {
public:
    Mortal(hal::bus::Transport& below, const Death& death) : below_(below), death_(death) {}

    hal::bus::Result<void> execute(hal::bus::Span<const Access> batch) override {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const Access& access = batch[i];
            for (std::uint32_t n = 0; n < access.count; ++n) {
                if (dead()) return hal::bus::fail({});
                Access word = access;
                word.count = 1;
                word.address += access.op == Op::write_fixed ? 0 : 4 * n;
                if (access.into != nullptr) word.into = access.into + n;
                if (access.from != nullptr) word.from = access.from + n;
                if (const auto done = below_.execute({&word, 1}); !done) return done;
                writes.push_back(access.into == nullptr);
            }
        }
        return {};
    }
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override {
        if (!dead()) below_.wait_until(deadline);
    }

    std::vector<bool> writes;

private:
    bool dead() {
        if (writes.size() < death_.at) return false;
        if (death_.die) death_.die();
        return true;
    }

    hal::bus::Transport& below_;
    const Death& death_;
};

}  // namespace

Run converge(const Device& device, Host& host, unsigned intent, const Death& death) {
    const Words& words = device.intents[intent];
    hal::converge::Intent wanted{{words.data(), words.size()}, {}, {}, 0};
    wanted.digest = hal::converge::digest(wanted);
    hal::converge::Policy policy;
    policy.guards = false;
    policy.deadline_ns = 120'000'000'000;
    std::vector<std::uint64_t> workspace(hal::converge::workspace_size(*device.chip) / 8 + 1);
    hal::converge::InstanceState state{};
    Mortal transport(host.device(), death);
    const auto report =
        hal::converge::converge(transport, *device.chip, wanted, policy,
                                {reinterpret_cast<std::uint8_t*>(workspace.data()), workspace.size() * 8}, &state);
    Run run;
    run.done = report && report->complete();
    run.accesses = transport.writes.size();
    run.writes = transport.writes;
    run.written = report ? report->writes : 0;
    if (!report) run.what = hal::bus::name(report.error().code);
    if (report && !run.done) run.what = std::string(name(state.state)) + ": " + state.why;
    return run;
}

}  // namespace tests::devices
