// Value change dumps (IEEE 1364, section 18) with an APB or an SPI bus in them. APB: just before each rise of the
// clock, a transfer is psel & penable & pready. Signals are found by the end of their names: --bus apb:m_ means
// m_psel, m_penable and so on; --bus spi means sclk, mosi, miso, cs_n.
#include <fmt/format.h>

#include <map>
#include <sstream>
#include <stdexcept>

#include "replay/imports/spi.hpp"

namespace replay::imports {
namespace {

class Dump {
public:
    Dump(const std::string& file, const Options& options) : file_(file), lines_(file), options_(options) {}

    Imported read() {
        header();
        const std::string bus = options_.bus.empty() ? guess() : options_.bus;
        const std::size_t colon = bus.find(':');
        const std::string kind = bus.substr(0, colon), prefix = colon == std::string::npos ? "" : bus.substr(colon + 1);
        all_.description["source"] = "vcd";
        if (kind == "apb") {
            apb(prefix);
        } else if (kind == "spi") {
            spi(prefix);
        } else {
            throw std::invalid_argument("--bus " + bus + ": use apb, apb:PREFIX, spi or spi:PREFIX");
        }
        return std::move(all_);
    }

private:
    void header() {
        double unit = 1;
        for (std::string line; lines_.next(line);) {
            std::istringstream words(line);
            std::string word, type, width, id, name;
            words >> word;
            if (word == "$timescale") {
                std::string rest;
                std::getline(words, rest);
                while (rest.find("$end") == std::string::npos && lines_.next(line)) rest += " " + line;
                std::istringstream scale(rest);
                std::string suffix;
                scale >> unit >> suffix;
                ns_ = unit * (suffix == "s"    ? 1e9
                              : suffix == "ms" ? 1e6
                              : suffix == "us" ? 1e3
                              : suffix == "ns" ? 1
                              : suffix == "ps" ? 1e-3
                                               : 1e-6);
            } else if (word == "$var") {
                words >> type >> width >> id >> name;
                if (name.empty()) lines_.refuse("a $var without a name");
                if (ids_.count(name) == 0) ids_[name] = id;  // the outermost one
            } else if (word == "$enddefinitions") {
                return;
            }
        }
        throw std::invalid_argument(file_ + ": no $enddefinitions; is this a value change dump?");
    }

    std::string guess() const {
        if (ids_.count("m_psel") != 0) return "apb:m_";
        if (ids_.count("psel") != 0) return "apb";
        if (ids_.count("sclk") != 0) return "spi";
        throw std::invalid_argument(file_ + ": neither psel nor sclk among its signals; name the bus with --bus");
    }

    const std::uint64_t& signal(const std::string& name) {
        const auto found = ids_.find(name);
        if (found == ids_.end())
            throw std::invalid_argument(file_ + ": no signal '" + name + "'; name the bus with --bus");
        return values_[found->second];
    }

    // Calls before(time) whenever time moves on: all signals have the values up to then.
    template <typename Before>
    void changes(Before before) {
        std::uint64_t now = 0;
        for (std::string line; lines_.next(line);) {
            if (line.empty() || line[0] == '$') continue;
            if (line[0] == '#') {
                std::uint64_t next = 0;
                if (!parse_number(line.substr(1), 10, next)) lines_.refuse("'" + line.substr(0, 20) + "' is no time");
                before(static_cast<std::uint64_t>(static_cast<double>(now) * ns_));
                now = next;
                continue;
            }
            std::uint64_t value = 0;
            std::string id = line.substr(1);
            if (line[0] == 'b' || line[0] == 'B') {
                const std::size_t space = line.find(' ');
                if (space == std::string::npos || space > 65)
                    lines_.refuse("a vector of more than 64 bits, or without a name");
                for (std::size_t i = 1; i < space; ++i) value = (value << 1) | (line[i] == '1' ? 1u : 0u);
                id = line.substr(space + 1);
            } else if (line[0] == 'r' || line[0] == 's') {
                continue;
            } else {
                value = line[0] == '1' ? 1 : 0;
            }
            values_[id] = value;
        }
        before(static_cast<std::uint64_t>(static_cast<double>(now) * ns_));
    }

    void apb(const std::string& p) {
        const std::uint64_t &clk = signal("clk"), &sel = signal(p + "psel"), &enable = signal(p + "penable");
        const std::uint64_t &write = signal(p + "pwrite"), &address = signal(p + "paddr"),
                            &wdata = signal(p + "pwdata");
        const std::uint64_t &rdata = signal(p + "prdata"), &ready = signal(p + "pready"),
                            &error = signal(p + "pslverr");
        all_.description["buses"] = {"apb"};
        bool was = false;
        struct Transfer {
            bool active, write, error;
            std::uint64_t address, word, ns;
        } pending{};
        changes([&](std::uint64_t ns) {
            // Values settle within a time step; those that the rising edge samples are the ones before it.
            const bool rises = clk != 0 && !was;
            was = clk != 0;
            if (rises && pending.active) take(pending.write, pending.error, pending.address, pending.word, ns);
            pending = {
                sel != 0 && enable != 0 && ready != 0, write != 0, error != 0, address, write != 0 ? wdata : rdata, ns};
        });
    }

    void take(bool write, bool error, std::uint64_t address, std::uint64_t word, std::uint64_t ns) {
        ++all_.events;
        trace::Record r;
        r.kind = write ? trace::Kind::write : trace::Kind::read;
        r.index = all_.records.size();
        r.time_ns = ns;
        r.address = address;
        r.failed = error;
        r.error.code = hal::bus::Code::bus_error;
        r.error.effect = hal::bus::Effect::none;
        r.error.address = static_cast<std::uint32_t>(address);
        if (write || !error) r.words = {&word, 1};
        all_.records.add(r);
    }

    void spi(const std::string& p) {
        const std::uint64_t &clk = signal(p + "sclk"), &mosi = signal(p + "mosi"), &miso = signal(p + "miso");
        const std::uint64_t& cs = signal(p + "cs_n");
        SpiSampler sampler(SpiMode{}, true);
        std::uint64_t number = 0, last = 0, was_clk = 0, was_cs = 2;
        changes([&](std::uint64_t ns) {
            if (clk != was_clk || cs != was_cs) sampler.sample(number, ns, clk != 0, mosi != 0, miso != 0, cs != 0);
            was_clk = clk;
            was_cs = cs;
            last = ns;
            ++number;
        });
        sampler.finish(number, last);
        add_frames(all_, sampler.frames, options_.device);
    }

    std::string file_;
    Lines lines_;
    Options options_;
    Imported all_;
    double ns_ = 1;
    std::map<std::string, std::string> ids_;
    std::map<std::string, std::uint64_t> values_;
};

}  // namespace

Imported read_vcd(const std::string& file, const Options& options) { return Dump(file, options).read(); }

}  // namespace replay::imports
