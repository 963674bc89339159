// Names and addresses of one chip: "pll[3].ctrl.enable" <-> byte address, register, bits. For tools and reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hal/api/hal.h"
#include "hal/registers/names.hpp"

namespace transports::names {

/// "1/8" or "2". Throws std::invalid_argument, with a text for users, if that isn't a scale.
hal_chip parse_scale(const std::string& text);

/// What a path names; what it leaves out is null.
struct Place {
    std::uint32_t instance = 0;
    const hal::registers::RegisterName* reg = nullptr;
    std::uint32_t element = 0;  ///< Of a register array.
    const hal::registers::FieldName* field = nullptr;
};

/// The scales at which the chip exists, for users: "1/8, 1/4, 1/2, 1, 2 or 4".
std::string known_scales();

/// The scale at which the identity register reads `identity`; empty if there is none.
std::string scale_that_reads(std::uint32_t identity);

/// Immutable after construction, so safe from any thread.
class ChipNames {
public:
    /// Throws std::invalid_argument, with a text for users, if there is no such chip.
    explicit ChipNames(const hal_chip& chip);

    const hal_chip& chip() const { return chip_; }
    std::uint32_t size() const { return static_cast<std::uint32_t>(instances_.size()); }
    const hal_instance& instance(std::uint32_t i) const { return instances_[i]; }
    const hal::registers::TypeName& type(std::uint32_t i) const { return types_[instances_[i].type_number]; }
    std::string scale() const;

    /// "pll[3]"; "sysctl" where there is only one.
    std::string name(std::uint32_t instance) const;
    std::string name(const Place& place) const;
    std::uint32_t address(const Place& place) const;

    /// The register at a byte address, if there is one that software can access.
    std::optional<Place> at(std::uint32_t address) const;

    /// What `path` names: TYPE[N], TYPE[N].REGISTER, TYPE[N].REGISTER[K] or any of those with .FIELD. An index may be
    /// left out where there is only one. Throws std::invalid_argument: one line, what is wrong and what to do.
    Place find(const std::string& path) const;

private:
    std::uint32_t find_instance(const std::string& part) const;

    hal_chip chip_;
    std::vector<hal_instance> instances_;  // by rising base
    hal::bus::Span<const hal::registers::TypeName> types_;
};

/// The content of `field` in `word`.
std::uint32_t content(const hal::registers::FieldName& field, std::uint32_t word);

/// `word` with `value` in `field`.
std::uint32_t with(const hal::registers::FieldName& field, std::uint32_t word, std::uint32_t value);

/// The field's largest value.
std::uint32_t largest(const hal::registers::FieldName& field);

/// The name that the field's enumeration has for `value`; empty if none.
std::string value_name(const hal::registers::FieldName& field, std::uint32_t value);

/// The number that the field's enumeration has for `name`.
std::optional<std::uint32_t> value_of(const hal::registers::FieldName& field, const std::string& name);

/// Can software read any field of it without changing anything?
bool safe_to_read(const hal::registers::RegisterName& reg);

/// "0x0000002a".
std::string hex(std::uint32_t word);

}  // namespace transports::names
