#include "chaos/report/page.hpp"
#include "chaos/report/report.hpp"

namespace chaos::report {

std::string html(const nlohmann::json& document) {
    // In a script element only "</" and "<!--" could end it; JSON may write '<' as an escape.
    std::string data = document.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    for (std::size_t at = data.find('<'); at != std::string::npos; at = data.find('<', at))
        data.replace(at, 1, "\\u003c");
    std::string page = kPage;
    const std::string mark = "\"@DOCUMENT@\"";
    page.replace(page.find(mark), mark.size(), data);
    return page;
}

}  // namespace chaos::report
