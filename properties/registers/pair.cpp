#include "properties/registers/pair.hpp"

#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "transports/model/semantics.hpp"

namespace properties::registers {

namespace model = transports::model;

const char* name(Access access) {
    constexpr const char* kNames[] = {"write", "read", "consume", "cold reset", "warm reset"};
    return kNames[static_cast<std::size_t>(access)];
}

Pair::Pair(const model::TypeRow& type, const nlohmann::json& described) : type_(type), naive_(described) {
    for (const NaiveRegister& r : naive_.registers()) {
        std::size_t w = 0;
        while (w < type.words.size() && type.words[w].offset != r.address) ++w;
        if (w == type.words.size()) throw std::runtime_error(fmt::format("{}: no word at {:#x}", type.name, r.address));
        word_.push_back(w);
    }
    if (word_.size() != type.words.size()) throw std::runtime_error(std::string(type.name) + ": words without RDL");
    words_.resize(type.words.size());
    for (std::size_t r = 0; r < size(); ++r) words_[word_[r]] = naive_.content(reg(r));
}

void Pair::set(std::size_t r, std::uint32_t content) {
    naive_.set_content(reg(r), content);
    words_[word_[r]] = naive_.content(reg(r));
}

Pair::Outcome Pair::apply(Access access, std::size_t r, std::uint32_t value) {
    Outcome outcome;
    switch (access) {
        case Access::write: outcome = write(r, value); break;
        case Access::read: outcome = read(r); break;
        case Access::consume: outcome = consume(r); break;
        case Access::cold_reset:
        case Access::warm_reset: {
            const bool cold = access == Access::cold_reset;
            outcome.before = word(r);
            naive_.reset(cold);
            for (std::size_t k = 0; k < size(); ++k) {
                words_[word_[k]] = model::after_reset(row(k), words_[word_[k]], cold);
            }
            outcome.after = word(r);
            break;
        }
    }
    if (outcome.wrong.empty()) outcome.wrong = differences();
    if (!outcome.wrong.empty()) {
        outcome.wrong = fmt::format("{} of {} in {}: {}", name(access), reg(r).path, type_.name, outcome.wrong);
    }
    return outcome;
}

Pair::Outcome Pair::write(std::size_t r, std::uint32_t value) {
    Outcome outcome;
    outcome.before = word(r);
    const bool locked = model::is_locked(row(r), words_[row(r).lock_word]);
    const auto pulses = naive_.write(reg(r), value);
    if ((row(r).writable() != 0) != pulses.has_value()) outcome.wrong = "only one of them refuses it";
    outcome.refused = !pulses;
    if (!pulses) return outcome;
    words_[word_[r]] = model::after_write(row(r), outcome.before, value, locked);
    const std::uint32_t pulsed = model::without_locked_pulses(row(r), value, locked) & row(r).pulse;
    if (pulsed != *pulses) outcome.wrong = fmt::format("pulses {:#x}, should be {:#x}", pulsed, *pulses);
    outcome.after = word(r);
    return outcome;
}

Pair::Outcome Pair::read(std::size_t r) {
    Outcome outcome;
    outcome.before = word(r);
    const auto seen = naive_.read(reg(r));
    if (model::reads_freely(row(r)) != seen.has_value()) outcome.wrong = "only one of them refuses it";
    outcome.refused = !seen;
    if (!seen) return outcome;
    outcome.after = outcome.before & row(r).readable;
    if (outcome.after != *seen) outcome.wrong = fmt::format("gives {:#x}, should be {:#x}", outcome.after, *seen);
    return outcome;
}

Pair::Outcome Pair::consume(std::size_t r) {
    Outcome outcome;
    outcome.before = word(r);
    const auto seen = naive_.consume(reg(r));
    if ((row(r).readable != 0) != seen.has_value()) outcome.wrong = "only one of them refuses it";
    outcome.refused = !seen;
    if (!seen) return outcome;
    const std::uint32_t given = outcome.before & row(r).readable;
    if (given != *seen) outcome.wrong = fmt::format("gives {:#x}, should be {:#x}", given, *seen);
    words_[word_[r]] = model::after_consume(row(r), outcome.before);
    outcome.after = word(r);
    return outcome;
}

std::string Pair::differences() const {
    for (std::size_t r = 0; r < size(); ++r) {
        const std::uint32_t wanted = naive_.content(reg(r)), is = word(r);
        if (wanted != is) return fmt::format("{} is {:#x}, should be {:#x}", reg(r).path, is, wanted);
    }
    return "";
}

std::vector<Pair> pairs(const std::string& folder) {
    std::vector<Pair> all;
    for (const model::TypeRow& type : model::type_rows()) {
        const std::string path = folder + "/" + type.name + ".json";
        std::ifstream file(path);
        if (!file) throw std::runtime_error(path + ": no description of the block; build target 'kinds'");
        all.emplace_back(type, nlohmann::json::parse(file));
    }
    return all;
}

}  // namespace properties::registers
