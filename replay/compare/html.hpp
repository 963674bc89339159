// The timeline of differences as a page that needs nothing else.
#pragma once

#include <string>

#include "replay/compare/diff.hpp"

namespace replay::compare {

std::string html(const Result& result, const Side& a, const Side& b, const std::string& a_name,
                 const std::string& b_name);

}  // namespace replay::compare
