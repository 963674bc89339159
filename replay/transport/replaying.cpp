#include "replay/transport/replaying.hpp"

#include <fmt/format.h>

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

bool reads(Op op) { return op == Op::read || op == Op::consume; }

}  // namespace

Divergence Replaying::describe(What what, const Access& access) const {
    const std::string count = access.count == 1 ? "" : fmt::format(" x{}", access.count);
    return Playing::describe(what,
                             fmt::format("{} {}{}", transports::recorder::name(static_cast<Kind>(access.op)),
                                         schema_.name(access.address), count),
                             access.address);
}

std::optional<Divergence> Replaying::compare_words(const Access& access) const {
    const std::uint64_t* const words = trace_.words(at_);
    const std::uint32_t count = access.op == Op::guard ? 2 : access.count;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (words[i] == access.from[i]) continue;
        Divergence d = describe(What::value, access);
        tell_values(d, access.op == Op::guard ? access.address : trace_.head(at_).address_of(i), words[i],
                    access.from[i]);
        return d;
    }
    return std::nullopt;
}

std::optional<Divergence> Replaying::compare(const Access& access) const {
    if (at_end()) return describe(What::ended, access);
    const Record& r = trace_.head(at_);
    if (r.kind != static_cast<Kind>(access.op)) return describe(What::kind, access);
    if (r.address != access.address) return describe(What::address, access);
    if (r.count != access.count) return describe(What::count, access);
    if (reads(access.op)) return std::nullopt;
    return compare_words(access);
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
    stop_or_go_on(d);
    if (stopped_) return gone(number);
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
        if (d->what != What::value && !at_end() && trace_.head(at_).is_access() &&
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
    remembers_ = has_rules() || after_ == After::go_on;
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

Nanoseconds Replaying::now() { return fallback_ != nullptr ? fallback_->now() : clock(); }

void Replaying::wait_until(Nanoseconds deadline) {
    if (fallback_ == nullptr) {
        if (wait(deadline) || after_ != After::fall_back) return;
        fallback_ = &make_fallback_(at_);
    }
    fallback_->wait_until(deadline);
}

void Replaying::finish() {
    if (fallback_ == nullptr) Playing::finish();
}

}  // namespace replay::transport
