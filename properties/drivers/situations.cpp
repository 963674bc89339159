#include "properties/drivers/situations.hpp"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "chaos/scenario.hpp"
#include "transports/intent/firmware.hpp"
#include "transports/model/layout.hpp"

namespace properties::drivers {

namespace {

const hal::converge::Chip& heron() { return *hal::chip::heron(1, 8); }

/// The words of the first block of each type on a chip that does what the intent says.
const std::vector<std::vector<std::uint32_t>>& converged_words() {
    static const std::vector<std::vector<std::uint32_t>> words = [] {
        const transports::model::Layout layout(heron());
        chaos::Rig rig(layout);
        rig.run(chaos::initial_intended(heron()), {});
        std::vector<std::vector<std::uint32_t>> all(heron().types.size());
        for (std::uint16_t i = 0; i < layout.first_cell.size(); ++i) {
            const std::uint8_t type = heron().instances[i].type;
            if (!all[type].empty()) continue;
            for (std::uint32_t w = 0; w < heron().types[type].words; ++w) all[type].push_back(rig.chip.word(i, w));
        }
        return all;
    }();
    return words;
}

std::uint16_t instances_of(std::uint8_t type) {
    const auto& all = heron().instances;
    return static_cast<std::uint16_t>(
        std::count_if(all.begin(), all.end(), [type](const auto& row) { return row.type == type; }));
}

std::vector<std::uint32_t> base_of(const Asked& asked) {
    const std::uint32_t words = heron().types[asked.type].words;
    std::vector<std::uint32_t> block;
    if (asked.from == Asked::From::converged) return converged_words()[asked.type];
    std::mt19937 dice(asked.noise);
    const std::uint32_t thinned = static_cast<std::uint32_t>(dice()) % 4;
    for (std::uint32_t w = 0; w < words; ++w) {
        std::uint32_t word = transports::model::type_rows()[asked.type].words[w].reset;
        if (asked.from == Asked::From::noise) {
            word = static_cast<std::uint32_t>(dice());
            for (std::uint32_t k = 0; k < thinned; ++k) word &= static_cast<std::uint32_t>(dice());
        }
        block.push_back(word);
    }
    return block;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Asked& asked) {
    const auto& type = heron().types[asked.type];
    constexpr const char* kFrom[] = {"reset", "converged", "noise"};
    out << fmt::format("{}[{} of {}], {} words", type.name, asked.index, asked.count,
                       kFrom[static_cast<std::size_t>(asked.from)]);
    if (asked.from == Asked::From::noise) out << fmt::format(" {}", asked.noise);
    for (const auto& [word, value] : asked.words) {
        const std::uint32_t w = word % type.words;
        out << fmt::format(", word at {:#x} flipped by {:#x}",
                           transports::model::type_rows()[asked.type].words[w].offset, value);
    }
    const auto& fields = type.driver->intent;
    const Question question(asked);
    for (std::size_t f = 0; f < fields.size(); ++f) {
        if (question.situation().intent[f] != fields[f].initial) {
            out << fmt::format(", {} = {}", fields[f].name, question.situation().intent[f]);
        }
    }
    return out << fmt::format(", waited {} us{}", asked.waited_us, asked.idle ? "" : ", under traffic");
}

/// What hardware is waited for looks almost like what is wanted: often next to nothing is changed.
template <typename T>
rc::Gen<T> some_or_many(const rc::Gen<T>& many) {
    return rc::gen::oneOf(rc::gen::just(T()), rc::gen::scale(0.05, many), many);
}

rc::Gen<Asked> any_question() {
    using rc::gen::arbitrary;
    using Changes = decltype(Asked::words);
    using Intents = decltype(Asked::intents);
    const auto types = static_cast<std::uint8_t>(heron().types.size());
    // Most words of a live block are like those of a good one: single bits away, or anything.
    const auto content = rc::gen::oneOf(rc::gen::map(rc::gen::inRange(0, 32), [](int bit) { return 1u << bit; }),
                                        rc::gen::element(0u, ~0u), arbitrary<std::uint32_t>());
    const auto any = rc::gen::build<Asked>(
        rc::gen::set(&Asked::type, rc::gen::inRange<std::uint8_t>(0, types)),
        rc::gen::set(&Asked::from, rc::gen::element(Asked::From::reset, Asked::From::converged, Asked::From::noise)),
        rc::gen::set(&Asked::noise, rc::gen::inRange<std::uint32_t>(0, 1'000'000)),
        rc::gen::set(&Asked::words, some_or_many(rc::gen::container<Changes>(
                                        rc::gen::pair(rc::gen::inRange<std::uint16_t>(0, 512), content)))),
        rc::gen::set(&Asked::intents, some_or_many(rc::gen::container<Intents>(rc::gen::pair(
                                          rc::gen::inRange<std::uint8_t>(0, 32), arbitrary<std::uint32_t>())))),
        rc::gen::set(&Asked::count, rc::gen::inRange<std::uint16_t>(1, 65)),
        rc::gen::set(&Asked::index, rc::gen::inRange<std::uint16_t>(0, 64)),
        rc::gen::set(&Asked::waited_us, rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0, 3'000), rc::gen::just(0u),
                                                       arbitrary<std::uint32_t>())),
        rc::gen::set(&Asked::idle, arbitrary<bool>()));
    // Half of the good ones are asked as the very block that they were taken from: those are what drivers wait for.
    return rc::gen::map(any, [](Asked asked) {
        if (asked.from == Asked::From::converged && asked.noise % 2 == 0) {
            asked.index = 0;
            asked.count = instances_of(asked.type);
            asked.intents.clear();
        }
        return asked;
    });
}

namespace {

/// A block that is as wanted but for some of the bits that `of` picks, in the `word`-th of the words that have any.
template <typename F>
rc::Gen<Asked> one_word_away(F of) {
    const auto bits = rc::gen::oneOf(rc::gen::map(rc::gen::inRange(0, 32), [](int bit) { return 1u << bit; }),
                                     rc::gen::arbitrary<std::uint32_t>());
    return rc::gen::apply(
        [of](std::uint8_t type, std::uint16_t word, std::uint32_t flipped, bool idle) {
            Asked asked;
            asked.type = type;
            asked.from = Asked::From::converged;
            asked.count = instances_of(type);
            asked.idle = idle;
            const transports::model::TypeRow& row = transports::model::type_rows()[type];
            for (std::uint32_t left = word, w = 0; w < 8u * row.addressable; ++w) {
                const std::uint32_t picked = of(row.words[w % row.addressable]);
                if (picked == 0 || left-- != 0) continue;
                asked.words.emplace_back(static_cast<std::uint16_t>(w % row.addressable), flipped & picked);
                break;
            }
            return asked;
        },
        rc::gen::inRange<std::uint8_t>(0, static_cast<std::uint8_t>(heron().types.size())),
        rc::gen::inRange<std::uint16_t>(0, 8), bits, rc::gen::arbitrary<bool>());
}

}  // namespace

rc::Gen<Asked> almost_there() {
    return one_word_away([](const transports::model::WordRow& row) { return row.readable & ~row.writable(); });
}

rc::Gen<Asked> error_seen() {
    return one_word_away([](const transports::model::WordRow& row) { return row.readable & row.woclr; });
}

Question::Question(const Asked& asked) : type_(heron().types[asked.type]), observed_(base_of(asked)) {
    for (const auto& [word, value] : asked.words) observed_[word % type_.words] ^= value;
    for (const auto& field : type_.driver->intent) intent_.push_back(field.initial);
    for (const auto& [field, position] : asked.intents) {
        if (intent_.empty()) break;
        const auto& row = type_.driver->intent[field % intent_.size()];
        const std::uint64_t range = std::uint64_t{row.max} - row.min + 1;
        intent_[field % intent_.size()] = row.min + static_cast<std::uint32_t>(position % range);
    }
    firmware_ = transports::intent::firmware_image(asked.noise % 1'000);
    situation_.observed = observed_.data();
    situation_.intent = intent_.data();
    situation_.count = asked.count;
    situation_.index = static_cast<std::uint16_t>(asked.index % asked.count);
    situation_.waited_us = asked.waited_us;
    situation_.idle = asked.idle;
    if (asked.noise % 2 != 0) situation_.image = transports::intent::describe(firmware_, asked.noise % 1'000);
}

Question::Question(const Asked& asked, std::uint32_t noise) : Question(asked) {
    constexpr std::size_t kMargin = 64;
    std::mt19937 dice(noise);
    std::vector<bool> observed(type_.words, false);
    for (const hal::bus::Run& run : type_.observe) {
        std::fill_n(observed.begin() + run.index, run.count, true);
    }
    for (std::size_t w = 0; w < observed.size(); ++w) {
        if (observed[w]) continue;
        observed_[w] ^= static_cast<std::uint32_t>(dice()) | 1u;
        ++surroundings_;
    }
    for (auto* words : {&observed_, &intent_}) {
        for (std::size_t k = 0; k < 2 * kMargin; ++k) {
            words->insert(k % 2 == 0 ? words->begin() : words->end(), static_cast<std::uint32_t>(dice()));
        }
        surroundings_ += 2 * kMargin;
    }
    situation_.observed = observed_.data() + kMargin;
    situation_.intent = intent_.data() + kMargin;
}

}  // namespace properties::drivers
