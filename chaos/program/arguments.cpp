#include "chaos/program/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "chaos/program/console.hpp"
#include "transports/names/chip_names.hpp"

namespace chaos::program {

namespace {

/// "1/8" or "2".
void parse_scale(const std::string& text, std::uint32_t& numerator, std::uint32_t& denominator) {
    unsigned n = 0, d = 1;
    char rest = 0;
    const int fields = std::sscanf(text.c_str(), "%u/%u%c", &n, &d, &rest);
    if ((fields != 1 && fields != 2) || n == 0 || d == 0 || n > 64 || d > 64) {
        throw std::invalid_argument("--scale " + text + " is no scale; use " + transports::names::known_scales());
    }
    numerator = n;
    denominator = fields == 2 ? d : 1;
}

}  // namespace

std::vector<std::string> links_of(const Arguments& a) {
    if (a.link == "both") return {"spi", "pcie"};
    if (a.link != "spi" && a.link != "pcie")
        throw std::invalid_argument("--link " + a.link + ": use spi, pcie or both");
    return {a.link};
}

Scenario scenario_of(const std::string& name, const std::string& scale, const std::string& link,
                     const std::string& hal) {
    std::uint32_t numerator = 1, denominator = 1;
    parse_scale(scale, numerator, denominator);
    Scenario scenario = make_scenario(name, numerator, denominator);
    if (link != "spi" && link != "pcie") throw std::invalid_argument("link " + link + ": use spi or pcie");
    scenario.path = link == "spi" ? Path::spi : Path::pcie;
    if (!hal.empty()) scenario.hal = HalLibrary::load(hal);
    return scenario;
}

unsigned threads_of(const Arguments& a) {
    return a.threads != 0 ? a.threads : std::max(1u, std::thread::hardware_concurrency());
}

unsigned most_threads() { return std::max(8u, 4 * std::thread::hardware_concurrency()); }

OracleSet asked(const Arguments& a) {
    OracleSet set = OracleSet().set();
    for (const OracleRow& row : oracles()) {
        const bool without = std::find(a.without.begin(), a.without.end(), row.name) != a.without.end();
        if (without) set.reset(static_cast<std::size_t>(row.oracle));
    }
    return set;
}

std::string not_asked(const Arguments& a) {
    return fmt::format("{} {} not asked", fmt::join(a.without, ", "), a.without.size() == 1 ? "was" : "were");
}

int exit_code(Verdict verdict) {
    return verdict == Verdict::survived ? kSurvived : verdict == Verdict::lost ? kFinding : kNotMeasured;
}

std::string id_of(const Arguments& a, const std::string& link, const std::string& path) {
    return fmt::format("{}@{}@{}:{}", a.scenario, a.scale, link, path);
}

const char* link_title(const std::string& link) { return link == "spi" ? "the SPI link" : "the PCIe window"; }

nlohmann::json to_json(const Arguments& a, const std::string& link, const std::vector<Loss>& losses) {
    nlohmann::json all = nlohmann::json::array();
    for (const Loss& loss : losses) {
        nlohmann::json findings = nlohmann::json::array();
        for (const Finding& f : loss.findings) {
            findings.push_back({{"oracle", oracles()[static_cast<std::size_t>(f.oracle)].name}, {"what", f.what}});
        }
        nlohmann::json one = {{"id", id_of(a, link, loss.id)}, {"findings", findings}};
        if (!loss.block.empty()) {
            one["cell"] = {{"block", loss.block}, {"op", loss.op}, {"phase", loss.phase}, {"fault", "killed"}};
        }
        all.push_back(std::move(one));
    }
    return all;
}

void print_losses(const Arguments& a, const std::string& link, const std::vector<Loss>& losses, std::uint64_t lost) {
    for (const Loss& loss : losses) {
        for (const Finding& f : loss.findings) {
            fmt::print("  {} {}: {}\n", red("lost"), oracles()[static_cast<std::size_t>(f.oracle)].name, f.what);
        }
        fmt::print("       reconverge chaos --repro '{}'\n", id_of(a, link, loss.id));
    }
    if (lost > losses.size()) fmt::print("  ... and {} more\n", lost - losses.size());
}

}  // namespace chaos::program
