#include "replay/transport/playing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace replay::transport {

using hal::bus::Nanoseconds;
using hal::bus::Result;
using trace::Kind;
using trace::Record;
using What = Divergence::What;

namespace {

constexpr std::size_t kLast = 8;  // accesses told before a divergence
constexpr const char* kAllows[] = {"value", "extra", "missing"};

}  // namespace

Rule parse_rule(const std::string& text) {
    const std::size_t colon = text.find(':');
    for (int i = 0; i < 3 && colon != std::string::npos && colon + 1 < text.size(); ++i) {
        if (text.substr(0, colon) == kAllows[i]) return {static_cast<Rule::Allows>(i), text.substr(colon + 1), 0};
    }
    throw std::invalid_argument("rule '" + text +
                                "' makes no sense; write value:PATTERN, extra:PATTERN or missing:PATTERN");
}

std::string text_of(const Rule& rule) {
    return std::string(kAllows[static_cast<int>(rule.allows)]) + ":" + rule.pattern;
}

const char* name(What what) {
    constexpr const char* kNames[] = {"another kind of access", "another register", "another number of words",
                                      "another value",          "another deadline", "the trace has ended",
                                      "the trace goes on"};
    return kNames[static_cast<std::size_t>(what)];
}

std::vector<std::string> Playing::unused() const {
    std::vector<std::string> all;
    for (const Rule& rule : rules_) {
        if (rule.used == 0) all.push_back(text_of(rule));
    }
    for (std::size_t i = 0; i < custom_.size(); ++i) {
        if (custom_[i].used == 0) all.push_back(fmt::format("custom rule {}", i));
    }
    return all;
}

bool Playing::use(Rule::Allows allows, const std::string& wanted) {
    for (Rule& rule : rules_) {
        if (rule.allows != allows || !trace::matches(rule.pattern, wanted)) continue;
        ++rule.used;
        return true;
    }
    return false;
}

void Playing::skip_clocks() {
    while (!at_end() && trace_.head(at_).kind == Kind::clock) time_ = trace_.head(at_++).time_ns;
}

Divergence Playing::describe(What what, const std::string& actual, std::optional<std::uint64_t> address) const {
    Divergence d;
    d.what = what;
    d.index = !at_end() ? trace_.head(at_).index : trace_.empty() ? 0 : trace_.head(trace_.size() - 1).index + 1;
    d.expected = "nothing: the trace ends";
    if (!at_end()) {
        const Record& r = trace_.head(at_);
        d.expected = transports::recorder::name(r.kind);
        if (r.is_access()) {
            address = r.address;
            d.expected += " " + schema_.name(r.address) + (r.count == 1 ? "" : fmt::format(" x{}", r.count));
        }
    }
    if (address) {
        d.address = *address;
        d.block = schema_.block_name(*address);
        d.reg = schema_.name(*address);
    }
    d.actual = actual;
    for (std::size_t i = at_; i > 0 && d.last.size() < kLast; --i) {
        if (trace_.head(i - 1).kind != Kind::clock) d.last.insert(d.last.begin(), trace_.head(i - 1).index);
    }
    return d;
}

void Playing::tell_values(Divergence& d, std::uint64_t address, std::uint64_t expected, std::uint64_t actual) const {
    d.address = address;
    d.block = schema_.block_name(address);
    d.reg = schema_.name(address);
    d.expected_value = expected;
    d.actual_value = actual;
    d.expected = fmt::format("{:#010x}", expected);
    d.actual = fmt::format("{:#010x}", actual);
    const auto place = schema_.at(address);
    if (!place || place->reg == nullptr) return;
    for (const trace::Field& f : place->reg->fields) {
        if (f.content(expected) != f.content(actual)) d.field += (d.field.empty() ? "" : ", ") + f.name;
    }
}

bool Playing::allowed(const Divergence& d) {
    for (Custom& custom : custom_) {
        if (!custom.allows(d)) continue;
        ++custom.used;
        return true;
    }
    if (d.what != What::value) return false;
    if (use(Rule::Allows::value, d.reg)) return true;
    // Rules for fields: every bit that differs must lie in a field that may differ.
    const auto place = schema_.at(d.address);
    if (d.field.empty() || !place || place->reg == nullptr) return false;
    std::uint64_t left = d.expected_value ^ d.actual_value;
    for (const trace::Field& f : place->reg->fields) {
        const std::uint64_t bits = f.mask() << f.lsb;
        if ((left & bits) != 0 && use(Rule::Allows::value, d.reg + "." + f.name)) left &= ~bits;
    }
    return left == 0;
}

void Playing::stop_or_go_on(const Divergence& d) {
    divergences_.push_back(d);
    stopped_ = after_ == After::stop;
}

Result<void> Playing::gone(std::size_t completed) {
    hal::bus::Error error;
    error.code = hal::bus::Code::peer_gone;
    error.effect = hal::bus::Effect::none;
    error.completed = static_cast<std::uint32_t>(completed);
    return hal::bus::fail(error);
}

Nanoseconds Playing::clock() {
    if (!at_end() && trace_.head(at_).kind == Kind::clock) time_ = trace_.head(at_++).time_ns;
    return time_;
}

bool Playing::wait(Nanoseconds deadline) {
    if (!stopped_) skip_clocks();
    const bool is_wait = !at_end() && trace_.head(at_).kind == Kind::wait;
    if (!stopped_ && is_wait && trace_.head(at_).deadline_ns == deadline) {
        time_ = trace_.head(at_++).time_ns;
        return true;
    }
    time_ = std::max(time_, deadline);
    if (stopped_) return true;
    Divergence d = describe(is_wait    ? What::deadline
                            : at_end() ? What::ended
                                       : What::kind,
                            fmt::format("wait until {} ns", deadline));
    if (is_wait) {
        d.expected = fmt::format("wait until {} ns", trace_.head(at_).deadline_ns);
        d.expected_value = trace_.head(at_).deadline_ns;
        d.actual_value = deadline;
    }
    if (allowed(d)) return true;
    stop_or_go_on(d);
    if (after_ == After::go_on && is_wait) time_ = trace_.head(at_++).time_ns;
    return false;
}

void Playing::finish() {
    if (stopped_) return;
    for (skip_clocks(); !at_end(); ++at_, skip_clocks()) {
        const Record& r = trace_.head(at_);
        if (r.is_access() && use(Rule::Allows::missing, schema_.name(r.address))) continue;
        divergences_.push_back(describe(What::goes_on, "nothing more"));
        return;
    }
}

}  // namespace replay::transport
