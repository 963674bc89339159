#include "chaos/overlay.hpp"

#include <algorithm>
#include <stdexcept>

namespace chaos {

using faults::Fault;
using hal::bus::Access;
using hal::bus::Effect;
using hal::bus::Nanoseconds;
using hal::bus::Result;
using hal::bus::Span;
using replay::transport::Outcome;
using replay::transport::Replaying;
using replay::transport::Seeded;

namespace {

/// Answers from the trace until access number `at`, from a chip afterwards.
class Struck final : public hal::bus::Transport {
public:
    Struck(Replaying& trace, Seeded& chip, std::size_t at, Fault fault)
        : trace_(trace), chip_(chip), at_(at), fault_(fault) {}

    Result<void> execute(Span<const Access> batch) override {
        if (dead_) return gone(Effect::unknown, 0, batch[0]);
        if (struck_) return chip_.transport().execute(batch);
        for (std::uint32_t i = 0; i < batch.size(); ++i) {
            const Access& access = batch[i];
            if (done_++ == at_) return strike(access, i);
            Result<void> answer = trace_.execute({&access, 1});
            if (answer) continue;
            answer.error().completed = i;
            return answer;
        }
        return {};
    }
    Nanoseconds now() override {
        // The chip counts in microseconds; time never goes back.
        return last_ = std::max(last_, struck_ ? chip_.transport().now() : trace_.now());
    }
    void wait_until(Nanoseconds deadline) override {
        struck_ ? chip_.transport().wait_until(deadline) : trace_.wait_until(deadline);
    }
    bool struck() const { return struck_; }

private:
    Result<void> strike(const Access& access, std::uint32_t completed) {
        struck_ = true;
        dead_ = fault_ == Fault::killed;
        if (fault_ == Fault::request_lost) return gone(Effect::none, completed, access);
        if (fault_ == Fault::reply_lost) (void)chip_.transport().execute({&access, 1});  // nobody hears the answer
        return gone(Effect::unknown, completed, access);
    }

    static Result<void> gone(Effect effect, std::uint32_t completed, const Access& access) {
        hal::bus::Error error;
        error.code = hal::bus::Code::link_down;
        error.effect = effect;
        error.completed = completed;
        error.address = access.address;
        return hal::bus::fail(error);
    }

    Replaying& trace_;
    Seeded& chip_;
    const std::size_t at_;
    const Fault fault_;
    std::size_t done_ = 0;
    Nanoseconds last_ = 0;
    bool struck_ = false, dead_ = false;
};

bool same(const hal_report& a, const hal_report& b) {
    return a.converged == b.converged && a.off == b.off && a.deferred == b.deferred && a.needs_reset == b.needs_reset &&
           a.broken == b.broken && a.blocked == b.blocked;
}

}  // namespace

const std::vector<Fault>& overlay_faults() {
    static const std::vector<Fault> all = {Fault::killed, Fault::request_lost, Fault::reply_lost};
    return all;
}

Overlay::Overlay(const replay::trace::Sequence& trace, const replay::trace::Schema& schema,
                 const std::string& description)
    : trace_(trace), schema_(schema), subject_(description) {
    if (trace.has_frames()) {
        throw std::invalid_argument("faults are laid over accesses, and this trace has frames; record without --level");
    }
    Replaying replaying(trace, schema);
    const Outcome outcome = subject_.run(replaying);
    if (trace.empty() || trace.head(0).index != 0 || !outcome.ended || !replaying.divergences().empty()) {
        throw std::invalid_argument(
            "this recording doesn't replay from its first record on; `reconverge replay` shows where it diverges");
    }
    expected_ = outcome.report;
    // What lies behind the end of the first HAL is another one's.
    for (std::size_t row = 0; row < replaying.position(); ++row) {
        if (trace.head(row).is_access()) rows_.push_back(row);
    }
}

Overlaid Overlay::strike(std::size_t number, Fault fault) const {
    Overlaid result;
    result.index = trace_.head(rows_[number]).index;
    result.fault = fault;
    Seeded chip(subject_.chip(), trace_, rows_[number]);
    Replaying replaying(trace_, schema_);
    Struck struck(replaying, chip, number, fault);
    Outcome outcome = subject_.run(struck);
    if (!struck.struck()) {
        result.violated = "the fault never struck: not measured";
        return result;
    }
    result.same_call = outcome.ended && fault != Fault::killed;
    if (!result.same_call) outcome = subject_.run(chip.transport());
    result.writes = outcome.report.writes;
    const Outcome again = subject_.run(chip.transport());
    if (!outcome.ended) {
        result.violated = "the next HAL ends with an error";
    } else if (!same(outcome.report, expected_)) {
        result.violated = "not as without the fault";
    } else if (!again.ended || again.report.writes != 0) {
        result.violated = "a further HAL writes";
    } else if (chip.violations() != 0) {
        result.violated = "forbidden accesses";
    } else if (chip.disturbances() != 0) {
        result.violated = "traffic was disturbed";
    }
    return result;
}

}  // namespace chaos
