// A Transport that answers from a trace, and says exactly where the software above it leaves the trace.
#pragma once

#include <deque>
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
    fall_back  ///< From here on another transport answers, the model say.
};
inline constexpr std::size_t kLookAhead = 32;

/// Not thread-safe. The sequence and schema must outlive it.
class Replaying final : public hal::bus::Transport {
public:
    Replaying(const trace::Sequence& trace, const trace::Schema& schema, After after = After::stop,
              std::size_t start = 0)
        : trace_(trace), schema_(schema), after_(after), at_(start) {}

    void add(const Rule& rule) { rules_.push_back(rule); }
    /// A rule of the caller's own: true allows this divergence; the values of the trace are kept.
    void allow(std::function<bool(const Divergence&)> custom) { custom_.push_back({std::move(custom), 0}); }
    /// For After::fall_back: called once, gets the index of the first record that is not replayed.
    void set_fallback(std::function<hal::bus::Transport&(std::size_t at)> make) { make_fallback_ = std::move(make); }

    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override;
    hal::bus::Nanoseconds now() override;
    void wait_until(hal::bus::Nanoseconds deadline) override;

    /// The software has ended: is anything of the trace left over (that no rule allows to be missing)?
    void finish();

    const std::vector<Divergence>& divergences() const { return divergences_; }
    const std::vector<Rule>& rules() const { return rules_; }
    std::uint64_t custom_used(std::size_t i) const { return custom_[i].used; }
    /// Rules nobody needed.
    std::vector<std::string> unused() const;
    std::size_t position() const { return at_; }
    std::uint64_t replayed() const { return replayed_; }  ///< Accesses that were answered from the trace.
    std::uint64_t answered_elsewhere() const { return elsewhere_; }

private:
    using Access = hal::bus::Access;
    struct Custom {
        std::function<bool(const Divergence&)> allows;
        std::uint64_t used;
    };

    hal::bus::Result<void> one(const Access& access, std::size_t number);
    hal::bus::Result<void> answer(const Access& access, std::size_t number);
    std::optional<Divergence> compare(const Access& access) const;
    std::optional<Divergence> compare_words(const Access& access) const;
    Divergence describe(Divergence::What what, const Access* access) const;
    bool allowed(const Divergence& divergence);
    bool use(Rule::Allows allows, const std::string& name);
    bool find_again(const Access& access);
    void answer_from_memory(const Access& access);
    void remember(const Access& access);
    void skip_clocks();
    hal::bus::Result<void> gone(std::size_t completed) const;
    hal::bus::Result<void> diverged(const Divergence& divergence, const Access& access, std::size_t number);

    const trace::Sequence& trace_;
    const trace::Schema& schema_;
    const After after_;
    std::size_t at_;
    hal::bus::Nanoseconds time_ = 0;
    std::vector<Rule> rules_;
    std::vector<Custom> custom_;
    std::function<hal::bus::Transport&(std::size_t)> make_fallback_;
    hal::bus::Transport* fallback_ = nullptr;
    std::unordered_map<std::uint64_t, std::uint32_t> seen_;
    bool remembers_ = false;  // only who may have to answer from memory
    bool stopped_ = false;
    std::vector<Divergence> divergences_;
    std::uint64_t replayed_ = 0, elsewhere_ = 0;
};

}  // namespace replay::transport
