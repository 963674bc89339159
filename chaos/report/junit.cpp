#include <fmt/format.h>

#include "chaos/report/report.hpp"

namespace chaos::report {

namespace {

/// For an attribute or a text: characters that XML doesn't know become '?'.
std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\n': out += "&#10;"; break;
            default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
        }
    }
    return out;
}

struct Cases {
    std::string xml;
    std::uint64_t tests = 0, failures = 0, errors = 0, skipped = 0;
};

void add(Cases& cases, const std::string& suite, const std::string& name, const std::string& inside) {
    ++cases.tests;
    cases.xml += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", escaped(suite), escaped(name));
    cases.xml += inside.empty() ? "/>\n" : ">" + inside + "</testcase>\n";
}

std::string text(const nlohmann::json& object, const char* key) {
    return object.contains(key) && object.at(key).is_string() ? object.at(key).get<std::string>() : "";
}

std::string losses_of(const nlohmann::json& part, const nlohmann::json* cell) {
    std::string all;
    for (const nlohmann::json& loss : part.value("losses", nlohmann::json::array())) {
        if (cell != nullptr) {
            bool same = loss.contains("cell");
            for (const char* const key : {"block", "op", "phase", "fault"}) {
                same = same && text(loss.at("cell"), key) == text(*cell, key);
            }
            if (!same) continue;
        }
        for (const nlohmann::json& finding : loss.value("findings", nlohmann::json::array())) {
            all += text(finding, "oracle") + ": " + text(finding, "what") + "\n";
        }
        all += "reconverge chaos --repro '" + text(loss, "id") + "'\n";
    }
    return all;
}

std::string failure(const std::string& what, const std::string& more) {
    return fmt::format("<failure message=\"{}\">{}</failure>", escaped(what), escaped(more));
}

void add_cell(Cases& cases, const std::string& suite, const nlohmann::json& part, const nlohmann::json& cell) {
    const std::string name =
        fmt::format("{} {} {} {}", text(cell, "block"), text(cell, "op"), text(cell, "phase"), text(cell, "fault"));
    const std::uint64_t lost = cell.value("lost", std::uint64_t{0}),
                        survived = cell.value("survived", std::uint64_t{0});
    if (lost != 0) {
        ++cases.failures;
        add(cases, suite, name, failure(fmt::format("{} lost, {} survived", lost, survived), losses_of(part, &cell)));
    } else if (survived != 0) {
        add(cases, suite, name, "");
    } else {
        ++cases.skipped;
        const bool excluded = cell.value("excluded", 0) != 0;
        add(cases, suite, name,
            fmt::format("<skipped message=\"{}\"/>", excluded ? "out of contract" : "not measured"));
    }
}

void add_part(Cases& cases, const std::string& suite, const nlohmann::json& part) {
    const std::string verdict = text(part, "verdict");
    const std::string name = "verdict";
    if (verdict == "Survived") {
        add(cases, suite, name, "");
    } else if (verdict == "Lost") {
        ++cases.failures;
        add(cases, suite, name, failure("the claim doesn't hold", losses_of(part, nullptr)));
    } else {
        ++cases.errors;
        add(cases, suite, name, fmt::format("<error message=\"{}\"/>", escaped(verdict)));
    }
    for (const nlohmann::json& cell : part.value("cells", nlohmann::json::array())) add_cell(cases, suite, part, cell);
    for (const nlohmann::json& cluster : part.value("clusters", nlohmann::json::array())) {
        std::string findings;
        for (const nlohmann::json& f : cluster.value("findings", nlohmann::json::array())) {
            findings += text(f, "oracle") + ": " + text(f, "what") + "\n";
        }
        if (!findings.empty()) ++cases.failures;
        add(cases, suite, text(cluster, "block"), findings.empty() ? "" : failure("the cluster is lost", findings));
    }
}

}  // namespace

std::string junit(const nlohmann::json& document) {
    std::string suites;
    const nlohmann::json parts = document.contains("parts") ? document.at("parts") : nlohmann::json::array({document});
    for (const nlohmann::json& part : parts) {
        const std::string suite =
            fmt::format("reconverge.{}.claim {}.{}", part.contains("mode") ? text(part, "mode") : "chaos",
                        text(part, "claim"), part.contains("link") ? text(part, "link") : "clusters");
        Cases cases;
        add_part(cases, suite, part);
        suites += fmt::format(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n"
            "{}  </testsuite>\n",
            escaped(suite), cases.tests, cases.failures, cases.errors, cases.skipped, part.value("seconds", 0.0),
            cases.xml);
    }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n" + suites + "</testsuites>\n";
}

}  // namespace chaos::report
