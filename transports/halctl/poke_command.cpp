// halctl poke: one register, by hand. A field is changed without touching its neighbours.
#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>

#include "transports/halctl/commands.hpp"
#include "transports/halctl/report.hpp"
#include "transports/names/text.hpp"

namespace transports::halctl {
namespace {

using hal::bus::Access;
using hal::bus::Op;
using hal::registers::FieldName;
using names::hex;
using names::safe_to_read;

std::uint32_t parse_value(const names::Place& place, const std::string& text) {
    if (place.field != nullptr) {
        if (const auto named = names::value_of(*place.field, text)) return *named;
    }
    char* end = nullptr;
    errno = 0;
    const unsigned long long value = std::strtoull(text.c_str(), &end, 0);
    const bool number = !text.empty() && text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    const std::uint32_t most = place.field != nullptr ? names::largest(*place.field) : 0xFFFFFFFFu;
    if (!number) throw Usage("'" + names::printable(text) + "' is no value; write a number like 5 or 0x1f");
    if (value > most) throw Usage(fmt::format("{} is too large; the most is {:#x}", names::printable(text), most));
    return static_cast<std::uint32_t>(value);
}

void check_owner(const std::string& name, const FieldName& field) {
    if (std::string(field.owner) == "management") return;
    throw Usage(name + " belongs to the " + field.owner + "; only fields of the management are written here");
}

/// What the neighbours of a field are written with, given what was read: the value whose write changes nothing.
std::uint32_t neighbours(const names::ChipNames& names, const names::Place& place, std::uint32_t word) {
    for (const FieldName& other : place.reg->fields) {
        if (&other == place.field || !other.writable) continue;
        const std::string access = std::string(other.access).substr(0, std::string(other.access).find('/'));
        if (access == "rw") continue;
        if (access == "w1c" || access == "w1s" || access == "w1t" || access == "pulse") {
            word = names::with(other, word, 0);
        } else if (access == "w0c" || access == "w0s" || access == "w0t") {
            word = names::with(other, word, names::largest(other));
        } else {
            throw Usage(names.name(place) + ": its neighbour " + other.name + " (" + other.access +
                        ") has no value that is safe to write; poke the whole register");
        }
    }
    return word;
}

void check_writable(const names::ChipNames& names, const names::Place& place) {
    const std::string name = names.name(place);
    if (place.reg == nullptr) throw Usage(name + " is a block; name a register or a field of it");
    if (place.field != nullptr) {
        if (!place.field->writable) throw Usage(name + " is read-only; nothing was written");
        check_owner(name, *place.field);
        if (!safe_to_read(*place.reg)) throw Usage(name + ": its register cannot be read; poke the whole register");
        neighbours(names, place, 0);
        return;
    }
    bool writable = false;
    for (const FieldName& field : place.reg->fields) {
        if (field.writable) check_owner(name + "." + field.name, field);
        writable |= field.writable;
    }
    if (!writable) throw Usage(name + " is read-only; nothing was written");
}

/// Writes `value`; a field with its neighbours guarded: the chip checks, back to back with the write, that nobody has
/// changed them since `before`. Answers the word that was written.
std::uint32_t write(Session& session, const names::Place& place, std::uint32_t before, std::uint32_t value) {
    const names::ChipNames& names = session.names();
    const std::uint32_t address = names.address(place);
    std::uint32_t word = value, guard[2] = {0, 0};
    const Access batch[] = {{Op::guard, address, 1, nullptr, guard}, {Op::write, address, 1, nullptr, &word}};
    std::size_t first = 1;
    if (place.field != nullptr) {
        first = 0;
        word = names::with(*place.field, neighbours(names, place, before), value);
        for (const FieldName& other : place.reg->fields) {
            const bool kept = &other != place.field && other.writable && std::string(other.access) == "rw";
            if (kept) guard[0] = names::with(other, guard[0], names::largest(other));
        }
        guard[1] = before & guard[0];
    }
    const auto done = session.transport().execute({batch + first, 2 - first});
    if (done) return word;
    if (done.error().code != hal::bus::Code::guard_failed) throw Trouble(session.explain(done.error()));
    throw Trouble(names.name(place) + ": its register changed meanwhile, nothing was written; try again");
}

}  // namespace

Exit poke(const Options& o) {
    const names::ChipNames names(names::parse_scale(o.scale));
    const names::Place place = names.find(o.path);
    check_writable(names, place);
    const std::uint32_t value = parse_value(place, o.value);
    Session session(o.link, names, Session::Role::owner);
    const std::uint32_t address = names.address(place);
    const bool readable = safe_to_read(*place.reg);
    const auto look = [&] { return readable ? session.read(address) : std::nullopt; };
    const std::optional<std::uint32_t> before = look();
    if (readable && !before) {
        throw Trouble(names.name(place) + ": no answer; its clock or reset doesn't stand, nothing was written");
    }
    const std::uint32_t word = write(session, place, before.value_or(0), value);
    const std::optional<std::uint32_t> after = look();
    const std::string was = before ? hex(before.value_or(0)) : "?", is = after ? hex(after.value_or(0)) : "?";
    if (o.json) {
        fmt::print("{}\n", nlohmann::ordered_json{{"path", names.name(place)},
                                                  {"address", hex(address)},
                                                  {"before", was},
                                                  {"wrote", hex(word)},
                                                  {"after", is}}
                               .dump(1));
    } else {
        fmt::print("{}: {} -> wrote {}, reads {}\n", names.name(place), was, hex(word), is);
    }
    return kDone;
}

}  // namespace transports::halctl
