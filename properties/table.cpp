#include "properties/table.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace properties {

// NOLINTNEXTLINE(readability-function-size): it is the table
const std::vector<Row>& rows() {
    static const std::vector<Row> all = {
        {"legal-plan", "Drivers",
         "Whatever words a driver sees, whatever the intent and however long it has waited: its plan is finite, waits "
         "no longer than a second, stays in its own block, does there only what software may do, sets no reserved bit, "
         "changes none that is the host's or behind a lock that software has set, and acknowledges only errors that "
         "were seen.",
         "a read-modify-write that loses or acknowledges what it doesn't mean"},
        {"footprint", "Drivers",
         "The answer depends on the block's observed registers and its own intent: whatever else stands in memory "
         "around them, and in registers that nobody observes, it is the same.",
         "a driver that looks one field too far"},
        {"pure", "Drivers", "The same question has the same answer, whatever was asked in between.",
         "a driver that remembers"},
        {"patience-ends", "Drivers",
         "While hardware never moves, a driver that waits stops waiting after finitely many looks.",
         "a wait that doesn't count the time"},
        {"tables", "Registers",
         "Any sequence of accesses to any block leaves in the model's tables what an independent interpreter of the "
         "RDL "
         "has, and both refuse the same.",
         "a field kind that a generator turns into the wrong mask"},
        {"at-most-once", "Link",
         "Whatever is lost, repeated, cut or flipped, whoever dies and whatever old frame is sent again: every write "
         "and "
         "every destructive read takes effect at most once, and the answer never claims more or less than that. "
         "(Posted stores that a PCIe fabric loses are the next HAL's to find.)",
         "a sequence number that isn't checked"},
        {"fenced", "Link",
         "From the moment another process has claimed the port, nothing of the one before it reaches a register. "
         "(Over PCIe: within 15 claims, and unless the chip is reset in between.)",
         "an epoch that is believed without its nonce"},
        {"guards-atomic", "Link",
         "What stands behind a guard is written only while the guard holds, whatever hardware does meanwhile.",
         "a guard in another frame than its writes"},
        {"converges", "Recovery",
         "After any number of deaths and any plan of recoverable faults within their contracts, the chip ends as "
         "without "
         "them, to the bit, and every other oracle is content.",
         "a write that isn't repeated after its request was lost"},
        {"truthful", "Recovery",
         "From any chip with any management bits flipped: the call ends within its time, what it calls converged "
         "delivers the intent in the intent's own units, and of every other block it says why. Not asked about: a "
         "block in which a flip has cleared what hardware had logged, or has struck a record that hardware takes over "
         "meanwhile while other flips hold the HAL up.",
         "a done bit that is believed without its configuration"},
        {"idempotent", "Recovery",
         "Once hardware has come to rest and one more call has seen to what it did meanwhile, a further call writes "
         "nothing and reports the same, on chips that could only be brought up in part, too.",
         "a repair that doesn't stay and is tried for ever"},
        {"undisturbed", "Recovery",
         "Running traffic suffers nothing that it would not have suffered from the same faults without a HAL.",
         "a disruptive act that doesn't wait for a drain"},
        {"progress", "Recovery",
         "Dying anywhere costs at most the plan that was being carried out: what was written before and what the next "
         "HAL "
         "writes add up to no more than what was to be written.",
         "a driver that starts over"},
        {"stateless", "Recovery",
         "A HAL that lives long and a new one before every call write the same, in the same order, and report the "
         "same, "
         "for any sequence of calls and of what befalls the chip between them. (What a claim aborts is aborted for "
         "both.)",
         "a driver that remembers what it wrote"},
        {"reconstructs", "Recovery",
         "From any chip with any management bits flipped: every word that a fresh HAL reads is what the register "
         "holds.",
         "an address that is computed wrongly for some instance"},
        {"plan-is-act", "Recovery",
         "On a chip at rest, what a plan prints is what the next call does, for every block with nothing to do above "
         "it, "
         "and nothing else; planning changes nothing.",
         "a write that isn't announced"},
        {"observers", "Recovery",
         "Whoever looks at the chip without claiming it, at any moment of another's call, changes nothing: not the "
         "chip, "
         "not what the other reads, writes and reports.",
         "an observer that claims, or uses up a sequence number"},
        {"version-skew", "Recovery",
         "When HALs of any intents take over from each other, each dying anywhere, the chip ends as the last one's "
         "intent says, in the intent's own units.",
         "a verdict that outlives the intent it was made for"},
        {"replay-identity", "Replay",
         "A HAL that is replayed from the recording of any call finds every access where it was, and plans the same.",
         "a record that loses a bit"},
        {"records-kept", "Replay",
         "Whatever accesses, waits and markers are written to a trace: they read back as they were, with any "
         "compression, rewritten or not, from any index on; from a damaged file, all that is read was written, and "
         "what "
         "is missing is said.",
         "a block that is believed without its CRC"},
        {"minimal", "Replay",
         "What minimising keeps still shows what was looked for, and nothing of it can be left out.",
         "a search that stops too early"},
    };
    return all;
}

const Row* find(const std::string& name) {
    for (const Row& row : rows()) {
        if (name == row.name) return &row;
    }
    return nullptr;
}

namespace {

/// The words in lines of at most 118 columns.
std::string wrapped(const std::string& words) {
    constexpr std::size_t kColumns = 118;
    std::string text;
    std::size_t column = 0;
    for (std::size_t from = 0; from < words.size();) {
        const std::size_t end = std::min(words.find(' ', from), words.size());
        if (column != 0 && column + 1 + end - from > kColumns) {
            text += '\n';
            column = 0;
        }
        if (column != 0) text += ' ';
        column += end - from + (column != 0 ? 1 : 0);
        text += words.substr(from, end - from);
        from = end + 1;
    }
    return text + '\n';
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// Who fails on which seeded bug, as properties/mutants/matrix.py has found out.
std::string matrix() {
    std::ifstream file(RECONVERGE_SOURCE_DIR "/properties/mutants/matrix.jsonl");
    std::map<std::string, std::vector<std::string>> mutants_of;
    std::vector<std::string> blind;
    std::size_t tried = 0;
    for (std::string line; std::getline(file, line); ++tried) {
        const auto told = nlohmann::json::parse(line);
        const std::string mutant = told.at("mutant");
        for (const std::string name : told.at("fails")) {
            if (find(name) == nullptr) throw std::runtime_error("matrix.jsonl: no property " + name);
            mutants_of[name].push_back(mutant);
        }
        if (told.at("fails").empty()) blind.push_back(mutant);
    }
    std::string text =
        "\n## Property × mutant\n\n" +
        wrapped(fmt::format("Every property was tried on {} seeded bugs (`properties/mutants/matrix.py`, which goes on "
                            "where it stopped; `chaos/mutants` says what each bug is). Those that each one fails on:",
                            tried));
    for (const Row& row : rows()) {
        const auto& mutants = mutants_of[row.name];
        text += '\n' + wrapped(fmt::format("**{}** ({}): {}.", row.name, mutants.size(),
                                           mutants.empty() ? "none of those tried so far" : joined(mutants)));
    }
    const std::string rest = blind.empty() ? "Each of these bugs is found by some property."
                                           : fmt::format(
                                                 "No property fails on {} of them, which are `reconverge "
                                                 "mutate`'s to find: {}.",
                                                 blind.size(), joined(blind));
    return text + '\n' + wrapped(rest);
}

}  // namespace

std::string page() {
    std::string text =
        "# Properties\n\n"
        "Generated from the table in `properties/table.cpp` by `properties_test --page`. Each is tried on some "
        "thousand\n"
        "generated cases in `./dev test`, the same ones every time; `RC_PARAMS` and `RECONVERGE_CASES` ask for others. "
        "A failing\n"
        "case is shrunk and told as a story, with the `RC_PARAMS` that make RapidCheck try it again and, where a chip "
        "is\n"
        "driven, an id that `reconverge chaos --repro` takes. A property that looked at nothing fails.\n";
    const char* room = "";
    for (const Row& row : rows()) {
        if (std::string(room) != row.room) text += fmt::format("\n## {}\n", row.room);
        room = row.room;
        text +=
            '\n' + wrapped(fmt::format("**{}.** {} *What would break it:* {}.", row.name, row.claim, row.broken_by));
    }
    return text + matrix();
}

}  // namespace properties
