#include "chaos/scenario.hpp"

#include <stdexcept>

#include "hal/chip/chip.hpp"
#include "transports/intent/intent.hpp"
#include "transports/names/chip_names.hpp"

namespace chaos {

namespace {

/// Dies at one moment.
class DiesAt final : public Boundary {
public:
    explicit DiesAt(std::uint32_t moment) : moment_(moment) {}
    bool reached(std::uint32_t index, Moment, std::size_t) override { return index != moment_; }

private:
    const std::uint32_t moment_;
};

class Counts final : public Boundary {
public:
    bool reached(std::uint32_t, Moment, std::size_t) override {
        ++moments;
        return true;
    }
    std::uint32_t moments = 0;
};

void from_reset(Rig&, const Intended&) {}

/// Traffic has started and passed through every phase.
void under_traffic(Rig& rig, const Intended& earlier) {
    rig.run(earlier, {});
    rig.chip.advance(10'000);
}

/// Cut at a quarter, half and three quarters of the way; the supply dips and the chip goes through a warm reset.
void brown_out(Rig& rig, const Intended& intended) {
    const auto start = rig.chip.snapshot();
    Counts whole;
    rig.run(intended, {}, &whole);
    rig.chip.restore(start);
    rig.forget_sessions();
    for (std::uint32_t quarter = 1; quarter <= 3; ++quarter) {
        DiesAt boundary(whole.moments * quarter / 4);
        rig.run(intended, {}, &boundary);
        rig.chip.warm_reset();
        rig.forget_sessions();
    }
}

}  // namespace

void upset_one_of_each(transports::model::Chip& chip) {
    std::vector<bool> done(chip.layout().chip.types.size());
    for (transports::model::Instance i = 1; i < chip.layout().first_cell.size(); ++i) {
        const std::uint8_t type = chip.layout().chip.instances[i].type;
        const auto& words = chip.layout().type[i]->words;
        for (std::uint32_t w = 0; w < words.size() && !done[type]; ++w) {
            const auto& row = words[w];
            const std::uint32_t others = row.host | row.disruptive | row.locked | row.left_out | row.upset_drain |
                                         row.upset_reset | row.upset_none | row.sticky;
            const std::uint32_t plain = row.plain & row.observable & ~others;
            if (row.internal || plain == 0 || (row.writable() & ~row.plain) != 0) continue;
            std::uint32_t bit = 0;
            while ((plain >> bit & 1u) == 0) ++bit;
            done[type] = chip.upset(i, w, bit);
        }
    }
}

const std::vector<ScenarioRow>& scenarios() {
    static const std::vector<ScenarioRow> rows = {
        {"boot", "from cold reset to the training configuration, traffic admitted"},
        {"resume", "a converged chip under running traffic: one look, nothing to do"},
        {"update", "from training to inference under running traffic, which is drained first"},
        {"repair", "a converged chip under traffic, one bit in each type of block upset; may drain"},
        {"brownout", "a boot that the supply has cut short three times"},
        {"degraded", "from cold reset to a product with a core and a memory channel switched off"},
        {"deferred", "an update under traffic that may not be drained: atomic groups change whole or not at all"},
    };
    return rows;
}

Scenario make_scenario(const std::string& name, std::uint32_t numerator, std::uint32_t denominator) {
    Scenario scenario;
    scenario.name = name;
    scenario.chip = hal::chip::at_scale(numerator, denominator);
    if (scenario.chip == nullptr) {
        throw std::invalid_argument("no chip at scale " + std::to_string(numerator) + "/" +
                                    std::to_string(denominator) + "; use " + transports::names::known_scales());
    }
    const auto intend = [&](const char* intent) {
        scenario.intent = intent;
        scenario.intended = transports::intent::load(intent, {sizeof(hal_chip), numerator, denominator}).intended;
    };
    intend("training");
    scenario.earlier = scenario.intended;
    scenario.prepare = from_reset;
    if (name == "boot") return scenario;
    if (name == "degraded") {
        intend("degraded");
        return scenario;
    }
    if (name == "brownout") {
        scenario.prepare = brown_out;
        return scenario;
    }
    if (name == "repair") {
        scenario.prepare = [](Rig& rig, const Intended& earlier) {
            under_traffic(rig, earlier);
            upset_one_of_each(rig.chip);
        };
        scenario.policy.drain = true;
        return scenario;
    }
    scenario.prepare = under_traffic;
    if (name == "update") {
        intend("inference");
        scenario.policy.drain = true;
        return scenario;
    }
    if (name == "deferred") {
        intend("deferred");
        scenario.defers = true;
        return scenario;
    }
    if (name == "resume") return scenario;
    std::string known;
    for (const ScenarioRow& row : scenarios()) known += std::string(known.empty() ? "" : ", ") + row.name;
    throw std::invalid_argument("no scenario '" + name + "'; use one of " + known);
}

}  // namespace chaos
