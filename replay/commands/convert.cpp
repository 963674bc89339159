// reconverge convert: other people's captures into traces, and traces into other people's formats.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "replay/commands/commands.hpp"
#include "replay/exports/exports.hpp"
#include "transports/console/console.hpp"
#include "transports/names/text.hpp"

namespace replay::commands {
namespace {

using transports::console::grouped;
using transports::names::printable;
namespace fs = std::filesystem;

struct Arguments {
    std::vector<std::string> inputs;
    std::string output, to = "trace", from;
    imports::Options options;
    bool json = false;
};

// Cut into the pieces that a fuzzer mixes: one file per block of the trace, each a trace of its own.
std::uint64_t write_corpus(imports::Source& source, const std::string& folder) {
    constexpr std::size_t kPiece = 256;
    fs::create_directories(folder);
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
    if (const imports::Imported* const there = source.imported()) {
        imports::save(*there, file);
        return there->records.size();
    }
    imports::Imported all;
    all.description = nlohmann::ordered_json::parse(source.description());
    trace::Record record;
    while (source.next(record)) all.records.add(record);
    imports::save(all, file);
    return all.records.size();
}

// Null: a trace, or a corpus of traces.
const exports::Exporter* exporter_of(const std::string& to) {
    std::string known = "trace, corpus";
    for (const auto& row : exports::exporters()) {
        if (to == row.name) return &row;
        known += std::string(", ") + row.name;
    }
    if (to == "trace" || to == "corpus") return nullptr;
    throw std::invalid_argument("--to " + to + ": use one of " + known);
}

int convert(const std::string& input, const std::string& output, const Arguments& a) {
    imports::Source source(input, a.from, a.options);
    for (const std::string& note : source.notes()) {
        std::fprintf(stderr, "%s: %s\n", printable(input).c_str(), note.c_str());
    }
    std::string what;
    if (const exports::Exporter* const exporter = exporter_of(a.to); exporter == nullptr) {
        if (output.empty())
            throw std::invalid_argument("convert: add -o " + std::string(a.to == "trace" ? "FILE" : "FOLDER"));
        const std::uint64_t count = a.to == "trace" ? write_trace(source, output) : write_corpus(source, output);
        what = fmt::format("{} {}", grouped(count), a.to == "trace" ? "records" : "files");
    } else if (output.empty()) {
        exporter->write(source, std::cout);
        std::cout.flush();
    } else {
        std::ofstream out(output, std::ios::binary);
        if (out) exporter->write(source, out);
        if (!out.flush()) throw std::invalid_argument(output + ": can't be written; choose another file");
        what = exporter->what;
    }
    if (!output.empty() && !a.json) {
        fmt::print("{}: {} from {} ({})\n", output, what, printable(input), source.format());
    }
    if (a.json && !output.empty()) {
        const nlohmann::json row = {{"input", input}, {"output", output}, {"from", source.format()}, {"to", a.to}};
        fmt::print("{}\n", row.dump());
    }
    if (source.reader() == nullptr) return kDone;
    source.reader()->finish();
    return report_findings(*source.reader()) ? kFinding : kDone;
}

// Each as FOLDER/NAME with the ending of what it becomes.
std::vector<std::string> outputs_in_folder(const Arguments& a) {
    const exports::Exporter* const exporter = exporter_of(a.to);
    const std::string ending = exporter != nullptr ? exporter->ending : a.to == "trace" ? ".pcapng" : "";
    std::map<std::string, std::string> taken;  // by which input
    std::vector<std::string> outputs;
    for (const std::string& input : a.inputs) {
        const fs::path output = fs::path(a.output) / (fs::path(input).stem().string() + ending);
        std::error_code none;
        if (fs::equivalent(input, output, none)) {
            throw std::invalid_argument(printable(input) + " would be written over; choose another -o FOLDER");
        }
        const auto [first, free] = taken.emplace(output.string(), input);
        if (!free) {
            throw std::invalid_argument(printable(first->second) + " and " + printable(input) + " would both become " +
                                        printable(output.string()) + "; convert them into different folders");
        }
        outputs.push_back(output.string());
    }
    return outputs;
}

int convert_all(const Arguments& a) {
    const bool folder = !a.output.empty() && a.to != "corpus" && (a.output.back() == '/' || fs::is_directory(a.output));
    if (a.inputs.size() == 1 && !folder) return convert(a.inputs.front(), a.output, a);
    if (a.output.empty()) throw std::invalid_argument("convert: several files: add -o FOLDER");
    const std::vector<std::string> outputs = outputs_in_folder(a);
    std::error_code failed;
    fs::create_directories(a.output, failed);
    if (failed) throw std::invalid_argument(a.output + ": " + failed.message() + "; choose another folder");
    int worst = kDone;
    for (std::size_t i = 0; i < outputs.size(); ++i) {  // one that can't be read doesn't stop the others
        try {
            worst = std::max(worst, convert(a.inputs[i], outputs[i], a));
        } catch (const std::invalid_argument& e) {
            std::fprintf(stderr, "reconverge: %s\n", e.what());
            worst = kUsage;
        }
    }
    return worst;
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
                    "  reconverge convert captures/*.sr -o traces/\n"
                    "  reconverge convert boot.pcapng --to vcd -o boot.vcd");
    command->add_option("input", a.inputs, "The file to convert, or several")->required();
    command->add_option("--to", a.to, "See below")->capture_default_str();
    command->add_option("--from", a.from, "Format of the input, where it isn't recognised");
    command->add_option("-o,--output", a.output,
                        "Where to: a file; of several a folder; text formats go to standard output without it");
    command->add_option("--device", a.options.device,
                        "SPI: what the bytes mean: cc1101, adxl345, mrf24j40, or a JSON file");
    command->add_option("--pins", a.options.pins, "SPI: clk=CLK,mosi=MOSI,miso=MISO,cs=CS,cpol=0,cpha=0,bitorder=msb");
    command->add_option("--bus", a.options.bus, "VCD: apb, apb:PREFIX or spi");
    command->add_flag("--json", a.json, "For machines");
    command->callback([&status] { status = convert_all(a); });
}

}  // namespace replay::commands
