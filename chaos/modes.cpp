#include "chaos/modes.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "chaos/strikes.hpp"

namespace chaos {

using faults::Fault;
using faults::Row;
using transports::model::Instance;
using transports::model::Layout;

namespace {

constexpr Fault kEvents[] = {Fault::lock_lost,   Fault::link_lost,  Fault::ecc_error, Fault::thermal_alarm,
                             Fault::block_reset, Fault::warm_reset, Fault::cold_reset};

std::vector<Point> points_of(const Scenario& scenario, const Layout& layout) {
    Judge judge(scenario, layout, OracleSet().set());
    judge.reference();
    return survey(judge, scenario);
}

Cell cell_of(const Layout& layout, const Point& point, Instance instance, Fault fault) {
    return {layout.chip.instances[instance].type, point.op, point.moment, fault};
}

}  // namespace

std::vector<Job> upsets(const Scenario& scenario, std::uint32_t stride) {
    const Layout layout(*scenario.chip);
    std::vector<Job> jobs;
    std::uint32_t number = 0;
    for (Instance i = 0; i < layout.first_cell.size(); ++i) {
        const auto& words = layout.type[i]->words;
        for (std::uint32_t w = 0; w < words.size(); ++w) {
            for (std::uint32_t bit = 0; bit < 32; ++bit) {
                if ((words[w].stored >> bit & 1u) == 0 || number++ % stride != 0) continue;
                Job job;
                job.plan.lives[0].strikes.push_back({Fault::upset, 0, {i, w, bit}});
                job.cell = {layout.chip.instances[i].type, Op::claim, Moment::before, Fault::upset};
                job.label = faults::name(faults::declared(*layout.type[i], w, bit));
                jobs.push_back(std::move(job));
            }
        }
    }
    return jobs;
}

std::vector<Job> outages(const Scenario& scenario) {
    const Layout layout(*scenario.chip);
    const std::vector<Point> points = points_of(scenario, layout);
    std::vector<Job> jobs;
    std::uint32_t changes = 0;
    const bool small = scenario.chip->scale_numerator * 8 <= scenario.chip->scale_denominator;
    for (const Point& point : points) {
        if (!point.changed) continue;
        ++changes;
        for (const Fault fault : kEvents) {
            const bool chip = faults::row(fault).target == faults::Target::none;
            std::vector<Instance> able;
            for (Instance i = chip ? 0 : 1; i < layout.first_cell.size() && (!chip || i == 0); ++i) {
                if (chip || fault == Fault::block_reset || layout.behaviour[i]->befall != nullptr) able.push_back(i);
            }
            if (!small) able = {able[changes % able.size()]};
            for (const Instance i : able) {
                Job job;
                job.plan.lives[0].killed_at = point.index;
                job.plan.lives[0].outage = changes % 2 != 0;
                job.plan.lives.emplace_back();
                job.plan.lives[1].strikes.push_back({fault, 0, {}});
                if (!chip) job.plan.lives[1].strikes[0].arguments = {i};
                job.cell = cell_of(layout, point, i, fault);
                jobs.push_back(std::move(job));
            }
        }
    }
    return jobs;
}

std::vector<Job> overlaps(const Scenario& scenario) {
    constexpr std::uint32_t kInsideClaim = 16;
    const Layout layout(*scenario.chip);
    const std::vector<Point> points = points_of(scenario, layout);
    std::vector<Job> jobs;
    for (const Point& point : points) {
        // The second's claim is met at each of its moments; what comes after it at three places, never the same ones.
        std::vector<std::uint32_t> stops = {0};
        const bool early = point.index < 2 * kInsideClaim;
        for (std::uint32_t stop = 1; stop <= kInsideClaim; ++stop) {
            if (early || stop % 8 == point.index % 8) stops.push_back(stop);
        }
        const auto all = static_cast<std::uint32_t>(points.size());
        stops.push_back(kInsideClaim + point.index * 7 % (all > kInsideClaim ? all - kInsideClaim : 1));
        for (const std::uint32_t stop : stops) {
            Job job;
            job.plan.lives[0].strikes.push_back({Fault::overlapped, point.index, {stop}});
            job.cell = cell_of(layout, point, point.instance, Fault::overlapped);
            jobs.push_back(std::move(job));
        }
    }
    return jobs;
}

namespace {

/// "first, second": what pairs are counted by. Static text.
const char* pair_name(Fault first, Fault second) {
    static const auto names = [] {
        std::vector<std::string> all;
        for (const Row& a : faults::rows()) {
            for (const Row& b : faults::rows()) all.push_back(std::string(a.name) + ", " + b.name);
        }
        return all;
    }();
    return names[static_cast<std::size_t>(first) * faults::kFaults + static_cast<std::size_t>(second)].c_str();
}

/// Both strikes in one life, in this order; nothing if they are of one moment, or the other way round.
std::optional<Job> pair_of(const Job& first, const Job& second) {
    const faults::Strike& a = first.plan.lives[0].strikes[0];
    const faults::Strike& b = second.plan.lives[0].strikes[0];
    if (a.moment >= b.moment) return std::nullopt;
    Job job = first;
    job.plan.lives[0].strikes.push_back(b);
    job.label = pair_name(a.fault, b.fault);
    return job;
}

}  // namespace

std::vector<Job> pairs(const Scenario& scenario, std::uint64_t sample, std::uint64_t seed) {
    // One of each class: what the link's tests prove equal is not tried twice.
    const std::vector<Fault> which = {Fault::request_lost,     Fault::reply_lost, Fault::outage_beyond,
                                      Fault::load_answer_lost, Fault::store_lost, Fault::stores_lost,
                                      Fault::load_ones,        Fault::paused_long};
    const std::vector<Job> single = single_strikes(scenario, which, Targets::rotating).jobs;
    std::vector<Job> jobs;
    if (sample == 0) {
        for (const Job& first : single) {
            for (const Job& second : single) {
                if (auto job = pair_of(first, second)) jobs.push_back(std::move(*job));
            }
        }
        return jobs;
    }
    std::map<Fault, std::vector<const Job*>> by_fault;
    for (const Job& job : single) by_fault[job.cell.fault].push_back(&job);
    std::vector<std::pair<const std::vector<const Job*>*, const std::vector<const Job*>*>> strata;
    for (const auto& [a, first] : by_fault) {
        if (a == Fault::outage_beyond) continue;  // ends the call: hardly anything strikes behind it
        for (const auto& [b, second] : by_fault) strata.emplace_back(&first, &second);
    }
    constexpr int kTries = 1000;  // of a stratum that may have no pair at all
    std::mt19937_64 dice(seed);
    for (std::uint64_t n = 0; n < sample; ++n) {
        const auto& [first, second] = strata[n % strata.size()];
        for (int tries = 0; tries < kTries; ++tries) {
            const Job& a = *(*first)[dice() % first->size()];
            auto job = pair_of(a, *(*second)[dice() % second->size()]);
            if (!job) continue;
            jobs.push_back(std::move(*job));
            break;
        }
    }
    return jobs;
}

namespace {

faults::Strike draw(const Scenario& scenario, const Layout& layout, const std::vector<Point>& points, Fault fault,
                    std::mt19937_64& dice) {
    const Row& row = faults::row(fault);
    faults::Strike strike{fault, static_cast<std::uint32_t>(dice() % points.size()), {}};
    while (!faults::strikes_at(row, points[strike.moment].moment)) {
        strike.moment = static_cast<std::uint32_t>(dice() % points.size());
    }
    const auto instance = static_cast<Instance>(dice() % scenario.chip->instances.size());
    const auto words = static_cast<std::uint32_t>(layout.type[instance]->words.size());
    const auto pick = [&dice](std::uint32_t below) { return static_cast<std::uint32_t>(dice() % below); };
    switch (row.target) {
        case faults::Target::none: break;
        case faults::Target::amount:
            if (row.amount == 0) strike.arguments = {fault == Fault::write_ignored ? pick(4) : pick(32'768)};
            break;
        case faults::Target::instance: strike.arguments = {instance}; break;
        case faults::Target::reg: strike.arguments = {instance, pick(words)}; break;
        case faults::Target::bit: strike.arguments = {instance, pick(words), pick(32)}; break;
    }
    return strike;
}

}  // namespace

std::vector<Job> random_plans(const Scenario& scenario, std::uint64_t runs, std::uint64_t seed, bool recoverable) {
    constexpr std::uint8_t kSameCall = 1u << static_cast<unsigned>(faults::Outcome::same_call);
    constexpr std::uint32_t kMostLives = 4, kMostStrikes = 3;
    const Layout layout(*scenario.chip);
    const std::vector<Point> points = points_of(scenario, layout);
    std::vector<Fault> possible;
    for (const Row& row : faults::rows()) {
        const bool own_mode = row.fault == Fault::killed || row.fault == Fault::overlapped;
        const bool excluded = row.contract == faults::Contract::out_of_contract;
        const bool asked = !recoverable || row.outcomes == kSameCall;
        if (!own_mode && !excluded && asked && faults::exists_on(row, scenario.path)) possible.push_back(row.fault);
    }
    std::vector<Job> jobs;
    for (std::uint64_t run = 0; run < runs; ++run) {
        std::mt19937_64 dice(seed * 1'000'003 + run);
        std::vector<Fault> swarm;
        for (const Fault fault : possible) {
            if (dice() % 3 == 0) swarm.push_back(fault);
        }
        if (swarm.empty()) swarm.push_back(possible[dice() % possible.size()]);
        Job job;
        const std::uint64_t lives = 1 + dice() % kMostLives;
        job.plan.lives.resize(lives);
        for (std::uint64_t k = 0; k < lives; ++k) {
            faults::Life& life = job.plan.lives[k];
            const std::uint64_t strikes = (k == 0 ? 1 : 0) + dice() % kMostStrikes;
            for (std::uint64_t s = 0; s < strikes; ++s) {
                life.strikes.push_back(draw(scenario, layout, points, swarm[dice() % swarm.size()], dice));
            }
            std::stable_sort(life.strikes.begin(), life.strikes.end(),
                             [](const auto& a, const auto& b) { return a.moment < b.moment; });
            if (k + 1 == lives) continue;
            life.killed_at = static_cast<std::uint32_t>(dice() % points.size());
            life.outage = dice() % 2 == 0;
        }
        if (recoverable && !faults::adds_up_to(job.plan).empty()) continue;
        const faults::Strike& first = job.plan.lives[0].strikes[0];
        const Point& point = points[first.moment];
        const bool aimed = faults::row(first.fault).target > faults::Target::amount;
        const auto struck = aimed ? static_cast<Instance>(first.arguments[0]) : point.instance;
        job.cell = cell_of(layout, point, struck, first.fault);
        jobs.push_back(std::move(job));
    }
    return jobs;
}

}  // namespace chaos
