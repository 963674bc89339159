// docs/faults.md, from the table.
#include <fmt/format.h>

#include "chaos/faults/faults.hpp"

namespace chaos::faults {

namespace {

constexpr const char* kHead =
    "# Faults, and what is promised for each\n\n"
    "Generated from the table in `chaos/faults/faults.cpp` by `reconverge faults --markdown`; injector and oracle "
    "read\n"
    "the same table. *Must recover*: the HAL gets the chip to the state of a run without the fault. *Must fail safe*: "
    "it\n"
    "does, or says clearly that it can't, and harms nothing. *Out of contract*: counted as Excluded, never as a pass.\n"
    "For all of them: traffic is disturbed no more than without a HAL, nothing is accessed that the manual forbids,\n"
    "nothing is written that no plan names.\n";

constexpr const char* kOutcomeWords[] = {
    "the same call ends as without the fault, its chip to the bit",
    "the next HAL finds what happened behind this one's back; then to the bit",
    "the call ends with an error and no harm; the next HAL ends as without the fault",
    "reported as deferred; a HAL that may drain traffic ends as without the fault",
    "reported as given up, the rest as intended; a HAL told to try again (`--retry`) ends as without the fault",
    "reported as broken or in need of a reset, the rest as intended; right after a cold reset",
    ("all as intended in the intent's own units, and nothing is written any more; what differs is the host's, a "
     "working register, or a record of what happened"),
};

std::string outcomes_of(const Row& row) {
    std::string all;
    for (std::size_t o = 0; o < kOutcomes; ++o) {
        if (allows(row, static_cast<Outcome>(o))) {
            all += (all.empty() ? "" : ", ") + std::string(name(static_cast<Outcome>(o)));
        }
    }
    return all;
}

std::string moments_of(const Row& row) {
    std::string all;
    for (const Moment moment : {Moment::before, Moment::after, Moment::waiting}) {
        if (strikes_at(row, moment)) all += (all.empty() ? "" : ", ") + std::string(name(moment));
    }
    return all;
}

}  // namespace

std::string page() {
    std::string text = kHead;
    text += "\n| outcome | |\n|---|---|\n";
    for (std::size_t o = 0; o < kOutcomes; ++o) {
        text += fmt::format("| {} | {} |\n", name(static_cast<Outcome>(o)), kOutcomeWords[o]);
    }
    constexpr const char* kTitles[] = {"Process", "Frame on the SPI wire", "Access through the PCIe window", "Chip"};
    for (std::size_t level = 0; level < 4; ++level) {
        text += fmt::format(
            "\n## {}\n\n| fault | what | contract | allowed outcomes | paths | strikes |\n"
            "|---|---|---|---|---|---|\n",
            kTitles[level]);
        for (const Row& row : rows()) {
            if (row.level != static_cast<Level>(level)) continue;
            text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", row.name, row.what, name(row.contract),
                                outcomes_of(row),
                                row.spi && row.pcie ? "both"
                                : row.spi           ? "SPI"
                                                    : "PCIe",
                                moments_of(row));
        }
    }
    text +=
        "\nAfter an ignored write or a block's sudden reset, what the same call had decided already may break rules "
        "that\n"
        "it kept: illegal accesses of that call don't count then, those of the next HAL do. A register that stays dead "
        "fools\n"
        "every HAL once that doesn't know of it: killed before it has given up, or told to try again.\n";
    text +=
        "\nMoments: *before* and *after* whatever the chip sees of the process, and *waiting*: hardware's own events "
        "while\nit waits.\n";
    return text;
}

}  // namespace chaos::faults
