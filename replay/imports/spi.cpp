#include "replay/imports/spi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>

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

// --- devices

namespace {

using Json = nlohmann::json;

std::uint64_t number(const Json& json) {
    if (json.is_number_unsigned()) return json;
    std::uint64_t value = 0;
    if (!json.is_string() || !parse_number(json, 0, value))
        throw std::invalid_argument("'" + json.dump() + "' is no number");
    return value;
}

struct Command {
    std::size_t header = 1;  ///< Bytes.
    std::uint64_t mask = 0, value = 0;
    std::uint64_t address_mask = 0, base = 0;
    unsigned address_shift = 0;
    trace::Kind kind = trace::Kind::read;
    std::size_t data = 1;  ///< Bytes; 0: none.
    bool rest = false;     ///< All that is left of the frame.
    bool increment = true;
    std::size_t skip = 0;  ///< Dummy bytes before the data.
};

struct Device {
    std::string name;
    std::vector<Command> commands;
    Json registers = Json::object();
};

Device parse_device(const std::string& text, const std::string& source) {
    Device device;
    try {
        const Json json = Json::parse(text);
        device.name = json.at("name");
        device.registers = json.value("registers", Json::object());
        for (const Json& c : json.at("commands")) {
            Command command;
            command.header = c.value("header", 1u);
            command.mask = number(c.at("match").at(0));
            command.value = number(c.at("match").at(1));
            command.address_mask = number(c.at("address").at(0));
            command.address_shift = static_cast<unsigned>(number(c.at("address").at(1)));
            if (c.contains("base")) command.base = number(c["base"]);
            const std::string op = c.at("op");
            if (op != "read" && op != "write") throw std::invalid_argument("op '" + op + "': use read or write");
            command.kind = op == "read" ? trace::Kind::read : trace::Kind::write;
            command.rest = c.at("data") == "rest";
            if (!command.rest) command.data = number(c["data"]);
            command.increment = c.value("increment", true);
            command.skip = c.value("skip", 0u);
            if (command.header == 0 || command.header > 8) throw std::invalid_argument("header: use 1 to 8 bytes");
            device.commands.push_back(command);
        }
    } catch (const std::exception& e) {
        throw std::invalid_argument(printable(source) + ": no description of an SPI device: " + printable(e.what()));
    }
    return device;
}

Device load_device(const std::string& name) {
    std::string known;
    for (const KnownDevice& row : known_devices()) {
        if (name == row.name) return parse_device(row.json, name);
        known += std::string(known.empty() ? "" : ", ") + row.name;
    }
    if (name.find('.') == std::string::npos && name.find('/') == std::string::npos) {
        throw std::invalid_argument("no device '" + printable(name) + "'; use one of " + known + ", or a JSON file");
    }
    return parse_device(contents(name), name);
}

struct Counts {
    std::uint64_t unknown = 0, cut = 0;
};

// One frame may hold several commands.
void decode(Imported& all, const Device& device, const SpiFrame& frame, Counts& counts) {
    std::size_t at = 0;
    const std::size_t size = frame.mosi.size();
    if (frame.bits_over != 0) ++counts.cut;
    while (at < size) {
        const Command* chosen = nullptr;
        std::uint64_t header = 0;
        for (const Command& c : device.commands) {
            if (at + c.header > size) continue;
            header = 0;
            for (std::size_t k = 0; k < c.header; ++k) header = (header << 8) | frame.mosi[at + k];
            if ((header & c.mask) == c.value) {
                chosen = &c;
                break;
            }
        }
        if (chosen == nullptr) {
            ++counts.unknown;
            return;
        }
        at += chosen->header + chosen->skip;
        const std::uint64_t address = chosen->base + ((header & chosen->address_mask) >> chosen->address_shift);
        const std::size_t left = at < size ? size - at : 0, wanted = chosen->rest ? left : chosen->data;
        if (left < wanted || (chosen->rest && left == 0)) ++counts.cut;
        const bool reads = chosen->kind == trace::Kind::read;
        ++all.events;
        if (!chosen->rest && chosen->data == 0) {  // a strobe: the address is all there is
            all.add(chosen->kind, frame.begin_ns, address, 1, {0});
            continue;
        }
        std::vector<std::uint64_t> words;
        for (std::size_t k = 0; k < std::min(left, wanted); ++k)
            words.push_back((reads ? frame.miso : frame.mosi)[at + k]);
        at += words.size();
        const std::size_t step = transports::recorder::kMaxWords;
        for (std::size_t k = 0; k < words.size(); k += step) {
            const std::vector<std::uint64_t> part(
                words.begin() + static_cast<std::ptrdiff_t>(k),
                words.begin() + static_cast<std::ptrdiff_t>(std::min(words.size(), k + step)));
            if (chosen->increment) {
                all.add(chosen->kind, frame.begin_ns, address + k, 1, part);
            } else if (!reads) {
                all.add(trace::Kind::write_fixed, frame.begin_ns, address, 1, part);
            } else {
                for (const std::uint64_t word : part) all.add(trace::Kind::consume, frame.begin_ns, address, 1, {word});
            }
        }
    }
}

}  // namespace

void add_frames(Imported& all, const std::vector<SpiFrame>& frames, const std::string& device) {
    all.description["buses"] = {"spi"};
    if (device.empty()) {
        std::uint64_t cut = 0;
        for (const SpiFrame& frame : frames) {
            all.add_frame(frame.begin_ns, frame.mosi, frame.miso);
            cut += frame.bits_over != 0 ? 1 : 0;
        }
        all.events = frames.size();
        if (cut != 0)
            all.notes.push_back(fmt::format("{} frames end within a word; the bits left over are dropped", cut));
        return;
    }
    const Device d = load_device(device);
    Counts counts;
    for (const SpiFrame& frame : frames) decode(all, d, frame, counts);
    nlohmann::ordered_json registers = nlohmann::ordered_json::array();
    for (const auto& [address, name] : d.registers.items()) {
        registers.push_back({{"name", name}, {"offset", number(address)}, {"count", 1}, {"stride", 1}});
    }
    if (!registers.empty()) registers = nlohmann::ordered_json(registers);
    all.description["device"] = d.name;
    all.description["map"] = {
        {"types", {{{"name", d.name}, {"registers", registers}}}},
        {"instances", nlohmann::ordered_json::array({nlohmann::ordered_json::array({d.name, 0, 0})})}};
    if (counts.unknown != 0)
        all.notes.push_back(fmt::format("{} frames hold a command that {} doesn't have", counts.unknown, d.name));
    if (counts.cut != 0) all.notes.push_back(fmt::format("{} frames are cut within a command", counts.cut));
}

}  // namespace replay::imports
