// The two sides of a live update, as users name them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "chaos/update/update.hpp"

namespace chaos::program {

struct Sides {
    std::string older, newer;        ///< Files of libhal.so; empty: the HAL of this program.
    std::string intent, old_intent;  ///< Standard ones or files; the old one empty: the same.
};

/// --old, --new, --intent, --old-intent.
void add_sides(CLI::App& command, Sides& sides);

/// Throws std::invalid_argument, with a text for users.
update::Update update_of(const Sides& sides, const std::string& scale, const std::string& link);

}  // namespace chaos::program
