// Random steps around the instances of one block type, and what tests of the pair share.
#pragma once

#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "hal/chip/heron.hpp"
#include "transports/dpi/rtl/lockstep/pair.hpp"

namespace transports::dpi {

using model::Instance;

inline const hal::converge::Chip& chip() { return *hal::chip::heron(1, 8); }

inline const model::Layout& layout() {
    static const model::Layout layout(chip());
    return layout;
}

inline const names::ChipNames& chip_names() {
    static const names::ChipNames names(names::parse_scale("1/8"));
    return names;
}

/// Words that some block gives a meaning to: keys, magic numbers, digests.
inline constexpr std::uint32_t kMeaningful[] = {0,          0xFFFFFFFF, 0x5AFE0001, 0x5AFE0002, 0x000057D0, 0x4643444F,
                                                0x00000021, 0x00010000, 0x00000200, 0xC1A10000, 0x55555555, 0xAAAAAAAA};

/// Random steps around the instances of one block type.
class Stream {
public:
    Stream(Pair& pair, std::uint8_t type, std::uint32_t seed) : pair_(pair), random_(seed) {
        for (Instance i = 0; i < chip().instances.size(); ++i) {
            if (chip().instances[i].type == type) instances_.push_back(i);
        }
    }

    void step() {
        const Instance i = instances_[pick(instances_.size())];
        const std::uint32_t kind = pick(100);
        if (kind < 48) return write(i);
        if (kind < 50) return unlock(i);
        if (kind < 62) return read(i);
        if (kind < 72) return consume(i);
        if (kind < 90) return pass_time(i);
        if (kind < 92) return pair_.claimed(pair_.epoch() + 1);
        if (kind < 94) return write(ancestor(i));
        if (kind < 95) return warm_reset(i);
        if (kind < 97) return traffic();
        return anywhere();
    }

private:
    std::uint32_t pick(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }

    std::uint32_t number(Instance i) { return pick(layout().type[i]->addressable); }
    std::uint32_t address(Instance i, std::uint32_t n) {
        return chip().instances[i].base + layout().type[i]->words[n].offset;
    }

    std::uint32_t value(Instance i, std::uint32_t n) {
        const std::uint32_t now = pair_.model.word(i, n);
        switch (pick(6)) {
            case 0: return kMeaningful[pick(std::size(kMeaningful))];
            case 1: return now ^ 1u << pick(32);
            case 2: return last_;  // pairs want the same word twice
            case 3: return now;
            case 4: return static_cast<std::uint32_t>(random_()) & static_cast<std::uint32_t>(random_());
            default: return static_cast<std::uint32_t>(random_());
        }
    }

    void write(Instance i) {
        // The same register again, half of the time its neighbour: sequences and pairs.
        std::uint32_t n = number(i);
        if (i == before_ && pick(3) == 0) n = (before_word_ + pick(2)) % layout().type[i]->addressable;
        last_ = value(i, n);
        before_ = i;
        before_word_ = n;
        pair_.write(address(i, n), last_);
    }
    /// Both words of the one unlock sequence that the chip has, and what it protects.
    void unlock(Instance i) {
        const std::uint32_t n = pick(2) == 0 ? 0 : number(i);
        pair_.write(address(i, n), 0x5AFE0001);
        pair_.write(address(i, n), 0x5AFE0002);
        write(i);
    }
    void read(Instance i) {
        std::uint32_t value = 0;
        pair_.read(address(i, number(i)), value);
    }
    void consume(Instance i) {
        std::uint32_t value = 0;
        pair_.consume(address(i, number(i)), value);
    }
    void pass_time(Instance i) {
        constexpr std::uint32_t kScales[] = {2, 20, 100, 1000, 8000};
        if (pick(2) == 0) {
            pair_.wait_until(pair_.now() + std::uint64_t{1 + pick(8000)} * 1000);
        } else {
            pair_.advance(1 + pick(kScales[pick(std::size(kScales))]));
        }
        pair_.compare_block(i);
    }
    void warm_reset(Instance i) {
        pair_.warm_reset();
        for (std::uint32_t n = 0; n < layout().type[i]->words.size(); ++n) {
            pair_.counts.accessed(chip().instances[i].type, n, Access::warm_reset);
        }
        pair_.compare_block(i);
    }
    void traffic() {
        const std::uint32_t traffic = address(0, 2);
        pair_.write(traffic, pick(2));
        pair_.wait_until(pair_.now() + 3'000'000);
    }
    /// A parent, or one of its parents.
    Instance ancestor(Instance i) {
        Instance at = i;
        for (std::uint32_t up = 1 + pick(3); up > 0; --up) {
            const auto& row = chip().instances[at];
            if (row.parents != 0) at = chip().parents[row.first_parent + pick(row.parents)];
        }
        return at;
    }
    /// Any address, most of them nowhere.
    void anywhere() {
        const std::uint32_t address = pick(2) == 0
                                          ? static_cast<std::uint32_t>(random_()) & 0xFFFFFC
                                          : chip().instances[pick(chip().instances.size())].base + pick(1024) * 4;
        std::uint32_t value = 0;
        if (pick(2) == 0)
            pair_.read(address, value);
        else
            pair_.consume(address, value);
    }

    Pair& pair_;
    std::mt19937 random_;
    std::vector<Instance> instances_;
    std::uint32_t last_ = 0, before_word_ = 0;
    Instance before_ = model::kNoInstance;
};

inline std::string lines(const std::vector<std::string>& differences) {
    std::string all;
    for (const std::string& line : differences) all += line + "\n";
    return all;
}

/// Back to power-on, then `count` steps of the way to a running chip.
inline void bring_up(Pair& pair, const std::vector<Step>& steps, std::size_t count, bool watchful = false) {
    pair.cold_reset();
    pair.watchful = watchful;
    for (std::size_t k = 0; k < count && pair.same(); ++k) pair.apply(steps[k]);
    pair.watchful = true;
    pair.log.clear();
}

}  // namespace transports::dpi
