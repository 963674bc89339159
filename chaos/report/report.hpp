// Reports for people and machines, all made from the one document that every mode of `reconverge chaos` emits.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace chaos::report {

/// JUnit XML: a test case per cell of a part, one per part without cells.
std::string junit(const nlohmann::json& document);

/// One page that needs nothing else: no network, no other file.
std::string html(const nlohmann::json& document);

}  // namespace chaos::report
