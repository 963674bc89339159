#include "chaos/rehearsal/rehearsal.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <utility>

#include "chaos/closure.hpp"
#include "chaos/rehearsal/noise.hpp"
#include "hal/chip/chip.hpp"
#include "transports/names/chip_names.hpp"

namespace chaos::rehearsal {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kNames[kDeaths] = {"process", "panic", "reset", "power", "noise", "stall", "removal"};
constexpr int kKilled = 128 + 9;            // a shell's word for SIGKILL
constexpr unsigned kGuestDeadline = 3600;   // seconds of halctl's: an emulated machine is slow, and watched from here
constexpr std::uint64_t kMostSlow = 5'000;  // answers, each later by:
constexpr auto kSlow = std::chrono::milliseconds(1);
constexpr std::uint64_t kMostRuns = 20;  // a run that takes more accesses than so many without faults never ends

std::string failure(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings) {
        text += (text.empty() ? "" : "; ") + std::string(oracles()[static_cast<std::size_t>(finding.oracle)].name) +
                ": " + finding.what;
    }
    return text;
}

/// Base64. Throws std::runtime_error.
std::string decode(const std::string& text) {
    std::string bytes(text.size(), '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) throw std::runtime_error("the guest's file came damaged");
    const std::size_t padding = text.size() - (text.find_last_not_of('=') + 1);
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

}  // namespace

const char* name(Death death) { return kNames[static_cast<std::size_t>(death)]; }

/// Lets a machine die at one moment, and counts what reaches the chip behind it.
class Rehearsal::Striker final : public Boundary {
public:
    Striker(std::uint64_t moment, bool cut, std::function<void()> strike)
        : moment_(moment), cut_(cut), strike_(std::move(strike)) {}
    bool reached(std::uint32_t index, Moment, std::size_t) override {
        ++moments;
        if (index > moment_) behind += index % 2 == 0 ? 1 : 0;
        // The guest needs its processor to die: halctl isn't to be done before.
        if (struck && !cut_ && behind < kMostSlow) std::this_thread::sleep_for(kSlow);
        if (index != moment_) return true;
        struck = true;
        strike_();
        return !cut_;
    }
    // Read by the other thread only while it holds the stage.
    std::uint64_t moments = 0, behind = 0;
    bool struck = false;

private:
    const std::uint64_t moment_;
    const bool cut_;
    const std::function<void()> strike_;
};

Rehearsal::Rehearsal(Options options)
    : options_(std::move(options)),
      size_(transports::names::parse_scale(options_.scale)),
      layout_(*hal::chip::at_scale(size_.scale_numerator, size_.scale_denominator)),
      machine_(options_.image, options_.folder) {}

Rehearsal::~Rehearsal() = default;

// The scenario with the intents that the guest has: their watchdog has the patience that an emulated machine needs.
Scenario Rehearsal::patient(const std::string& scenario, Path path) const {
    Scenario made = make_scenario(scenario, size_.scale_numerator, size_.scale_denominator);
    const auto load = [&](const std::string& intent) {
        return transports::intent::load(options_.image.intents + "/" + intent + ".json", size_).intended;
    };
    made.path = path;
    made.intended = load(made.intent);
    made.earlier = load("training");
    return made;
}

Scene& Rehearsal::scene(const std::string& scenario, Path path) {
    auto& made = scenes_[{scenario, path}];
    if (made != nullptr) return *made;
    made = std::make_unique<Scene>(patient(scenario, path), layout_);
    return *made;
}

std::uint64_t Rehearsal::bound(const std::string& scenario, Path path) {
    Scene& made = scene(scenario, path);
    if (made.worst != 0) return made.worst;
    ClosureOptions closure;
    closure.audit_percent = 0;
    closure.oracles.reset(static_cast<std::size_t>(Oracle::bounded));  // the dearest recovery is what is asked here
    const ClosureResult closed = close(made.scenario, closure);
    if (!closed.closed || closed.lost != 0 || closed.broken()) {
        throw std::runtime_error("'" + scenario + "' doesn't close in process; `reconverge chaos closure` tells more");
    }
    made.worst = closed.worst_accesses;
    return made.worst;
}

void Rehearsal::boot() {
    const Stage::Ends ends = stage_.connect();
    machine_.start(ends.pci, ends.spi);
    wait_ready();
}

void Rehearsal::wait_ready() {
    ++boots_;
    while (const auto line = machine_.line(options_.patience)) {
        if (*line == "READY") return;
    }
    const std::string trouble = stage_.trouble();
    if (!trouble.empty()) throw std::runtime_error(trouble);
    throw std::runtime_error(fmt::format("the guest isn't ready after {} s; its last words: {}",
                                         options_.patience.count(), machine_.last_words()));
}

std::string Rehearsal::command(const Scene& scene) const {
    return fmt::format("/bin/halctl --link {} --scale {} converge --deadline {} --intent /intents/{}.json{}",
                       scene.scenario.path == Path::spi ? kGuestSpi : kGuestPcie, options_.scale, kGuestDeadline,
                       scene.scenario.intent, scene.scenario.policy.drain ? " --drain" : "");
}

Rehearsal::Ended Rehearsal::converge(const Scene& scene, const std::string& more) {
    machine_.send(fmt::format("run {} {}{}", ++number_, command(scene), more));
    return follow(options_.patience, kMostRuns * scene.reference.accesses);
}

// Until the command ends, or the machine does. What reaches the chip is a sign of life, but not for ever: only the
// first `most` of it.
Rehearsal::Ended Rehearsal::follow(std::chrono::seconds patience, std::uint64_t most) {
    const std::uint64_t end_of_life = stage_.reached() + most;
    const auto life = [&] { return std::min(stage_.reached(), end_of_life); };
    Ended ended;
    const std::string out = fmt::format("OUT {} ", number_), end = fmt::format("END {} ", number_);
    while (const auto line = machine_.line(patience, life)) {
        if (*line == "READY") {
            ++boots_;
            ended.how = Ended::How::machine_gone;
            return ended;
        }
        if (line->rfind(out, 0) == 0) ended.output = line->substr(out.size());
        if (line->rfind(end, 0) != 0) continue;
        ended.how = Ended::How::exited;
        ended.status = std::atoi(line->c_str() + end.size());
        return ended;
    }
    if (machine_.ended()) ended.how = Ended::How::machine_gone;
    return ended;
}

std::string Rehearsal::words(const Ended& ended) const {
    switch (ended.how) {
        case Ended::How::exited: return fmt::format("exit code {}: {}", ended.status, ended.output);
        case Ended::How::machine_gone: return "its machine has ended; last words: " + machine_.last_words();
        case Ended::How::silent: break;
    }
    return fmt::format(
        "nothing came from the guest in {} s of its own, or halctl goes round in circles; last words: {}",
        options_.patience.count(), machine_.last_words());
}

const Undisturbed& Rehearsal::undisturbed(const std::string& scenario, Path path) {
    Undisturbed& known = undisturbed_[{scenario, path}];
    if (known.moments != 0) return known;
    Scene& played = scene(scenario, path);
    Rig& rig = played.judge.rig();
    if (!machine_.on()) boot();
    WriteLog here, there;
    transports::model::WriteListener* const before = std::exchange(rig.chip.write_listener, &here);
    stage_.play(played, nullptr);
    {
        const auto held = stage_.hold();
        rig.run(played.scenario.intended, played.scenario.policy);
        rig.chip.write_listener = &there;
    }
    Striker counter(~std::uint64_t{0}, false, [] {});
    stage_.play(played, &counter);
    const auto start = Clock::now();
    const Ended ended = converge(played);
    const auto held = stage_.hold();
    rig.chip.write_listener = before;
    const std::string where = fmt::format("'{}' over {} fails without a death: ", scenario, chaos::name(path));
    if (ended.how != Ended::How::exited || ended.status != 0) {
        throw std::runtime_error(where + words(ended));
    }
    known.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    known.accesses = rig.chip.monitor.accesses;
    known.writes = there.writes;
    known.instances = there.blocks.size();
    known.differences = compare(here, there, *played.scenario.chip);
    const auto findings = played.judge.judge_end({});
    if (!findings.empty()) throw std::runtime_error(where + failure(findings));
    known.moments = counter.moments;
    return known;
}

void Rehearsal::strike(Death death) {
    switch (death) {
        case Death::process: return machine_.send(fmt::format("kill {}", number_));
        case Death::panic: return machine_.send("panic");
        case Death::reset: return machine_.reset();
        case Death::power: return machine_.kill();
        default: break;  // not of the machine
    }
}

Outcome Rehearsal::run(const DeathPoint& point) {
    if (of_chip(point.death)) return chip_dies(point);
    if (point.death == Death::noise) return noisy(point);
    Scene& played = scene(point.scenario, point.path);
    bound(point.scenario, point.path);
    if (!machine_.on()) boot();
    Outcome outcome;
    // While it waits for an access over PCIe the guest stands still: what is to die there needs the answer first.
    const bool cut = point.path == Path::spi || point.death == Death::power;
    Striker striker(point.moment, cut, [&] { strike(point.death); });
    stage_.play(played, &striker);
    const Ended ended = converge(played);
    const auto start = Clock::now();
    {
        const auto held = stage_.hold();
        outcome.behind = striker.behind;
        if (!striker.struck) {
            outcome.verdict = Verdict::not_measured;
            outcome.what = fmt::format("the run ended (exit code {}) before the death: {}", ended.status, ended.output);
        }
    }
    if (ended.how == Ended::How::silent) {
        machine_.kill();
        outcome.verdict = Verdict::harness_broken;
        outcome.what = words(ended);
    }
    const bool survived_it = ended.how == Ended::How::exited && ended.status != kKilled;
    if (outcome.verdict == Verdict::survived && survived_it && !(point.path == Path::pcie && ended.status == 0)) {
        outcome.verdict = Verdict::harness_broken;
        outcome.what = fmt::format("halctl outlived its death: exit code {}: {}", ended.status, ended.output);
    }
    if (outcome.verdict == Verdict::survived && survived_it) {
        outcome.verdict = Verdict::not_measured;
        outcome.what = "halctl was done before its death came";
    }
    // A machine that has outlived the order to reset or panic obeys in a moment.
    if (survived_it && point.death != Death::process && point.death != Death::power) wait_ready();
    if (!machine_.on() || machine_.ended()) boot();
    if (point.death != Death::process) {
        outcome.restart_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    }
    if (outcome.verdict == Verdict::survived) judge_recovery(played, outcome);
    return outcome;
}

// halctl recovers from everything that the link does to it, and a further one finds nothing amiss.
Outcome Rehearsal::noisy(const DeathPoint& point) {
    Scene& played = scene(point.scenario, point.path);
    bound(point.scenario, point.path);
    if (!machine_.on()) boot();
    Outcome outcome;
    Noise noise(point.path, point.moment);
    stage_.play(played, &noise);
    const Ended ended = converge(played);
    {
        const auto held = stage_.hold();
        outcome.struck = noise.struck();
    }
    stage_.watch(nullptr);  // the noise ends with this function
    if (ended.how == Ended::How::exited && ended.status == 0 && outcome.struck == 0) {
        outcome.verdict = Verdict::not_measured;
        outcome.what = "the noise struck nothing";
    } else if (ended.how == Ended::How::exited && ended.status == 0) {
        judge_recovery(played, outcome);
    } else {
        outcome.verdict = ended.how == Ended::How::exited ? Verdict::lost : Verdict::harness_broken;
        outcome.what = fmt::format("a link that disturbed {} times: {}", outcome.struck, words(ended));
        if (ended.how != Ended::How::exited) machine_.kill();
    }
    if (!machine_.on() || machine_.ended()) boot();
    return outcome;
}

// A fresh halctl on whatever the death has left.
void Rehearsal::judge_recovery(Scene& played, Outcome& outcome) {
    Striker counter(~std::uint64_t{0}, false, [] {});
    std::uint64_t before = 0;
    const transports::model::Monitor& monitor = played.judge.rig().chip.monitor;
    stage_.watch(&counter);
    {
        const auto held = stage_.hold();
        before = monitor.accesses;
    }
    const Ended ended = converge(played);
    const auto held = stage_.hold();
    outcome.accesses = monitor.accesses - before;
    outcome.disturbances = monitor.disturbances;
    if (ended.how != Ended::How::exited || ended.status != 0) {
        outcome.verdict = Verdict::lost;
        outcome.what = "the fresh halctl fails: " + words(ended);
        return;
    }
    std::vector<Finding> findings = played.judge.judge_end({});
    // Beyond what the closure counts: halctl looks at the identity before it claims.
    if (outcome.accesses > played.worst + kAttachAccesses) {
        findings.push_back({Oracle::bounded, fmt::format("{} accesses, the certificate's dearest recovery takes {}",
                                                         outcome.accesses, played.worst)});
    }
    if (findings.empty()) return;
    outcome.verdict = Verdict::lost;
    outcome.what = failure(findings);
}

std::string Rehearsal::recording(const std::string& scenario, Path path) {
    Scene& played = scene(scenario, path);
    if (!machine_.on()) boot();
    stage_.play(played, nullptr);
    const Ended ended = converge(played, " --record /tmp/trace");
    if (ended.how != Ended::How::exited || ended.status != 0) {
        throw std::runtime_error("the recorded run fails: " + words(ended));
    }
    machine_.send(fmt::format("file {} /tmp/trace", ++number_));
    const std::string part = fmt::format("FILE {} ", number_), end = fmt::format("END {} ", number_);
    std::string text;
    while (const auto line = machine_.line(options_.patience)) {
        if (line->rfind(part, 0) == 0) text += line->substr(part.size());
        if (line->rfind(end, 0) == 0) return decode(text);
    }
    throw std::runtime_error("the guest doesn't send its recording");
}

std::string Rehearsal::id(const DeathPoint& point) const {
    return fmt::format("{}@{}@{}:{}-{}", point.scenario, options_.scale, chaos::name(point.path), name(point.death),
                       point.moment);
}

DeathPoint Rehearsal::parse(const std::string& id) const {
    const std::size_t first = id.find('@'), second = id.find('@', first + 1), colon = id.find(':'),
                      dash = id.find('-', colon + 1);
    const auto error = [&] {
        return std::invalid_argument("'" + id + "' is no id; one looks like boot@1/8@spi:power-120");
    };
    if (first == id.npos || second == id.npos || colon == id.npos || dash == id.npos) throw error();
    DeathPoint point;
    point.scenario = id.substr(0, first);
    const std::string path = id.substr(second + 1, colon - second - 1), death = id.substr(colon + 1, dash - colon - 1);
    const auto* const found = std::find(std::begin(kNames), std::end(kNames), death);
    const std::string moment = id.substr(dash + 1);
    const bool number = !moment.empty() && moment.size() < 10 && moment.find_first_not_of("0123456789") == moment.npos;
    if (found == std::end(kNames) || (path != "spi" && path != "pcie") || !number) throw error();
    if (id.substr(first + 1, second - first - 1) != options_.scale) throw error();
    point.path = path == "spi" ? Path::spi : Path::pcie;
    point.death = static_cast<Death>(found - std::begin(kNames));
    point.moment = std::stoull(moment);
    return point;
}

}  // namespace chaos::rehearsal
