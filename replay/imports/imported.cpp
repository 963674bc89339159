#include "replay/imports/imported.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "transports/names/text.hpp"

namespace replay::imports {

using transports::names::printable;
using transports::recorder::Head;

void Imported::add(trace::Kind kind, std::uint64_t time_ns, std::uint64_t address, std::uint8_t width,
                   const std::vector<std::uint64_t>& words, std::uint32_t lane) {
    trace::Record record;
    record.kind = kind;
    record.index = records.size();
    record.time_ns = time_ns;
    record.address = address;
    record.width = width;
    record.count = kind == trace::Kind::guard ? 1 : static_cast<std::uint32_t>(words.size());
    record.words = {words.data(), words.size()};
    record.lane = lane;
    records.add(record);
}

void Imported::add_unsure(trace::Kind kind, std::uint64_t time_ns, std::uint64_t address, std::uint8_t width,
                          std::uint32_t count, const std::vector<std::uint64_t>& words) {
    trace::Record record;
    record.kind = kind;
    record.unsure = true;
    record.index = records.size();
    record.time_ns = time_ns;
    record.address = address;
    record.width = width;
    record.count = count;
    record.words = {words.data(), words.size()};
    records.add(record);
}

void Imported::add_frame(std::uint64_t time_ns, const std::vector<std::uint8_t>& tx,
                         const std::vector<std::uint8_t>& rx) {
    trace::Record record;
    record.kind = trace::Kind::frame;
    record.index = records.size();
    record.time_ns = time_ns;
    record.count = 0;
    record.frame_begins = record.frame_ends = true;
    record.tx = {tx.data(), tx.size()};
    record.rx = {rx.data(), rx.size()};
    records.add(record);
}

void save(const Imported& imported, const std::string& file, int compression) {
    transports::recorder::WriterOptions options;
    options.when = transports::recorder::WriterOptions::When::at_once;
    options.compression = compression;
    options.pool = 2;  // nobody waits
    transports::recorder::Writer writer(
        file, {imported.description.at("buses").get<std::vector<std::string>>(), imported.description.dump()}, options);
    for (std::size_t i = 0; i < imported.records.size(); ++i) {
        const trace::Record r = imported.records.at(i);
        if (r.kind == trace::Kind::frame) {
            writer.frame(r.bus, r.time_ns, r.tx.data(), r.rx.data(), r.tx.size(), r.failed ? &r.error : nullptr);
        } else if (r.kind == trace::Kind::wait) {
            writer.wait(r.bus, r.before_ns, r.deadline_ns, r.time_ns);
        } else if (r.is_access()) {
            Head head;
            head.kind = r.kind;
            head.width = r.width;
            head.bus = r.bus;
            head.lane = r.lane;
            head.time_ns = r.time_ns;
            head.address = r.address;
            head.count = r.count;
            head.failed = r.failed ? &r.error : nullptr;
            head.unsure = r.unsure;
            writer.access(head, r.words.data());
        } else {
            writer.clock(r.bus, r.time_ns);
        }
    }
    const std::string trouble = writer.finish();
    if (!trouble.empty()) throw std::invalid_argument(trouble);
}

std::string contents(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::invalid_argument(printable(file) + ": " + std::strerror(errno) + "; name a file to import");
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

Lines::Lines(const std::string& file) : file_(file), text_(contents(file)) {}

bool Lines::next(std::string& line) {
    if (at_ >= text_.size()) return false;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    line.assign(text_, at_, end - at_);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    at_ = end + 1;
    ++number_;
    return true;
}

void Lines::refuse(const std::string& what) const {
    throw std::invalid_argument(printable(file_) + ":" + std::to_string(number_) + ": " + what);
}

bool parse_seconds(const std::string& text, std::uint64_t& ns) {
    std::uint64_t whole = 0, part = 0, scale = 1'000'000'000;
    std::size_t i = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
        whole = whole * 10 + static_cast<std::uint64_t>(text[i] - '0');
    }
    if (i == 0 || i > 10) return false;
    if (i < text.size() && (text[i] == '.' || text[i] == ',')) {
        for (++i; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
            if (scale > 1) part = part * 10 + static_cast<std::uint64_t>(text[i] - '0'), scale /= 10;
        }
    }
    if (i != text.size()) return false;
    ns = whole * 1'000'000'000 + part * scale;
    return true;
}

bool parse_number(const std::string& text, int base, std::uint64_t& value) {
    char* end = nullptr;
    errno = 0;
    value = std::strtoull(text.c_str(), &end, base);
    return !text.empty() && text[0] != '-' && text[0] != ' ' && *end == '\0' && errno == 0;
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

namespace {

bool begins(const std::string& text, const char* with) { return text.rfind(with, 0) == 0; }
bool has(const std::string& text, const char* what) { return text.find(what) != std::string::npos; }
bool ends(const std::string& file, const char* with) {
    const std::size_t size = std::strlen(with);
    return file.size() >= size && file.compare(file.size() - size, size, with) == 0;
}

}  // namespace

const std::vector<Importer>& importers() {
    static const std::vector<Importer> rows = {
        {"mmiotrace", "the Linux kernel's mmiotrace",
         [](const std::string& s, const std::string&) {
             return has(s, "tracer: mmiotrace") || begins(s, "VERSION 2007") || has(s, "\nMAP ") || begins(s, "MAP ");
         },
         read_mmiotrace},
        {"regmap", "ftrace of regmap events",
         [](const std::string& s, const std::string&) { return has(s, ": regmap_"); }, read_regmap},
        {"sigrok", "a sigrok session (.sr) with SPI channels",
         [](const std::string& s, const std::string&) { return begins(s, "PK\x03\x04"); }, read_sigrok},
        {"sigrok-text", "what sigrok-cli -P spi -A spi=...transfer prints",
         [](const std::string& s, const std::string&) { return has(s.substr(0, 60), " spi-1: "); }, read_sigrok_text},
        {"csv", "SPI tables of Saleae Logic 1 and 2, USBee, Ikalogic",
         [](const std::string& s, const std::string&) {
             return begins(s, "Time [s],") || begins(s, "name,type,") || begins(s, "Time(seconds),") ||
                    begins(s, "Times;");
         },
         read_csv},
        {"vcd", "a value change dump with an APB or SPI bus",
         [](const std::string& s, const std::string& file) { return has(s, "$timescale") || ends(file, ".vcd"); },
         read_vcd},
    };
    return rows;
}

Imported read(const std::string& file, const std::string& importer, const Options& options) {
    std::string known;
    const std::string start = importer.empty() ? contents(file).substr(0, 100'000) : "";
    for (const Importer& row : importers()) {
        if (importer.empty() ? row.recognises(start, file) : importer == row.name) return row.read(file, options);
        known += std::string(known.empty() ? "" : ", ") + row.name;
    }
    if (!importer.empty()) throw std::invalid_argument("--from " + importer + ": use one of " + known);
    throw std::invalid_argument(printable(file) + ": none of the formats " + known + "; name one with --from");
}

}  // namespace replay::imports
