// A sigrok session: a zip archive with `metadata` (an INI file) and the samples, `logic-1` or `logic-1-1`, `-2` ...:
// `unitsize` bytes per sample, channel N (from 1: `probeN=NAME`) in bit N - 1. And what sigrok-cli prints of one.
#include <fmt/format.h>
#include <libdeflate.h>
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>

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

    /// Valid until the next one is read.
    std::string_view read(const std::string& name) {
        const Entry& e = entries_.at(name);
        if (e.offset + 30u > bytes_.size()) refuse(file_, name + " is damaged");
        const std::size_t data = e.offset + 30 + le(bytes_, e.offset + 26, 2) + le(bytes_, e.offset + 28, 2);
        if (data + e.packed > bytes_.size()) refuse(file_, name + " is cut");
        const std::string_view packed(bytes_.data() + data, e.packed);
        const std::string_view whole = e.method == 0 ? packed : inflated(packed, e);
        if (whole.size() != e.size) refuse(file_, name + " can't be unpacked");
        if (::libdeflate_crc32(0, whole.data(), whole.size()) != e.crc) {
            refuse(file_, name + " is damaged: its CRC is wrong");
        }
        return whole;
    }

private:
    struct Entry {
        std::uint32_t method, crc, packed, size, offset;
    };

    // Empty if it can't be. Nothing packs tighter than 1032 to 1 (a length of 258 in two bits): more is no size.
    std::string_view inflated(std::string_view packed, const Entry& e) {
        if (e.method != 8 || e.size / 1032 > packed.size()) return {};
        if (e.size > room_) make_room(e.size);
        const auto result = ::libdeflate_deflate_decompress(inflater_.get(), packed.data(), packed.size(),
                                                            unpacked_.get(), e.size, nullptr);
        return {unpacked_.get(), result == LIBDEFLATE_SUCCESS ? e.size : 0};
    }

    // Never zeroed, and in pages of 2 MiB, if the system has them: samples of many seconds are megabytes, and to get
    // them by 4 KiB takes longer than to unpack them.
    void make_room(std::size_t size) {
        constexpr std::size_t kHugePage = std::size_t{1} << 21;
        room_ = size < kHugePage / 2 ? size : (size + kHugePage - 1) / kHugePage * kHugePage;
        unpacked_.reset(static_cast<char*>(room_ == size ? std::malloc(room_) : std::aligned_alloc(kHugePage, room_)));
        if (unpacked_ == nullptr) throw std::bad_alloc();
        if (room_ != size) ::madvise(unpacked_.get(), room_, MADV_HUGEPAGE);  // what it can't do only takes longer
    }

    struct Free {
        void operator()(::libdeflate_decompressor* inflater) const { ::libdeflate_free_decompressor(inflater); }
        void operator()(char* memory) const { std::free(memory); }
    };
    std::string file_, bytes_;
    std::map<std::string, Entry> entries_;
    std::unique_ptr<::libdeflate_decompressor, Free> inflater_{::libdeflate_alloc_decompressor()};
    std::unique_ptr<char, Free> unpacked_;
    std::size_t room_ = 0;
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

Session session_of(Archive& archive, const std::string& file) {
    if (!archive.has("metadata")) refuse(file, "no sigrok session: the archive has no file 'metadata'");
    Session session;
    std::istringstream lines{std::string(archive.read("metadata"))};
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
// at once are compared with what those lines last were. Samples are little-endian, and so are we.
class Stillness {
public:
    Stillness(unsigned unit, std::uint64_t watched) : unit_(unit), watched_(spread(watched)) {}

    void set(std::uint64_t value) { still_ = spread(value) & watched_; }

    /// The first sample from the i-th on, of `count`, that has to be looked at.
    std::size_t next(const char* data, std::size_t i, std::size_t count) const {
        if (kWord % unit_ != 0) return i;
        std::size_t at = i * unit_;
        const std::size_t end = count * unit_;
        for (; at + 4 * kWord <= end; at += 4 * kWord) {  // four words: what compilers make vectors of
            std::uint64_t moved = 0;
            for (std::size_t k = 0; k < 4; ++k) moved |= moved_in(data + at + k * kWord);
            if (moved != 0) break;
        }
        for (; at + kWord <= end; at += kWord) {
            const std::uint64_t moved = moved_in(data + at);
            if (moved != 0) return (at + static_cast<std::size_t>(__builtin_ctzll(moved)) / 8) / unit_;
        }
        return at / unit_;
    }

private:
    static constexpr std::size_t kWord = sizeof(std::uint64_t);

    std::uint64_t moved_in(const char* data) const {
        std::uint64_t word = 0;
        std::memcpy(&word, data, kWord);
        return (word & watched_) ^ still_;
    }
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
    Archive archive(file);
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
    std::uint64_t number = 0, before = 0;
    Stillness still(session.unit, clk | cs);
    const double ns = 1e9 / session.rate;
    const auto time_of = [ns](std::uint64_t sample) {
        return static_cast<std::uint64_t>(std::llround(static_cast<double>(sample) * ns));
    };
    const auto feed = [&](std::string_view samples) {
        const std::size_t count = samples.size() / session.unit;
        for (std::size_t i = 0; i < count; ++i) {
            const bool first = number + i == 0;
            if (!first) i = still.next(samples.data(), i, count);
            if (i == count) break;
            std::uint64_t value = 0;
            std::memcpy(&value, samples.data() + i * session.unit, session.unit);
            if (((value ^ before) & (clk | cs)) == 0 && !first) continue;
            before = value;
            still.set(value);
            sampler.sample(number + i, time_of(number + i), (value & clk) != 0, (value & mosi) != 0,
                           (value & miso) != 0, (value & cs) != 0);
        }
        number += count;
    };
    if (archive.has(session.capture)) feed(archive.read(session.capture));
    for (unsigned part = 1; archive.has(fmt::format("{}-{}", session.capture, part)); ++part) {
        feed(archive.read(fmt::format("{}-{}", session.capture, part)));
    }
    if (number == 0) refuse(file, "the session has no samples");
    sampler.finish(number, time_of(number));
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
