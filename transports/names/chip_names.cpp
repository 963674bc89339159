#include "transports/names/chip_names.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "transports/names/text.hpp"

namespace transports::names {

using hal::registers::FieldName;
using hal::registers::RegisterName;

namespace {

[[noreturn]] void reject(const std::string& what) { throw std::invalid_argument(what); }

/// "name[3]" -> name and 3; index is -1 without brackets, -2 if there is anything else in them.
struct Part {
    std::string name;
    std::int64_t index = -1;
};

Part split(const std::string& text) {
    Part part{text.substr(0, text.find('[')), -1};
    if (part.name.size() == text.size()) return part;
    const std::string inside = text.substr(part.name.size() + 1, text.size() - part.name.size() - 2);
    const bool number = text.back() == ']' && !inside.empty() && inside.size() < 8 &&
                        inside.find_first_not_of("0123456789") == std::string::npos;
    part.index = number ? std::strtoll(inside.c_str(), nullptr, 10) : -2;
    return part;
}

std::uint32_t checked_index(const Part& part, std::uint32_t count, const std::string& of) {
    const std::string range = of + part.name + "[0.." + std::to_string(count - 1) + "]";
    if (part.index == -1 && count > 1) reject("'" + of + part.name + "' is one of many; name one of " + range);
    if (part.index == -2) reject("the index of '" + of + part.name + "' is no number; name one of " + range);
    if (part.index >= count) {
        reject("there is no " + of + part.name + "[" + std::to_string(part.index) + "]; there is " + range);
    }
    return part.index < 0 ? 0 : static_cast<std::uint32_t>(part.index);
}

const char* const kScales[] = {"1/8", "1/4", "1/2", "1", "2", "4"};

/// The chip at a scale that is written well, whether it exists or not.
std::optional<hal_chip> at_scale(const std::string& text) {
    unsigned n = 0, d = 1;
    char rest = 0;
    const int fields = std::sscanf(text.c_str(), "%2u/%2u%c", &n, &d, &rest);
    const std::string shown = fields == 2 ? std::to_string(n) + "/" + std::to_string(d) : std::to_string(n);
    if ((fields != 1 && fields != 2) || shown != text) return std::nullopt;
    return hal_chip{sizeof(hal_chip), n, d};
}

}  // namespace

std::string known_scales() {
    std::vector<std::string> known;
    for (const char* const scale : kScales) {
        const std::optional<hal_chip> chip = at_scale(scale);
        if (hal_instances(&*chip) != 0) known.emplace_back(scale);
    }
    std::string text;
    for (std::size_t i = 0; i < known.size(); ++i) {
        text += (i == 0 ? "" : i + 1 == known.size() ? " or " : ", ") + known[i];
    }
    return text;
}

std::string scale_that_reads(std::uint32_t identity) {
    for (const char* const scale : kScales) {
        const std::optional<hal_chip> chip = at_scale(scale);
        std::uint32_t address = 0, value = 0;
        if (hal_identity(&*chip, &address, &value) == 0 && value == identity) return scale;
    }
    return "";
}

hal_chip parse_scale(const std::string& text) {
    const std::optional<hal_chip> chip = at_scale(text);
    if (!chip || hal_instances(&*chip) == 0) {
        reject("'" + printable(text) + "' is no scale of this chip; use " + known_scales());
    }
    return *chip;
}

ChipNames::ChipNames(const hal_chip& chip) : chip_(chip), types_(hal::registers::type_names()) {
    instances_.resize(hal_instances(&chip));
    if (instances_.empty()) reject("no chip at scale " + scale() + "; use " + known_scales());
    for (std::uint32_t i = 0; i < size(); ++i) {
        instances_[i].size = sizeof(hal_instance);
        if (hal_describe_instance(&chip, i, &instances_[i]) != 0 || instances_[i].type_number >= types_.size()) {
            reject("libhal and this program describe different chips; use those of one release");
        }
    }
}

std::string ChipNames::scale() const {
    return std::to_string(chip_.scale_numerator) +
           (chip_.scale_denominator == 1 ? "" : "/" + std::to_string(chip_.scale_denominator));
}

std::string ChipNames::name(std::uint32_t instance) const {
    const hal_instance& i = instances_[instance];
    return i.count == 1 ? std::string(i.type) : std::string(i.type) + "[" + std::to_string(i.index) + "]";
}

std::string ChipNames::name(const Place& place) const {
    std::string text = name(place.instance);
    if (place.reg == nullptr) return text;
    text += std::string(".") + place.reg->name;
    if (place.reg->count > 1) text += "[" + std::to_string(place.element) + "]";
    if (place.field != nullptr) text += std::string(".") + place.field->name;
    return text;
}

std::uint32_t ChipNames::address(const Place& place) const {
    const std::uint32_t base = instances_[place.instance].base;
    return place.reg == nullptr ? base : base + place.reg->offset + place.element * place.reg->stride;
}

std::optional<Place> ChipNames::at(std::uint32_t address) const {
    const auto above = std::upper_bound(instances_.begin(), instances_.end(), address,
                                        [](std::uint32_t a, const hal_instance& i) { return a < i.base; });
    if (above == instances_.begin()) return std::nullopt;
    Place place;
    place.instance = static_cast<std::uint32_t>(above - instances_.begin() - 1);
    const std::uint32_t offset = address - instances_[place.instance].base;
    for (const RegisterName& reg : type(place.instance).registers) {
        if (reg.internal || offset < reg.offset) continue;
        const std::uint32_t distance = offset - reg.offset;
        const std::uint32_t element = reg.count > 1 ? distance / reg.stride : 0;
        if (element >= reg.count || distance != element * (reg.count > 1 ? reg.stride : 0u)) continue;
        place.reg = &reg;
        place.element = element;
        return place;
    }
    return std::nullopt;
}

std::uint32_t ChipNames::find_instance(const std::string& text) const {
    const Part part = split(text);
    std::vector<std::string> known;
    for (std::uint32_t i = 0; i < size(); ++i) {
        if (part.name != instances_[i].type) {
            if (instances_[i].index == 0) known.emplace_back(instances_[i].type);
            continue;
        }
        return i + checked_index(part, instances_[i].count, "");
    }
    reject("no block '" + printable(part.name) + "'; " + advice(part.name, known));
}

Place ChipNames::find(const std::string& path) const {
    std::vector<std::string> parts(1);
    for (const char c : path) {
        if (c == '.') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    if (path.size() > 200 || parts.size() > 3) {
        reject("'" + printable(path.substr(0, 60)) + "' is no path; write BLOCK[N].REGISTER.FIELD");
    }
    Place place;
    place.instance = find_instance(parts[0]);
    if (parts.size() == 1) return place;
    const Part wanted = split(parts[1]);
    std::vector<std::string> known;
    for (const RegisterName& reg : type(place.instance).registers) {
        if (wanted.name == reg.name) place.reg = &reg;
        if (!reg.internal) known.emplace_back(reg.name);
    }
    const std::string block = name(place.instance);
    if (place.reg == nullptr) {
        reject(block + " has no register '" + printable(wanted.name) + "'; " + advice(wanted.name, known));
    }
    if (place.reg->internal) reject(block + "." + wanted.name + " has no address; " + advice(wanted.name, known));
    place.element = checked_index(wanted, place.reg->count, block + ".");
    if (parts.size() == 2) return place;
    known.clear();
    for (const FieldName& field : place.reg->fields) {
        if (parts[2] == field.name) place.field = &field;
        known.emplace_back(field.name);
    }
    if (place.field == nullptr) {
        reject(name(place) + " has no field '" + printable(parts[2]) + "'; " + advice(parts[2], known));
    }
    return place;
}

std::uint32_t largest(const FieldName& field) { return field.width >= 32 ? 0xFFFFFFFFu : (1u << field.width) - 1; }

std::uint32_t content(const FieldName& field, std::uint32_t word) { return (word >> field.lsb) & largest(field); }

std::uint32_t with(const FieldName& field, std::uint32_t word, std::uint32_t value) {
    return (word & ~(largest(field) << field.lsb)) | ((value & largest(field)) << field.lsb);
}

std::string value_name(const FieldName& field, std::uint32_t value) {
    const std::string rows = std::string(";") + field.enums, ends = "=" + std::to_string(value) + ";";
    const std::size_t at = rows.find(ends);
    if (at == std::string::npos) return {};
    const std::size_t from = rows.rfind(';', at) + 1;
    return rows.substr(from, at - from);
}

std::optional<std::uint32_t> value_of(const FieldName& field, const std::string& wanted) {
    const std::string rows = std::string(";") + field.enums;
    const std::size_t at = rows.find(";" + wanted + "=");
    if (wanted.empty() || at == std::string::npos) return std::nullopt;
    return static_cast<std::uint32_t>(std::strtoul(rows.c_str() + at + wanted.size() + 2, nullptr, 10));
}

bool safe_to_read(const RegisterName& reg) {
    return !reg.internal && !reg.read_side_effect &&
           std::any_of(reg.fields.begin(), reg.fields.end(), [](const FieldName& f) { return f.readable; });
}

std::string hex(std::uint32_t word) {
    char text[11];
    std::snprintf(text, sizeof text, "0x%08x", static_cast<unsigned>(word));
    return text;
}

}  // namespace transports::names
