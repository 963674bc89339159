// Decoder tables of the chip's block types, generated from the RDL: for tools and reports, not for the HAL itself.
#pragma once

#include <cstdint>

#include "hal/bus/span.hpp"

namespace hal::registers {

struct FieldName {
    const char* name;
    std::uint8_t lsb, width;
    const char* access;       ///< ro, rw, w1c, ... as register manuals print it; "internal" for model state.
    const char* owner;        ///< management, host, firmware or hardware.
    const char* enums;        ///< "name=value;..." or "".
    bool readable, writable;  ///< By software.
    const char* left_out;     ///< Why no future of the chip depends on it, so that its state leaves it out; else "".
};

struct RegisterName {
    const char* name;
    std::uint32_t offset;  ///< Bytes from the block's base.
    std::uint16_t count, stride;
    std::uint16_t index, index_stride;  ///< Word number of element 0 and distance to the next.
    bool internal;                      ///< Exists only in the model: no address answers.
    bool read_side_effect;
    bus::Span<const FieldName> fields;
};

struct TypeName {
    const char* name;
    const char* title;
    bus::Span<const RegisterName> registers;
};

/// The chip that this program is for.
struct ChipName {
    const char* name;   ///< "heron"
    const char* title;  ///< "Heron"
};

/// What the engine works with in the system block (instance 0), as the RDL's hal_service says.
struct ServiceNames {
    const char* block;  ///< Its type: "sysctl".
    const char* traffic;
    const char *traffic_open, *traffic_active;  ///< Its fields.
    const char* digest;
    const char* digest_field;
    const char* verdict;                ///< A bit per block instance that was given up, in the order of the words.
    std::uint32_t traffic_offset;       ///< Of that register, from the block's base.
    std::uint32_t traffic_active_mask;  ///< Of the bits in it that tell that customers' traffic runs.
};

/// Both live for ever; safe from any thread.
const ChipName& chip_name();
const ServiceNames& service_names();

/// The block types in the order of hal::chip::Type. Lives for ever; safe from any thread.
bus::Span<const TypeName> type_names();

}  // namespace hal::registers
