// What programs say to people: aligned tables, grouped numbers, colour on a terminal only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace transports::console {

/// Only if standard output is a terminal and NO_COLOR isn't set.
std::string green(const std::string& text);
std::string red(const std::string& text);
std::string yellow(const std::string& text);
std::string bold(const std::string& text);

/// Prints rows with aligned columns, the first row as a heading. Colour is put on by `paint`, if given: it gets the
/// padded text of a cell, its row and its column.
using Rows = std::vector<std::vector<std::string>>;
using Paint = std::string (*)(const std::string& padded, const std::vector<std::string>& row, std::size_t column);
void print_table(const Rows& rows, Paint paint = nullptr);

/// 12345678 -> "12,345,678".
std::string grouped(std::uint64_t number);

}  // namespace transports::console
