// The files that reports go to: --html, --junit, --perfetto, --vcd.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "chaos/program/arguments.hpp"
#include "chaos/report/timeline.hpp"

namespace chaos::program {

/// Throws std::invalid_argument if a report that is asked for can't be written: before the work, not behind it.
void expect_reports(const Arguments& a);

/// Writes the page as it is, if it is asked for.
void write_page(const Arguments& a, const nlohmann::json& document);

/// Writes what is asked for. The first few losses are run again, so that the page can show what happened.
void write_reports(const Arguments& a, nlohmann::json document);

/// Is what stands behind the colon of an id a path of kills, and no plan with other faults?
bool only_kills(const std::string& path);

/// Records one run if a trace of it is asked for.
class RunTrace {
public:
    RunTrace(const Arguments& a, const hal::converge::Chip& chip);

    /// Null if nothing is recorded.
    RunObserver* observer() { return timeline_.get(); }
    void note(const std::string& text);
    void write() const;

private:
    const Arguments& a_;
    const transports::names::ChipNames names_;
    std::unique_ptr<report::Timeline> timeline_;
};

}  // namespace chaos::program
