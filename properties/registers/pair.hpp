// One block type twice: as the model's generated tables have it, and as the naive interpreter reads its RDL.
#pragma once

#include <string>
#include <vector>

#include "properties/registers/naive.hpp"
#include "transports/model/tables.hpp"

namespace properties::registers {

enum class Access : std::uint8_t { write, read, consume, cold_reset, warm_reset };
inline constexpr std::size_t kAccesses = 5;
const char* name(Access access);

class Pair {
public:
    /// `described`: the compiler's JSON of the block. Throws std::runtime_error if the two know different registers.
    Pair(const transports::model::TypeRow& type, const nlohmann::json& described);

    std::size_t size() const { return word_.size(); }
    const NaiveRegister& reg(std::size_t r) const { return naive_.registers()[r]; }
    const NaiveBlock& naive() const { return naive_; }
    std::uint32_t word(std::size_t r) const { return words_[word_[r]]; }
    /// Any content in a register, the same on both sides.
    void set(std::size_t r, std::uint32_t content);

    struct Outcome {
        std::string wrong;                    ///< Where the two differ; empty: nowhere.
        bool refused = false;                 ///< By both.
        std::uint32_t before = 0, after = 0;  ///< Content of the register, or what a read gave.
    };
    /// The access on both sides. Resets are of the whole block, and `before` and `after` are of register `r`.
    Outcome apply(Access access, std::size_t r, std::uint32_t value);

private:
    const transports::model::WordRow& row(std::size_t r) const { return type_.words[word_[r]]; }
    Outcome write(std::size_t r, std::uint32_t value);
    Outcome read(std::size_t r);
    Outcome consume(std::size_t r);
    std::string differences() const;

    const transports::model::TypeRow& type_;
    NaiveBlock naive_;
    std::vector<std::size_t> word_;  // number in the tables, by number in the RDL
    std::vector<std::uint32_t> words_;
};

/// Every block type of the model, from the compiler's JSON in `folder`. Throws std::runtime_error.
std::vector<Pair> pairs(const std::string& folder);

}  // namespace properties::registers
