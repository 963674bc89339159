// A fresh HAL as a trace describes it: the chip, intent and policy that the recording tells.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "hal/api/hal.h"
#include "hal/bus/transport.hpp"

namespace replay::transport {

struct Outcome {
    bool ended = false;  ///< hal_converge returned 0.
    hal_error error{};
    hal_report report{};
    struct Item {
        std::uint16_t instance;
        std::uint32_t address, count, value;
        std::string why;
        std::uint8_t op;
    };
    std::vector<Item> items;  ///< What was planned.
};

class Subject {
public:
    /// Throws std::invalid_argument, with a text for users, if the description doesn't tell whom to run.
    explicit Subject(const std::string& description);
    /// The same chip and policy with another intent.
    void set_intent(const std::string& name_or_file);

    Outcome run(hal::bus::Transport& transport, bool plan_only = false) const;

    const hal_chip& chip() const { return chip_; }
    const std::string& intent_name() const { return intent_name_; }
    const std::string& scenario() const { return scenario_; }

private:
    hal_chip chip_{};
    hal_policy policy_{};
    std::string intent_name_, scenario_;
    std::vector<std::uint32_t> words_;
    std::vector<std::uint8_t> groups_;
    std::vector<std::vector<std::uint32_t>> firmware_;
    std::vector<hal_image> images_;
};

}  // namespace replay::transport
