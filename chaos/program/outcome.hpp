// What the modes have in common: their result as a document, and as a few lines for people.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "chaos/coverage.hpp"
#include "chaos/program/arguments.hpp"

namespace chaos::program {

/// One mode, one scenario, one link.
struct Part {
    std::string mode, claim, link;
    const hal::converge::Chip* chip = nullptr;
    Tally tally;
    std::map<std::string, std::uint64_t> counts;      ///< What the mode counts beyond verdicts.
    std::optional<Coverage> coverage = std::nullopt;  ///< Of modes that have to hit every cell.
};

/// Survived only if something was measured, every oracle asked, every cell hit or waived, and nothing lost.
Verdict verdict_of(const Arguments& a, const Part& part);

/// {"mode","claim","scenario","scale","link","verdict","counts","cells","costs","losses","seconds","cpu_seconds"}
nlohmann::json to_json(const Arguments& a, const Part& part);

void print(const Arguments& a, const Part& part);

/// Prints the parts' common end, or all of it as JSON, and answers the exit code.
int finish(const Arguments& a, const std::vector<Part>& parts);

}  // namespace chaos::program
