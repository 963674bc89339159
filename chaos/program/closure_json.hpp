// What every closure tells machines: where deaths struck, and what recoveries cost.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "chaos/closure.hpp"

namespace chaos::program {

inline nlohmann::json cells_json(const std::vector<CellSum>& sums) {
    nlohmann::json cells = nlohmann::json::array();
    for (const CellSum& c : sums) {
        cells.push_back({{"block", c.block},
                         {"op", c.op},
                         {"phase", c.phase},
                         {"fault", "killed"},
                         {"survived", c.survived},
                         {"lost", c.lost},
                         {"excluded", 0},
                         {"not_measured", 0}});
    }
    return cells;
}

inline nlohmann::json costs_json(const std::vector<CostBin>& bins) {
    nlohmann::json costs = nlohmann::json::array();
    for (const CostBin& c : bins) costs.push_back({{"from", c.from}, {"to", c.to}, {"n", c.n}});
    return costs;
}

}  // namespace chaos::program
