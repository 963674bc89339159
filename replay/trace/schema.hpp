// Names of a trace's addresses, from the description in the trace itself: block instance, register, fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace replay::trace {

struct Field {
    std::string name;
    std::uint32_t lsb = 0, width = 32;
    std::string access;  ///< ro, rw, w1c, ...; empty if not known.
    std::string owner;   ///< management, host, firmware, hardware; empty if not known.
    std::string enums;   ///< "name=value;..." or empty.

    std::uint64_t mask() const { return width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1; }
    std::uint64_t content(std::uint64_t word) const { return (word >> lsb) & mask(); }
    std::string value_name(std::uint64_t value) const;
};

struct Register {
    std::string name;
    std::uint64_t offset = 0;
    std::uint32_t count = 1, stride = 4;
    bool read_side_effect = false;
    std::vector<Field> fields;
};

struct Place {
    std::uint32_t instance = 0;
    const Register* reg = nullptr;  ///< Null: the block is known, its registers are not.
    std::uint32_t element = 0;
    std::uint64_t offset = 0;  ///< Bytes from the block's base.
};

/// Not thread-safe: looking up remembers.
class Schema {
public:
    /// From a trace's description. Throws std::invalid_argument if its register map can't be understood.
    explicit Schema(const std::string& description);
    Schema(const Schema&) = delete;  // places point into it
    Schema& operator=(const Schema&) = delete;

    bool empty() const { return instances_.empty(); }
    std::size_t size() const { return instances_.size(); }
    /// The block and register at a byte address; none if the description doesn't tell.
    std::optional<Place> at(std::uint64_t address) const;
    const std::string& instance(std::uint32_t i) const { return instances_[i].name; }

    /// "pll[3].ctrl"; "bar0+0x12005c" where only the block is known; "0xd712005c" where nothing is.
    const std::string& name(std::uint64_t address) const;
    /// "pll[3]", or the same without a block.
    std::string block_name(std::uint64_t address) const;

private:
    struct Instance {
        std::string name;
        std::uint64_t base = 0;
        std::size_t type = 0;
    };
    struct Known {
        std::optional<Place> place;
        std::string name;
    };
    const Known& look_up(std::uint64_t address) const;

    std::vector<std::vector<Register>> types_;
    std::vector<Instance> instances_;  // by rising base
    mutable std::unordered_map<std::uint64_t, Known> known_;
};

/// Does `text` match `pattern`, with * for any characters and ? for one? "hbm*" also matches "hbm_phy[2].ctrl".
bool matches(const std::string& pattern, const std::string& text);

/// "enable=1 state=locked(3)", or empty where no fields are known.
std::string fields_text(const Register* reg, std::uint64_t word);

}  // namespace replay::trace
