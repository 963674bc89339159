// halctl list, dump and peek.
#include <fmt/format.h>

#include "transports/halctl/commands.hpp"
#include "transports/halctl/report.hpp"
#include "transports/names/text.hpp"

namespace transports::halctl {
namespace {

using Json = nlohmann::ordered_json;
using names::hex;
using names::safe_to_read;

Json intent_fields(const names::ChipNames& names, std::uint32_t instance) {
    Json fields = Json::array();
    for (std::uint32_t f = 0; f < names.instance(instance).intent_fields; ++f) {
        hal_intent_field field{};
        field.size = sizeof field;
        if (hal_describe_intent(&names.chip(), instance, f, &field) != 0) break;
        fields.push_back({{"name", field.name},
                          {"unit", field.unit},
                          {"min", field.min},
                          {"max", field.max},
                          {"initial", field.initial},
                          {"what", field.what}});
    }
    return fields;
}

void print_list(const names::ChipNames& names) {
    Rows blocks = {{"block", "instances", "base", "wave", "registers", "title"}};
    Rows fields = {{"intent field", "range", "initial", "what"}};
    for (std::uint32_t i = 0; i < names.size(); i += names.instance(i).count) {
        const hal_instance& first = names.instance(i);
        std::uint32_t registers = 0;
        for (const auto& reg : names.type(i).registers) registers += reg.internal ? 0u : reg.count;
        blocks.push_back({first.type, std::to_string(first.count), hex(first.base), std::to_string(first.wave),
                          std::to_string(registers), names.type(i).title});
        for (const Json& f : intent_fields(names, i)) {
            const std::string unit = f["unit"] == "1" ? "" : " " + f["unit"].get<std::string>();
            fields.push_back({std::string(first.type) + "." + f["name"].get<std::string>(),
                              fmt::format("{}..{}{}", f["min"].dump(), f["max"].dump(), unit), f["initial"].dump(),
                              f["what"].get<std::string>()});
        }
    }
    print_table(blocks);
    fmt::print("\n");
    print_table(fields);
    fmt::print("\n{} {}: {} block instances; standard intents:", hal::registers::chip_name().title, names.scale(),
               names.size());
    for (const intent::Standard& s : intent::standard()) fmt::print(" {}", s.name);
    fmt::print("\n");
}

Json registers_json(const hal::registers::TypeName& type) {
    Json rows = Json::array();
    for (const auto& reg : type.registers) {
        if (reg.internal) continue;
        Json fields = Json::array();
        for (const auto& f : reg.fields) {
            fields.push_back(
                {{"name", f.name}, {"lsb", f.lsb}, {"width", f.width}, {"access", f.access}, {"owner", f.owner}});
        }
        rows.push_back({{"name", reg.name},
                        {"offset", hex(reg.offset)},
                        {"count", reg.count},
                        {"read_side_effect", reg.read_side_effect},
                        {"fields", fields}});
    }
    return rows;
}

void print_registers(const names::ChipNames& names, std::uint32_t instance) {
    Rows rows = {{"register", "offset", "bits", "access", "owner"}};
    for (const auto& reg : names.type(instance).registers) {
        if (reg.internal) continue;
        const std::string name = reg.count == 1 ? reg.name : fmt::format("{}[0..{}]", reg.name, reg.count - 1);
        for (const auto& f : reg.fields) {
            rows.push_back({name + "." + f.name, hex(reg.offset), fmt::format("{}:{}", f.lsb + f.width - 1, f.lsb),
                            f.access, f.owner});
        }
    }
    print_table(rows);
}

void print_register(const names::ChipNames& names, const names::Place& place, std::optional<std::uint32_t> word) {
    if (!word) {
        fmt::print("  {:<32}{}\n", names.name(place), yellow("no answer"));
        return;
    }
    std::string fields;
    for (const auto& field : place.reg->fields) {
        if (!field.readable) continue;
        const std::string value = show(field, names::content(field, *word));
        fields += fmt::format("{}{}={}", fields.empty() ? "" : "  ", field.name, value);
    }
    fmt::print("  {:<32}{}  {}\n", names.name(place), hex(*word), fields);
}

}  // namespace

Exit list(const Options& o) {
    const names::ChipNames names(names::parse_scale(o.scale));
    if (!o.path.empty()) {
        const hal_instance* found = nullptr;
        std::vector<std::string> known;
        for (std::uint32_t i = 0; i < names.size(); i += names.instance(i).count) {
            known.emplace_back(names.instance(i).type);
            if (o.path != names.instance(i).type) continue;
            found = &names.instance(i);
            if (o.json) fmt::print("{}\n", registers_json(names.type(i)).dump(1));
            if (!o.json) print_registers(names, i);
        }
        const std::string wrong = names::printable(o.path);
        if (found == nullptr) throw Usage("no block '" + wrong + "'; " + names::advice(wrong, known));
        return kDone;
    }
    if (!o.json) {
        print_list(names);
        return kDone;
    }
    Json rows = Json::array();
    for (std::uint32_t i = 0; i < names.size(); ++i) {
        const hal_instance& instance = names.instance(i);
        rows.push_back({{"instance", names.name(i)},
                        {"type", instance.type},
                        {"index", instance.index},
                        {"count", instance.count},
                        {"base", hex(instance.base)},
                        {"wave", instance.wave},
                        {"intent", intent_fields(names, i)}});
    }
    fmt::print("{}\n",
               Json{{"chip", hal::registers::chip_name().name}, {"scale", names.scale()}, {"instances", rows}}.dump(1));
    return kDone;
}

Exit dump(const Options& o) {
    const names::ChipNames names(names::parse_scale(o.scale));
    const intent::Document document = intent::load(o.intent, names.chip());
    Session session(o.link, names, Session::Role::observer);
    std::set<std::uint32_t> blocks = session.readable(document.intended);
    for (std::uint32_t i = 0; o.all && i < names.size(); ++i) blocks.insert(i);
    Json json = Json::array();
    std::uint32_t skipped = 0, registers = 0, silent = 0;
    for (std::uint32_t i = 0; i < names.size(); ++i) {
        if (blocks.count(i) == 0) {
            ++skipped;
            if (o.json) json.push_back({{"instance", names.name(i)}, {"read", false}});
            continue;
        }
        const BlockWords block = session.read_block(i);
        Json rows = Json::array();
        if (!o.json) fmt::print("{}\n", bold(names.name(i)));
        for (std::size_t r = 0; r < block.places.size(); ++r) {
            const names::Place& place = block.places[r];
            ++(block.words[r] ? registers : silent);
            if (!o.json) {
                print_register(names, place, block.words[r]);
                continue;
            }
            Json row = {{"register", names.name(place)}, {"address", hex(names.address(place))}};
            row["word"] = block.words[r] ? Json(hex(*block.words[r])) : Json(nullptr);
            if (block.words[r]) row["fields"] = fields_json(*place.reg, *block.words[r]);
            rows.push_back(std::move(row));
        }
        if (o.json) json.push_back({{"instance", names.name(i)}, {"read", true}, {"registers", rows}});
    }
    if (o.json) {
        fmt::print("{}\n", json.dump(1));
    } else {
        fmt::print("\n{} registers of {} blocks", grouped(registers), names.size() - skipped);
        if (silent != 0) fmt::print("; {} gave no answer", silent);
        if (skipped != 0)
            fmt::print(
                "; {} blocks not touched: something above them isn't as '{}' says (--all reads "
                "them, too)",
                skipped, document.name);
        fmt::print("\n");
    }
    return silent + skipped != 0 ? kFinding : kDone;
}

Exit peek(const Options& o) {
    const names::ChipNames names(names::parse_scale(o.scale));
    const names::Place place = names.find(o.path);
    if (place.reg != nullptr && place.reg->read_side_effect) {
        throw Usage(names.name(place) + ": reading it changes the chip; only the managing instance may, by its plan");
    }
    if (place.reg != nullptr && (!safe_to_read(*place.reg) || (place.field != nullptr && !place.field->readable))) {
        throw Usage(names.name(place) + ": software cannot read it; `halctl list --json` names what there is");
    }
    Session session(o.link, names, Session::Role::observer);
    BlockWords block;
    if (place.reg == nullptr) {
        block = session.read_block(place.instance);
    } else {
        block.places.push_back(place);
        block.words.push_back(session.read(names.address(place)));
    }
    bool silent = false;
    Json json = Json::array();
    for (std::size_t r = 0; r < block.places.size(); ++r) {
        const names::Place& at = block.places[r];
        const auto& word = block.words[r];
        silent |= !word;
        if (o.json) {
            Json row = {{"path", names.name(at)}, {"address", hex(names.address(at))}};
            row["word"] = word ? Json(hex(*word)) : Json(nullptr);
            if (word && at.field != nullptr) row["value"] = names::content(*at.field, *word);
            if (word && at.field == nullptr) row["fields"] = fields_json(*at.reg, *word);
            json.push_back(std::move(row));
        } else if (word && at.field != nullptr) {
            fmt::print("{}\n", show(*at.field, names::content(*at.field, *word)));
        } else if (word) {
            print_register(names, at, word);
        }
    }
    if (o.json) fmt::print("{}\n", (json.size() == 1 ? json[0] : json).dump(1));
    if (silent) {
        std::fflush(stdout);
        fmt::print(stderr, "halctl: {}: no answer; its clock or reset doesn't stand, see `halctl status`\n",
                   names.name(place));
    }
    return silent ? kFinding : kDone;
}

}  // namespace transports::halctl
