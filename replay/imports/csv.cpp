// SPI tables as logic analysers export them, told apart by their first line:
//
//   Saleae Logic 1  Time [s],Packet ID,MOSI,MISO            a row per byte; a packet is a chip-select frame
//   Saleae Logic 2  name,type,start_time,duration,"mosi","miso"   enable, result, disable
//   USBee           Time(seconds),Bus Name,Signal Name,Data  decimal comma: the time takes two columns
//   Ikalogic        Times;CH1 MOSI;CH2 CLK;...               a row per change of a line; "4.860 530 ms"
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "replay/imports/spi.hpp"

namespace replay::imports {
namespace {

std::string unquoted(std::string text) {
    text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
    return text;
}

std::uint8_t byte_of(const Lines& lines, const std::string& text) {
    std::uint64_t value = 0;
    const bool hex = text.rfind("0x", 0) == 0 || text.rfind("0X", 0) == 0;
    if (!parse_number(text, hex ? 16 : 10, value) || value > 255) {
        lines.refuse("'" + text.substr(0, 20) + "' is no byte; export the values as hexadecimal");
    }
    return static_cast<std::uint8_t>(value);
}

void saleae_1(Lines& lines, std::vector<SpiFrame>& frames) {
    std::string packet, line;
    while (lines.next(line)) {
        if (line.empty()) continue;
        const std::vector<std::string> columns = split(line, ',');
        std::uint64_t ns = 0;
        if (columns.size() != 4 || !parse_seconds(columns[0], ns))
            lines.refuse("not a row of Time [s],Packet ID,MOSI,MISO");
        if (frames.empty() || columns[1] != packet || packet.empty()) {
            frames.emplace_back();
            frames.back().begin_ns = ns;
            packet = columns[1];
        }
        frames.back().mosi.push_back(byte_of(lines, columns[2]));
        frames.back().miso.push_back(byte_of(lines, columns[3]));
    }
}

void saleae_2(Lines& lines, std::vector<SpiFrame>& frames) {
    bool open = false;
    std::string line;
    while (lines.next(line)) {
        if (line.empty()) continue;
        const std::vector<std::string> columns = split(unquoted(line), ',');
        std::uint64_t ns = 0;
        if (columns.size() != 6 || !parse_seconds(columns[2], ns)) {
            lines.refuse("not a row of name,type,start_time,duration,mosi,miso");
        }
        const std::string& type = columns[1];
        if (type == "enable" || (type == "result" && !open)) {  // the capture may begin within a frame
            frames.emplace_back();
            frames.back().begin_ns = ns;
        }
        open = type != "disable" && type != "error";
        if (type == "result") {
            frames.back().mosi.push_back(byte_of(lines, columns[4]));
            frames.back().miso.push_back(byte_of(lines, columns[5]));
        } else if (type != "enable" && type != "disable" && type != "error") {
            lines.refuse("type '" + type.substr(0, 20) + "': expected enable, result or disable");
        }
    }
}

// No chip select in the table: bytes that follow closer than eight times the last distance are one frame.
void usbee(Lines& lines, std::vector<SpiFrame>& frames) {
    std::uint64_t last = 0, distance = 0;
    std::string line;
    while (lines.next(line)) {
        if (line.empty()) continue;
        std::vector<std::string> columns = split(line, ',');
        if (columns.size() == 5) {  // 0,018866750 is one number
            columns[0] += "," + columns[1];
            columns.erase(columns.begin() + 1);
        }
        std::uint64_t ns = 0, value = 0;
        if (columns.size() != 4 || !parse_seconds(columns[0], ns) || !parse_number(columns[3], 16, value) ||
            value > 255) {
            lines.refuse("not a row of Time(seconds),Bus Name,Signal Name,Data");
        }
        const bool mosi = columns[2] == "MOSI";
        if (!mosi && columns[2] != "MISO")
            lines.refuse("signal '" + columns[2].substr(0, 20) + "': expected MOSI or MISO");
        if (ns != last || frames.empty()) {
            const bool apart = frames.empty() || (distance != 0 && ns - last > 8 * distance);
            if (!apart) distance = ns - last;
            if (apart) frames.emplace_back(), frames.back().begin_ns = ns;
            last = ns;
        }
        (mosi ? frames.back().mosi : frames.back().miso).push_back(static_cast<std::uint8_t>(value));
    }
    for (const SpiFrame& frame : frames) {
        if (frame.mosi.size() != frame.miso.size()) lines.refuse("a byte has only one of MOSI and MISO");
    }
}

// "4.860 530 ms", "0 ns", "1,5 s".
bool parse_ika_time(const std::string& text, std::uint64_t& ns) {
    std::string number, unit;
    for (const char c : text) {
        if ((c >= '0' && c <= '9') || c == '.' || c == ',') number += c;
        if ((c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80) unit += c;
    }
    if (!parse_seconds(number, ns)) return false;
    const std::uint64_t divide = unit == "s"                              ? 1
                                 : unit == "ms"                           ? 1000
                                 : unit == "ns"                           ? 1'000'000'000
                                 : unit.size() >= 2 && unit.back() == 's' ? 1'000'000
                                                                          : 0;  // u or a micro sign
    if (divide == 0) return false;
    ns = unit == "ns" ? ns / 1'000'000'000 : ns / divide;
    return true;
}

void ikalogic(Lines& lines, const std::string& head, const Options& options, std::vector<SpiFrame>& frames, bool& cut) {
    std::vector<std::string> names = split(head, ';');
    names.erase(names.begin());
    const SpiPins pins = choose_pins(options.pins, names);
    const auto column = [&names](const std::string& name) -> std::size_t {
        return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin()) + 1;
    };
    SpiSampler sampler(pins.mode, !pins.cs.empty());
    std::uint64_t ns = 0, row = 0;
    std::string line;
    while (lines.next(line)) {
        if (line.empty()) continue;
        const std::vector<std::string> columns = split(line, ';');
        if (columns.size() != names.size() + 1 || !parse_ika_time(columns[0], ns)) {
            lines.refuse("not a row of this table: a time with its unit, then " + std::to_string(names.size()) +
                         " levels");
        }
        const auto level = [&](const std::string& name) { return !name.empty() && columns[column(name)] == "1"; };
        sampler.sample(row++, ns, level(pins.clk), level(pins.mosi), level(pins.miso), level(pins.cs));
    }
    sampler.finish(row, ns);
    frames = sampler.frames;
    cut = sampler.open_at_end;
}

}  // namespace

Imported read_csv(const std::string& file, const Options& options) {
    Lines lines(file);
    std::string head;
    lines.next(head);
    std::vector<SpiFrame> frames;
    bool cut = false;
    if (head.rfind("Time [s],", 0) == 0) {
        saleae_1(lines, frames);
    } else if (head.rfind("name,type,", 0) == 0) {
        saleae_2(lines, frames);
    } else if (head.rfind("Time(seconds),", 0) == 0) {
        usbee(lines, frames);
    } else if (head.rfind("Times;", 0) == 0) {
        ikalogic(lines, head, options, frames, cut);
    } else {
        lines.refuse("no table of Saleae Logic 1 or 2, USBee or Ikalogic: its first line is unknown");
    }
    Imported all;
    all.description["source"] = "csv";
    add_frames(all, frames, options.device);
    if (cut) all.notes.push_back("the table ends within a frame; what there is of it is kept");
    return all;
}

}  // namespace replay::imports
