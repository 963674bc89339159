// Traces for other people's tools.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "replay/imports/open.hpp"

namespace replay::exports {

struct Exporter {
    const char* name;
    const char* what;
    const char* ending;  ///< Of its files' names.
    void (*write)(imports::Source& source, std::ostream& out);
};

const std::vector<Exporter>& exporters();

void write_csv(imports::Source& source, std::ostream& out);
void write_vcd(imports::Source& source, std::ostream& out);
void write_perfetto(imports::Source& source, std::ostream& out);
void write_packets(imports::Source& source, std::ostream& out);
void write_gtest(imports::Source& source, std::ostream& out);

}  // namespace replay::exports
