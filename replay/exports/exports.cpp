#include "replay/exports/exports.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "transports/recorder/format.hpp"

namespace replay::exports {

using imports::Source;
using trace::Kind;
using trace::Record;
namespace rec = transports::recorder;

const std::vector<Exporter>& exporters() {
    static const std::vector<Exporter> rows = {
        {"csv", "a table: one row per word", ".csv", write_csv},
        {"vcd", "waveforms: one variable per register, for GTKWave and others", ".vcd", write_vcd},
        {"perfetto", "Trace Event JSON, for ui.perfetto.dev", ".json", write_perfetto},
        {"packets", "pcapng with a packet per access, for Wireshark with replay/wireshark/reconverge.lua", ".pcapng",
         write_packets},
        {"gtest", "a GoogleTest case: a fresh HAL must do what was recorded", ".cpp", write_gtest},
    };
    return rows;
}

void write_csv(Source& source, std::ostream& out) {
    out << "index,time_ns,op,bus,lane,address,register,width,value,status\n";
    Record r;
    while (source.next(r)) {
        const std::string start = fmt::format("{},{},{},{},{},", r.index, r.time_ns, rec::name(r.kind), r.bus, r.lane);
        if (!r.is_access()) {
            out << start << ",,,,\n";
            continue;
        }
        const std::string status = r.failed ? hal::bus::name(r.error.code) : r.unsure ? "unsure" : "ok";
        for (std::uint32_t i = 0; i < r.words.size() || i == 0; ++i) {
            const std::uint64_t address = r.kind == Kind::guard ? r.address : r.address_of(i);
            out << start
                << fmt::format("{:#010x},{},{},{},{}\n", address, source.schema().name(address), r.width,
                               i < r.words.size() ? fmt::format("{:#x}", r.words[i]) : "", status);
        }
    }
}

namespace {

// "!" .. "~", then two of them, ...
std::string identifier(std::size_t number) {
    std::string text;
    do {
        text += static_cast<char>('!' + number % 94);
        number /= 94;
    } while (number != 0);
    return text;
}

std::string binary(std::uint64_t value) {
    std::string text;
    for (; value != 0; value >>= 1) text.insert(text.begin(), (value & 1) != 0 ? '1' : '0');
    return text.empty() ? "0" : text;
}

}  // namespace

// IEEE 1364, section 18. Registers must be declared before values, so the records are kept.
void write_vcd(Source& source, std::ostream& out) {
    struct Change {
        std::uint64_t time, address, value;
    };
    std::vector<Change> changes;
    std::map<std::uint64_t, unsigned> widths;
    Record r;
    while (source.next(r)) {
        for (std::uint32_t i = 0; r.is_access() && r.kind != Kind::guard && i < r.words.size(); ++i) {
            changes.push_back({r.time_ns, r.address_of(i), r.words[i]});
            unsigned& width = widths[r.address_of(i)];
            width = std::max<unsigned>(width, r.width * 8u);
        }
    }
    out << "$timescale 1ns $end\n";
    std::map<std::uint64_t, std::string> ids;
    std::string scope;
    for (const auto& [address, width] : widths) {
        const std::string block = source.schema().block_name(address), full = source.schema().name(address);
        if (block != scope && !scope.empty()) out << "$upscope $end\n";
        if (block != scope) out << "$scope module " << block << " $end\n";
        scope = block;
        const std::string short_name = full.rfind(block + ".", 0) == 0 ? full.substr(block.size() + 1) : full;
        ids[address] = identifier(ids.size());
        out << fmt::format("$var wire {} {} {} $end\n", width, ids[address], short_name);
    }
    if (!scope.empty()) out << "$upscope $end\n";
    out << "$enddefinitions $end\n";
    std::uint64_t now = ~std::uint64_t{0};
    for (const Change& c : changes) {
        // Time never goes back in this format; a source with several clocks may.
        if (now == ~std::uint64_t{0} || c.time > now) out << "#" << (now = c.time) << "\n";
        out << "b" << binary(c.value) << " " << ids[c.address] << "\n";
    }
}

void write_perfetto(Source& source, std::ostream& out) {
    out << "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
    std::map<std::string, int> tracks;
    Record r;
    std::string comma;
    while (source.next(r)) {
        if (r.kind == Kind::clock) continue;
        const bool wait = r.kind == Kind::wait;
        const std::string track = r.is_access() ? source.schema().block_name(r.address) : rec::name(r.kind);
        const auto [row, is_new] = tracks.try_emplace(track, static_cast<int>(tracks.size()) + 1);
        if (is_new) {
            out << comma
                << nlohmann::ordered_json{{"ph", "M"},
                                          {"pid", 1},
                                          {"tid", row->second},
                                          {"name", "thread_name"},
                                          {"args", {{"name", track}}}}
                       .dump();
            comma = ",\n";
        }
        nlohmann::ordered_json args = {{"index", r.index}};
        if (!r.words.empty()) args["value"] = fmt::format("{:#x}", r.words[0]);
        if (r.failed) args["error"] = hal::bus::name(r.error.code);
        nlohmann::ordered_json event = {
            {"ph", wait ? "X" : "i"},
            {"pid", 1},
            {"tid", row->second},
            {"ts", static_cast<double>(wait ? r.before_ns : r.time_ns) / 1000.0},
            {"name", std::string(rec::name(r.kind)) + (r.is_access() ? " " + source.schema().name(r.address) : "")},
            {"args", args}};
        if (wait) {
            event["dur"] = static_cast<double>(r.time_ns - r.before_ns) / 1000.0;
        } else {
            event["s"] = "t";
        }
        out << comma << event.dump();
    }
    out << "\n]}\n";
}

// A packet of link type 148 per access: kind u8, width u8, flags u8 (1 failed, 2 unsure), code u8, words u16, 2 bytes
// zero, address u64, then the words, `width` bytes each. The name goes along as the packet's comment.
void write_packets(Source& source, std::ostream& out) {
    const std::vector<std::uint8_t> start =
        rec::preamble("reconverge", trace::buses_of(source.description()), rec::kLinkTypeAccess);
    out.write(reinterpret_cast<const char*>(start.data()), static_cast<std::streamsize>(start.size()));
    Record r;
    std::vector<std::uint8_t> packet;
    while (source.next(r)) {
        if (!r.is_access()) continue;
        const std::string& name = source.schema().name(r.address);
        const std::size_t size = 16 + r.words.size() * r.width, comment = rec::comment_size(name.size());
        packet.assign(rec::kPacketHead + rec::padded(size) + comment + rec::kPacketTail, 0);
        rec::put_packet_head(packet.data(), r.bus, r.time_ns, size, comment);
        std::uint8_t* at = packet.data() + rec::kPacketHead;
        at[0] = static_cast<std::uint8_t>(r.kind);
        at[1] = r.width;
        at[2] = static_cast<std::uint8_t>((r.failed ? 1 : 0) | (r.unsure ? 2 : 0));
        at[3] = r.failed ? static_cast<std::uint8_t>(r.error.code) : 0;
        rec::put16(at + 4, static_cast<std::uint16_t>(r.words.size()));
        rec::put64(at + 8, r.address);
        std::uint8_t* word_at = at + 16;
        for (const std::uint64_t word : r.words) {
            for (unsigned b = 0; b < r.width; ++b) *word_at++ = static_cast<std::uint8_t>(word >> (8 * b));
        }
        std::uint8_t* const end = rec::put_comment(packet.data() + rec::kPacketHead + rec::padded(size),
                                                   reinterpret_cast<const std::uint8_t*>(name.data()), name.size());
        rec::put32(end, static_cast<std::uint32_t>(packet.size()));
        out.write(reinterpret_cast<const char*>(packet.data()), static_cast<std::streamsize>(packet.size()));
    }
}

namespace {

constexpr const char* kTestStart = R"(#include <gtest/gtest.h>

#include "replay/transport/replaying.hpp"
#include "replay/transport/run.hpp"

namespace {

using replay::trace::Kind;

struct Step {
    Kind kind;
    std::uint64_t time_ns, address;  // of a wait: its end and its deadline
    std::initializer_list<std::uint64_t> words;  // of a guard mask and value; of a wait its start
};

)";

constexpr const char* kTestEnd = R"(};

TEST(RecordedTest, AFreshHalDoesTheSame) {
    replay::trace::Sequence trace;
    for (const Step& step : kSteps) {
        replay::trace::Record r;
        r.kind = step.kind;
        r.index = trace.size();
        r.time_ns = step.time_ns;
        r.address = step.address;
        r.words = {step.words.begin(), step.words.size()};
        r.count = static_cast<std::uint32_t>(step.kind == Kind::guard ? 1 : step.words.size());
        if (step.kind == Kind::wait) {
            r.before_ns = *step.words.begin();
            r.deadline_ns = step.address;
            r.words = {};
        }
        trace.add(r);
    }
    const replay::trace::Schema schema(kDescription);
    replay::transport::Replaying replaying(trace, schema);
    replay::transport::Subject(kDescription).run(replaying);
    replaying.finish();
    for (const auto& d : replaying.divergences()) {
        ADD_FAILURE() << "step " << d.index << ": " << name(d.what) << " at " << d.reg << ": expected " << d.expected
                      << ", actual " << d.actual;
    }
    EXPECT_GT(replaying.replayed(), 0u);
}

}  // namespace
)";

}  // namespace

// A fresh HAL with the recorded intent must do exactly this, given these answers.
void write_gtest(Source& source, std::ostream& out) {
    auto description = nlohmann::json::parse(source.description(), nullptr, false);
    if (!description.is_object() || !description.contains("chip") || !description.contains("intent")) {
        throw std::invalid_argument("only recordings of Heron become tests: an imported trace is somebody else's");
    }
    description.erase("map");
    out << "// A recorded run as a test: the scenario '" << description.value("scenario", "") << "', recorded by '"
        << description.value("source", "") << "'. Link it with replay and hal.\n"
        << kTestStart << "const char* const kDescription = R\"json(" << description.dump() << ")json\";\n\n"
        << "const Step kSteps[] = {\n";
    Record r;
    std::uint64_t accesses = 0;
    for (; source.next(r); accesses += r.is_access() ? 1 : 0) {
        if (r.failed || r.unsure || r.kind == Kind::frame || r.width != 4) {
            throw std::invalid_argument(fmt::format(
                "record {} failed, is a frame or no 32-bit access; such a trace is no test: use `reconverge replay`",
                r.index));
        }
        const bool wait = r.kind == Kind::wait;
        out << fmt::format("    {{Kind::{}, {}, {:#x}, {{", rec::name(r.kind), r.time_ns,
                           wait ? r.deadline_ns : r.address);
        if (wait) out << r.before_ns;
        for (std::uint32_t i = 0; i < r.words.size(); ++i)
            out << fmt::format("{}{:#x}", i == 0 ? "" : ", ", r.words[i]);
        out << "}}," << (r.is_access() ? "  // " + source.schema().name(r.address) : "") << "\n";
    }
    if (accesses == 0) throw std::invalid_argument("no access in this trace; there is nothing to test");
    out << kTestEnd;
}

}  // namespace replay::exports
