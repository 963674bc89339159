#include "replay/trace/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "transports/names/whole.hpp"

namespace replay::trace {

using transports::names::whole;
using Json = nlohmann::json;

std::string Field::value_name(std::uint64_t value) const {
    const std::string rows = ";" + enums, ends = "=" + std::to_string(value) + ";";
    const std::size_t at = rows.find(ends);
    if (at == std::string::npos) return {};
    const std::size_t from = rows.rfind(';', at) + 1;
    return rows.substr(from, at - from);
}

namespace {

Register register_of(const Json& json) {
    Register reg;
    reg.name = json.at("name");
    reg.offset = whole<std::uint64_t>(json.at("offset"));
    reg.count = whole<std::uint32_t>(json.value("count", Json(1u)));
    reg.stride = whole<std::uint32_t>(json.value("stride", Json(4u)));
    if (reg.stride == 0) throw std::invalid_argument("a stride of 0");
    reg.read_side_effect = json.value("read_side_effect", false);
    for (const Json& f : json.value("fields", Json::array())) {
        Field field{f.at(0), whole<std::uint8_t>(f.at(1)), whole<std::uint8_t>(f.at(2)), "", "", ""};
        if (field.lsb > 63) throw std::invalid_argument("a field behind bit 63");
        if (f.size() > 3) field.access = f[3];
        if (f.size() > 4) field.owner = f[4];
        if (f.size() > 5) field.enums = f[5];
        reg.fields.push_back(std::move(field));
    }
    return reg;
}

}  // namespace

Schema::Schema(const std::string& description) {
    const Json json = Json::parse(description, nullptr, false);
    if (!json.is_object() || !json.contains("map")) return;
    try {
        for (const Json& type : json["map"].at("types")) {
            std::vector<Register> registers;
            for (const Json& reg : type.at("registers")) registers.push_back(register_of(reg));
            types_.push_back(std::move(registers));
        }
        for (const Json& i : json["map"].at("instances")) {
            instances_.push_back({i.at(0), whole<std::uint64_t>(i.at(1)), whole<std::size_t>(i.at(2))});
            if (instances_.back().type >= types_.size()) throw std::invalid_argument("type number out of range");
        }
    } catch (const std::exception& e) {
        throw std::invalid_argument(std::string("the register map in the trace makes no sense: ") + e.what());
    }
    std::stable_sort(instances_.begin(), instances_.end(),
                     [](const Instance& a, const Instance& b) { return a.base < b.base; });
}

const Schema::Known& Schema::look_up(std::uint64_t address) const {
    const auto found = known_.find(address);
    if (found != known_.end()) return found->second;
    Known& known = known_[address];
    known.name = fmt::format("{:#010x}", address);
    const auto above = std::upper_bound(instances_.begin(), instances_.end(), address,
                                        [](std::uint64_t a, const Instance& i) { return a < i.base; });
    if (above == instances_.begin()) return known;
    Place place;
    place.instance = static_cast<std::uint32_t>(above - instances_.begin() - 1);
    place.offset = address - instances_[place.instance].base;
    const std::vector<Register>& registers = types_[instances_[place.instance].type];
    for (const Register& reg : registers) {
        if (place.offset < reg.offset) continue;
        const std::uint64_t distance = place.offset - reg.offset;
        const std::uint64_t element = reg.count > 1 ? distance / reg.stride : 0;
        if (element >= reg.count || distance != element * (reg.count > 1 ? reg.stride : 0u)) continue;
        place.reg = &reg;
        place.element = static_cast<std::uint32_t>(element);
        break;
    }
    const std::string& block = instances_[place.instance].name;
    if (place.reg == nullptr) {
        if (!registers.empty()) return known;  // a block that tells its registers has none here
        known.name = fmt::format("{}+{:#x}", block, place.offset);
    } else {
        known.name = block.empty() ? place.reg->name : block + "." + place.reg->name;
        if (place.reg->count > 1) known.name += "[" + std::to_string(place.element) + "]";
    }
    known.place = place;
    return known;
}

std::optional<Place> Schema::at(std::uint64_t address) const { return look_up(address).place; }
const std::string& Schema::name(std::uint64_t address) const { return look_up(address).name; }

std::string Schema::block_name(std::uint64_t address) const {
    const Known& known = look_up(address);
    return known.place ? instances_[known.place->instance].name : known.name;
}

bool matches(const std::string& pattern, const std::string& text) {
    // The last star seen takes one more character whenever what follows it doesn't fit.
    std::size_t p = 0, t = 0, star = std::string::npos, taken = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p, ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            taken = t;
        } else if (star != std::string::npos) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::string fields_text(const Register* reg, std::uint64_t word) {
    std::string text;
    if (reg == nullptr) return text;
    for (const Field& field : reg->fields) {
        const std::uint64_t value = field.content(word);
        const std::string called = field.value_name(value);
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", field.name, called.empty() ? "" : called + "/");
        text += value < 10 ? fmt::format("{}", value) : fmt::format("{:#x}", value);
    }
    return text;
}

}  // namespace replay::trace
