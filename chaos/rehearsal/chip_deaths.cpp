// The deaths of Rehearsal that befall the chip's process, not the machine.
#include <fmt/format.h>

#include <thread>

#include "chaos/rehearsal/rehearsal.hpp"

namespace chaos::rehearsal {
namespace {

constexpr int kTrouble = 3;  // halctl: the link, or the chip at its end, is in the way

}  // namespace

void Rehearsal::boot_at(const ChipProcess& chip) {
    const int pci = chip.pci(), spi = chip.spi();
    machine_.start(pci, spi);
    wait_ready();
}

Outcome Rehearsal::chip_dies(const DeathPoint& point) {
    using Clock = std::chrono::steady_clock;
    Scene& played = scene(point.scenario, point.path);
    Outcome outcome;
    ChipProcess chip(options_.folder, options_.scale, point.scenario);
    boot_at(chip);
    machine_.send(fmt::format("run {} {}", ++number_, command(played)));
    std::this_thread::sleep_for(std::chrono::milliseconds(point.moment));
    point.death == Death::stall ? chip.stop() : chip.kill();
    const Ended ended = follow(point.death == Death::stall ? options_.stall : options_.patience);
    const auto start = Clock::now();
    machine_.kill();  // the watchdog, if it stands still
    if (ended.how == Ended::How::exited && ended.status == 0) {
        outcome.verdict = Verdict::not_measured;
        outcome.what = "halctl was done before the chip's process died";
    } else {
        outcome.what = point.death == Death::stall ? after_stall(played, chip) : after_removal(ended);
        if (!outcome.what.empty()) outcome.verdict = Verdict::lost;
    }
    machine_.off();  // the next one meets the chip in this process again
    outcome.restart_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return outcome;
}

// Another machine, the same chip; empty, or what is wrong.
std::string Rehearsal::after_stall(const Scene& played, ChipProcess& chip) {
    chip.go_on();
    boot_at(chip);
    const Ended fresh = converge(played);
    if (fresh.how != Ended::How::exited || fresh.status != 0) {
        return "the fresh halctl fails: " + words(fresh);
    }
    machine_.kill();
    if (const int status = chip.finish(); status != 0) {
        return fmt::format("the chip says that traffic was disturbed or the manual broken: exit code {}", status);
    }
    return {};
}

// Nothing is left to recover; what counts is what halctl says.
std::string Rehearsal::after_removal(const Ended& ended) const {
    if (ended.how != Ended::How::exited) return "halctl doesn't end although the chip is gone";
    if (ended.status == kTrouble && ended.output.rfind("halctl: ", 0) == 0) return {};
    return fmt::format("halctl doesn't say that the chip is gone: exit code {}: {}", ended.status, ended.output);
}

}  // namespace chaos::rehearsal
