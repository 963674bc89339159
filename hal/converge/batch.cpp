#include "hal/converge/batch.hpp"

namespace hal::converge {

using bus::Access;
using bus::Op;
using bus::Result;

Result<void> Batch::add(std::uint16_t i, const Access& access, std::uint32_t words) {
    if (size_ == kBatchAccesses || words_ + words > kBatchWords) {
        const bool again = guarded_;
        if (const Result<void> sent = flush(); !sent) return sent;
        if (again) {
            if (const Result<void> guarded = guard(); !guarded) return guarded;
        }
    }
    w_.accesses[size_] = access;
    w_.owners[size_++] = i;
    words_ += words;
    return {};
}

Result<void> Batch::observe(std::uint16_t i, bus::Span<const bus::Run> runs) {
    std::uint32_t* const words = w_.words + w_.progress[i].first_word;
    for (const bus::Run& run : runs) {
        for (std::uint32_t at = 0; at < run.count; at += bus::kMaxBurst) {
            const std::uint32_t count = run.count - at < bus::kMaxBurst ? run.count - at : bus::kMaxBurst;
            const Access access{Op::read, chip_.instances[i].base + run.offset + 4 * at, count, words + run.index + at,
                                nullptr};
            // Replies may take several frames, so only requests count, unless a guard binds all to one frame.
            if (const Result<void> added = add(i, access, guarded_ ? 1 + count : 1); !added) return added;
            reads += count;
        }
    }
    return {};
}

Access Batch::guard_access() const {
    return {Op::guard, chip_.instances[0].base + chip_.services.traffic.offset, 1, nullptr, guard_words_};
}

Result<void> Batch::guard() {
    const Services& s = chip_.services;
    guard_words_[0] = s.traffic_open | s.traffic_active;
    guard_words_[1] = 0;
    guarded_ = true;
    return add(0, guard_access(), 3);
}

bool Batch::joins_last_write(std::uint32_t address) const {
    if (size_ == 0 || words_ >= kBatchWords) return false;
    const Access& last = w_.accesses[size_ - 1];
    return last.op == Op::write && last.from + last.count == w_.pool + pooled_ &&
           last.address + 4 * last.count == address && last.count < bus::kMaxBurst;
}

Result<void> Batch::carry_out(std::uint16_t i, const Plan& plan) {
    if (plan.disruptive() && guards_ && !guarded_) {
        if (const Result<void> sent = flush(); !sent) return sent;
        if (const Result<void> guarded = guard(); !guarded) return guarded;
    }
    const std::uint32_t base = chip_.instances[i].base;
    std::uint32_t* const observed = w_.words + w_.progress[i].first_word;
    for (const Item& item : plan.items()) {
        if (item.burst != nullptr) {
            for (std::uint32_t at = 0; at < item.count; at += bus::kMaxBurst) {
                const std::uint32_t count = item.count - at < bus::kMaxBurst ? item.count - at : bus::kMaxBurst;
                const std::uint32_t step = item.op == Op::write_fixed ? 0 : 4 * at;
                const Access access{item.op, base + item.offset + step, count, nullptr, item.burst + at};
                if (const Result<void> added = add(i, access, 1 + count); !added) return added;
                writes += count;
            }
            continue;
        }
        if (item.op == Op::consume || item.op == Op::read) {
            const Access access{item.op, base + item.offset, item.count, observed + item.index, nullptr};
            if (const Result<void> added = add(i, access, guarded_ ? 1 + item.count : 1); !added) return added;
            reads += item.count;
            continue;
        }
        ++writes;
        observed[item.index] = item.after(observed[item.index]);
        // Neighbours become one burst: the same writes in the same order in fewer bytes.
        if (joins_last_write(base + item.offset)) {
            w_.pool[pooled_++] = item.value;
            ++w_.accesses[size_ - 1].count;
            ++words_;
            continue;
        }
        const Access access{Op::write, base + item.offset, 1, nullptr, nullptr};
        if (const Result<void> added = add(i, access, 2); !added) return added;
        w_.accesses[size_ - 1].from = w_.pool + pooled_;  // only now: add() may have emptied the pool
        w_.pool[pooled_++] = item.value;
    }
    return {};
}

/// Posted writes: the rest of the batch may have been carried out, so it isn't sent again; all has to be looked at
/// anew.
void Batch::blame_posted(std::uint32_t from, bus::Error& error) {
    for (std::uint32_t at = from; at < size_; ++at) {
        const Access& access = w_.accesses[at];
        const std::uint32_t words = access.op == Op::write_fixed ? 1 : access.count;
        if (error.address < access.address || error.address - access.address >= 4 * words) continue;
        error.instance = w_.owners[at];
        break;
    }
    ++w_.progress[error.instance].refusals;
}

Result<void> Batch::flush() {
    std::uint32_t from = 0;
    Result<void> result;
    while (from < size_) {
        ++batches;
        result = transport_.execute({w_.accesses + from, size_ - from});
        if (result) break;
        bus::Error& error = result.error();
        const std::uint32_t at = from + error.completed;
        if (at < size_) error.instance = w_.owners[at];
        if (error.code != bus::Code::bus_error || at >= size_ || w_.accesses[at].op == Op::guard) break;
        if (error.effect == bus::Effect::unknown) {
            blame_posted(at, error);
            break;
        }
        w_.progress[error.instance].unreachable = true;
        from = at;
        while (from < size_ && w_.owners[from] == error.instance) ++from;
        // The guard in front holds for what follows only if it is sent again; it takes the refused access's place.
        if (guarded_ && from < size_) {
            w_.accesses[--from] = guard_access();
            w_.owners[from] = 0;
        }
        result = {};
    }
    size_ = words_ = pooled_ = 0;
    guarded_ = false;
    return result;
}

}  // namespace hal::converge
