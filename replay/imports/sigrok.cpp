// A sigrok session: a zip archive with `metadata` (an INI file) and the samples, `logic-1` or `logic-1-1`, `-2` ...:
// `unitsize` bytes per sample, channel N (from 1: `probeN=NAME`) in bit N - 1. And what sigrok-cli prints of one.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <sstream>
#include <stdexcept>

#include "replay/imports/spi.hpp"
#include "transports/names/text.hpp"

namespace replay::imports {
namespace {

using transports::names::printable;

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
    throw std::invalid_argument(printable(file) + ": " + what);
}

std::uint32_t le(const std::string& bytes, std::size_t at, unsigned size) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= std::uint32_t{static_cast<std::uint8_t>(bytes[at + i])} << (8 * i);
    return value;
}

// The files of a zip archive (APPNOTE.TXT 4.3): stored or deflated, by name.
class Archive {
public:
    explicit Archive(const std::string& file) : file_(file), bytes_(contents(file)) {
        const std::size_t end = bytes_.rfind("PK\x05\x06");
        if (end == std::string::npos || end + 22 > bytes_.size())
            refuse(file, "a zip archive without its directory; is it cut?");
        std::size_t at = le(bytes_, end + 16, 4);
        for (std::uint32_t i = 0; i < le(bytes_, end + 10, 2); ++i) {
            if (at + 46 > bytes_.size() || bytes_.compare(at, 4, "PK\x01\x02") != 0)
                refuse(file, "its directory is damaged");
            const Entry entry{le(bytes_, at + 10, 2), le(bytes_, at + 16, 4), le(bytes_, at + 20, 4),
                              le(bytes_, at + 24, 4), le(bytes_, at + 42, 4)};
            entries_[bytes_.substr(at + 46, le(bytes_, at + 28, 2))] = entry;
            at += 46 + le(bytes_, at + 28, 2) + le(bytes_, at + 30, 2) + le(bytes_, at + 32, 2);
        }
    }

    bool has(const std::string& name) const { return entries_.count(name) != 0; }

    std::string read(const std::string& name) const {
        std::string all;
        read(name, [&all](const char* data, std::size_t size) { all.append(data, size); });
        return all;
    }

    /// Piece by piece, each of kPiece bytes but the last one: samples of many seconds are nearly all alike, and what
    /// they unpack to is best never held as a whole.
    template <typename Take>
    void read(const std::string& name, Take take) const {
        const Entry& e = entries_.at(name);
        if (e.offset + 30u > bytes_.size()) refuse(file_, name + " is damaged");
        const std::size_t data = e.offset + 30 + le(bytes_, e.offset + 26, 2) + le(bytes_, e.offset + 28, 2);
        if (data + e.packed > bytes_.size()) refuse(file_, name + " is cut");
        ::z_stream stream{};
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes_.data() + data));
        stream.avail_in = e.packed;
        if ((e.method != 0 && e.method != 8) || ::inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
            refuse(file_, name + " can't be unpacked");
        }
        std::vector<char> piece(kPiece);
        std::uint64_t size = 0;
        uLong crc = 0;
        for (int done = Z_OK; done == Z_OK;) {
            const std::size_t part = e.method == 0 ? stored(stream, piece) : inflated(stream, piece, done);
            if (e.method == 0 && stream.avail_in == 0) done = Z_STREAM_END;
            if (done != Z_OK && done != Z_STREAM_END) break;
            crc = ::crc32(crc, reinterpret_cast<const Bytef*>(piece.data()), static_cast<uInt>(part));
            size += part;
            take(piece.data(), part);
        }
        ::inflateEnd(&stream);
        if (size != e.size) refuse(file_, name + " can't be unpacked");
        if (crc != e.crc) refuse(file_, name + " is damaged: its CRC is wrong");
    }

private:
    static constexpr std::size_t kPiece = 32768;

    static std::size_t stored(::z_stream& stream, std::vector<char>& piece) {
        const std::size_t part = std::min<std::size_t>(stream.avail_in, piece.size());
        std::memcpy(piece.data(), stream.next_in, part);
        stream.next_in += part;
        stream.avail_in -= static_cast<uInt>(part);
        return part;
    }
    static std::size_t inflated(::z_stream& stream, std::vector<char>& piece, int& done) {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        done = ::inflate(&stream, Z_NO_FLUSH);
        return piece.size() - stream.avail_out;
    }

    struct Entry {
        std::uint32_t method, crc, packed, size, offset;
    };
    std::string file_, bytes_;
    std::map<std::string, Entry> entries_;
};

std::string trimmed(const std::string& text) {
    const std::size_t from = text.find_first_not_of(" \t\r"), to = text.find_last_not_of(" \t\r");
    return from == std::string::npos ? "" : text.substr(from, to - from + 1);
}

double rate_of(const std::string& text) {
    std::istringstream in(text);
    double number = 0;
    std::string unit;
    in >> number >> unit;
    const char prefix = unit.empty() ? ' ' : unit[0];
    // "2 mHz" is what a user's config says for 2 MHz; nobody samples SPI at 2 millihertz.
    return number * (prefix == 'k' ? 1e3 : prefix == 'M' || prefix == 'm' ? 1e6 : prefix == 'G' ? 1e9 : 1);
}

struct Session {
    std::string capture;
    unsigned unit = 1;
    double rate = 0;
    std::map<std::string, unsigned> bits;
    std::vector<std::string> names;
};

Session session_of(const Archive& archive, const std::string& file) {
    if (!archive.has("metadata")) refuse(file, "no sigrok session: the archive has no file 'metadata'");
    Session session;
    std::istringstream lines(archive.read("metadata"));
    for (std::string line; std::getline(lines, line);) {
        const std::size_t equals = line.find('=');
        if (equals == std::string::npos) continue;
        const std::string key = trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
        std::uint64_t number = 0;
        if (key == "capturefile") session.capture = value;
        if (key == "unitsize" && parse_number(value, 10, number)) session.unit = static_cast<unsigned>(number);
        if (key == "samplerate") session.rate = rate_of(value);
        if (key.rfind("probe", 0) == 0 && parse_number(key.substr(5), 10, number) && number > 0) {
            session.bits[value] = static_cast<unsigned>(number) - 1;
            session.names.push_back(value);
        }
    }
    if (session.capture.empty() || session.unit == 0 || session.unit > 8 || session.rate <= 0) {
        refuse(file, "no sigrok session with logic samples in it");
    }
    return session;
}

std::uint64_t mask_of(const Session& session, const std::string& name) {
    return name.empty() ? 0 : std::uint64_t{1} << session.bits.at(name);
}

// Nothing is sampled between edges of the clock and the chip select, and most samples lie there: eight bytes of them
// at once are compared with what those lines last were.
class Stillness {
public:
    Stillness(unsigned unit, std::uint64_t watched) : unit_(unit), watched_(spread(watched)) {}

    void set(std::uint64_t value) { still_ = spread(value) & watched_; }

    /// Samples from the i-th on, of `count`, that can be passed over.
    std::size_t skip(const char* data, std::size_t i, std::size_t count) const {
        if (sizeof(std::uint64_t) % unit_ != 0) return 0;
        const std::size_t step = sizeof(std::uint64_t) / unit_;
        std::size_t at = i;
        for (std::uint64_t word = 0; at + step <= count; at += step) {
            std::memcpy(&word, data + at * unit_, sizeof word);
            if ((word & watched_) != still_) break;
        }
        return at - i;
    }

private:
    // The bits of one sample in every sample of a word.
    std::uint64_t spread(std::uint64_t sample) const {
        std::uint64_t word = 0;
        for (unsigned at = 0; at + unit_ <= sizeof word; at += unit_) word |= sample << (8 * at);
        return word;
    }

    unsigned unit_;
    std::uint64_t watched_, still_ = 0;
};

}  // namespace

Imported read_sigrok(const std::string& file, const Options& options) {
    const Archive archive(file);
    const Session session = session_of(archive, file);
    SpiPins pins;
    try {
        pins = choose_pins(options.pins, session.names);
    } catch (const std::invalid_argument& e) {
        refuse(file, e.what());
    }
    SpiSampler sampler(pins.mode, !pins.cs.empty());
    const std::uint64_t clk = mask_of(session, pins.clk), cs = mask_of(session, pins.cs);
    const std::uint64_t mosi = mask_of(session, pins.mosi), miso = mask_of(session, pins.miso);
    std::uint64_t number = 0, before = ~std::uint64_t{0}, value = 0;
    Stillness still(session.unit, clk | cs);
    const double ns = 1e9 / session.rate;
    std::string over;  // of a sample that lies in two pieces
    const auto feed = [&](const char* data, std::size_t size) {
        if (!over.empty()) {
            over.append(data, size);
            data = over.data();
            size = over.size();
        }
        const std::size_t count = size / session.unit;
        for (std::size_t i = 0; i < count; ++i, ++number) {
            if (const std::size_t skipped = number == 0 ? 0 : still.skip(data, i, count)) {
                i += skipped - 1;
                number += skipped - 1;
                continue;
            }
            value = 0;
            std::memcpy(&value, data + i * session.unit, session.unit);
            if (((value ^ before) & (clk | cs)) == 0 && number != 0) continue;
            before = value;
            still.set(value);
            sampler.sample(number, static_cast<std::uint64_t>(std::llround(static_cast<double>(number) * ns)),
                           (value & clk) != 0, (value & mosi) != 0, (value & miso) != 0, (value & cs) != 0);
        }
        over = std::string(data + count * session.unit, size - count * session.unit);
    };
    if (archive.has(session.capture)) archive.read(session.capture, feed);
    for (unsigned part = 1; archive.has(fmt::format("{}-{}", session.capture, part)); ++part) {
        over.clear();
        archive.read(fmt::format("{}-{}", session.capture, part), feed);
    }
    if (number == 0) refuse(file, "the session has no samples");
    sampler.finish(number, static_cast<std::uint64_t>(static_cast<double>(number) * ns));
    Imported all;
    all.description["source"] = "sigrok";
    add_frames(all, sampler.frames, options.device);
    if (sampler.open_at_end) all.notes.push_back("the capture ends within a frame; what there is of it is kept");
    return all;
}

// "START-END spi-1: 0E 08": the MISO line, then the MOSI line of the same samples. Samples have no rate there: their
// numbers stand for nanoseconds.
Imported read_sigrok_text(const std::string& file, const Options& options) {
    Lines lines(file);
    std::vector<SpiFrame> frames;
    bool second = false;
    for (std::string line; lines.next(line);) {
        if (line.empty()) continue;
        const std::size_t dash = line.find('-'), space = line.find(' '), colon = line.find(": ");
        SpiFrame frame;
        if (colon == std::string::npos || dash > space || !parse_number(line.substr(0, dash), 10, frame.begin_sample) ||
            !parse_number(line.substr(dash + 1, space - dash - 1), 10, frame.end_sample)) {
            lines.refuse("not a line of sigrok-cli: START-END spi-1: BYTES");
        }
        frame.begin_ns = frame.begin_sample;
        std::vector<std::uint8_t> bytes;
        std::istringstream words(line.substr(colon + 2));
        for (std::string word; words >> word;) {
            std::uint64_t value = 0;
            if (word.size() % 2 != 0) word.insert(word.begin(), '0');
            for (std::size_t k = 0; k < word.size(); k += 2) {
                if (!parse_number(word.substr(k, 2), 16, value)) lines.refuse("'" + word + "' is no hexadecimal word");
                bytes.push_back(static_cast<std::uint8_t>(value));
            }
        }
        second = second ? false : !frames.empty() && frames.back().begin_sample == frame.begin_sample;
        if (second) {
            frames.back().mosi = bytes;
            if (frames.back().miso.size() != bytes.size()) lines.refuse("MISO and MOSI of a frame differ in length");
            continue;
        }
        frame.miso = frame.mosi = bytes;  // a capture of one data line prints one line per frame
        frames.push_back(std::move(frame));
    }
    Imported all;
    all.description["source"] = "sigrok-cli";
    add_frames(all, frames, options.device);
    return all;
}

}  // namespace replay::imports
