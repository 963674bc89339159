// The kernel's mmiotrace (Documentation/trace/mmiotrace.rst):
//
//   MAP   timestamp map-id phys virt length pc pid
//   UNMAP timestamp map-id pc pid
//   R|W   width timestamp map-id phys value pc pid
//   MARK  timestamp text;  PCIDEV ...;  VERSION ...;  # comments of ftrace
//
// The ring buffer keeps the end only, so MAP lines may be missing: then the region is known only as far as it was
// accessed. Regions are named io0, io1 ... by rising address, so that two traces of one device compare although their
// map numbers differ.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "replay/imports/imported.hpp"

namespace replay::imports {
namespace {

struct Region {
    std::uint64_t from, to;
};

// Regions that overlap or touch are one.
std::vector<Region> merged(std::vector<Region> regions) {
    std::sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) { return a.from < b.from; });
    std::vector<Region> all;
    for (const Region& r : regions) {
        if (!all.empty() && r.from <= all.back().to) {
            all.back().to = std::max(all.back().to, r.to);
        } else {
            all.push_back(r);
        }
    }
    return all;
}

void describe(Imported& all, std::vector<Region> mapped, const std::map<std::uint64_t, std::uint64_t>& unmapped) {
    const std::vector<Region> told = merged(mapped);
    std::uint64_t orphans = 0;
    for (const auto& [page, count] : unmapped) {
        const bool known = std::any_of(told.begin(), told.end(),
                                       [page = page](const Region& r) { return page >= r.from && page < r.to; });
        if (known) continue;
        mapped.push_back({page, page + 4096});
        orphans += count;
    }
    nlohmann::ordered_json instances = nlohmann::ordered_json::array();
    for (const Region& r : merged(mapped)) {
        instances.push_back({"io" + std::to_string(instances.size()), r.from, 0});
    }
    all.description = {
        {"buses", {"mmio"}},
        {"source", "mmiotrace"},
        {"map", {{"types", {{{"name", "io"}, {"registers", nlohmann::json::array()}}}}, {"instances", instances}}}};
    if (orphans != 0) all.notes.push_back(fmt::format("{} accesses lie outside every map that is told", orphans));
}

}  // namespace

Imported read_mmiotrace(const std::string& file, const Options&) {
    Imported all;
    Lines lines(file);
    std::vector<Region> mapped;
    std::map<std::uint64_t, std::uint64_t> pages;
    std::map<std::uint64_t, bool> maps;
    std::uint64_t lost_map = 0;
    std::vector<std::uint64_t> word(1);
    for (std::string line; lines.next(line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream parts(line);
        std::string what;
        parts >> what;
        if (what == "VERSION" || what == "PCIDEV" || what == "LSPCI" || what == "UNMAP" || what == "MARK") continue;
        if (what == "UNKNOWN") {
            all.notes.push_back(fmt::format("line {}: an instruction that the kernel couldn't decode", lines.number()));
            continue;
        }
        std::string time, id, address, a, b;
        std::uint64_t width = 0, ns = 0, map = 0, phys = 0, size = 0;
        if (what == "MAP") {
            parts >> time >> id >> address >> a >> b;
            if (!parse_seconds(time, ns) || !parse_number(id, 10, map) || !parse_number(address, 16, phys) ||
                !parse_number(b, 16, size)) {
                lines.refuse("not a MAP line: MAP TIME ID PHYS VIRT LENGTH PC PID");
            }
            mapped.push_back({phys, phys + size});
            maps[map] = true;
            continue;
        }
        if (what != "R" && what != "W") lines.refuse("'" + what.substr(0, 20) + "' begins no line of mmiotrace");
        parts >> width >> time >> id >> address >> a;
        if (!parts || (width != 1 && width != 2 && width != 4 && width != 8) || !parse_seconds(time, ns) ||
            !parse_number(id, 10, map) || !parse_number(address, 16, phys) || !parse_number(a, 16, word[0])) {
            lines.refuse("not an access: R|W WIDTH TIME MAP PHYS VALUE PC PID, with a width of 1, 2, 4 or 8");
        }
        if (width < 8 && word[0] >> (8 * width) != 0) lines.refuse("the value is wider than the access");
        if (maps.count(map) == 0) ++lost_map;
        ++pages[phys & ~std::uint64_t{4095}];
        ++all.events;
        all.add(what == "R" ? trace::Kind::read : trace::Kind::write, ns, phys, static_cast<std::uint8_t>(width), word,
                static_cast<std::uint32_t>(map));
    }
    describe(all, mapped, pages);
    if (lost_map != 0) {
        all.notes.push_back(fmt::format("{} of {} accesses name a map whose MAP line is missing; their addresses count",
                                        lost_map, all.events));
    }
    return all;
}

}  // namespace replay::imports
