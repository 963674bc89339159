#include "replay/imports/device.hpp"

#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>
#include <stdexcept>

#include "transports/names/text.hpp"

namespace replay::imports {

using transports::names::printable;
using Json = nlohmann::json;

namespace {

std::uint64_t number(const Json& json) {
    if (json.is_number_unsigned()) return json;
    std::uint64_t value = 0;
    if (!json.is_string() || !parse_number(json, 0, value))
        throw std::invalid_argument("'" + json.dump() + "' is no number");
    return value;
}

std::size_t small_number(const Json& json) {
    const std::uint64_t value = number(json);
    if (value > 65536) throw std::invalid_argument(json.dump() + " is too large");
    return value;
}

struct Match {
    std::uint64_t mask = 0, value = 0;
    explicit Match(const Json& json) : mask(number(json.at(0))), value(number(json.at(1))) {}
    bool is(std::uint64_t header) const { return (header & mask) == value; }
};

struct Bits {
    std::uint64_t mask = 0;
    unsigned shift = 0;
    Bits() = default;
    explicit Bits(const Json& json) : mask(number(json.at(0))), shift(static_cast<unsigned>(number(json.at(1)))) {
        if (shift > 63) throw std::invalid_argument(json.dump() + ": shift by 0 to 63");
    }
    std::uint64_t of(std::uint64_t header) const { return (header & mask) >> shift; }
};

struct Command {
    std::size_t header = 1;  ///< Bytes.
    Match match;
    Bits address, words;
    std::uint64_t base = 0;
    trace::Kind kind = trace::Kind::read;
    std::size_t data = 1;  ///< Bytes; 0: none.
    bool rest = false;     ///< All that is left of the frame.
    bool counted = false;  ///< The header tells the number of words, less one.
    bool increment = true;
    std::size_t skip = 0;  ///< Dummy bytes before the data.
};

Command command_of(const Json& c) {
    Command command{small_number(c.value("header", Json(1u))),
                    Match(c.at("match")),
                    Bits(c.at("address")),
                    {},
                    0,
                    trace::Kind::read,
                    1,
                    false,
                    false,
                    true,
                    0};
    if (c.contains("base")) command.base = number(c["base"]);
    const std::string op = c.at("op");
    std::size_t kind = 0;
    constexpr std::size_t kKinds = 5;  // those that are accesses
    while (kind < kKinds && op != transports::recorder::name(static_cast<trace::Kind>(kind))) ++kind;
    if (kind == kKinds) throw std::invalid_argument("op '" + op + "': use read, write, guard, consume or write_fixed");
    command.kind = static_cast<trace::Kind>(kind);
    command.counted = c.contains("words");
    if (command.counted) {
        command.words = Bits(c["words"]);
    } else {
        command.rest = c.at("data") == "rest";
        if (!command.rest) command.data = small_number(c["data"]);
    }
    command.increment = c.value("increment", true);
    command.skip = small_number(c.value("skip", Json(0u)));
    if (command.header == 0 || command.header > 8) throw std::invalid_argument("header: use 1 to 8 bytes");
    return command;
}

/// A number at fixed bytes of a header.
struct Place {
    std::size_t at = 0, bytes = 0;
    explicit Place(const Json& json) : at(small_number(json.at(0))), bytes(small_number(json.at(1))) {}
};

/// One direction of a message: a header that tells the size of what follows it, and a checksum behind that.
struct Envelope {
    Match match;
    std::size_t header, trailer;
    Place size;
    explicit Envelope(const Json& json)
        : match(json.at("match")),
          header(small_number(json.at("header"))),
          trailer(small_number(json.value("trailer", Json(0u)))),
          size(json.at("size")) {
        if (header == 0) throw std::invalid_argument("framing: a header has bytes");
        fits(size);
    }
    void fits(const Place& place) const {
        if (place.bytes == 0 || place.bytes > 4 || place.at + place.bytes > header)
            throw std::invalid_argument("framing: a size or count lies outside of its header, or has no 1 to 4 bytes");
    }
};

/// Commands in the request, what they read in the reply.
struct Framing {
    Envelope request, reply;
    std::size_t after;
    Place completed;
    bool crc32;
    explicit Framing(const Json& json)
        : request(json),
          reply(json.at("reply")),
          after(small_number(json["reply"].value("after", Json(0u)))),
          completed(json["reply"].at("completed")),
          crc32(json.contains("crc")) {
        reply.fits(completed);
        if (crc32 && (json["crc"] != "crc32" || request.trailer != 4 || reply.trailer != 4))
            throw std::invalid_argument("framing: crc: use crc32, and trailers of 4 bytes");
    }
};

constexpr std::size_t kNowhere = ~std::size_t{0};

}  // namespace

struct DeviceDecoder::Counts {
    std::uint64_t unknown = 0, cut = 0, refused = 0, unanswered = 0;
};

struct DeviceDecoder::Device {
    std::string name;
    std::vector<Command> commands;
    Json registers = Json::object();
    bool little = false;
    std::size_t word = 1;
    std::uint64_t unit = 1;
    std::unique_ptr<const Framing> framing;

    Device(const std::string& text, const std::string& source);

    using Bytes = std::vector<std::uint8_t>;
    std::uint64_t value(const Bytes& bytes, std::size_t at, std::size_t size) const;
    const Command* find(const Bytes& bytes, std::size_t at, std::size_t end, std::uint64_t& header) const;
    void put(Imported& all, const Command& command, std::uint64_t time_ns, std::uint64_t address,
             const std::vector<std::uint64_t>& words) const;
    void by_chip_select(Imported& all, const SpiFrame& frame, Counts& counts) const;
    void by_length(Imported& all, const SpiFrame& frame, Counts& counts) const;
    std::size_t whole(const Envelope& envelope, const Bytes& bytes, std::size_t at) const;
    std::size_t message(Imported& all, const SpiFrame& frame, std::size_t at, std::size_t end, Counts& counts) const;
};

DeviceDecoder::Device::Device(const std::string& text, const std::string& source) {
    try {
        const Json json = Json::parse(text);
        name = json.at("name");
        registers = json.value("registers", Json::object());
        little = json.value("byte_order", "big") == "little";
        word = small_number(json.value("word", Json(1u)));
        unit = number(json.value("address_unit", Json(1u)));
        if (word == 0 || word > 8) throw std::invalid_argument("word: use 1 to 8 bytes");
        for (const Json& c : json.at("commands")) commands.push_back(command_of(c));
        if (json.contains("framing")) framing = std::make_unique<Framing>(json["framing"]);
    } catch (const std::exception& e) {
        throw std::invalid_argument(printable(source) + ": no description of an SPI device: " + printable(e.what()));
    }
}

std::uint64_t DeviceDecoder::Device::value(const Bytes& bytes, std::size_t at, std::size_t size) const {
    std::uint64_t all = 0;
    for (std::size_t k = 0; k < size; ++k) all = (all << 8) | bytes[little ? at + size - 1 - k : at + k];
    return all;
}

const Command* DeviceDecoder::Device::find(const Bytes& bytes, std::size_t at, std::size_t end,
                                           std::uint64_t& header) const {
    for (const Command& c : commands) {
        if (at + c.header > end) continue;
        header = value(bytes, at, c.header);
        if (c.match.is(header)) return &c;
    }
    return nullptr;
}

void DeviceDecoder::Device::put(Imported& all, const Command& command, std::uint64_t time_ns, std::uint64_t address,
                                const std::vector<std::uint64_t>& words) const {
    const auto width = static_cast<std::uint8_t>(word);
    const bool reads = transports::recorder::reads(command.kind);
    const std::size_t step = reads && !command.increment ? 1 : transports::recorder::kMaxWords;
    const trace::Kind kind = command.increment ? command.kind : reads ? trace::Kind::consume : trace::Kind::write_fixed;
    for (std::size_t k = 0; k < words.size(); k += step) {
        const std::vector<std::uint64_t> part(
            words.begin() + static_cast<std::ptrdiff_t>(k),
            words.begin() + static_cast<std::ptrdiff_t>(std::min(words.size(), k + step)));
        const bool stays = !command.increment || command.kind == trace::Kind::write_fixed;
        all.add(kind, time_ns, stays ? address : address + k * word, width, part);
    }
}

// One frame may hold several commands.
void DeviceDecoder::Device::by_chip_select(Imported& all, const SpiFrame& frame, Counts& counts) const {
    const std::size_t size = frame.mosi.size();
    if (frame.bits_over != 0) ++counts.cut;
    for (std::size_t at = 0; at < size;) {
        std::uint64_t header = 0;
        const Command* const c = find(frame.mosi, at, size, header);
        if (c == nullptr) {
            ++counts.unknown;
            return;
        }
        at += c->header + c->skip;
        const std::uint64_t address = (c->base + c->address.of(header)) * unit;
        const std::size_t left = at < size ? size - at : 0;
        const std::size_t wanted = c->rest ? left : c->counted ? (c->words.of(header) + 1) * word : c->data;
        if (left < wanted || (c->rest && left == 0) || wanted % word != 0) ++counts.cut;
        ++all.events;
        if (wanted == 0 && !c->rest) {  // a strobe: the address is all there is
            all.add(c->kind, frame.begin_ns, address, static_cast<std::uint8_t>(word), {0});
            continue;
        }
        const Bytes& bytes = transports::recorder::reads(c->kind) ? frame.miso : frame.mosi;
        std::vector<std::uint64_t> words;
        const std::size_t end = at + std::min(left, wanted);
        for (; at + word <= end; at += word) words.push_back(value(bytes, at, word));
        at = std::max(at, end);
        put(all, *c, frame.begin_ns, address, words);
    }
}

// Where a message that begins at `at` ends in this direction; kNowhere: none begins there, or it is cut or damaged.
std::size_t DeviceDecoder::Device::whole(const Envelope& e, const Bytes& bytes, std::size_t at) const {
    if (at + e.header > bytes.size() || !e.match.is(value(bytes, at, std::min<std::size_t>(e.header, 8)))) {
        return kNowhere;
    }
    const std::size_t end = at + e.header + value(bytes, at + e.size.at, e.size.bytes);
    if (end + e.trailer > bytes.size()) return kNowhere;
    if (framing->crc32) {
        const auto crc = ::libdeflate_crc32(0, bytes.data() + at, end - at);
        if (crc != value(bytes, end, 4)) return kNowhere;
    }
    return end + e.trailer;
}

void DeviceDecoder::Device::by_length(Imported& all, const SpiFrame& frame, Counts& counts) const {
    bool any = false;
    for (std::size_t at = 0; at < frame.mosi.size();) {
        const std::size_t end = whole(framing->request, frame.mosi, at);
        if (end != kNowhere) any = true;
        at = end == kNowhere ? at + 1 : message(all, frame, at, end, counts);
    }
    if (!any) ++counts.unknown;
}

// The message whose request is [at, end): its commands, with what the reply says of them. Returns where it is over.
std::size_t DeviceDecoder::Device::message(Imported& all, const SpiFrame& frame, std::size_t at, std::size_t end,
                                           Counts& counts) const {
    const std::size_t reply = end + framing->after, answered = whole(framing->reply, frame.miso, reply);
    std::size_t completed =
        answered == kNowhere ? 0 : value(frame.miso, reply + framing->completed.at, framing->completed.bytes);
    std::size_t data = reply + framing->reply.header, longest = 0;
    counts.unanswered += answered == kNowhere ? 1 : 0;
    at += framing->request.header;
    for (const std::size_t items_end = end - framing->request.trailer; at < items_end;) {
        std::uint64_t header = 0;
        const Command* const c = find(frame.mosi, at, items_end, header);
        if (c == nullptr) {
            ++counts.unknown;
            break;
        }
        at += c->header;
        const bool reads = transports::recorder::reads(c->kind), guards = c->kind == trace::Kind::guard;
        const std::size_t count = c->counted ? c->words.of(header) + 1 : c->data / word;
        const std::size_t operands = reads ? 0 : count * word;
        if (at + operands > items_end) {
            ++counts.cut;
            break;
        }
        longest += reads ? count * word : 0;
        const std::uint64_t address = (c->base + c->address.of(header)) * unit;
        ++all.events;
        // A guard counts as one word.
        const std::size_t took = guards ? std::min<std::size_t>(completed, 1) * count : std::min(completed, count);
        completed -= guards ? took / std::max<std::size_t>(count, 1) : took;
        std::vector<std::uint64_t> words;
        const Bytes& bytes = reads ? frame.miso : frame.mosi;
        std::size_t from = reads ? data : at;
        for (std::size_t k = 0; k < (answered == kNowhere && !reads ? count : took); ++k, from += word) {
            if (from + word > bytes.size()) break;
            words.push_back(value(bytes, from, word));
        }
        if (reads) data = from;
        at += operands;
        if (answered == kNowhere) {
            all.add_unsure(c->kind, frame.begin_ns, address, static_cast<std::uint8_t>(word),
                           static_cast<std::uint32_t>(guards ? 1 : count), words);
        } else {
            put(all, *c, frame.begin_ns, address, words);
            if (took < count) ++counts.refused;
        }
    }
    return std::max(end, std::min(reply + framing->reply.header + longest + framing->reply.trailer, frame.mosi.size()));
}

DeviceDecoder::DeviceDecoder(const std::string& name) : counts_(std::make_unique<Counts>()) {
    std::string known;
    for (const KnownDevice& row : known_devices()) {
        if (name == row.name) device_ = std::make_unique<Device>(row.json, name);
        known += std::string(known.empty() ? "" : ", ") + row.name;
    }
    if (device_ != nullptr) return;
    if (name.find('.') == std::string::npos && name.find('/') == std::string::npos) {
        throw std::invalid_argument("no device '" + printable(name) + "'; use one of " + known + ", or a JSON file");
    }
    device_ = std::make_unique<Device>(contents(name), name);
}

DeviceDecoder::~DeviceDecoder() = default;

void DeviceDecoder::add(Imported& all, const SpiFrame& frame) {
    if (device_->framing != nullptr) {
        device_->by_length(all, frame, *counts_);
    } else {
        device_->by_chip_select(all, frame, *counts_);
    }
}

void DeviceDecoder::finish(Imported& all) const {
    all.description["device"] = device_->name;
    nlohmann::ordered_json registers = nlohmann::ordered_json::array();
    for (const auto& [address, name] : device_->registers.items()) {
        registers.push_back({{"name", name}, {"offset", number(address)}, {"count", 1}, {"stride", 1}});
    }
    // A trace may bring a register map of its own.
    if (!all.description.contains("map")) {
        all.description["map"] = {
            {"types", {{{"name", device_->name}, {"registers", registers}}}},
            {"instances", nlohmann::ordered_json::array({nlohmann::ordered_json::array({device_->name, 0, 0})})}};
    }
    const auto note = [&all](std::uint64_t count, const std::string& what) {
        if (count != 0) all.notes.push_back(fmt::format("{} {}", count, what));
    };
    note(counts_->unknown, "frames hold no command, or one that " + device_->name + " doesn't have");
    note(counts_->cut, "frames are cut within a command");
    note(counts_->refused, "commands were refused, or done in part");
    note(counts_->unanswered, "frames have no reply: what they ask for may have happened");
}

Imported decode_frames(trace::Reader& reader, const std::string& device) {
    Imported all;
    all.description = nlohmann::ordered_json::parse(reader.description());
    DeviceDecoder decoder(device);
    trace::Record r;
    SpiFrame frame;
    bool any = false, begun = false;
    while (reader.next(r)) {
        r.index = all.records.size();
        if (r.kind == trace::Kind::wait || r.kind == trace::Kind::clock) all.records.add(r);
        if (r.kind != trace::Kind::frame) continue;
        if (r.frame_begins) frame = {};
        begun = r.frame_begins || (begun && frame.begin_ns == r.time_ns);  // else its first piece is missing
        if (!begun) continue;
        frame.begin_ns = r.time_ns;
        frame.mosi.insert(frame.mosi.end(), r.tx.begin(), r.tx.end());
        frame.miso.insert(frame.miso.end(), r.rx.begin(), r.rx.end());
        if (!r.frame_ends) continue;
        decoder.add(all, frame);
        any = true;
        begun = false;
    }
    if (!any) throw std::invalid_argument("--device: no frames in this trace; it has accesses already");
    decoder.finish(all);
    return all;
}

}  // namespace replay::imports
