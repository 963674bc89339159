// One block's registers as plain storage: what tests of a driver need instead of a bus.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "hal/converge/driver.hpp"

namespace hal::converge {

/// Holds observation and intent (initially every field's initial value) of one block.
struct Bench {
    Bench(const Driver& of, std::uint32_t size) : driver(&of), words(size, 0) {
        for (const IntentField& field : of.intent) intent.push_back(field.initial);
    }

    template <typename... R>
    void reset() {
        (fill<R>(), ...);
    }
    template <typename F>
    void set(std::uint32_t content, std::uint32_t i = 0) {
        using R = typename F::Register;
        std::uint32_t& word = words[R::kIndex + i * R::kIndexStride];
        word = (word & ~F::kMask) | ((content << F::kLsb) & F::kMask);
    }
    template <typename F>
    std::uint32_t get(std::uint32_t i = 0) const {
        using R = typename F::Register;
        return (words[R::kIndex + i * R::kIndexStride] & F::kMask) >> F::kLsb;
    }

    const Plan& decide(std::uint32_t waited_us = 0) {
        plan.clear();
        driver->decide({words.data(), intent.data(), index, count, waited_us, idle, image}, plan);
        return plan;
    }
    /// The first `items` items of the last plan take effect on bits that read back as written.
    void apply(std::uint32_t items) {
        for (std::uint32_t k = 0; k < items; ++k) {
            const Item& item = plan.items()[k];
            if (item.count == 1 && item.op != bus::Op::read) words[item.index] = item.after(words[item.index]);
        }
    }
    void apply() { apply(static_cast<std::uint32_t>(plan.items().size())); }
    /// How often the last plan writes register R, and the last word it writes there.
    template <typename R>
    std::uint32_t writes() const {
        std::uint32_t n = 0;
        for (const Item& item : plan.items()) n += in<R>(item) ? 1u : 0u;
        return n;
    }
    template <typename R>
    bus::Value<R> written() const {
        bus::Value<R> last(0);
        for (const Item& item : plan.items()) last = in<R>(item) ? bus::Value<R>(item.value) : last;
        return last;
    }
    /// Number of the last item that writes register R; -1 if none does.
    template <typename R>
    int place() const {
        int place = -1, k = 0;
        for (const Item& item : plan.items()) {
            if (in<R>(item)) place = k;
            ++k;
        }
        return place;
    }

    const Driver* driver;
    std::vector<std::uint32_t> words, intent;
    std::uint16_t index = 0, count = 8;
    bool idle = true;
    Image image;
    Plan plan;

private:
    template <typename R>
    void fill() {
        for (std::uint32_t i = 0; i < R::kCount; ++i) words[R::kIndex + i * R::kIndexStride] = R::kReset;
    }
    template <typename R>
    static bool in(const Item& item) {
        if (item.op == bus::Op::read) return false;
        const std::uint32_t at = item.offset - R::kOffset;
        return item.offset >= R::kOffset && at < R::kCount * R::kStride && at % R::kStride == 0;
    }
};

/// Dies behind every prefix of what is decided now: the next HAL acts again and ends where the whole act ends.
/// `also(n)` looks at what it decides behind n items.
template <typename Also>
void expect_every_prefix_to_lead_to_the_same_end(Bench& bench, Also also) {
    const auto full = static_cast<std::uint32_t>(bench.decide().items().size());
    ASSERT_NE(full, 0U);
    const auto before = bench.words;
    bench.apply();
    const auto end = bench.words;
    for (std::uint32_t n = 0; n < full; ++n) {
        bench.words = before;
        bench.decide();
        bench.apply(n);
        ASSERT_EQ(bench.decide().verdict(), Verdict::act) << n;
        also(n);
        bench.apply();
        EXPECT_EQ(bench.words, end) << n;
    }
}
inline void expect_every_prefix_to_lead_to_the_same_end(Bench& bench) {
    expect_every_prefix_to_lead_to_the_same_end(bench, [](std::uint32_t) {});
}

}  // namespace hal::converge
