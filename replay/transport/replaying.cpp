#include "replay/transport/replaying.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace replay::transport {

using hal::bus::Access;
using hal::bus::Nanoseconds;
using hal::bus::Op;
using hal::bus::Result;
using hal::bus::Span;
using trace::Kind;
using trace::Record;
using What = Divergence::What;

namespace {

constexpr std::size_t kLast = 8;  // accesses told before a divergence
constexpr const char* kAllows[] = {"value", "extra", "missing"};

bool reads(Op op) { return op == Op::read || op == Op::consume; }

std::string text_of(const char* kind, std::uint64_t count, const std::string& name) {
    return count == 1 ? fmt::format("{} {}", kind, name) : fmt::format("{} {} x{}", kind, name, count);
}

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

std::vector<std::string> Replaying::unused() const {
    std::vector<std::string> all;
    for (const Rule& rule : rules_) {
        if (rule.used == 0) all.push_back(text_of(rule));
    }
    for (std::size_t i = 0; i < custom_.size(); ++i) {
        if (custom_[i].used == 0) all.push_back(fmt::format("custom rule {}", i));
    }
    return all;
}

bool Replaying::use(Rule::Allows allows, const std::string& wanted) {
    for (Rule& rule : rules_) {
        if (rule.allows != allows || !trace::matches(rule.pattern, wanted)) continue;
        ++rule.used;
        return true;
    }
    return false;
}

void Replaying::skip_clocks() {
    while (at_ < trace_.size() && trace_.head(at_).kind == Kind::clock) time_ = trace_.head(at_++).time_ns;
}

Divergence Replaying::describe(What what, const Access* access) const {
    Divergence d;
    d.what = what;
    const bool in_trace = at_ < trace_.size();
    d.index = in_trace ? trace_.head(at_).index : trace_.empty() ? 0 : trace_.head(trace_.size() - 1).index + 1;
    const std::uint64_t address = in_trace && trace_.head(at_).is_access() ? trace_.head(at_).address
                                  : access != nullptr                      ? access->address
                                                                           : 0;
    d.address = address;
    d.block = schema_.block_name(address);
    d.reg = schema_.name(address);
    d.expected = "nothing: the trace ends";
    if (in_trace) {
        const Record& r = trace_.head(at_);
        d.expected = r.is_access() ? text_of(transports::recorder::name(r.kind), r.count, schema_.name(r.address))
                                   : transports::recorder::name(r.kind);
    }
    d.actual = access == nullptr ? "nothing more"
                                 : text_of(transports::recorder::name(static_cast<Kind>(access->op)), access->count,
                                           schema_.name(access->address));
    for (std::size_t i = at_; i > 0 && d.last.size() < kLast; --i) {
        if (trace_.head(i - 1).kind != Kind::clock) d.last.insert(d.last.begin(), trace_.head(i - 1).index);
    }
    return d;
}

std::optional<Divergence> Replaying::compare_words(const Access& access) const {
    const std::uint64_t* const words = trace_.words(at_);
    const std::uint32_t count = access.op == Op::guard ? 2 : access.count;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (words[i] == access.from[i]) continue;
        Divergence d = describe(What::value, &access);
        const std::uint64_t address = access.op == Op::guard ? access.address : trace_.head(at_).address_of(i);
        d.address = address;
        d.reg = schema_.name(address);
        d.expected_value = words[i];
        d.actual_value = access.from[i];
        d.expected = fmt::format("{:#010x}", words[i]);
        d.actual = fmt::format("{:#010x}", access.from[i]);
        const auto place = schema_.at(address);
        if (place && place->reg != nullptr) {
            for (const trace::Field& f : place->reg->fields) {
                if (f.content(words[i]) == f.content(access.from[i])) continue;
                d.field += (d.field.empty() ? "" : ", ") + f.name;
            }
        }
        return d;
    }
    return std::nullopt;
}

std::optional<Divergence> Replaying::compare(const Access& access) const {
    if (at_ >= trace_.size()) return describe(What::ended, &access);
    const Record& r = trace_.head(at_);
    if (r.kind != static_cast<Kind>(access.op)) return describe(What::kind, &access);
    if (r.address != access.address) return describe(What::address, &access);
    if (r.count != access.count) return describe(What::count, &access);
    if (reads(access.op)) return std::nullopt;
    return compare_words(access);
}

// Whether rules allow it; whatever they say has been done then.
bool Replaying::allowed(const Divergence& d) {
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

Result<void> Replaying::gone(std::size_t completed) const {
    hal::bus::Error error;
    error.code = hal::bus::Code::peer_gone;
    error.effect = hal::bus::Effect::none;
    error.completed = static_cast<std::uint32_t>(completed);
    return hal::bus::fail(error);
}

void Replaying::remember(const Access& access) {
    if (!remembers_) return;
    const std::uint32_t* const words = reads(access.op) ? access.into : access.from;
    for (std::uint32_t i = 0; i < access.count && access.op != Op::guard; ++i) {
        seen_[access.address + (access.op == Op::write_fixed ? 0 : 4 * i)] = words[i];
    }
}

void Replaying::answer_from_memory(const Access& access) {
    ++elsewhere_;
    if (!reads(access.op)) return;
    for (std::uint32_t i = 0; i < access.count; ++i) {
        const auto found = seen_.find(access.address + 4 * i);
        access.into[i] = found == seen_.end() ? 0 : found->second;
    }
}

// The trace has what is asked for a little later: what lies between is left out.
bool Replaying::find_again(const Access& access) {
    for (std::size_t i = at_ + 1; i < trace_.size() && i < at_ + kLookAhead; ++i) {
        const Record& r = trace_.head(i);
        if (r.kind != static_cast<Kind>(access.op) || r.address != access.address || r.count != access.count) continue;
        at_ = i;
        return true;
    }
    return false;
}

Result<void> Replaying::answer(const Access& access, std::size_t number) {
    const Record& r = trace_.head(at_);
    const std::size_t here = at_++;
    time_ = r.time_ns;
    ++replayed_;
    if (r.failed) {
        hal::bus::Error error = r.error;
        error.completed = static_cast<std::uint32_t>(number);
        while (at_ < trace_.size() && trace_.head(at_).unsure) ++at_;
        return hal::bus::fail(error);
    }
    const std::uint64_t* const words = trace_.words(here);
    for (std::uint32_t i = 0; reads(access.op) && i < access.count; ++i) {
        access.into[i] = static_cast<std::uint32_t>(words[i]);
    }
    remember(access);
    return {};
}

Result<void> Replaying::diverged(const Divergence& d, const Access& access, std::size_t number) {
    divergences_.push_back(d);
    if (after_ == After::stop) {
        stopped_ = true;
        return gone(number);
    }
    if (after_ == After::fall_back) {
        fallback_ = &make_fallback_(at_);
        return {};
    }
    if (d.what == What::value || find_again(access)) return answer(access, number);
    answer_from_memory(access);
    return {};
}

Result<void> Replaying::one(const Access& access, std::size_t number) {
    for (;;) {
        skip_clocks();
        const std::optional<Divergence> d = compare(access);
        if (!d) return answer(access, number);
        if (allowed(*d)) {
            if (d->what == What::value) return answer(access, number);
            answer_from_memory(access);
            return {};
        }
        if (d->what != What::value && at_ < trace_.size() && trace_.head(at_).is_access() &&
            use(Rule::Allows::missing, schema_.name(trace_.head(at_).address))) {
            ++at_;
            continue;
        }
        if (d->what != What::value && use(Rule::Allows::extra, schema_.name(access.address))) {
            answer_from_memory(access);
            return {};
        }
        return diverged(*d, access, number);
    }
}

Result<void> Replaying::execute(Span<const Access> batch) {
    remembers_ = !rules_.empty() || !custom_.empty() || after_ == After::go_on;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (stopped_) return gone(i);
        if (fallback_ == nullptr) {
            const Result<void> done = one(batch[i], i);
            if (!done) return done;
        }
        if (fallback_ != nullptr) {  // perhaps only just now
            elsewhere_ += batch.size() - i;
            Result<void> done = fallback_->execute({batch.data() + i, batch.size() - i});
            if (!done) done.error().completed += static_cast<std::uint32_t>(i);
            return done;
        }
    }
    return {};
}

Nanoseconds Replaying::now() {
    if (fallback_ != nullptr) return fallback_->now();
    if (at_ < trace_.size() && trace_.head(at_).kind == Kind::clock) time_ = trace_.head(at_++).time_ns;
    return time_;
}

void Replaying::wait_until(Nanoseconds deadline) {
    if (fallback_ != nullptr) return fallback_->wait_until(deadline);
    if (stopped_) {
        time_ = deadline > time_ ? deadline : time_;
        return;
    }
    skip_clocks();
    const bool is_wait = at_ < trace_.size() && trace_.head(at_).kind == Kind::wait;
    if (is_wait && trace_.head(at_).deadline_ns == deadline) {
        time_ = trace_.head(at_++).time_ns;
        return;
    }
    Divergence d = describe(is_wait ? What::deadline : at_ < trace_.size() ? What::kind : What::ended, nullptr);
    d.actual = fmt::format("wait until {} ns", deadline);
    if (is_wait) {
        d.expected = fmt::format("wait until {} ns", trace_.head(at_).deadline_ns);
        d.block = d.reg = "";
        d.expected_value = trace_.head(at_).deadline_ns;
        d.actual_value = deadline;
    }
    time_ = deadline > time_ ? deadline : time_;
    if (allowed(d)) return;
    divergences_.push_back(d);
    if (after_ == After::stop) stopped_ = true;
    if (after_ == After::fall_back) {
        fallback_ = &make_fallback_(at_);
        fallback_->wait_until(deadline);
    }
    if (after_ == After::go_on && is_wait) time_ = trace_.head(at_++).time_ns;
}

void Replaying::finish() {
    if (stopped_ || fallback_ != nullptr) return;
    for (skip_clocks(); at_ < trace_.size(); ++at_, skip_clocks()) {
        const Record& r = trace_.head(at_);
        if (r.is_access() && use(Rule::Allows::missing, schema_.name(r.address))) continue;
        divergences_.push_back(describe(What::goes_on, nullptr));
        return;
    }
}

}  // namespace replay::transport
