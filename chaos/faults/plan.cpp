#include "chaos/faults/plan.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "transports/names/whole.hpp"

namespace chaos::faults {

using transports::names::whole;
using transports::names::wholes;

namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw std::invalid_argument("'" + what +
                                "' is no plan: lives joined by dots, each of faults and a moment of death joined by "
                                "commas, as in 12.request_lost-7,40q");
}

std::vector<std::string> split(const std::string& text, char by) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == by) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

std::uint32_t number(const std::string& text, const std::string& of) {
    if (text.empty() || text.size() > 10 || text.find_first_not_of("0123456789") != std::string::npos) refuse(of);
    const unsigned long long value = std::stoull(text);
    if (value > 0xFFFF'FFFFu) refuse(of);
    return static_cast<std::uint32_t>(value);
}

void sort(Life& life) {
    std::stable_sort(life.strikes.begin(), life.strikes.end(),
                     [](const Strike& a, const Strike& b) { return a.moment < b.moment; });
}

Life parse_life(const std::string& text) {
    Life life;
    for (std::string part : split(text, ',')) {
        if (life.killed_at) refuse(text);  // nothing strikes the dead
        if (part.find('-') == std::string::npos) {
            life.outage = !part.empty() && part.back() == 'q';
            if (life.outage) part.pop_back();
            life.killed_at = number(part, text);
            continue;
        }
        const std::vector<std::string> words = split(part, '-');
        const Row* const fault = find(words[0]);
        if (fault == nullptr) throw std::invalid_argument("no fault '" + words[0] + "'; see reconverge faults");
        Strike strike{fault->fault, number(words[1], text)};
        for (std::size_t k = 2; k < words.size(); ++k) strike.arguments.push_back(number(words[k], text));
        if (strike.fault == Fault::killed || strike.arguments.size() > 3) refuse(text);
        life.strikes.push_back(strike);
    }
    sort(life);
    return life;
}

}  // namespace

std::size_t Plan::size() const {
    std::size_t all = 0;
    for (const Life& life : lives) all += life.strikes.size() + (life.killed_at ? 1 : 0);
    return all;
}

std::vector<Fault> adds_up_to(const Plan& plan) {
    std::size_t slow = 0;
    bool outlasts = false;
    for (const Life& life : plan.lives) {
        bool outage = false;
        std::size_t frames = 0;
        for (const Strike& strike : life.strikes) {
            slow += strike.fault == Fault::slow_lock ? 1 : 0;
            outage = outage || strike.fault == Fault::outage;
            frames += row(strike.fault).level == Level::frame ? 1 : 0;
        }
        outlasts = outlasts || (outage && frames > 1);
    }
    std::vector<Fault> beyond;
    if (outlasts) beyond.push_back(Fault::outage_beyond);
    if (slow > 1) beyond.push_back(Fault::slow_lock_beyond);
    return beyond;
}

std::string text(const Plan& plan) {
    std::string all;
    for (const Life& life : plan.lives) {
        std::string one;
        for (const Strike& strike : life.strikes) {
            one += (one.empty() ? "" : ",") + std::string(row(strike.fault).name) + "-" + std::to_string(strike.moment);
            for (const std::uint32_t argument : strike.arguments) one += "-" + std::to_string(argument);
        }
        if (life.killed_at) {
            one += (one.empty() ? "" : ",") + std::to_string(*life.killed_at) + (life.outage ? "q" : "");
        }
        if (!one.empty()) all += (all.empty() ? "" : ".") + one;
    }
    return all.empty() ? "-" : all;
}

Plan parse(const std::string& text) {
    Plan plan;
    plan.lives.clear();
    if (text != "-") {
        for (const std::string& life : split(text, '.')) plan.lives.push_back(parse_life(life));
    }
    if (plan.lives.empty() || plan.lives.back().killed_at) plan.lives.emplace_back();
    return plan;
}

nlohmann::json to_json(const Plan& plan) {
    nlohmann::json lives = nlohmann::json::array();
    for (const Life& life : plan.lives) {
        nlohmann::json strikes = nlohmann::json::array();
        for (const Strike& strike : life.strikes) {
            strikes.push_back(
                {{"fault", row(strike.fault).name}, {"moment", strike.moment}, {"arguments", strike.arguments}});
        }
        nlohmann::json one = {{"faults", strikes}};
        if (life.killed_at) one["killed_at"] = *life.killed_at;
        if (life.outage) one["outage"] = true;
        lives.push_back(one);
    }
    return {{"lives", lives}};
}

Plan from_json(const nlohmann::json& json) {
    try {
        Plan plan;
        plan.lives.clear();
        for (const nlohmann::json& one : json.at("lives")) {
            Life life;
            for (const nlohmann::json& strike : one.value("faults", nlohmann::json::array())) {
                const std::string name = strike.at("fault");
                const Row* const fault = find(name);
                if (fault == nullptr) throw std::invalid_argument("no fault '" + name + "'; see reconverge faults");
                life.strikes.push_back({fault->fault, whole<std::uint32_t>(strike.at("moment")),
                                        wholes<std::uint32_t>(strike.value("arguments", nlohmann::json::array()))});
            }
            if (one.contains("killed_at")) life.killed_at = whole<std::uint32_t>(one.at("killed_at"));
            life.outage = one.value("outage", false);
            sort(life);
            plan.lives.push_back(life);
        }
        return parse(text(plan));  // the same rules for both forms
    } catch (const nlohmann::json::exception& error) {
        throw std::invalid_argument(std::string("no plan of faults: ") + error.what());
    }
}

}  // namespace chaos::faults
