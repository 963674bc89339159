// What ends are compared with: the chip at rest, what it delivers, and what differs from a run without faults.
#include <fmt/format.h>

#include "chaos/faults/upsets.hpp"
#include "chaos/trial.hpp"

namespace chaos {

using transports::model::Chip;
using transports::model::Instance;

/// What a healthy chip rests like, and what moves on it by itself.
void Trials::learn_rest() {
    constexpr std::uint64_t kStepUs = 93, kSteps = 30'000;  // 2.8 s: every phase, and beyond the watchdog's half time
    Chip& chip = judge_.rig().chip;
    judge_.run(scenario_.policy, nullptr, stray_);
    chip.finish_countdowns();
    rest_.cells = chip.cells();
    rest_.compared = chip.layout().hash_mask;
    const transports::model::Mark here = chip.mark();
    for (std::uint64_t step = 0; step < kSteps; ++step) {
        chip.advance(step % 64 == 0 ? 40 * kStepUs : kStepUs);
        if (step % 7 != 0 && step > 256) continue;
        const std::vector<std::uint32_t>& now = chip.cells();
        for (std::size_t cell = 0; cell < now.size(); ++cell) rest_.compared[cell] &= ~(now[cell] ^ rest_.cells[cell]);
    }
    chip.roll_back(here);
    // Working registers keep what was last done with them: what another way to the same goal leaves differently.
    rest_.determined = rest_.compared;
    chip.warm_reset();
    judge_.rig().forget_sessions();
    judge_.run(scenario_.policy, nullptr, stray_);
    chip.finish_countdowns();
    for (std::size_t cell = 0; cell < rest_.cells.size(); ++cell) {
        rest_.determined[cell] &= ~(chip.cells()[cell] ^ rest_.cells[cell]);
    }
    judge_.rig().forget_sessions();
    chip.restore(judge_.start());
}

bool Trials::rests() {
    Chip& chip = judge_.rig().chip;
    const transports::model::Mark here = chip.mark();
    chip.finish_countdowns();
    bool same = true;
    const std::vector<std::uint32_t>& now = chip.cells();
    for (std::size_t cell = 0; cell < now.size() && same; ++cell) {
        same = ((now[cell] ^ rest_.cells[cell]) & rest_.compared[cell]) == 0;
    }
    chip.roll_back(here);
    return same;
}

bool Trials::as_reference(const Run& run) {
    return run.result && same_outcome(*run.result, reference_.report) && rests();
}

bool Trials::delivers(std::string& what) {
    std::uint64_t compared = 0, non_zero = 0;
    const auto finding = compare_measures(judge_.rig().chip, reference_.expected, compared, non_zero);
    if (finding) what = finding->what;
    return !finding && compared != 0;
}

/// The first place in which the chip differs from one without faults; empty if there is none. Managed fields are those
/// that management has to put right: reset clears them, and the host doesn't own them.
std::string Trials::difference(Fields which) const {
    const Chip& chip = judge_.rig().chip;
    const transports::model::Layout& layout = chip.layout();
    for (Instance i = 0; i < layout.first_cell.size(); ++i) {
        const auto& words = layout.type[i]->words;
        const bool converged = judge_.rig().states()[i].state == hal::converge::State::converged;
        if (which == Fields::managed_of_converged && (!converged || i == 0)) continue;
        for (std::uint32_t w = 0; w < words.size(); ++w) {
            const std::uint32_t cell = layout.first_cell[i] + w;
            const std::uint32_t managed = words[w].writable() & ~words[w].host & ~words[w].sticky;
            const std::uint32_t asked = which == Fields::all ? rest_.compared[cell] : rest_.determined[cell] & managed;
            if (((chip.cell(cell) ^ rest_.cells[cell]) & asked) == 0) continue;
            return fmt::format("{}: word at {:#x} is {:#x}, without faults {:#x}", instance_name(layout.chip, i),
                               words[w].offset, chip.cell(cell), rest_.cells[cell]);
        }
    }
    return {};
}

std::uint8_t Trials::declared_outcomes(const faults::Strike& strike) const {
    const transports::model::Layout& layout = judge_.rig().chip.layout();
    const auto instance = static_cast<Instance>(strike.argument(0));
    return faults::outcomes(faults::declared(*layout.type[instance], strike.argument(1), strike.argument(2)));
}

}  // namespace chaos
