#include "transports/intent/intent.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "transports/intent/firmware.hpp"
#include "transports/intent/selector.hpp"
#include "transports/names/chip_names.hpp"
#include "transports/names/text.hpp"

namespace transports::intent {

static_assert(sizeof(hal_image) == sizeof(hal::converge::Image) &&
              offsetof(hal_image, count) == offsetof(hal::converge::Image, count) &&
              offsetof(hal_image, version) == offsetof(hal::converge::Image, version));

hal_intent Intended::c_view() const {
    hal_intent intent{};
    intent.size = sizeof intent;
    intent.word_count = static_cast<std::uint32_t>(words.size());
    intent.words = words.data();
    intent.groups = groups.empty() ? nullptr : groups.data();
    intent.images = images.empty() ? nullptr : reinterpret_cast<const hal_image*>(images.data());  // checked above
    return intent;
}

Intended initial(const hal_chip& chip) {
    Intended intended;
    intended.words.resize(hal_intent_words(&chip));
    if (intended.words.empty() || hal_initial_intent(&chip, intended.words.data()) != 0) {
        throw Error("no chip at scale " + std::to_string(chip.scale_numerator) + "/" +
                    std::to_string(chip.scale_denominator) + "; use " + names::known_scales());
    }
    return intended;
}

namespace {

/// Where in the file: "defaults/pll".
std::string below(std::string at, const std::string& key) { return at.append("/").append(key); }

using names::advice;
using names::printable;
using Json = nlohmann::ordered_json;  // errors come in the order of the file

constexpr std::size_t kMaxBytes = 16u << 20;
constexpr std::size_t kMaxGroups = 255;  // a group's number is a byte, and 0 means none

/// The chip by names, as the C interface tells it.
struct Type {
    std::vector<hal_instance> instances;
    std::vector<std::uint32_t> numbers;  // of the instances in the chip
    std::vector<hal_intent_field> fields;
};

std::map<std::string, Type> types_of(const hal_chip& chip) {
    std::map<std::string, Type> types;
    for (std::uint32_t i = 0; i < hal_instances(&chip); ++i) {
        hal_instance instance{};
        instance.size = sizeof instance;
        if (hal_describe_instance(&chip, i, &instance) != 0) continue;
        Type& type = types[instance.type];
        type.instances.push_back(instance);
        type.numbers.push_back(i);
        while (type.fields.size() < instance.intent_fields) {
            hal_intent_field field{};
            field.size = sizeof field;
            if (hal_describe_intent(&chip, i, static_cast<std::uint32_t>(type.fields.size()), &field) != 0) break;
            type.fields.push_back(field);
        }
    }
    return types;
}

class Reader {
public:
    Reader(const std::string& source, const hal_chip& chip)
        : source_(printable(source)), chip_(chip), types_(types_of(chip)) {}

    Document read(const std::string& text) {
        const Json json = parsed(text);
        Document document;
        document.intended = initial(chip_);
        intended_ = &document.intended;
        if (!json.is_object()) fail("", "the file holds no object; begin with {");
        for (const auto& [key, value] : json.items()) {
            const std::string at = "/" + key;
            if (key == "name" || key == "description") {
                if (!value.is_string()) fail(at, std::string("expected a text, found ") + kind(value));
                (key == "name" ? document.name : document.description) = printable(value.get<std::string>());
            } else if (key != "defaults" && key != "instances" && key != "groups" && key != "firmware") {
                fail(at, "unknown key; " +
                             advice(key, {"name", "description", "defaults", "instances", "groups", "firmware"}));
            }
        }
        // Defaults first, wherever they stand.
        for (const char* const key : {"defaults", "instances", "groups", "firmware"}) {
            if (const auto found = json.find(key); found != json.end()) section(key, *found);
        }
        return document;
    }

private:
    [[noreturn]] void fail(const std::string& at, const std::string& what) const {
        throw Error(source_ + ": " + printable(at) + (at.empty() ? "" : ": ") + printable(what));
    }
    static const char* kind(const Json& value) {
        if (value.is_number_float()) return "a number with a fraction";
        if (value.is_number()) return "a number";
        if (value.is_string()) return "a text";
        if (value.is_boolean()) return "true or false";
        if (value.is_null()) return "null";
        return value.is_array() ? "a list" : "an object";
    }

    Json parsed(const std::string& text) const {
        std::vector<std::set<std::string>> keys;
        std::vector<std::string> path;
        const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
            if (depth > 16) fail("", "nested too deeply; an intent has three levels");
            if (event == Json::parse_event_t::object_start) keys.emplace_back();
            if (event == Json::parse_event_t::object_end) keys.pop_back();
            if (event == Json::parse_event_t::key) {
                const std::string key = value.get<std::string>();
                path.resize(keys.size());
                path.back() = key;
                std::string at;
                for (const std::string& part : path) at += "/" + part;
                if (!keys.back().insert(key).second) fail(at, "this key is there twice; keep one of them");
            }
            return true;
        };
        try {
            return Json::parse(text, watch);
        } catch (const Json::exception& e) {  // numbers out of all range are no parse_error
            throw Error(source_ + where(e.what()) + "; correct the JSON");
        }
    }

    // "[...] parse error at line 3, column 5: what" -> ":3:5: what"
    static std::string where(const std::string& message) {
        unsigned line = 0, column = 0;
        const std::size_t at = message.find("at line ");
        const bool placed =
            at != std::string::npos && std::sscanf(message.c_str() + at, "at line %u, column %u", &line, &column) == 2;
        const std::size_t colon = placed ? message.find(": ", at) : message.find("] ");
        const std::string what = colon == std::string::npos ? message : message.substr(colon + 2);
        const std::string place = placed ? ":" + std::to_string(line) + ":" + std::to_string(column) : "";
        return place + ": " + printable(what);
    }

    void section(const std::string& name, const Json& json) {
        const std::string at = "/" + name;
        if (!json.is_object()) fail(at, std::string("expected an object, found ") + kind(json));
        set_.assign(intended_->words.size(), "");
        std::size_t number = 0;
        for (const auto& [key, value] : json.items()) {
            if (name == "groups") {
                if (++number > kMaxGroups) fail(at, "more than 255 groups; join some");
                group(below(at, key), value, static_cast<std::uint8_t>(number));
                continue;
            }
            if (name == "firmware") {
                firmware(below(at, key), key, value);
                continue;
            }
            if (name == "defaults" && key.find('[') != std::string::npos) {
                fail(below(at, key), "defaults are for whole types; instances belong under \"instances\"");
            }
            fields(below(at, key), key, value);
        }
    }

    void firmware(const std::string& at, const std::string& name, const Json& value) {
        const Type& chosen = type(at, name);
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 0xFFFF) {
            fail(at, "expected a firmware version, 0..65535");
        }
        std::size_t types = 0;
        for (const auto& [unused, each] : types_) {
            types = std::max<std::size_t>(types, each.instances.front().type_number + std::size_t{1});
        }
        intended_->give_firmware(chosen.instances.front().type_number, types, value.get<std::uint32_t>());
    }

    const Type& type(const std::string& at, const std::string& selector) const {
        const auto found = types_.find(type_of(selector));
        if (found != types_.end()) return found->second;
        std::vector<std::string> known;
        for (const auto& [name, unused] : types_) known.push_back(name);
        fail(at, "no block type '" + printable(type_of(selector)) + "'; " + advice(type_of(selector), known));
    }

    Range instances(const std::string& at, const std::string& selector, const Type& type) const {
        try {
            return select(selector, static_cast<std::uint32_t>(type.instances.size()));
        } catch (const std::invalid_argument& e) {
            fail(at, e.what());
        }
    }

    void fields(const std::string& at, const std::string& selector, const Json& json) {
        const Type& chosen = type(at, selector);
        const Range range = instances(at, selector, chosen);
        if (!json.is_object()) fail(at, std::string("expected an object of fields, found ") + kind(json));
        for (const auto& [key, value] : json.items()) {
            const auto row = std::find_if(chosen.fields.begin(), chosen.fields.end(),
                                          [&key = key](const hal_intent_field& f) { return key == f.name; });
            if (row == chosen.fields.end()) {
                std::vector<std::string> known;
                for (const hal_intent_field& f : chosen.fields) known.emplace_back(f.name);
                fail(below(at, key),
                     type_of(selector) + " has no field '" + printable(key) + "'; " + advice(key, known));
            }
            const std::uint32_t word = checked(below(at, key), *row, value);
            const auto offset = static_cast<std::uint32_t>(row - chosen.fields.begin());
            for (std::uint32_t i = range.first; i < range.end; ++i) {
                const std::uint32_t where = chosen.instances[i].first_intent_word + offset;
                if (!set_[where].empty()) {
                    fail(below(at, key), type_of(selector) + "[" + std::to_string(i) + "] has a value from " +
                                             set_[where] + " already; let one of them say it");
                }
                set_[where] = at;
                intended_->words[where] = word;
            }
        }
    }

    std::uint32_t checked(const std::string& at, const hal_intent_field& field, const Json& value) const {
        const bool flag = std::string(field.unit) == "bool";
        if (flag && value.is_boolean()) return value.get<bool>() ? 1 : 0;
        if (!value.is_number_integer()) {
            fail(at, std::string("expected ") + (flag ? "true or false" : "a whole number") + ", found " + kind(value));
        }
        const bool fits = value.is_number_unsigned() && value.get<std::uint64_t>() >= field.min &&
                          value.get<std::uint64_t>() <= field.max;
        const std::string unit = flag || std::string(field.unit) == "1" ? "" : std::string(" ") + field.unit;
        if (!fits) {
            fail(at, value.dump() + unit + " is outside " + std::to_string(field.min) + ".." +
                         std::to_string(field.max) + "; " + field.what);
        }
        return value.get<std::uint32_t>();
    }

    void group(const std::string& at, const Json& json, std::uint8_t number) {
        if (!json.is_array()) fail(at, std::string("expected a list of instances, found ") + kind(json));
        std::vector<std::uint8_t>& groups = intended_->groups;
        groups.resize(hal_instances(&chip_), 0);
        for (std::size_t k = 0; k < json.size(); ++k) {
            const std::string here = at + "/" + std::to_string(k);
            if (!json[k].is_string()) fail(here, std::string("expected a text like \"pll\", found ") + kind(json[k]));
            const std::string selector = json[k].get<std::string>();
            const Type& chosen = type(here, selector);
            const Range range = instances(here, selector, chosen);
            for (std::uint32_t i = range.first; i < range.end; ++i) {
                std::uint8_t& group = groups[chosen.numbers[i]];
                if (group != 0 && group != number) {
                    fail(here, type_of(selector) + "[" + std::to_string(i) + "] is in another group; join the two");
                }
                group = number;
            }
        }
    }

    const std::string source_;
    const hal_chip& chip_;
    const std::map<std::string, Type> types_;
    Intended* intended_ = nullptr;
    std::vector<std::string> set_;  // per word: where this section has set it
};

}  // namespace

void Intended::give_firmware(std::size_t type, std::size_t types, std::uint32_t version) {
    images.resize(types);
    const auto image = std::make_shared<const std::vector<std::uint32_t>>(firmware_image(version));
    firmware.push_back(image);
    images[type] = transports::intent::describe(*image, version);
}

Document parse(const std::string& text, const std::string& source, const hal_chip& chip) {
    return Reader(source, chip).read(text);
}

Document load(const std::string& name_or_file, const hal_chip& chip) {
    std::string names;
    for (const Standard& s : standard()) {
        if (name_or_file == s.name) return parse(s.text, s.name, chip);
        names += std::string(names.empty() ? "" : ", ") + s.name;
    }
    const bool path = name_or_file.find_first_of("./") != std::string::npos;
    if (!path) {
        throw Error("no intent '" + printable(name_or_file) + "'; use " + names + " or the path of a .json file");
    }
    std::ifstream file(name_or_file, std::ios::binary);
    std::string text;
    std::vector<char> buffer(1u << 16);
    while (file && text.size() <= kMaxBytes) {
        file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        text.append(buffer.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (!file.eof() && text.size() <= kMaxBytes) {
        throw Error(printable(name_or_file) + ": cannot be read; give the path of an intent file, or one of " + names);
    }
    if (text.size() > kMaxBytes) throw Error(printable(name_or_file) + ": more than 16 MiB; this is no intent");
    return parse(text, name_or_file, chip);
}

}  // namespace transports::intent
