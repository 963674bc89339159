// reconverge correlate: two environments side by side, block by block; recordings of them, or chips to be reached now.
#include "replay/compare/correlate.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "replay/commands/commands.hpp"
#include "replay/imports/open.hpp"
#include "replay/transport/live.hpp"
#include "transports/console/console.hpp"
#include "transports/names/chip_names.hpp"
#include "transports/names/text.hpp"
#include "transports/recorder/describe.hpp"
#include "transports/unix/temporary_folder.hpp"

namespace replay::commands {
namespace {

using Json = nlohmann::ordered_json;
using transports::console::green;
using transports::console::grouped;
using transports::console::red;

struct Arguments {
    std::string a, b, scale = "1", intent = "training", keep;
    transport::RandomAccesses random;
    std::uint64_t limit = 20;
    bool json = false, blocks = false, writes_only = false;
};

Json to_json(const compare::Correlation& c) {
    Json blocks = Json::array(), findings = Json::array();
    for (const compare::BlockRow& row : c.blocks) {
        blocks.push_back({{"block", row.name},
                          {"writes", row.writes},
                          {"reads", row.reads},
                          {"fields", row.fields},
                          {"non_zero", row.non_zero},
                          {"alike", row.alike}});
    }
    for (const compare::Parting& p : c.partings) {
        findings.push_back(
            {{"block", p.block}, {"where", p.where}, {"event", p.event}, {"index", p.index}, {"a", p.a}, {"b", p.b}});
    }
    return {{"blocks", blocks}, {"words", {c.words_a, c.words_b}}, {"findings", findings}};
}

void print(const Arguments& arguments, const compare::Correlation& c) {
    if (arguments.blocks) {
        transports::console::Rows rows = {{"block", "", "writes", "reads", "fields", "not zero"}};
        for (const compare::BlockRow& row : c.blocks) {
            rows.push_back({row.name, row.alike ? "alike" : "differs", grouped(row.writes), grouped(row.reads),
                            grouped(row.fields), grouped(row.non_zero)});
        }
        transports::console::print_table(rows);
    }
    for (std::size_t i = 0; i < c.partings.size() && i < arguments.limit; ++i) {
        const compare::Parting& p = c.partings[i];
        fmt::print("{} {} (record {}, after {} events alike): {} | {}\n", red("differs"), p.where, p.index, p.event,
                   p.a, p.b);
    }
    if (c.partings.size() > 1) fmt::print("The first of them is the earliest: look there first.\n");
    std::uint64_t fields = 0, non_zero = 0;
    for (const compare::BlockRow& row : c.blocks) {
        fields += row.fields;
        non_zero += row.non_zero;
    }
    fmt::print("{}: {} of {} blocks alike; {} and {} words written, {} fields compared, {} of them not zero\n",
               !c.measured()        ? red("nothing compared")
               : c.partings.empty() ? green("equal")
                                    : red("different"),
               c.blocks.size() - c.partings.size(), c.blocks.size(), grouped(c.words_a), grouped(c.words_b),
               grouped(fields), grouped(non_zero));
}

/// Where recordings of live chips go: a folder of the user's, or one that is gone in the end.
class Folder {
public:
    explicit Folder(const std::string& keep) : path_(keep) {
        if (keep.empty()) {
            path_ = temporary_.emplace("correlate").path();
            return;
        }
        std::error_code error;
        std::filesystem::create_directories(path_, error);
        if (error) throw std::invalid_argument(keep + ": can't be made a folder; choose another");
    }
    std::string file(const char* name) const { return (path_ / name).string(); }

private:
    std::optional<transports::unix_socket::TemporaryFolder> temporary_;
    std::filesystem::path path_;
};

/// What a HAL on a live side is asked to do: what the recorded side's was, or what the options say.
std::string description(const Arguments& a) {
    for (const std::string& side : {a.a, a.b}) {
        if (!transport::is_live(side)) return imports::Source(side).description();
    }
    const transports::names::ChipNames names(transports::names::parse_scale(a.scale));
    const auto intent = transports::intent::load(a.intent, names.chip());
    hal_policy policy{};
    policy.size = sizeof policy;
    return transports::recorder::describe(names, "spi", "reconverge correlate", "", intent.name, intent.intended,
                                          policy)
        .json;
}

/// The file to read for a side; a live one is recorded first.
std::string recorded(const Arguments& a, const std::string& side, const std::string& asked, const std::string& file) {
    if (!transport::is_live(side)) return side;
    const transport::Outcome outcome = transport::record_live(side, asked, a.random, file);
    if (!outcome.ended) {
        fmt::print(stderr, "{}: the HAL ended early: {} at {}\n", transports::names::printable(side),
                   hal::bus::name(static_cast<hal::bus::Code>(outcome.error.code)),
                   transports::names::hex(outcome.error.address));
    }
    return file;
}

int correlate(const Arguments& arguments) {
    const bool live = transport::is_live(arguments.a) || transport::is_live(arguments.b);
    if (!live && arguments.random.count != 0) {
        throw std::invalid_argument("--random: both sides are recordings; it needs a chip, such as model:");
    }
    const Folder folder(live ? arguments.keep : std::string());
    const std::string asked = live ? description(arguments) : std::string();
    imports::Source first(recorded(arguments, arguments.a, asked, folder.file("a.pcapng")));
    imports::Source second(recorded(arguments, arguments.b, asked, folder.file("b.pcapng")));
    const compare::Correlation c = compare::correlate(first, second, !arguments.writes_only);
    if (arguments.json) {
        fmt::print("{}\n", to_json(c).dump(1));
    } else {
        print(arguments, c);
    }
    return !c.measured() ? kNotMeasured : c.partings.empty() ? kDone : kFinding;
}

}  // namespace

void add_correlate(CLI::App& app, int& status) {
    static Arguments a;
    CLI::App* const command =
        app.add_subcommand("correlate", "Did two environments do the same to every block, in order?");
    command->footer(
        "Model against RTL, silicon against model, SPI against PCIe. Per block instance: the writes in order, and "
        "reads,\n"
        "where a repetition without news counts once. The order across blocks doesn't count, nor do guards.\n"
        "In place of a recording stands a chip: model: (one after cold reset) or a link, unix:PATH, spidev:...,\n"
        "pcie:... A HAL claims and converges it, as the recording on the other side says, or --intent. Let it be in\n"
        "the state that the other side began in.\n"
        "Examples:\n  reconverge correlate model.pcapng rtl.pcapng --blocks\n"
        "  reconverge correlate model.pcapng silicon.pcapng --writes-only\n"
        "  reconverge correlate model: unix:/tmp/rtl --scale 1/8 --random 2000 --keep found\n"
        "  reconverge correlate model.pcapng spidev:/dev/spidev0.0");
    command->add_option("a", a.a, "A trace, a file that can be imported, or a chip")->required();
    command->add_option("b", a.b, "Another")->required();
    command->add_option("--scale", a.scale, "Size of the chips, if neither side is a recording")->capture_default_str();
    command->add_option("--intent", a.intent, "What both shall be, if neither side is a recording")
        ->capture_default_str();
    command->add_option("--random", a.random.count,
                        "So many random accesses after the HAL's, with a look at the block behind each. They ruin a "
                        "chip that is in use");
    command->add_option("--around", a.random.blocks, "Random accesses to these blocks only, such as pll or 'hbm*'")
        ->capture_default_str();
    command->add_option("--seed", a.random.seed, "Of the random accesses")->capture_default_str();
    command->add_option("--keep", a.keep, "A folder for the recordings of chips: a.pcapng, b.pcapng");
    command->add_flag("--blocks", a.blocks, "A row for every block");
    command->add_flag("--writes-only", a.writes_only, "Reads don't count: hardware that takes another time");
    command->add_option("--limit", a.limit, "Rows to print of each kind")->capture_default_str();
    command->add_flag("--json", a.json, "For machines");
    command->callback([&status] { status = correlate(a); });
}

}  // namespace replay::commands
