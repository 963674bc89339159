#include "chaos/oracles.hpp"

#include "chaos/measures.hpp"

#include <cstring>

#include <fmt/format.h>

namespace chaos {

using hal::converge::InstanceRow;

const std::vector<OracleRow>& oracles() {
    static const std::vector<OracleRow> rows = {
        {Oracle::completes, "completes", "the HAL ends without error and reports what the fault-free run reports"},
        {Oracle::delivers, "delivers", "the hardware delivers what the intent says, in the intent's own units"},
        {Oracle::same_end, "same_end", "the chip ends in the fault-free run's state, to the bit"},
        {Oracle::undisturbed, "undisturbed", "running traffic was not disturbed"},
        {Oracle::lawful, "lawful", "no access that the chip's manual forbids"},
        {Oracle::planned, "planned", "no register written that no plan named"},
        {Oracle::idempotent, "idempotent", "a further HAL ends without error, reports the same and writes nothing"},
        {Oracle::bounded, "bounded",
         "recovery costs no more than what was left, plus attaching and one sweep, under traffic two"},
        {Oracle::isolated, "isolated", "a block that was given up is at rest, as far as it can be stopped"},
        {Oracle::whole_groups, "whole_groups", "no atomic group of an intent is half-applied under traffic"},
        {Oracle::fenced, "fenced", "a HAL that has lost the port writes nothing any more and says so"},
        {Oracle::share, "share", "the workload keeps the share of its throughput that was asked for"},
    };
    return rows;
}

void PlanWatch::clear() {
    for (const std::uint32_t word : touched_) plan_of_[word] = 0;
    touched_.clear();
    written_.assign(1, {0, 0});
    wrote_ = true;
    current_ = 0;
    stray_.reset();
    words_ = 0;
    digest_ = kNothing;
}

void PlanWatch::planned(std::uint16_t instance, std::uint32_t address, std::uint32_t words) {
    if (wrote_ || instance != written_.back().instance) written_.push_back({instance, 0});  // another plan begins
    wrote_ = false;
    for (std::uint32_t word = address / 4; word < address / 4 + words && word < plan_of_.size(); ++word) {
        if (plan_of_[word] == 0) touched_.push_back(word);
        plan_of_[word] = static_cast<std::uint32_t>(written_.size() - 1);
    }
}

void PlanWatch::wrote(std::uint32_t address, std::uint32_t value) {
    ++words_;
    for (const std::uint32_t word : {address, value}) digest_ = (digest_ ^ word) * 1099511628211u;
    wrote_ = true;
    if (address / 4 >= plan_of_.size()) return;
    current_ = plan_of_[address / 4];
    ++written_[current_].words;
    if (current_ == 0 && !stray_) stray_ = address;
}

namespace {

/// Does the intent switch the block off?
bool intended_off(const hal::converge::Chip& chip, std::uint16_t i, const std::uint32_t* words) {
    const auto& fields = chip.type(chip.instances[i]).driver->intent;
    for (std::size_t f = 0; f < fields.size(); ++f) {
        if (std::strcmp(fields[f].name, "enabled") == 0) return words[f] == 0;
    }
    return false;
}

/// What measures that quantity; null: nothing does. Most have the place in their list that the field has in its own.
const transports::model::Measure* measure_of(const transports::model::Behaviour& block, const char* quantity,
                                             std::size_t place) {
    const auto& measures = block.measures;
    for (std::size_t k = 0; k < measures.size(); ++k) {
        const auto& candidate = measures[(place + k) % measures.size()];
        if (std::strcmp(candidate.quantity, quantity) == 0) return &candidate;
    }
    return nullptr;
}

}  // namespace

std::optional<Finding> compare_measures(const transports::model::Chip& chip, const Intended& intended,
                                        std::uint64_t& compared, std::uint64_t& non_zero) {
    return compare_measures_of(chip, intended, compared, non_zero, [](std::uint16_t) { return true; });
}

std::optional<Finding> compare_measures_of(const transports::model::Chip& chip, const Intended& intended,
                                           std::uint64_t& compared, std::uint64_t& non_zero,
                                           const std::function<bool(std::uint16_t instance)>& asked) {
    const transports::model::Layout& layout = chip.layout();
    std::optional<Finding> first;
    std::size_t at = 0;
    for (std::uint16_t i = 0; i < layout.first_cell.size(); ++i) {
        const auto& fields = layout.chip.type(layout.chip.instances[i]).driver->intent;
        if (!asked(i)) {
            at += fields.size();
            continue;
        }
        const bool off = intended_off(layout.chip, i, intended.words.data() + at);
        for (const hal::converge::IntentField& field : fields) {
            const std::uint32_t wanted = intended.words[at++];
            if (off && std::strcmp(field.name, "enabled") != 0) continue;  // a block that is off delivers nothing else
            const transports::model::Measure* const measure =
                measure_of(*layout.behaviour[i], field.name, static_cast<std::size_t>(&field - fields.begin()));
            ++compared;
            const std::uint64_t got = measure == nullptr ? ~std::uint64_t{0} : measure->value(chip, i);
            if (got != 0) ++non_zero;
            if (got == wanted || first) continue;
            first = Finding{Oracle::delivers,
                            measure == nullptr
                                ? fmt::format("{}: no measure for {}", instance_name(layout.chip, i), field.name)
                                : fmt::format("{}: {} is {} {}, intended {}", instance_name(layout.chip, i), field.name,
                                              got, field.unit, wanted)};
        }
    }
    return first;
}

std::optional<Finding> given_up_in_motion(const transports::model::Chip& chip,
                                          hal::bus::Span<const hal::converge::InstanceState> states) {
    constexpr std::uint32_t kLongestUs = 1'000'000;  // what takes longer doesn't come to rest by itself
    const transports::model::Layout& layout = chip.layout();
    for (const transports::model::Layout::Timer& timer : layout.timers) {
        const bool given_up = states[timer.instance].state == hal::converge::State::broken;
        if (!given_up || timer.background || layout.behaviour[timer.instance]->unstoppable) continue;
        if (chip.cell(timer.cell) <= kLongestUs || !chip.accessible(timer.instance)) continue;
        return Finding{Oracle::isolated,
                       fmt::format("{}: given up ({}), and never comes to rest",
                                   instance_name(layout.chip, timer.instance), states[timer.instance].why)};
    }
    return std::nullopt;
}

std::string instance_name(const hal::converge::Chip& chip, std::uint16_t instance) {
    if (instance >= chip.instances.size()) return "chip";
    const InstanceRow& row = chip.instances[instance];
    return row.count == 1 ? std::string(chip.type(row).name) : fmt::format("{}[{}]", chip.type(row).name, row.index);
}

std::string explain(const hal::converge::Chip& chip, const hal::bus::Error& error) {
    return fmt::format("{} at {} (address {:#x}, value {:#x}, effect {}, {} attempts)", hal::bus::name(error.code),
                       instance_name(chip, error.instance), error.address, error.value, hal::bus::name(error.effect),
                       error.attempts);
}

}  // namespace chaos
