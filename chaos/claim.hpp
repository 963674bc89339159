// Claims in words, said the same way on the terminal, in a certificate and in a report.
#pragma once

#include <string>
#include <vector>

namespace chaos {

struct Claim {
    std::string statement, time_model;
    std::vector<std::string> assumptions, not_claimed;
};

/// For a scenario; `outages`: restarts also after hardware came to rest.
Claim claim_a(const std::string& scenario, bool outages);
/// For a live update: any HAL of several builds or intents is started after each death.
Claim claim_of_starters(bool outages);
/// For a scenario, each cluster from its own part of the scenario's start.
Claim claim_b(const std::string& scenario);

}  // namespace chaos
