#include "chaos/python/bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "chaos/judge.hpp"
#include "hal/chip/chip.hpp"
#include "transports/links/link.hpp"

namespace chaos::python {

using transports::model::Instance;
using transports::names::ChipNames;
using transports::names::Place;

namespace {

const hal::converge::Chip& heron(const ChipNames& names) {
    return *hal::chip::at_scale(names.chip().scale_numerator, names.chip().scale_denominator);
}

Path path_of(const std::string& link) {
    if (link != "spi" && link != "pcie") throw std::invalid_argument("link is spi or pcie, not '" + link + "'");
    return link == "spi" ? Path::spi : Path::pcie;
}

Intended intended(const std::string& intent, const hal_chip& chip) {
    if (!intent.empty() && intent.front() == '{') return transports::intent::parse(intent, "intent", chip).intended;
    return transports::intent::load(intent, chip).intended;
}

hal::converge::Policy policy_of(const Wish& wish) {
    hal::converge::Policy policy;
    policy.apply = !wish.plan;
    policy.drain = wish.drain;
    policy.retry = wish.retry;
    return policy;
}

Outcome told(const hal::converge::Chip& chip, const hal::bus::Result<hal::converge::Report>& result,
             hal::bus::Span<const hal::converge::InstanceState> states) {
    Outcome o;
    if (!result) {
        o.error = hal::bus::name(result.error().code);
        o.explanation = explain(chip, result.error());
        return o;
    }
    o.complete = result->complete();
    o.explanation = outcome(chip, *result, states);
    for (std::uint16_t i = 0; i < states.size(); ++i) {
        o.blocks.push_back({instance_name(chip, i), hal::converge::name(states[i].state), states[i].why});
    }
    return o;
}

const char* words(Moment moment) {
    constexpr const char* kWords[] = {"before", "after", "waiting"};
    return kWords[static_cast<std::size_t>(moment)];
}

/// The faults of a plan, and a script that looks on.
class Fortune final : public Boundary {
public:
    Fortune(faults::Injector& injector, const Wish& wish) : injector_(injector), wish_(wish) {}

    bool reached(std::uint32_t index, Moment moment, std::size_t bytes) override {
        if (!injector_.reached(index, moment, bytes)) return false;
        if (!wish_.at) return true;
        try {  // nothing is thrown through the HAL
            return wish_.at(index, words(moment));
        } catch (...) {
            thrown_ = std::current_exception();
            return false;
        }
    }
    Fate fate(const Sent& sent) override { return injector_.fate(sent); }
    void rethrow() const {
        if (thrown_) std::rethrow_exception(thrown_);
    }

private:
    faults::Injector& injector_;
    const Wish& wish_;
    std::exception_ptr thrown_;
};

}  // namespace

std::size_t Outcome::count(const std::string& state) const {
    return static_cast<std::size_t>(
        std::count_if(blocks.begin(), blocks.end(), [&](const BlockState& b) { return b.state == state; }));
}

Bench::Bench(const std::string& scale, const std::string& link)
    : names_(transports::names::parse_scale(scale)),
      layout_(heron(names_)),
      path_(path_of(link)),
      rig_(layout_, path_) {
    rig_.chip.write_filter = &ailments_;
}

Outcome Bench::converge(const Wish& wish) {
    const Intended wanted = intended(wish.intent, names_.chip());
    faults::Plan plan = faults::parse(wish.faults);
    if (plan.lives.size() != 1) throw std::invalid_argument("faults are those of one HAL; kill it with kill_at");
    plan.lives[0].killed_at = wish.kill_at;
    faults::Injector injector(rig_, plan.lives[0], ailments_);
    Fortune fortune(injector, wish);
    const std::uint64_t wrote = rig_.chip.monitor.writes;
    const Run run = rig_.run_with(wish.hal, wanted, policy_of(wish), &fortune);
    fortune.rethrow();
    Outcome o = told(layout_.chip, run.result, rig_.states());
    o.died = run.died;
    if (run.died) {
        o.complete = false;
        o.error = o.explanation = "died";
        o.blocks.clear();
    }
    o.moments = injector.moments();
    o.faults = injector.fired();
    o.accesses = run.accesses;
    o.writes = rig_.chip.monitor.writes - wrote;
    return o;
}

std::string Bench::differs(const std::string& intent) const {
    std::uint64_t compared = 0, non_zero = 0;
    const auto finding = compare_measures(rig_.chip, intended(intent, names_.chip()), compared, non_zero);
    return finding ? finding->what : "";
}

std::uint32_t Bench::peek(std::uint32_t instance, std::uint32_t word) const {
    const auto i = static_cast<Instance>(instance);
    if (instance >= names_.size() || word >= layout_.type[i]->words.size()) {
        throw std::out_of_range(fmt::format("there is no word {} of block {}", word, instance));
    }
    const std::uint32_t stored = rig_.chip.word(i, word);
    const auto shown = layout_.behaviour[i]->shown;
    return shown == nullptr ? stored : shown(rig_.chip, i, word, stored);
}

void Bench::write(std::uint32_t address, std::uint32_t value) {
    if (rig_.chip.write(address, value) == transports::model::BusStatus::ok) return;
    throw std::runtime_error(fmt::format("the chip refuses the write to {:#x}: is the block clocked?", address));
}

bool Bench::befall(const std::string& block, const std::string& event) {
    constexpr const char* kNames[] = {"lock_lost", "link_lost", "ecc_error", "alarm"};
    static_assert(std::size(kNames) == transports::model::kEvents);
    const auto* const found = std::find(std::begin(kNames), std::end(kNames), event);
    if (found == std::end(kNames)) {
        throw std::invalid_argument("no event '" + event + "': lock_lost, link_lost, ecc_error or alarm");
    }
    return rig_.chip.befall(static_cast<Instance>(instance(block)),
                            static_cast<transports::model::Event>(found - std::begin(kNames)));
}

bool Bench::upset(const std::string& field) {
    const Place place = names_.find(field);
    if (place.field == nullptr) throw std::invalid_argument("'" + field + "' names no field, as pll[0].trim.bandwidth");
    return rig_.chip.upset(static_cast<Instance>(place.instance),
                           place.reg->index + place.element * place.reg->index_stride, place.field->lsb);
}

void Bench::reset(bool cold) {
    if (cold) {
        rig_.chip.cold_reset();
        ailments_.heal();
    } else {
        rig_.chip.warm_reset();
    }
    rig_.forget_sessions();
}

void Bench::restore(const transports::model::Snapshot& state) {
    if (state.cells.size() != layout_.cells) throw std::invalid_argument("that state is of a chip of another scale");
    rig_.chip.restore(state);
    rig_.forget_sessions();
}

Board::Board(const std::string& uri, const std::string& scale)
    : uri_(uri), names_(transports::names::parse_scale(scale)), target_([&] {
          const auto target = transports::links::parse(uri);
          if (!target) throw std::invalid_argument(target.error().what);
          return *target;
      }()) {
    auto link = transports::links::connect(target_, names_.address(names_.find("sysctl.identity")));
    if (!link) throw std::runtime_error(link.error().what);
    link_ = std::move(*link);
}

std::uint32_t Board::read(std::uint32_t address) {
    const auto word = link_->transport().read(address);
    if (word) return *word;
    throw std::runtime_error(uri_ + ": " + explain(heron(names_), word.error()));
}

Outcome Board::converge(const Wish& wish) {
    const Intended wanted = intended(wish.intent, names_.chip());
    hal::converge::Policy policy = policy_of(wish);
    policy.guards = target_.guards();
    const hal::converge::Chip& chip = heron(names_);
    std::vector<hal::converge::InstanceState> states(chip.instances.size());
    std::vector<std::uint64_t> workspace((wish.hal.workspace_size(chip) + 7) / 8);
    std::random_device dice;
    link_->manage();
    const auto claimed = link_->claim(std::max(1U, dice()));
    if (!claimed) return told(chip, hal::bus::fail(claimed.error()), {});
    const auto result = wish.hal.converge(link_->transport(), chip, wanted.view(), policy,
                                          {workspace.data(), workspace.size()}, states.data(), nullptr);
    Outcome o = told(chip, result, {states.data(), states.size()});
    if (result) {
        o.accesses = result->reads + result->writes;
        o.writes = result->writes;
    }
    return o;
}

}  // namespace chaos::python
