// ftrace of the regmap events (include/trace/events/regmap.h of Linux):
//
//   TASK-PID [CPU] flags TIME: regmap_reg_read: DEVICE reg=HEX val=HEX
//
// regmap_reg_write likewise; regmap_hw_*, _cache_* and other events say nothing new about values and are counted only.
// The lane is the process: interleaving is what such traces are taken for.
#include <fmt/format.h>

#include <sstream>

#include "replay/imports/imported.hpp"

namespace replay::imports {

Imported read_regmap(const std::string& file, const Options&) {
    Imported all;
    Lines lines(file);
    std::vector<std::string> devices;
    std::uint64_t other = 0;
    std::vector<std::uint64_t> word(1);
    for (std::string line; lines.next(line);) {
        if (line.empty() || line[0] == '#') continue;
        const bool reads = line.find(": regmap_reg_read: ") != std::string::npos;
        if (!reads && line.find(": regmap_reg_write: ") == std::string::npos) {
            ++other;
            continue;
        }
        std::istringstream parts(line);
        std::vector<std::string> words;
        for (std::string w; parts >> w;) words.push_back(w);
        std::size_t event = 0;
        while (event < words.size() && words[event].rfind("regmap_reg_", 0) != 0) ++event;
        std::uint64_t ns = 0, reg = 0, pid = 0;
        const bool shape = event >= 2 && event + 3 < words.size() + 0 && words[event + 2].rfind("reg=", 0) == 0 &&
                           words[event + 3].rfind("val=", 0) == 0;
        if (!shape || !parse_seconds(words[event - 1].substr(0, words[event - 1].size() - 1), ns) ||
            !parse_number(words[event + 2].substr(4), 16, reg) ||
            !parse_number(words[event + 3].substr(4), 16, word[0])) {
            lines.refuse("not a regmap event: ... TIME: regmap_reg_read: DEVICE reg=HEX val=HEX");
        }
        const std::size_t dash = words[0].rfind('-');
        if (dash != std::string::npos) parse_number(words[0].substr(dash + 1), 10, pid);
        const std::string& device = words[event + 1];
        std::size_t d = 0;
        while (d < devices.size() && devices[d] != device) ++d;
        if (d == devices.size()) devices.push_back(device);
        ++all.events;
        // Registers are numbers, not byte addresses: each device has a space of 2^32 of them.
        all.add(reads ? trace::Kind::read : trace::Kind::write, ns, (std::uint64_t{d} << 32) | reg, 4, word,
                static_cast<std::uint32_t>(pid));
    }
    nlohmann::ordered_json instances = nlohmann::ordered_json::array();
    for (std::size_t d = 0; d < devices.size(); ++d) instances.push_back({devices[d], std::uint64_t{d} << 32, 0});
    all.description = {
        {"buses", {"regmap"}},
        {"source", "regmap"},
        {"map", {{"types", {{{"name", "regmap"}, {"registers", nlohmann::json::array()}}}}, {"instances", instances}}}};
    if (other != 0) all.notes.push_back(fmt::format("{} other events were passed over", other));
    return all;
}

}  // namespace replay::imports
