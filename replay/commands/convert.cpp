// reconverge convert: other people's captures into traces, and traces into other people's formats.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "replay/commands/commands.hpp"
#include "replay/exports/exports.hpp"
#include "transports/console/console.hpp"
#include "transports/names/text.hpp"

namespace replay::commands {
namespace {

using transports::console::grouped;

struct Arguments {
    std::string input, output, to = "trace", from;
    imports::Options options;
    bool json = false;
};

// Cut into the pieces that a fuzzer mixes: one file per block of the trace, each a trace of its own.
std::uint64_t write_corpus(imports::Source& source, const std::string& folder) {
    constexpr std::size_t kPiece = 256;
    std::filesystem::create_directories(folder);
    imports::Imported piece;
    piece.description = nlohmann::ordered_json::parse(source.description());
    std::uint64_t files = 0;
    const auto flush = [&] {
        if (piece.records.empty()) return;
        imports::save(piece, fmt::format("{}/{:06}.pcapng", folder, files++));
        piece.records = {};
    };
    trace::Record record;
    while (source.next(record)) {
        piece.records.add(record);
        if (piece.records.size() == kPiece) flush();
    }
    flush();
    return files;
}

std::uint64_t write_trace(imports::Source& source, const std::string& file) {
    imports::Imported all;
    all.description = nlohmann::ordered_json::parse(source.description());
    trace::Record record;
    while (source.next(record)) all.records.add(record);
    imports::save(all, file);
    return all.records.size();
}

int convert(const Arguments& a) {
    imports::Source source(a.input, a.from, a.options);
    for (const std::string& note : source.notes()) {
        std::fprintf(stderr, "%s: %s\n", transports::names::printable(a.input).c_str(), note.c_str());
    }
    std::string what;
    if (a.to == "trace" || a.to == "corpus") {
        if (a.output.empty())
            throw std::invalid_argument("convert: add -o " + std::string(a.to == "trace" ? "FILE" : "FOLDER"));
        const std::uint64_t count = a.to == "trace" ? write_trace(source, a.output) : write_corpus(source, a.output);
        what = fmt::format("{} {}", grouped(count), a.to == "trace" ? "records" : "files");
    } else {
        const exports::Exporter* exporter = nullptr;
        std::string known = "trace, corpus";
        for (const auto& row : exports::exporters()) {
            known += std::string(", ") + row.name;
            if (a.to == row.name) exporter = &row;
        }
        if (exporter == nullptr) throw std::invalid_argument("--to " + a.to + ": use one of " + known);
        if (a.output.empty()) {
            exporter->write(source, std::cout);
            std::cout.flush();
        } else {
            std::ofstream out(a.output, std::ios::binary);
            if (out) exporter->write(source, out);
            if (!out.flush()) throw std::invalid_argument(a.output + ": can't be written; choose another file");
            what = exporter->what;
        }
    }
    if (!a.output.empty() && !a.json) {
        fmt::print("{}: {} from {} ({})\n", a.output, what, transports::names::printable(a.input), source.format());
    }
    if (a.json && !a.output.empty()) {
        fmt::print("{}\n", nlohmann::json{{"output", a.output}, {"from", source.format()}, {"to", a.to}}.dump());
    }
    if (source.reader() == nullptr) return kDone;
    source.reader()->finish();
    return report_findings(*source.reader()) ? kFinding : kDone;
}

}  // namespace

void add_convert(CLI::App& app, int& status) {
    static Arguments a;
    CLI::App* const command = app.add_subcommand("convert", "Imports captures, exports traces");
    std::string formats = "From (recognised by itself, or --from):";
    for (const auto& row : imports::importers()) formats += fmt::format("\n  {:<12} {}", row.name, row.what);
    formats += "\nTo:\n  trace        a trace file\n  corpus       a folder of small traces, for a fuzzer";
    for (const auto& row : exports::exporters()) formats += fmt::format("\n  {:<12} {}", row.name, row.what);
    command->footer(formats +
                    "\nExamples:\n  reconverge convert nouveau.mmiotrace -o nouveau.pcapng\n"
                    "  reconverge convert radio.sr --device cc1101 -o radio.pcapng\n"
                    "  reconverge convert boot.pcapng --to vcd -o boot.vcd");
    command->add_option("input", a.input, "The file to convert")->required();
    command->add_option("--to", a.to, "See below")->capture_default_str();
    command->add_option("--from", a.from, "Format of the input, where it isn't recognised");
    command->add_option("-o,--output", a.output, "Where to; text formats go to standard output without it");
    command->add_option("--device", a.options.device,
                        "SPI: what the bytes mean: cc1101, adxl345, mrf24j40, or a JSON file");
    command->add_option("--pins", a.options.pins, "SPI: clk=CLK,mosi=MOSI,miso=MISO,cs=CS,cpol=0,cpha=0,bitorder=msb");
    command->add_option("--bus", a.options.bus, "VCD: apb, apb:PREFIX or spi");
    command->add_flag("--json", a.json, "For machines");
    command->callback([&status] { status = convert(a); });
}

}  // namespace replay::commands
