// halctl poke: one register, by hand. A field is changed without touching its neighbours; nothing that traffic may
// rely on is changed while it runs.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "transports/halctl/commands.hpp"
#include "transports/halctl/report.hpp"
#include "transports/names/text.hpp"

namespace transports::halctl {
namespace {

using hal::bus::Access;
using hal::bus::Op;
using hal::registers::FieldName;
using hal::registers::service_names;
using names::hex;
using names::safe_to_read;

std::uint32_t traffic_address(const names::ChipNames& names) {
    return names.instance(0).base + service_names().traffic_offset;  // the system block is the first
}

std::uint32_t parse_value(const names::Place& place, const std::string& text) {
    if (place.field != nullptr) {
        if (const auto named = names::value_of(*place.field, text)) return *named;
    }
    const bool hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const std::string digits = hexadecimal ? text.substr(2) : text;
    const std::string known = hexadecimal ? "0123456789abcdefABCDEF" : "0123456789";
    const bool number = !digits.empty() && digits.find_first_not_of(known) == std::string::npos;
    errno = 0;
    const unsigned long long value = std::strtoull(digits.c_str(), nullptr, hexadecimal ? 16 : 10);
    const bool fits = errno == 0;
    const std::uint32_t most = place.field != nullptr ? names::largest(*place.field) : 0xFFFFFFFFu;
    if (!number) throw Usage("'" + names::printable(text) + "' is no value; write a number like 5 or 0x1f");
    if (!hexadecimal && digits.size() > 1 && digits[0] == '0') {
        throw Usage(names::printable(text) + " could be decimal or octal; write it without the zero, or as 0x..");
    }
    if (!fits || value > most)
        throw Usage(fmt::format("{} is too large; the most is {:#x}", names::printable(text), most));
    return static_cast<std::uint32_t>(value);
}

void check_owner(const std::string& name, const FieldName& field) {
    if (std::string(field.owner) == "management") return;
    throw Usage(name + " belongs to the " + field.owner + ", nothing was written; add --force to write it anyway");
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

void check_writable(const names::ChipNames& names, const names::Place& place, bool force) {
    const std::string name = names.name(place);
    if (place.reg == nullptr) throw Usage(name + " is a block; name a register or a field of it");
    if (place.field != nullptr) {
        if (!place.field->writable) throw Usage(name + " is read-only; nothing was written");
        if (!force) check_owner(name, *place.field);
        if (!safe_to_read(*place.reg)) throw Usage(name + ": its register cannot be read; poke the whole register");
        neighbours(names, place, 0);
        return;
    }
    bool writable = false;
    for (const FieldName& field : place.reg->fields) {
        if (field.writable && !force) check_owner(name + "." + field.name, field);
        writable |= field.writable;
    }
    if (!writable) throw Usage(name + " is read-only; nothing was written");
}

[[noreturn]] void refuse_under_traffic(const std::string& name) {
    throw Usage(name + ": traffic runs and may rely on it, nothing was written; drain it, or add --force");
}

/// Over PCIe the chip can't check anything back to back with a write: only a whole register, on the user's word.
void check_guards(const Session& session, const names::Place& place, bool force) {
    if (session.guards() || (force && place.field == nullptr)) return;
    const char* const how = place.field != nullptr ? "poke the whole register with --force" : "add --force";
    throw Usage(session.names().name(place) +
                ": over PCIe the chip can't check that nothing relies on it; use the SPI "
                "link, or " +
                how);
}

/// Writes `value`, guarded: the chip checks, back to back with the write, that no traffic runs (unless `force`) and
/// that nobody has changed a field's neighbours since `before`. Answers the word that was written.
std::uint32_t write(Session& session, const names::Place& place, std::uint32_t before, std::uint32_t value,
                    bool force) {
    const names::ChipNames& names = session.names();
    const std::uint32_t address = names.address(place);
    std::uint32_t word = value, guard[2] = {0, 0};
    const std::uint32_t idle[2] = {service_names().traffic_active_mask, 0};
    std::vector<Access> batch;
    if (!force) batch.push_back({Op::guard, traffic_address(names), 1, nullptr, idle});
    if (place.field != nullptr) {
        batch.push_back({Op::guard, address, 1, nullptr, guard});
        word = names::with(*place.field, neighbours(names, place, before), value);
        for (const FieldName& other : place.reg->fields) {
            const bool kept = &other != place.field && other.writable && std::string(other.access) == "rw";
            if (kept) guard[0] = names::with(other, guard[0], names::largest(other));
        }
        guard[1] = before & guard[0];
    }
    batch.push_back({Op::write, address, 1, nullptr, &word});
    const auto done = session.transport().execute({batch.data(), batch.size()});
    if (done) return word;
    if (done.error().code != hal::bus::Code::guard_failed) throw Trouble(session.explain(done.error()));
    if (!force && done.error().completed == 0) refuse_under_traffic(names.name(place));
    throw Trouble(names.name(place) + ": its register changed meanwhile, nothing was written; try again");
}

/// What was written and reads differently: the names of the fields, or why nobody knows.
std::string difference(const names::Place& place, std::uint32_t wrote, const std::optional<std::uint32_t>& after) {
    if (!safe_to_read(*place.reg)) return "";
    if (!after) return "no answer";
    std::string fields;
    for (const FieldName& field : place.reg->fields) {
        const bool stored = field.readable && field.writable && std::string(field.access) == "rw";
        if (!stored || (place.field != nullptr && place.field != &field)) continue;
        if (names::content(field, wrote) == names::content(field, *after)) continue;
        fields += (fields.empty() ? "" : ", ") + std::string(field.name);
    }
    return fields.empty() ? "" : fields + " not as written";
}

}  // namespace

Exit poke(const Options& o) {
    const names::ChipNames names(names::parse_scale(o.scale));
    const names::Place place = names.find(o.path);
    check_writable(names, place, o.force);
    const std::uint32_t value = parse_value(place, o.value);
    Session session(o.link, names, Session::Role::observer);
    check_guards(session, place, o.force);
    const std::optional<std::uint32_t> traffic = session.read(traffic_address(names));
    if (!o.force && (!traffic || (*traffic & service_names().traffic_active_mask) != 0))
        refuse_under_traffic(names.name(place));
    session.own();
    const std::uint32_t address = names.address(place);
    const bool readable = safe_to_read(*place.reg);
    const auto look = [&] { return readable ? session.read(address) : std::nullopt; };
    const std::optional<std::uint32_t> before = look();
    if (readable && !before) {
        throw Trouble(names.name(place) + ": no answer; its clock or reset doesn't stand, nothing was written");
    }
    const std::uint32_t word = write(session, place, before.value_or(0), value, o.force);
    const std::optional<std::uint32_t> after = look();
    const std::string differs = difference(place, word, after);
    const std::string was = before ? hex(before.value_or(0)) : "?", is = after ? hex(after.value_or(0)) : "?";
    if (o.json) {
        fmt::print("{}\n", nlohmann::ordered_json{{"path", names.name(place)},
                                                  {"address", hex(address)},
                                                  {"before", was},
                                                  {"wrote", hex(word)},
                                                  {"after", is},
                                                  {"differs", differs}}
                               .dump(1));
    } else {
        fmt::print("{}: {} -> wrote {}, reads {}\n", names.name(place), was, hex(word), is);
    }
    if (differs.empty()) return kDone;
    std::fflush(stdout);
    fmt::print(stderr, "halctl: {}: {}; locked, or ignored in this state; see `halctl status`\n", names.name(place),
               differs);
    return kFinding;
}

}  // namespace transports::halctl
