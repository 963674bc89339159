#include "replay/imports/spi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "replay/imports/device.hpp"
#include "transports/names/text.hpp"

namespace replay::imports {

using transports::names::printable;

namespace {

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

// The first name that contains one of the words people use for that line.
std::string guess(const std::vector<std::string>& names, const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        for (const std::string& name : names) {
            if (lower(name).find(word) != std::string::npos) return name;
        }
    }
    return {};
}

}  // namespace

SpiPins choose_pins(const std::string& text, const std::vector<std::string>& names) {
    std::map<std::string, std::string> told;
    for (const std::string& part : split(text, ',')) {
        const std::size_t equals = part.find('=');
        if (text.empty()) break;
        if (equals == std::string::npos) throw std::invalid_argument("--pins " + text + ": write NAME=VALUE,...");
        told[part.substr(0, equals)] = part.substr(equals + 1);
    }
    const auto take = [&told](const char* name) {
        const std::string value = told[name];
        told.erase(name);
        return value;
    };
    SpiPins pins;
    const bool given = !text.empty();
    pins.clk = take("clk"), pins.mosi = take("mosi"), pins.miso = take("miso"), pins.cs = take("cs");
    const bool any = !pins.clk.empty() || !pins.mosi.empty() || !pins.miso.empty() || !pins.cs.empty();
    if (!any) {
        pins.clk = guess(names, {"sclk", "clk", "sck"});
        pins.mosi = guess(names, {"mosi", "sdi", "si/"});
        pins.miso = guess(names, {"miso", "sdo", "so/"});
        pins.cs = guess(names, {"cs", "ss"});
    }
    pins.mode.cpol = take("cpol") == "1";
    pins.mode.cpha = take("cpha") == "1";
    pins.mode.lsb_first = take("bitorder") == "lsb";
    pins.mode.cs_active_high = take("cs_polarity") == "active-high";
    const std::string bits = take("wordsize");
    std::uint64_t number = 8;
    if (!bits.empty() && (!parse_number(bits, 10, number) || number == 0 || number > 1024)) {
        throw std::invalid_argument("--pins wordsize=" + bits + ": use 1 to 1024 bits");
    }
    pins.mode.word_bits = static_cast<unsigned>(number);
    if (given && !told.empty()) {
        throw std::invalid_argument("--pins " + told.begin()->first +
                                    ": use clk, mosi, miso, cs, cpol, cpha, bitorder, wordsize or cs_polarity");
    }
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    for (const std::string* pin : {&pins.clk, &pins.mosi, &pins.miso, &pins.cs}) {
        if (!pin->empty() && std::find(names.begin(), names.end(), *pin) == names.end()) {
            throw std::invalid_argument("no channel '" + printable(*pin) + "'; there are " + printable(list));
        }
    }
    if (pins.clk.empty() || (pins.mosi.empty() && pins.miso.empty())) {
        throw std::invalid_argument("which line is which? name them: --pins clk=..,mosi=..,miso=..,cs=..; there are " +
                                    printable(list));
    }
    return pins;
}

void SpiSampler::sample(std::uint64_t number, std::uint64_t time_ns, bool clk, bool mosi, bool miso, bool cs) {
    if (has_cs_ ? first_ || cs != cs_ : first_) {
        if (!has_cs_ || asserted(cs)) {
            begin(number, time_ns);
        } else if (in_frame_) {
            end(number, time_ns);
        }
    }
    const bool edge = !first_ && clk != clk_;
    first_ = false;
    clk_ = clk;
    cs_ = cs;
    // Modes 0 and 3 sample at the rising edge.
    if (edge && in_frame_ && clk == (mode_.cpol == mode_.cpha)) bit(mosi, miso);
}

void SpiSampler::begin(std::uint64_t number, std::uint64_t time_ns) {
    frame_ = {};
    frame_.begin_ns = time_ns;
    frame_.begin_sample = number;
    in_frame_ = true;
    mosi_bits_.clear();
    miso_bits_.clear();
}

void SpiSampler::end(std::uint64_t number, std::uint64_t time_ns) {
    frame_.end_ns = time_ns;
    frame_.end_sample = number;
    frame_.bits_over = static_cast<unsigned>(mosi_bits_.size());
    frames.push_back(std::move(frame_));
    in_frame_ = false;
}

void SpiSampler::bit(bool mosi, bool miso) {
    mosi_bits_.push_back(mosi);
    miso_bits_.push_back(miso);
    if (mosi_bits_.size() < mode_.word_bits) return;
    const auto pack = [this](std::vector<bool>& bits, std::vector<std::uint8_t>& out) {
        if (mode_.lsb_first) std::reverse(bits.begin(), bits.end());
        std::uint8_t byte = 0;
        for (std::size_t i = 0; i < bits.size(); ++i) {
            byte = static_cast<std::uint8_t>((byte << 1) | (bits[i] ? 1 : 0));
            if ((bits.size() - i - 1) % 8 == 0) {
                out.push_back(byte);
                byte = 0;
            }
        }
        bits.clear();
    };
    pack(mosi_bits_, frame_.mosi);
    pack(miso_bits_, frame_.miso);
}

void SpiSampler::finish(std::uint64_t number, std::uint64_t time_ns) {
    open_at_end = in_frame_ && (!frame_.mosi.empty() || !mosi_bits_.empty());
    if (open_at_end) end(number, time_ns);
}

void add_frames(Imported& all, const std::vector<SpiFrame>& frames, const std::string& device) {
    all.description["buses"] = {"spi"};
    if (!device.empty()) {
        DeviceDecoder decoder(device);
        for (const SpiFrame& frame : frames) decoder.add(all, frame);
        decoder.finish(all);
        return;
    }
    std::uint64_t cut = 0;
    for (const SpiFrame& frame : frames) {
        all.add_frame(frame.begin_ns, frame.mosi, frame.miso);
        cut += frame.bits_over != 0 ? 1 : 0;
    }
    all.events = frames.size();
    if (cut != 0) all.notes.push_back(fmt::format("{} frames end within a word; the bits left over are dropped", cut));
}

}  // namespace replay::imports
