// A failing case for people: what was found, the plan step by step, and what HALs did to the block that it is about.
#include <fmt/format.h>

#include "chaos/report/timeline.hpp"
#include "properties/recovery/stage.hpp"
#include "transports/names/chip_names.hpp"

namespace properties::recovery {

using chaos::report::Event;
using chaos::report::place_of;
using chaos::report::Timeline;
using Kind = chaos::report::Event::Kind;

namespace {

constexpr std::size_t kMostAccesses = 40;

/// The block that the text speaks of: "pll[3]: ..." at its beginning or within it.
std::uint32_t subject(const transports::names::ChipNames& names, const std::string& what) {
    for (std::uint32_t i = 0; i < names.size(); ++i) {
        const std::string mark = names.name(i) + ": ";
        if (what.compare(0, mark.size(), mark) == 0 || what.find(' ' + mark) != std::string::npos) return i;
    }
    return names.size();
}

/// One event as a line; empty for those that change nothing.
std::string line(const Timeline& timeline, const Event& event) {
    const auto& names = timeline.names();
    const auto access = [&](const char* verb) {
        const std::string fields = fields_of(names, event);
        return fmt::format("{} {} = {:#x}{}", verb, place_of(names, event.address), event.value,
                           fields.empty() ? "" : " (" + fields + ")");
    };
    switch (event.kind) {
        case Kind::write: return access("writes");
        case Kind::consume: return access("consumes");
        case Kind::guard: return access("guards");
        case Kind::read: return event.known && event.before == event.value ? "" : access("reads");
        case Kind::decide: return fmt::format("decides about {}: {}", names.name(event.instance), event.text);
        case Kind::error: return "meets an error: " + event.text;
        default: return "";
    }
}

/// Every step, and below it what was then done to that block, decoded; of all that was written, where the case is
/// about no block. Of many accesses, the last ones.
std::string decoded(const Timeline& timeline, std::uint32_t about) {
    const bool whole = about == timeline.names().size();
    std::vector<std::string> lines;
    std::size_t accesses = 0;
    for (const Event& event : timeline.events()) {
        if (event.kind == Kind::note) lines.push_back("  " + event.text + '\n');
        const bool asked = whole ? event.kind != Kind::read : event.instance == about || event.kind == Kind::error;
        const std::string text = asked ? line(timeline, event) : "";
        if (text.empty()) continue;
        lines.push_back(fmt::format("    {:>6} us {}\n", event.us, text));
        ++accesses;
    }
    std::size_t left_out = accesses > kMostAccesses ? accesses - kMostAccesses : 0;
    std::string told =
        fmt::format("Step by step, with what was done to {}{}:\n", whole ? "the chip" : timeline.names().name(about),
                    left_out == 0 ? "" : fmt::format(" (without the first {} lines)", left_out));
    for (const std::string& one : lines) {
        const bool access = one.compare(0, 4, "    ") == 0;
        if (access && left_out != 0) {
            --left_out;
        } else {
            told += one;
        }
    }
    return told;
}

/// Which bits are flipped, in names.
std::string upsets(const Case& c, const transports::names::ChipNames& names) {
    std::string told;
    for (const chaos::faults::Life& life : c.plan.lives) {
        for (const chaos::faults::Strike& strike : life.strikes) {
            if (strike.fault != chaos::faults::Fault::upset) continue;
            const auto& words = c.stage->layout.type[strike.argument(0)]->words;
            const std::uint32_t base = c.stage->scenario.chip->instances[strike.argument(0)].base;
            told += fmt::format("{} bit {} of {}", told.empty() ? "" : ",", strike.argument(2),
                                place_of(names, base + words[strike.argument(1)].offset));
        }
    }
    return told.empty() ? "" : "Flipped:" + told + '\n';
}

}  // namespace

std::string story(const Case& c, const std::string& what) {
    const hal::converge::Chip& chip = *c.stage->scenario.chip;
    const transports::names::ChipNames names({sizeof(hal_chip), chip.scale_numerator, chip.scale_denominator});
    Timeline timeline(names);
    chaos::Trials trials(c.stage->scenario, c.stage->layout, chaos::OracleSet().set());
    trials.judge().rig().observer = &timeline;
    trials.tell(c.plan, [&](const std::string& step) { timeline.note(step); });
    return what + "\nThe plan: " + chaos::faults::text(c.plan) + '\n' + upsets(c, names) +
           decoded(timeline, subject(names, what)) + "Again: reconverge chaos --repro '" + c.id() + "'";
}

}  // namespace properties::recovery
