// The model's register tables against the naive interpreter of the RDL, for any sequence of accesses.
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "properties/holds.hpp"
#include "properties/registers/pair.hpp"

namespace properties::registers {

namespace {

/// One access to some register of a block.
struct Step {
    std::uint8_t access = 0;  ///< Behind the last one: hardware puts the value there.
    std::uint16_t reg = 0;
    std::uint32_t value = 0;
};

void showValue(const std::vector<Step>& steps, std::ostream& out) {
    for (const Step& s : steps) {
        const char* const what = s.access < kAccesses ? name(static_cast<Access>(s.access)) : "hardware sets";
        out << fmt::format("\n  {} register {} ({:#x})", what, s.reg, s.value);
    }
}

rc::Gen<std::vector<Step>> any_steps() {
    const auto word = rc::gen::oneOf(rc::gen::element(0u, ~0u), rc::gen::arbitrary<std::uint32_t>(),
                                     rc::gen::map(rc::gen::inRange(0, 32), [](int bit) { return 1u << bit; }));
    return rc::gen::container<std::vector<Step>>(rc::gen::build<Step>(
        rc::gen::set(&Step::access, rc::gen::weightedElement<std::uint8_t>(
                                        {{12, 0}, {4, 1}, {6, 2}, {1, 3}, {1, 4}, {12, kAccesses}})),
        rc::gen::set(&Step::reg, rc::gen::inRange<std::uint16_t>(0, 512)), rc::gen::set(&Step::value, word)));
}

TEST(Registers, DoWhatTheRdlSays) {
    static const std::vector<Pair> all = pairs(RECONVERGE_JSON);
    std::set<std::string> met;
    Tally tally{"accesses compared", "that changed something", "refused by both", "pairs of field kind and access"};
    hold("tables", 4'000, tally, [&] {
        Pair pair = all[*rc::gen::inRange<std::size_t>(0, all.size())];
        for (const Step& step : *any_steps()) {
            const auto access = static_cast<Access>(step.access);
            const std::size_t r = step.reg % pair.size();
            if (step.access == kAccesses) {
                pair.set(r, step.value);
                continue;
            }
            for (const NaiveField& f : pair.reg(r).fields) {
                const bool locked = access == Access::write && pair.naive().locked(f);
                if (met.insert(f.kind + " / " + name(access) + (locked ? " locked" : "")).second) {
                    tally.add("pairs of field kind and access");
                }
            }
            const Pair::Outcome outcome = pair.apply(access, r, step.value);
            if (!outcome.wrong.empty()) RC_FAIL(outcome.wrong);
            tally.add("accesses compared");
            tally.add("that changed something", !outcome.refused && outcome.after != outcome.before ? 1 : 0);
            tally.add("refused by both", outcome.refused ? 1 : 0);
        }
    });
}

}  // namespace

}  // namespace properties::registers
