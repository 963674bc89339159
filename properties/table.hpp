// Every property, as one table: what it claims, and what would break it. The tests look their claims up here, and
// docs/properties.md is printed from it.
#pragma once

#include <string>
#include <vector>

namespace properties {

struct Row {
    const char* name;
    const char* room;       ///< "drivers", "link", ...: a heading of the page.
    const char* claim;      ///< One sentence.
    const char* broken_by;  ///< What would break it.
};

const std::vector<Row>& rows();
/// Null for a name that no property has.
const Row* find(const std::string& name);

/// docs/properties.md.
std::string page();

}  // namespace properties
