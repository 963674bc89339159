// Texts for people: one line, whatever came from outside, and the nearest known word for an unknown one.
#pragma once

#include <string>
#include <vector>

namespace transports::names {

/// At most 400 characters of `text`, control characters replaced: fit for one line of an error.
std::string printable(const std::string& text);

/// "did you mean 'pll'?" if one of `known` is near `wrong`, else "use one of ..." with all of them.
std::string advice(const std::string& wrong, const std::vector<std::string>& known);

}  // namespace transports::names
