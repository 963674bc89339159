#include "transports/pcie/window_link.hpp"

namespace transports::pcie {

using hal::bus::Access;
using hal::bus::Code;
using hal::bus::Effect;
using hal::bus::Error;
using hal::bus::fail;
using hal::bus::Op;
using hal::bus::Result;
using hal::bus::Span;

namespace {

bool is_write(Op op) { return op == Op::write || op == Op::write_fixed; }

std::uint32_t address_of(const Access& access, std::uint32_t word) {
    return access.op == Op::write_fixed ? access.address : access.address + 4 * word;
}

bool covers(const Access& access, std::uint32_t address) {
    if (access.op == Op::write_fixed) return address == access.address;
    return address >= access.address && (address - access.address) / 4 < access.count;
}

Error error_of(Code code, Effect effect, std::uint32_t address, std::uint32_t value = 0) {
    Error error;
    error.code = code;
    error.effect = effect;
    error.address = address;
    error.value = value;
    error.attempts = 1;
    return error;
}

}  // namespace

WindowLink::WindowLink(hal::bus::Window& window, const Options& options, Mode mode)
    : window_(window), options_(options), mode_(mode) {}

Result<std::uint32_t> WindowLink::claim(std::uint32_t nonce) {
    if (mode_ == Mode::observer) return fail(error_of(Code::unsupported, Effect::none, 0));
    if (nonce == 0) return fail(error_of(Code::invalid_argument, Effect::none, 0));
    if (over_) return fail(error_of(Code::claim_lost, Effect::none, 0));
    const std::uint32_t mailbox = options_.layout.mailbox_base;
    Result<Ownership> seen = ownership();
    if (!seen) return fail(seen.error());
    const std::uint32_t expected = seen->epoch;
    for (unsigned attempt = 0; attempt <= kClaimAttempts; ++attempt) {
        if (seen->epoch != 0 && seen->owner == nonce) {
            const Result<void> adopted = adopt(seen->epoch);
            if (!adopted) return fail(adopted.error());
            return epoch_;
        }
        if (seen->epoch != expected) {
            over_ = true;
            return fail(error_of(Code::claim_lost, Effect::none, 0, seen->epoch));
        }
        if (attempt == kClaimAttempts) break;
        if (attempt > 0) ++statistics_.retries;
        // A store that is lost without an error shows in the epoch; the doorbell binds the other two.
        Result<void> rung = store(mailbox + kExpected, expected);
        if (rung) rung = store(mailbox + kNonce, nonce);
        if (rung) rung = store(mailbox + kDoorbell, kDoorbellKey ^ expected ^ nonce);
        if (!rung) return fail(rung.error());
        seen = ownership();
        if (!seen) {
            Error error = seen.error();
            error.effect = Effect::unknown;
            return fail(error);
        }
    }
    return fail(error_of(Code::protocol, Effect::unknown, 0, expected));
}

Result<void> WindowLink::execute(Span<const Access> batch) {
    const Result<void> checked = check(batch);
    if (!checked) return checked;
    constexpr std::size_t kNone = ~std::size_t{0};
    std::size_t unconfirmed = kNone;  // first access whose stores may still be refused or dropped
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Access& access = batch[i];
        for (std::uint32_t word = 0; word < access.count; ++word) {
            if (is_write(access.op) && unconfirmed == kNone) unconfirmed = i;
            Result<void> done = perform(access, word);
            if (done) continue;
            Error error = done.error();
            error.completed = static_cast<std::uint32_t>(i);
            if (unconfirmed == kNone) return fail(error);
            // Say how far the stores got before saying what else is wrong.
            const bool alive = error.code == Code::bus_error;
            if (alive) {
                const Result<void> confirmed = confirm(batch, unconfirmed, i + 1);
                if (!confirmed) return confirmed;
            } else {
                error.completed = static_cast<std::uint32_t>(unconfirmed);
                error.effect = Effect::unknown;
            }
            return fail(error);
        }
    }
    return unconfirmed == kNone ? Result<void>{} : confirm(batch, unconfirmed, batch.size());
}

Result<void> WindowLink::check(Span<const Access> batch) const {
    const auto refuse = [](Code code, std::uint32_t address) { return fail(error_of(code, Effect::none, address)); };
    if (over_) return refuse(Code::fenced, batch.empty() ? 0 : batch[0].address);
    const bool observing = mode_ == Mode::observer;
    if (!observing && epoch_ == 0) return refuse(Code::invalid_argument, 0);
    for (const Access& access : batch) {
        if (access.op > Op::write_fixed) return refuse(Code::invalid_argument, access.address);
        if (access.op == Op::guard || (observing && access.op != Op::read)) {
            return refuse(Code::unsupported, access.address);
        }
        const bool from = is_write(access.op);
        if (access.count == 0 || access.count > hal::bus::kMaxBurst ||
            (access.op == Op::consume && access.count != 1) ||
            (from ? access.from == nullptr : access.into == nullptr)) {
            return refuse(Code::invalid_argument, access.address);
        }
        const std::uint32_t bytes = access.op == Op::write_fixed ? 4 : 4 * access.count;
        const std::uint32_t size = options_.layout.aperture_size;
        if (access.address % 4 != 0 || bytes > size || access.address > size - bytes) {
            return refuse(Code::bad_address, access.address);
        }
    }
    return {};
}

Result<void> WindowLink::perform(const Access& access, std::uint32_t word) {
    const std::uint32_t address = address_of(access, word);
    if (is_write(access.op)) {
        const Result<void> stored = store(aperture(address), access.from[word]);
        if (stored) return {};
        Error error = stored.error();
        error.address = address;
        return fail(error);
    }
    const Result<std::uint32_t> value = access.op == Op::read ? read_word(address) : consume_word(address);
    if (!value) return fail(value.error());
    access.into[word] = *value;
    return {};
}

// Section 6: all-ones is suspicion, not data.
Result<std::uint32_t> WindowLink::read_word(std::uint32_t address) {
    const auto as = [&](Error error) {
        error.effect = Effect::none;
        error.address = address;
        return fail(error);
    };
    const Result<std::uint32_t> value = load(address);
    if (!value) return as(value.error());
    if (*value != kAllOnes) return *value;
    const Result<std::uint32_t> identity = load(options_.identity_address);
    if (!identity) return as(identity.error());
    if (*identity == kAllOnes) return as(error_of(Code::link_down, Effect::none, address, kAllOnes));
    const Result<std::uint32_t> refused = load(options_.layout.mailbox_base + kRefusedRead);
    if (!refused) return as(refused.error());
    if (*refused == address) return as(error_of(Code::bus_error, Effect::none, address, *value));
    // The link is alive, but was it then? A register that really holds all-ones does so twice.
    const Result<std::uint32_t> again = load(address);
    if (!again) return as(again.error());
    return again;
}

// Never repeated: the first load may have had its effect.
Result<std::uint32_t> WindowLink::consume_word(std::uint32_t address) {
    ++statistics_.loads;
    const Result<std::uint32_t> value = window_.load(aperture(address));
    if (!value) {
        Error error = value.error();
        error.address = address;
        return fail(error);
    }
    if (*value != kAllOnes) return value;
    const Result<std::uint32_t> now = status();
    if (!now) {
        Error error = now.error();
        error.address = address;
        error.effect = Effect::unknown;
        return fail(error);
    }
    if (*now >> 16 != (epoch_ & 0xFFFF)) {
        over_ = true;
        return fail(error_of(Code::fenced, Effect::none, address, *now >> 16));
    }
    const std::uint32_t refused = *now & 0xFFFF;
    if (refused == refused_) return value;
    const Result<std::uint32_t> where = load(options_.layout.mailbox_base + kRefusedAddress);
    // Another address: the refused access is one of the stores before, and what was read is data.
    if (where && *where != address) return value;
    // Alone: nothing is left for confirm() to complain about.
    if (where && refused == (refused_ + 1) % kRefusedModulo) refused_ = refused;
    return fail(error_of(Code::bus_error, Effect::none, address, *value));
}

// Sections 3 and 5: were the stores of accesses first..end accepted?
Result<void> WindowLink::confirm(Span<const Access> batch, std::size_t first, std::size_t end) {
    const Result<std::uint32_t> now = status();
    Error error;
    if (!now) {
        error = now.error();
    } else if (*now >> 16 != (epoch_ & 0xFFFF)) {
        over_ = true;
        error = error_of(Code::fenced, Effect::unknown, 0, *now >> 16);
    } else if ((*now & 0xFFFF) != refused_) {
        const std::uint32_t count = ((*now & 0xFFFF) + kRefusedModulo - refused_) % kRefusedModulo;
        refused_ = *now & 0xFFFF;
        const Result<std::uint32_t> where = load(options_.layout.mailbox_base + kRefusedAddress);
        error = where ? error_of(Code::bus_error, Effect::unknown, *where, count) : where.error();
        for (std::size_t i = first; where && count == 1 && i < end; ++i) {
            if (batch[i].op == Op::read || !covers(batch[i], *where)) continue;
            first = i;
            break;
        }
    } else {
        return {};
    }
    error.effect = Effect::unknown;
    error.completed = static_cast<std::uint32_t>(first);
    if (error.code != Code::bus_error) error.address = batch[first].address;
    return fail(error);
}

// A load without side effects: may be repeated.
Result<std::uint32_t> WindowLink::load(std::uint32_t offset) {
    Error error;
    for (unsigned attempt = 1; attempt <= kLoadAttempts; ++attempt) {
        ++statistics_.loads;
        const Result<std::uint32_t> value = window_.load(offset);
        if (value) return value;
        error = value.error();
        error.attempts = static_cast<std::uint16_t>(attempt);
        if (error.code == Code::peer_gone) break;
        if (attempt < kLoadAttempts) ++statistics_.retries;
    }
    error.effect = Effect::none;
    return fail(error);
}

Result<void> WindowLink::store(std::uint32_t offset, std::uint32_t value) {
    ++statistics_.stores;
    return window_.store(offset, value);
}

Result<std::uint32_t> WindowLink::status() {
    const Result<std::uint32_t> value = load(options_.layout.mailbox_base + kStatus);
    if (value && *value == kAllOnes) return fail(error_of(Code::link_down, Effect::none, 0, kAllOnes));
    return value;
}

// Epoch and owner that belong together.
Result<WindowLink::Ownership> WindowLink::ownership() {
    const std::uint32_t mailbox = options_.layout.mailbox_base;
    Result<std::uint32_t> before = load(mailbox + kEpoch);
    // Each further round means that somebody has claimed in between.
    for (unsigned round = 0; before && round < kApertures; ++round) {
        const Result<std::uint32_t> owner = load(mailbox + kOwner);
        if (!owner) return fail(owner.error());
        const Result<std::uint32_t> after = load(mailbox + kEpoch);
        if (!after) return fail(after.error());
        if (*after == kAllOnes) return fail(error_of(Code::link_down, Effect::none, 0, kAllOnes));
        if (*after == *before) return Ownership{*after, *owner};
        before = after;
    }
    return fail(before ? error_of(Code::protocol, Effect::none, 0, *before) : before.error());
}

Result<void> WindowLink::adopt(std::uint32_t epoch) {
    const Result<std::uint32_t> now = status();
    if (!now) return fail(now.error());
    epoch_ = epoch;
    refused_ = *now & 0xFFFF;
    return {};
}

std::uint32_t WindowLink::aperture(std::uint32_t address) const {
    return options_.layout.aperture_base + epoch_ % kApertures * options_.layout.aperture_size + address;
}

}  // namespace transports::pcie
