// What an importer makes of a file: records, and a description as a recording would have it.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "replay/trace/sequence.hpp"
#include "transports/recorder/writer.hpp"

namespace replay::imports {

struct Imported {
    trace::Sequence records;
    nlohmann::ordered_json description = {{"buses", {"bus"}}};
    std::uint64_t events = 0;        ///< Of the source: lines, frames or transfers that mean an access.
    std::vector<std::string> notes;  ///< What the user should know; one line each.

    /// One access with its words.
    void add(trace::Kind kind, std::uint64_t time_ns, std::uint64_t address, std::uint8_t width,
             const std::vector<std::uint64_t>& words, std::uint32_t lane = 0);
    /// One that may have happened: nobody heard an answer. `words` of writes and guards; reads have none.
    void add_unsure(trace::Kind kind, std::uint64_t time_ns, std::uint64_t address, std::uint8_t width,
                    std::uint32_t count, const std::vector<std::uint64_t>& words);
    /// A frame of bytes both ways (of the same number).
    void add_frame(std::uint64_t time_ns, const std::vector<std::uint8_t>& tx, const std::vector<std::uint8_t>& rx);
};

struct Options {
    std::string device;  ///< SPI: name of a known device or a JSON file; empty: frames as they are.
    std::string pins;    ///< SPI: "clk=CLK,mosi=MOSI,miso=MISO,cs=CS,cpol=0,cpha=0,wordsize=8,bitorder=msb".
    std::string bus;     ///< VCD: apb or spi; the prefix of its signals after a colon.
};

struct Importer {
    const char* name;
    const char* what;
    /// Does a file that begins so look like one of its own?
    bool (*recognises)(const std::string& start, const std::string& file);
    /// Throws std::invalid_argument: FILE:LINE: what is wrong, what to do.
    Imported (*read)(const std::string& file, const Options& options);
};
const std::vector<Importer>& importers();

/// Reads a file with the importer of that name, or (if empty) with the one that recognises it.
Imported read(const std::string& file, const std::string& importer, const Options& options);

/// Into a trace file, with this level of zstd (0: none). Throws std::invalid_argument if that can't be written.
void save(const Imported& imported, const std::string& file, int compression = 1);

/// Text line by line, with what importers need to refuse one.
class Lines {
public:
    explicit Lines(const std::string& file);
    bool next(std::string& line);
    [[noreturn]] void refuse(const std::string& what) const;
    std::uint64_t number() const { return number_; }

private:
    std::string file_, text_;
    std::size_t at_ = 0;
    std::uint64_t number_ = 0;
};

/// The whole file. Throws std::invalid_argument.
std::string contents(const std::string& file);

/// "1185.269094" as ns, exactly; '.' or ',' before the decimals. False if that is no number.
bool parse_seconds(const std::string& text, std::uint64_t& ns);
/// "0x1f", "1f" (base 16) or "31" (base 10), all of it.
bool parse_number(const std::string& text, int base, std::uint64_t& value);
std::vector<std::string> split(const std::string& text, char separator);

Imported read_mmiotrace(const std::string& file, const Options& options);
Imported read_regmap(const std::string& file, const Options& options);
Imported read_sigrok(const std::string& file, const Options& options);
Imported read_sigrok_text(const std::string& file, const Options& options);
Imported read_csv(const std::string& file, const Options& options);
Imported read_vcd(const std::string& file, const Options& options);

}  // namespace replay::imports
