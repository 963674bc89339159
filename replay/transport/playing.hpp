// What a replaying Transport and a replaying Wire have in common: the place in the trace, the time that it tells, rules
// for what may differ, and divergences.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hal/bus/transport.hpp"
#include "replay/trace/sequence.hpp"

namespace replay::transport {

/// What may differ, when somebody asks for it. A rule that was never used is a mistake and makes the replay fail.
struct Rule {
    enum class Allows : std::uint8_t {
        value,    ///< Another value written there. The pattern may name a field: BLOCK.REGISTER.FIELD.
        extra,    ///< Accesses that the trace doesn't have; reads are answered with what was last seen there.
        missing,  ///< Accesses of the trace that the software leaves out.
    };
    Allows allows = Allows::value;
    std::string pattern;  ///< Of names, with * and ?.
    std::uint64_t used = 0;
};

/// "value:pll*.ctrl.spread". Throws std::invalid_argument, with a text for users.
Rule parse_rule(const std::string& text);
std::string text_of(const Rule& rule);

/// The first thing that differed at one place.
struct Divergence {
    enum class What : std::uint8_t { kind, address, count, value, deadline, ended, goes_on };
    What what = What::kind;
    std::uint64_t index = 0;  ///< Of the trace's record.
    std::uint64_t address = 0;
    std::string block, reg, field;  ///< By name; field is empty unless values differ in known fields.
    std::string expected, actual;   ///< As text.
    std::uint64_t expected_value = 0, actual_value = 0;
    std::vector<std::uint64_t> last;  ///< Indices of the accesses before it.
};

const char* name(Divergence::What what);

/// What to do after a divergence that no rule allows.
enum class After : std::uint8_t {
    stop,      ///< The link is gone: every further access fails.
    go_on,     ///< Find the trace again within kLookAhead records, else answer as well as can be.
    fall_back  ///< From here on another transport answers, the model say. Not for wires.
};
inline constexpr std::size_t kLookAhead = 32;

/// Not thread-safe. The sequence and schema must outlive it.
class Playing {
public:
    Playing(const Playing&) = delete;
    Playing& operator=(const Playing&) = delete;

    void add(const Rule& rule) { rules_.push_back(rule); }
    /// A rule of the caller's own: true allows this divergence; the values of the trace are kept.
    void allow(std::function<bool(const Divergence&)> custom) { custom_.push_back({std::move(custom), 0}); }

    /// The software has ended: is anything of the trace left over (that no rule allows to be missing)?
    void finish();

    const std::vector<Divergence>& divergences() const { return divergences_; }
    const std::vector<Rule>& rules() const { return rules_; }
    std::uint64_t custom_used(std::size_t i) const { return custom_[i].used; }
    /// Rules nobody needed.
    std::vector<std::string> unused() const;
    std::size_t position() const { return at_; }
    std::uint64_t replayed() const { return replayed_; }  ///< Accesses or frames that were answered from the trace.
    std::uint64_t answered_elsewhere() const { return elsewhere_; }

protected:
    Playing(const trace::Sequence& trace, const trace::Schema& schema, After after, std::size_t start)
        : trace_(trace), schema_(schema), after_(after), at_(start) {}
    ~Playing() = default;

    /// What the clock shows now.
    hal::bus::Nanoseconds clock();
    /// False: the trace has no such wait here, and no rule allows that.
    bool wait(hal::bus::Nanoseconds deadline);

    bool at_end() const { return at_ >= trace_.size(); }
    void skip_clocks();
    /// A divergence here. `address`: what the software does now, if it is an access.
    Divergence describe(Divergence::What what, const std::string& actual,
                        std::optional<std::uint64_t> address = std::nullopt) const;
    /// Makes it one of values at that address, and names the fields.
    void tell_values(Divergence& divergence, std::uint64_t address, std::uint64_t expected, std::uint64_t actual) const;
    /// Whether rules allow it.
    bool allowed(const Divergence& divergence);
    bool use(Rule::Allows allows, const std::string& name);
    void stop_or_go_on(const Divergence& divergence);
    static hal::bus::Result<void> gone(std::size_t completed);

    const trace::Sequence& trace_;
    const trace::Schema& schema_;
    const After after_;
    std::size_t at_;
    hal::bus::Nanoseconds time_ = 0;
    bool stopped_ = false;
    std::uint64_t replayed_ = 0, elsewhere_ = 0;

    bool has_rules() const { return !rules_.empty() || !custom_.empty(); }

private:
    struct Custom {
        std::function<bool(const Divergence&)> allows;
        std::uint64_t used;
    };

    std::vector<Rule> rules_;
    std::vector<Custom> custom_;
    std::vector<Divergence> divergences_;
};

}  // namespace replay::transport
