// SystemRDL's access semantics, bit by bit from the compiler's JSON: slow, and sharing nothing with the generators.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace properties::registers {

struct NaiveField {
    std::string path, kind;  ///< `kind` names everything that decides about its accesses.
    std::size_t number;      ///< Of this field among the block's.
    unsigned lsb, msb;
    bool software_reads, software_writes, pulse, sticky;
    std::string on_read, on_write;  ///< "" for none.
    std::string lock;               ///< Path of the locking field; "" for none.
    std::size_t lock_number;        ///< Its number.
    bool locks_when_set;
    std::vector<bool> reset;
};

struct NaiveRegister {
    std::string path;
    std::uint32_t address;
    std::vector<NaiveField> fields;
};

class NaiveBlock {
public:
    explicit NaiveBlock(const nlohmann::json& described);

    const std::vector<NaiveRegister>& registers() const { return registers_; }

    /// Content of a register's fields; bits in no field are 0.
    std::uint32_t content(const NaiveRegister& r) const;
    void set_content(const NaiveRegister& r, std::uint32_t word);

    /// Software's accesses; nothing, if the register refuses them. A plain read is refused if it would change the
    /// register: that is what consume() is for.
    std::optional<std::uint32_t> read(const NaiveRegister& r) const;
    std::optional<std::uint32_t> consume(const NaiveRegister& r);
    /// Answers the bits that gave a pulse.
    std::optional<std::uint32_t> write(const NaiveRegister& r, std::uint32_t word);

    void reset(bool cold);
    bool locked(const NaiveField& f) const;

private:
    std::vector<NaiveRegister> registers_;
    std::vector<std::vector<bool>> bits_;  // by number of the field
};

}  // namespace properties::registers
