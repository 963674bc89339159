#include "chaos/faults/upsets.hpp"

namespace chaos::faults {

const char* name(Repair repair) {
    constexpr const char* kNames[] = {"live", "drain", "reset", "none"};
    return kNames[static_cast<std::size_t>(repair)];
}

Repair declared(const transports::model::TypeRow& type, std::uint32_t word, std::uint32_t bit) {
    const transports::model::WordRow& row = type.words[word];
    const auto in = [bit](std::uint32_t mask) { return (mask >> bit & 1u) != 0; };
    if (in(row.upset_reset)) return Repair::reset;
    if (in(row.upset_drain)) return Repair::drain;
    if (in(row.upset_none) || in(row.woclr)) return Repair::none;  // a record is kept as it is found
    if (in(row.host) || in(row.left_out) || !in(row.writable())) return Repair::none;
    if (!in(row.observable)) return Repair::none;  // another field, or nothing, decides
    return in(row.upset_live) ? Repair::live : Repair::drain;
}

std::uint8_t outcomes(Repair repair) {
    constexpr auto bit = [](Outcome outcome) {
        return static_cast<std::uint8_t>(1u << static_cast<unsigned>(outcome));
    };
    const auto live = static_cast<std::uint8_t>(bit(Outcome::same_call) | bit(Outcome::next_call));
    const auto drain = static_cast<std::uint8_t>(live | bit(Outcome::drain));
    const auto reset =
        static_cast<std::uint8_t>(drain | bit(Outcome::retry) | bit(Outcome::reset) | bit(Outcome::error));
    switch (repair) {
        case Repair::live: return live;
        case Repair::drain: return drain;
        case Repair::reset: return reset;
        case Repair::none: break;
    }
    return static_cast<std::uint8_t>(reset | bit(Outcome::left_alone));
}

}  // namespace chaos::faults
