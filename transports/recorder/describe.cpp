#include "transports/recorder/describe.hpp"

#include <nlohmann/json.hpp>

namespace transports::recorder {
namespace {

using Json = nlohmann::ordered_json;

Json register_map(const names::ChipNames& names) {
    Json types = Json::array(), instances = Json::array();
    std::vector<bool> told(hal::registers::type_names().size());
    for (std::uint32_t i = 0; i < names.size(); ++i) {
        const hal_instance& instance = names.instance(i);
        instances.push_back({names.name(i), instance.base, instance.type_number});
        told[instance.type_number] = true;
    }
    for (std::size_t t = 0; t < told.size(); ++t) {
        const hal::registers::TypeName& type = hal::registers::type_names()[t];
        Json registers = Json::array();
        for (const auto& reg : type.registers) {
            if (reg.internal || !told[t]) continue;
            Json fields = Json::array();
            for (const auto& f : reg.fields) fields.push_back({f.name, f.lsb, f.width, f.access, f.owner, f.enums});
            registers.push_back({{"name", reg.name},
                                 {"offset", reg.offset},
                                 {"count", reg.count},
                                 {"stride", reg.stride},
                                 {"read_side_effect", reg.read_side_effect},
                                 {"fields", fields}});
        }
        types.push_back({{"name", type.name}, {"registers", registers}});
    }
    return {{"types", types}, {"instances", instances}};
}

Json intent_json(const std::string& name, const intent::Intended& intended) {
    Json images = Json::array();
    for (const auto& image : intended.images) {
        const std::vector<std::uint32_t> words(image.words, image.words + image.count);
        images.push_back({{"version", image.version}, {"digest", image.digest}, {"words", words}});
    }
    return {{"name", name}, {"words", intended.words}, {"groups", intended.groups}, {"images", images}};
}

}  // namespace

Description describe(const names::ChipNames& names, const std::string& bus, const std::string& source,
                     const std::string& scenario, const std::string& intent_name, const intent::Intended& intended,
                     const hal_policy& policy) {
    const Json json = {{"format", "reconverge trace"},
                       {"version", {kMajor - '0', kMinor}},
                       {"source", source},
                       {"buses", {bus}},
                       {"scenario", scenario},
                       {"chip", {{"name", hal::registers::chip_name().name}, {"scale", names.scale()}}},
                       {"policy",
                        {{"plan_only", policy.plan_only},
                         {"drain", policy.drain},
                         {"retry", policy.retry},
                         {"no_guards", policy.no_guards},
                         {"deadline_ns", policy.deadline_ns},
                         {"drain_us", policy.drain_us}}},
                       {"intent", intent_json(intent_name, intended)},
                       {"map", register_map(names)}};
    Description description;
    description.buses = {bus};
    description.json = json.dump();
    return description;
}

}  // namespace transports::recorder
