// reconverge show, and seek: a trace as text.
#include "replay/commands/show.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "replay/commands/commands.hpp"
#include "transports/console/console.hpp"
#include "transports/names/text.hpp"

namespace replay::commands {

using trace::Kind;
using trace::Record;
using Json = nlohmann::ordered_json;

std::string hex(std::uint64_t word, std::uint32_t width) { return fmt::format("{:#0{}x}", word, 2 + 2 * width); }

bool Filter::wants(const Record& r, const trace::Schema& schema) const {
    const auto any = [](const std::vector<std::string>& patterns, const std::string& text) {
        for (const std::string& p : patterns) {
            if (trace::matches(p, text)) return true;
        }
        return patterns.empty();
    };
    if (failed && !r.failed) return false;
    if (!ops.empty()) {
        const std::string op = transports::recorder::name(r.kind);
        bool wanted = false;
        for (const std::string& o : ops) wanted = wanted || o == op || (o == "write" && r.is_write());
        if (!wanted) return false;
    }
    if (blocks.empty() && registers.empty()) return true;
    if (!r.is_access()) return false;
    for (std::uint32_t i = 0; i < r.count; ++i) {
        const std::uint64_t address = r.address_of(i);
        if (any(blocks, schema.block_name(address)) && any(registers, schema.name(address))) return true;
    }
    return false;
}

void Teller::remember(const Record& r) {
    before_.clear();
    changed_ = !r.is_access() || r.failed || r.unsure;
    if (!r.is_access() || r.kind == Kind::guard) return;
    for (std::uint32_t i = 0; i < r.words.size(); ++i) {
        const auto [row, is_new] = seen_.try_emplace(r.address_of(i), r.words[i]);
        before_.emplace_back(!is_new, row->second);
        changed_ = changed_ || is_new || row->second != r.words[i];
        row->second = r.words[i];
    }
}

// "0x00000001 -> 0x00000201  enable=1 spread 0 -> 2": fields that changed are told as a change.
std::string Teller::word_text(const Record& r, std::uint32_t i) {
    const std::uint64_t word = r.words[i];
    const auto [known, old] = before_[i];
    const auto place = schema_.at(r.address_of(i));
    const trace::Register* const reg = place ? place->reg : nullptr;
    if (!known || old == word) {
        return fmt::format("{}{}  {}", hex(word, r.width), known && r.is_write() ? " (again)" : "",
                           trace::fields_text(reg, word));
    }
    std::string text = fmt::format("{} -> {} ", hex(old, r.width), hex(word, r.width));
    if (reg == nullptr) return text;
    for (const trace::Field& field : reg->fields) {
        const std::uint64_t was = field.content(old), is = field.content(word);
        if (was == is) continue;
        const std::string a = field.value_name(was), b = field.value_name(is);
        text += fmt::format(" {} {} -> {}", field.name, a.empty() ? fmt::format("{:#x}", was) : a,
                            b.empty() ? fmt::format("{:#x}", is) : b);
    }
    return text;
}

std::string Teller::text(const Record& r) {
    remember(r);
    std::string start =
        fmt::format("{:>9} {:>14} {:<11} ", r.index, time_text(r.time_ns), transports::recorder::name(r.kind));
    if (r.kind == Kind::wait) {
        return start +
               fmt::format("until {}, waited {} us", time_text(r.deadline_ns), time_text(r.time_ns - r.before_ns));
    }
    if (r.kind == Kind::clock) return start;
    if (r.kind == Kind::frame) {
        std::string text = start + fmt::format("{} bytes", r.tx.size());
        for (const auto* way : {&r.tx, &r.rx}) {
            text += way == &r.tx ? "\n  out" : "\n  in ";
            for (const std::uint8_t byte : *way) text += fmt::format(" {:02x}", byte);
        }
        return text;
    }
    std::string text = start + fmt::format("{:<28} ", schema_.name(r.address));
    if (r.kind == Kind::guard) {
        text += fmt::format("mask {} value {}", hex(r.words[0], r.width), hex(r.words[1], r.width));
    } else if (r.words.empty()) {
        text += fmt::format("{} word{}", r.count, r.count == 1 ? "" : "s");
    }
    for (std::uint32_t i = 0; i < r.words.size() && r.kind != Kind::guard; ++i) {
        if (i != 0) text += fmt::format("\n{:37} {:<28} ", "", schema_.name(r.address_of(i)));
        text += word_text(r, i);
    }
    if (r.failed) {
        text += transports::console::red(
            fmt::format("  {}, effect {}", hal::bus::name(r.error.code), hal::bus::name(r.error.effect)));
    }
    if (r.unsure) text += transports::console::yellow("  may have happened");
    return text;
}

Json Teller::json(const Record& r) {
    remember(r);
    Json json = {{"index", r.index}, {"t_ns", r.time_ns}, {"op", transports::recorder::name(r.kind)}};
    if (r.bus != 0) json["bus"] = r.bus;
    if (r.lane != 0) json["lane"] = r.lane;
    if (r.kind == Kind::wait) {
        json["from_ns"] = r.before_ns;
        json["until_ns"] = r.deadline_ns;
    }
    if (r.kind == Kind::frame) {
        json["out"] = std::vector<std::uint8_t>(r.tx.begin(), r.tx.end());
        json["in"] = std::vector<std::uint8_t>(r.rx.begin(), r.rx.end());
    }
    if (!r.is_access()) return json;
    json["address"] = fmt::format("{:#010x}", r.address);
    json["name"] = schema_.name(r.address);
    if (r.width != 4) json["width"] = r.width;
    Json words = Json::array();
    for (const std::uint64_t word : r.words) words.push_back(hex(word, r.width));
    if (!r.words.empty()) json["words"] = words;
    if (r.failed) {
        json["error"] = hal::bus::name(r.error.code);
        json["effect"] = hal::bus::name(r.error.effect);
    }
    if (r.unsure) json["unsure"] = true;
    return json;
}

namespace {

struct Arguments {
    std::string file, from;
    Filter filter;
    std::uint64_t index = 0, limit = 0;
    bool json = false, follow = false, raw = false, by_index = false;
};

/// Blocks until the file may have grown.
class Watch {
public:
    explicit Watch(const std::string& file) : descriptor_(::inotify_init1(IN_CLOEXEC)) {
        ::inotify_add_watch(descriptor_, file.c_str(), IN_MODIFY | IN_CLOSE_WRITE);
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() { ::close(descriptor_); }
    void wait() const {
        ::pollfd waiting{descriptor_, POLLIN, 0};
        char events[4096];
        if (::poll(&waiting, 1, 500) > 0 && ::read(descriptor_, events, sizeof events) < 0) return;
    }

private:
    int descriptor_;
};

/// Records and the markers between them, to standard output.
class Printer {
public:
    Printer(const Arguments& a, trace::Reader& reader) : a_(a), reader_(reader), teller_(reader.schema()) {}

    /// False once the limit is reached.
    bool print_all() {
        trace::Record record;
        while (a_.limit == 0 || shown_ < a_.limit) {
            const bool more = reader_.next(record);
            markers();
            if (!more) return true;
            const std::string line = a_.json ? teller_.json(record).dump() : teller_.text(record);
            const bool hidden =
                (record.kind == Kind::clock && a_.filter.ops.empty()) || (a_.filter.changed && !teller_.changed());
            if (hidden || !a_.filter.wants(record, reader_.schema())) continue;
            ++shown_;
            std::fwrite(line.data(), 1, line.size(), stdout);
            std::fputc('\n', stdout);
        }
        return false;
    }
    std::uint64_t shown() const { return shown_; }

private:
    void markers() {
        for (; markers_ < reader_.markers().size(); ++markers_) {
            const auto& marker = reader_.markers()[markers_];
            if (a_.json) {
                fmt::print("{}\n",
                           Json{{"marker", marker.text}, {"before", marker.index}, {"t_ns", marker.time_ns}}.dump());
            } else {
                fmt::print("{:>9} {:>14} {}\n", "", time_text(marker.time_ns),
                           transports::console::bold("-- " + transports::names::printable(marker.text)));
            }
        }
    }

    const Arguments& a_;
    trace::Reader& reader_;
    Teller teller_;
    std::uint64_t shown_ = 0;
    std::size_t markers_ = 0;
};

int show(const Arguments& a) {
    trace::Reader reader(a.file);
    if (!a.from.empty()) reader.seek_time(parse_time(a.from));
    if (a.by_index) reader.seek_index(a.index);
    if (!a.json) fmt::print("{:>9} {:>14} {:<11} {:<28} {}\n", "index", "time us", "op", "register", "value");
    Printer printer(a, reader);
    bool more = printer.print_all();
    if (a.follow) {
        const Watch watch(a.file);
        while (more && !reader.ended()) {
            std::fflush(stdout);
            if (!reader.refresh()) watch.wait();
            more = printer.print_all();
        }
    }
    if (more) reader.finish();
    std::fflush(stdout);
    return report_findings(reader) ? kFinding : kDone;
}

int seek(const Arguments& a) {
    const auto start = std::chrono::steady_clock::now();
    trace::Reader reader(a.file);
    if (a.by_index) {
        reader.seek_index(a.index);
    } else {
        reader.seek_time(parse_time(a.from));
    }
    trace::Record record;
    const bool found = reader.next(record);
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    if (!found) throw std::invalid_argument(transports::names::printable(a.file) + ": nothing at or behind that place");
    Teller teller(reader.schema());
    if (a.json) {
        Json json = teller.json(record);
        json["seek_ms"] = ms;
        fmt::print("{}\n", json.dump());
    } else {
        fmt::print("{}\n", teller.text(record));
        std::fprintf(stderr, "found in %.1f ms\n", ms);
    }
    return kDone;
}

}  // namespace

void add_show(CLI::App& app, int& status) {
    static Arguments a;
    CLI::App* const command = app.add_subcommand("show", "A trace as text, decoded");
    command->footer(
        "What is missing of the trace goes to standard error; exit code 1 if anything is.\n"
        "Examples:\n  reconverge show boot.pcapng --block 'hbm*' --op write\n"
        "  reconverge show boot.pcapng --register '*.status' --changed --from 120us\n"
        "  reconverge show boot.pcapng --follow");
    command->add_option("file", a.file, "The trace")->required();
    command->add_option("--block", a.filter.blocks, "Only blocks of this name; * and ? as in file names")
        ->delimiter(',');
    command->add_option("--register", a.filter.registers, "Only registers: BLOCK.REGISTER, with * and ?")
        ->delimiter(',');
    command->add_option("--op", a.filter.ops, "Only read, write, guard, consume, wait, clock, frame")
        ->delimiter(',')
        ->check(CLI::IsMember({"read", "write", "write_fixed", "guard", "consume", "wait", "clock", "frame"}));
    command->add_flag("--failed", a.filter.failed, "Only accesses that failed");
    command->add_flag("--changed", a.filter.changed, "Only values that differ from the last one seen there");
    command->add_option("--from", a.from, "Start at this time: 120us, 1.5ms, 2s");
    command->add_option("--index", a.index, "Start at this index")->each([](const std::string&) { a.by_index = true; });
    command->add_option("--limit", a.limit, "Show no more than this many");
    command->add_flag("--follow", a.follow, "Go on while the file grows, until its end mark");
    command->add_flag("--json", a.json, "One JSON object per line");
    command->callback([&status] { status = show(a); });
}

void add_seek(CLI::App& app, int& status) {
    static Arguments a;
    CLI::App* const command = app.add_subcommand("seek", "The first record at a time or index; fast in any file");
    command->footer(
        "Examples:\n  reconverge seek fleet.pcapng --time 2.5s\n  reconverge seek fleet.pcapng --index 1000000");
    command->add_option("file", a.file, "The trace")->required();
    auto* const time = command->add_option("--time", a.from, "120us, 1.5ms, 2s");
    auto* const index =
        command->add_option("--index", a.index, "Counted from 0, lost records too")->each([](const std::string&) {
            a.by_index = true;
        });
    time->excludes(index);
    command->add_flag("--json", a.json, "For machines");
    command->callback([&status] {
        if (a.from.empty() && !a.by_index) throw std::invalid_argument("seek: where to? add --time T or --index N");
        status = seek(a);
    });
}

}  // namespace replay::commands
