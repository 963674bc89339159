// A plan: which faults strike when, over the lives of HALs that follow each other. It is what a run's id stands for.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "chaos/faults/faults.hpp"

namespace chaos::faults {

struct Strike {
    Fault fault = Fault::request_lost;
    std::uint32_t moment = 0;                ///< Of its HAL: counted as in chaos::Boundary.
    std::vector<std::uint32_t> arguments{};  ///< As the row's target says; missing ones are the row's own or 0.

    std::uint32_t argument(std::size_t k) const {
        if (k < arguments.size()) return arguments[k];
        return k == 0 && row(fault).target == Target::amount ? row(fault).amount : 0;
    }
    friend bool operator==(const Strike& a, const Strike& b) {
        return a.fault == b.fault && a.moment == b.moment && a.arguments == b.arguments;
    }
};

/// One HAL, from its start to its death or its end; then the next one starts.
struct Life {
    std::vector<Strike> strikes{};  ///< By moment.
    std::optional<std::uint32_t> killed_at{};
    bool outage = false;  ///< Hardware comes to rest before the next HAL starts.
};

struct Plan {
    std::vector<Life> lives{1};  ///< The last one isn't killed.

    std::size_t size() const;  ///< Faults in all, kills included.
};

/// What a plan's faults add up to where that is more than the contract of each covers: hardware that is slowed down
/// twice is beyond its declared maximum, and frames lost in addition to an outage are more than a link has to bear.
std::vector<Fault> adds_up_to(const Plan& plan);

/// "12.40q.request_lost-7": killed at moment 12, then at 40 with an outage, then a lost request at moment 7 of the
/// third HAL, which lives. "-" is the plan without faults. Both throw std::invalid_argument with a text for users.
std::string text(const Plan& plan);
Plan parse(const std::string& text);

nlohmann::json to_json(const Plan& plan);
Plan from_json(const nlohmann::json& json);

}  // namespace chaos::faults
