// The report's page, as it stands in page.html, with a mark where the document goes. Embedded by embed.py.
#pragma once

#include <string>

namespace chaos::report {

extern const std::string kPage;

}  // namespace chaos::report
