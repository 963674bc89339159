#include "properties/recovery/cases.hpp"

#include <algorithm>

namespace properties::recovery {

using chaos::Path;
using chaos::faults::Fault;
using chaos::faults::Row;
using chaos::faults::Strike;
using chaos::faults::Target;

namespace {

/// What a plan is made from: numbers that shrink towards no death, no strike, the first moment.
struct Sketch {
    std::uint32_t stage = 0;
    struct Hit {
        std::uint32_t fault = 0, moment = 0, what = 0;
    };
    struct Span {
        std::vector<Hit> hits{};
        std::uint32_t death = 0;
        bool outage = false;
    };
    std::vector<Span> deaths{};
    std::vector<Hit> last{};
};

rc::Gen<Sketch> any_sketch(int flips, double deaths, double hits) {
    const auto number = [] { return rc::gen::inRange<std::uint32_t>(0, 1u << 20); };
    const auto hit = rc::gen::build<Sketch::Hit>(rc::gen::set(&Sketch::Hit::fault, number()),
                                                 rc::gen::set(&Sketch::Hit::moment, number()),
                                                 rc::gen::set(&Sketch::Hit::what, number()));
    const auto span = rc::gen::build<Sketch::Span>(
        rc::gen::set(&Sketch::Span::hits, rc::gen::scale(hits, rc::gen::container<std::vector<Sketch::Hit>>(hit))),
        rc::gen::set(&Sketch::Span::death, number()), rc::gen::set(&Sketch::Span::outage, rc::gen::arbitrary<bool>()));
    return rc::gen::build<Sketch>(
        rc::gen::set(&Sketch::stage, rc::gen::inRange<std::uint32_t>(0, 1'024)),
        rc::gen::set(&Sketch::deaths, rc::gen::scale(deaths, rc::gen::container<std::vector<Sketch::Span>>(span))),
        rc::gen::set(&Sketch::last, rc::gen::scale(flips / 100.0, rc::gen::container<std::vector<Sketch::Hit>>(hit))));
}

std::uint32_t moment_of(const Stage& stage, std::uint32_t number) {
    return number % static_cast<std::uint32_t>(stage.points.size());
}

/// A strike by that fault at or behind a moment at which it can strike; none if there is no such moment.
void add_strike(const Stage& stage, Fault fault, const Sketch::Hit& hit, std::vector<Strike>& strikes) {
    const Row& row = chaos::faults::row(fault);
    Strike strike{fault, moment_of(stage, hit.moment), {}};
    while (strike.moment < stage.points.size() && !strikes_at(row, stage.points[strike.moment].moment)) ++strike.moment;
    if (strike.moment == stage.points.size()) return;
    const auto& bit = stage.managed[hit.what % stage.managed.size()];
    switch (row.target) {
        case Target::none: break;
        case Target::amount:
            if (row.amount == 0) strike.arguments = {fault == Fault::write_ignored ? hit.what % 4 : hit.what % 32'768};
            break;
        case Target::instance:
            strike.arguments = {1 + hit.what % static_cast<std::uint32_t>(stage.layout.first_cell.size() - 1)};
            break;
        case Target::reg: strike.arguments = {bit.instance, bit.word}; break;
        case Target::bit: strike.arguments = {bit.instance, bit.word, bit.bit}; break;
    }
    strikes.push_back(strike);
}

void sort(std::vector<Strike>& strikes) {
    std::stable_sort(strikes.begin(), strikes.end(), [](const auto& a, const auto& b) { return a.moment < b.moment; });
}

}  // namespace

rc::Gen<Case> any_state(const std::vector<const char*>& scenarios, int flips) {
    std::vector<Stage*> stages;
    for (const char* scenario : scenarios) {
        for (const Path path : {Path::spi, Path::pcie}) stages.push_back(&stage(scenario, path));
    }
    return rc::gen::map(any_sketch(flips, 0.03, 0), [stages](const Sketch& sketch) {
        Case c{stages[sketch.stage % stages.size()], {}};
        c.plan.lives.clear();
        for (const Sketch::Span& span : sketch.deaths) {
            c.plan.lives.push_back({{}, moment_of(*c.stage, span.death), span.outage});
        }
        c.plan.lives.emplace_back();
        for (const Sketch::Hit& hit : sketch.last) {
            const auto& bit = c.stage->managed[(hit.what ^ hit.moment << 5) % c.stage->managed.size()];
            c.plan.lives.back().strikes.push_back({Fault::upset, 0, {bit.instance, bit.word, bit.bit}});
        }
        return c;
    });
}

rc::Gen<Case> any_plan(const std::vector<Stage*>& stages, const std::vector<Fault>& faults) {
    return rc::gen::map(any_sketch(4, 0.03, 0.03), [stages, faults](const Sketch& sketch) {
        Case c{stages[sketch.stage % stages.size()], {}};
        c.plan.lives.clear();
        const auto strikes = [&](const std::vector<Sketch::Hit>& hits) {
            std::vector<Strike> all;
            for (const Sketch::Hit& hit : hits) {
                const Fault fault = faults[hit.fault % faults.size()];
                if (exists_on(chaos::faults::row(fault), c.stage->scenario.path)) add_strike(*c.stage, fault, hit, all);
            }
            sort(all);
            return all;
        };
        for (const Sketch::Span& span : sketch.deaths) {
            c.plan.lives.push_back({strikes(span.hits), moment_of(*c.stage, span.death), span.outage});
        }
        c.plan.lives.push_back({strikes(sketch.last), {}, false});
        return c;
    });
}

std::vector<Fault> recoverable() {
    constexpr std::uint8_t kSameCall = 1u << static_cast<unsigned>(chaos::faults::Outcome::same_call);
    std::vector<Fault> all;
    for (const Row& row : chaos::faults::rows()) {
        const bool own = row.fault == Fault::killed || row.fault == Fault::overlapped;
        const bool excluded = row.contract == chaos::faults::Contract::out_of_contract;
        if (!own && !excluded && row.outcomes == kSameCall) all.push_back(row.fault);
    }
    return all;
}

}  // namespace properties::recovery
