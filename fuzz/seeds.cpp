// fuzz_seeds FOLDER: writes the inputs that fuzzers begin with, one folder for each target. All of them are made up
// here.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "hal/bus/transport.hpp"
#include "transports/intent/intent.hpp"
#include "transports/model/bridge.hpp"
#include "transports/model/fake_port.hpp"
#include "transports/recorder/writer.hpp"
#include "transports/spi/link.hpp"

namespace {

namespace fs = std::filesystem;
namespace model = transports::model;
using Bytes = std::string;

fs::path folder;

void seed(const char* target, const std::string& name, const Bytes& bytes) {
    fs::create_directories(folder / target);
    std::ofstream(folder / target / name, std::ios::binary) << bytes;
}

Bytes u16(std::size_t n) { return {static_cast<char>(n & 0xFF), static_cast<char>(n >> 8 & 0xFF)}; }
Bytes u32(std::uint32_t n) { return u16(n & 0xFFFF) + u16(n >> 16); }

/// Keeps what passes.
class Tap final : public hal::bus::Wire {
public:
    explicit Tap(hal::bus::Wire& below) : below_(below) {}
    hal::bus::Result<void> transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) override {
        const auto done = below_.transfer(tx, rx, size);
        requests += u16(size) + Bytes(reinterpret_cast<const char*>(tx), size);
        replies += Bytes(reinterpret_cast<const char*>(rx), size);
        return done;
    }
    std::size_t max_transfer() const override { return 512; }
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { below_.wait_until(deadline); }
    Bytes requests, replies;

private:
    hal::bus::Wire& below_;
};

void frames() {
    using hal::bus::Op;
    model::FakePort port;
    model::BridgeSession session;
    model::Bridge bridge(port, session);
    model::FakeClock clock;
    model::BridgeWire wire(bridge, clock);
    Tap tap(wire);
    transports::spi::Link link(tap, transports::spi::Link::Mode::managed);
    if (!link.claim(1)) std::abort();
    seed("frame", "claim", Bytes(1, '\2') + tap.requests);
    std::uint32_t words[16] = {1, 2, 3}, wanted[2] = {0, 0};
    const hal::bus::Access all[] = {{Op::guard, 0x100, 1, nullptr, wanted},
                                    {Op::write, 0x80, 4, nullptr, words},
                                    {Op::read, 0x40, 16, words, nullptr},
                                    {Op::write_fixed, 0x44, 3, nullptr, words},
                                    {Op::consume, model::FakePort::kFifo, 1, words, nullptr}};
    tap.requests.clear();
    tap.replies.clear();
    if (!link.execute({all, 5})) std::abort();
    seed("frame", "batch", Bytes(1, '\2') + tap.requests);
    for (char what = 0; what < 32; what = static_cast<char>(what + 5)) {
        seed("frame", "reply-" + std::to_string(what), Bytes{'\3', what} + tap.replies);
    }
}

void traces() {
    namespace rec = transports::recorder;
    const std::string path = (folder / "trace.pcapng").string();
    rec::WriterOptions options;
    options.when = rec::WriterOptions::When::at_once;
    for (const int compression : {0, 1}) {
        options.compression = compression;
        {
            rec::Writer writer(path, {{"spi"}, R"({"buses":["spi"]})"}, options);
            const std::uint32_t words[3] = {7, 0, 0xFFFFFFFF};
            for (std::uint32_t i = 0; i < 12; ++i) {
                rec::Head head;
                head.kind = static_cast<rec::Kind>(i % 5);
                head.time_ns = 100 * i;
                head.address = 0x1000 + 4 * (i % 3);
                head.count = head.kind == rec::Kind::guard ? 1 : 1 + i % 3;
                writer.access(head, words);
            }
            writer.wait(0, 2'000, 5'000, 4'000);
            writer.marker("here");
            if (!writer.finish().empty()) std::abort();
        }
        std::ifstream in(path, std::ios::binary);
        const Bytes file{std::istreambuf_iterator<char>(in), {}};
        seed("trace", compression == 0 ? "plain" : "compressed", Bytes(1, '\0') + file);
        const std::size_t magic = file.find("RVT1", file.find("RVT1") + 1);
        if (compression == 0 && magic != Bytes::npos) {
            seed("trace", "payload", Bytes(1, '\1') + u16(12) + u32(0) + file.substr(magic + rec::kHeaderSize, 200));
        }
    }
    ::unlink(path.c_str());
}

void imports() {
    seed("imports", "mmiotrace",
         Bytes(1, '\0') +
             "# tracer: mmiotrace\nVERSION 20070824\nPCIDEV 0100 10de1d81 10 d7000000 0 0 0 0 0 0 1000000 nouveau\n"
             "MAP 1.000000 1 0xd7000000 0xffffa 0x1000000 0x0 0\nR 4 1.000100 1 0xd7000000 0x140000a1 0x0 0\n"
             "W 4 1.000200 1 0xd7000140 0x1 0x0 0\nMARK 1.1 here\nUNMAP 1.2 1 0x0 0\n");
    seed("imports", "regmap",
         Bytes(1, '\1') +
             "# tracer: nop\n  task-12 [000] d..1 1185.269094: regmap_reg_read: 0-0068 reg=1f val=3\n"
             "  task-12 [000] d..1 1185.269100: regmap_reg_write: 0-0068 reg=20 val=ff\n");
    seed("imports", "sigrok-text", Bytes(1, '\3') + "1-5 spi-1: 80 00\n6-9 spi-1: 00 E5\n");
    const char* const csv[] = {
        "Time [s],Packet ID,MOSI,MISO\n0.1,0,0x81,0x00\n0.2,0,0x00,0x11\n0.4,1,0x05,0x00\n0.5,1,0x0A,0x00\n",
        "name,type,start_time,duration,mosi,miso\n\"SPI\",\"enable\",0.1,0.0,,\n\"SPI\",\"result\",0.1,0.0,0x80,0xE5\n"
        "\"SPI\",\"disable\",0.2,0.0,,\n"};
    for (std::size_t k = 0; k < std::size(csv); ++k) {
        seed("imports", "csv-" + std::to_string(k), Bytes(1, '\4') + csv[k]);
        seed("imports", "csv-device-" + std::to_string(k), Bytes(1, '\24') + csv[k]);
    }
    seed("imports", "vcd",
         Bytes(1, '\5') +
             "$timescale 1 ns $end\n$scope module top $end\n$var wire 1 ! clk $end\n$var wire 1 \" mosi $end\n"
             "$var wire 1 # miso $end\n$var wire 1 % cs $end\n$upscope $end\n$enddefinitions $end\n#0\n0!\n"
             "1\"\n0#\n0%\n#5\n1!\n#10\n0!\n#15\n1!\n#20\n0!\n1%\n");
}

void texts() {
    for (const auto& standard : transports::intent::standard()) {
        seed("intent", std::string("intent-") + standard.name, Bytes(1, '\0') + standard.text);
    }
    seed("intent", "plan", Bytes(1, '\1') + "12.40q.request_lost-7,upset-9-3-1-0.5");
    seed("intent", "plan-json",
         Bytes(1, '\2') + R"({"lives":[{"faults":[{"fault":"upset","moment":1,"arguments":[3,1,0]}],"killed_at":7,)"
                          R"("outage":true},{}]})");
    seed("description", "map",
         u32(0x1004) + R"({"buses":["spi"],"registers":{"types":[{"name":"pll","registers":[{"name":"ctrl","offset":4,)"
                       R"("fields":[{"name":"enable","lsb":0,"width":1,"access":"rw"}]}]}],)"
                       R"("instances":[{"name":"pll[0]","base":4096,"type":"pll"}]}})");
    seed("description", "subject",
         u32(0) + R"({"chip":{"scale":"1/8"},"intent":{"name":"x","words":[1,2],"groups":[],"images":[]},)"
                  R"("policy":{"plan_only":0,"drain":0,"retry":0,"no_guards":0,"deadline_ns":0,"drain_us":0}})");
}

/// Short sequences of fixed bytes for the targets that drive something.
void sequences() {
    const auto byte = [](std::uint32_t n) { return static_cast<char>(n & 0xFF); };
    for (std::uint32_t k = 0; k < 8; ++k) {
        Bytes blows(1, byte(k));
        for (std::uint32_t n = 0; n < k; ++n) {
            blows += Bytes{n == 1 ? '\7' : '\0', '\0'} + u32(1'000'003 * (n + 1) * (k + 1));
        }
        for (const char* const target : {"converge", "converge_whole"})
            seed(target, "stage-" + std::to_string(k), blows);
        Bytes accesses(1, byte(3 * k));
        for (std::uint32_t n = 0; n < 12; ++n) {
            accesses += Bytes(1, byte(n % 6 == 5 ? 0xF0 : n)) + u16(n * (k + 1)) + u32(0x01010101u << (n % 8));
        }
        seed("tables", "block-" + std::to_string(3 * k), accesses);
        Bytes calls;
        for (std::uint32_t n = 0; n < 200; ++n) calls += byte(n * (2 * k + 37) + 9);
        seed("abi", "ask-" + std::to_string(k), Bytes(1, '\0') + calls);
        seed("abi", "converge-" + std::to_string(k), Bytes{'\1', '\1', byte(4 * k)} + calls);
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: fuzz_seeds FOLDER, fuzz/corpora say\n");
        return 2;
    }
    folder = arguments[1];
    fs::create_directories(folder);
    frames();
    traces();
    imports();
    texts();
    sequences();
    return 0;
}
