// length: one engine; its steps are read in the order in which they happen.
#include "hal/converge/converge.hpp"

#include "hal/converge/batch.hpp"
#include "hal/converge/system_block.hpp"

namespace hal::converge {
namespace {

using bus::Code;
using bus::Effect;
using bus::Error;
using bus::Nanoseconds;
using bus::Result;

constexpr std::uint32_t kMaxPasses = 12;     // each one needs a reason that the one before it left behind
constexpr std::uint16_t kMaxActs = 64;       // of one block in one call: a driver that never gets there is broken
constexpr std::uint8_t kMaxRounds = 6;       // passes in which one block acts: its writes don't stay
constexpr Nanoseconds kDrainLook = 200'000;  // between looks at draining traffic: less than a step of any workload
constexpr std::uint8_t kMaxRefusals = 3;     // a parent may have failed in between: look again before giving up

/// A set of atomic groups. Number 0 is no group and never in it.
class Groups {
public:
    bool has(std::uint8_t g) const { return ((bits_[g / 32] >> (g % 32)) & 1u) != 0; }
    void add(std::uint8_t g) {
        if (g != 0) bits_[g / 32] |= 1u << (g % 32);
    }
    bool none() const {
        std::uint32_t any = 0;
        for (const std::uint32_t word : bits_) any |= word;
        return any == 0;
    }

private:
    std::uint32_t bits_[8] = {};
};

/// One call of converge(): its whole memory.
class Engine {
public:
    Engine(bus::Transport& transport, const Chip& chip, const Intent& intent, const Policy& policy,
           const Workspace& workspace, Listener* listener)
        : transport_(transport),
          chip_(chip),
          intent_(intent),
          policy_(policy),
          w_(workspace),
          batch_(transport, chip, workspace, policy.guards),
          system_(transport, chip, intent.digest, workspace, batch_, listener),
          listener_(listener) {}

    Result<Report> run(InstanceState* states);

private:
    void start();
    Result<void> pass();
    Result<void> observe(std::uint32_t wave);
    Result<void> settle(std::uint32_t wave);
    void await(std::uint16_t i, Nanoseconds& look);
    Result<bool> decide(std::uint16_t i, Nanoseconds& look);
    Result<void> advance(std::uint16_t i, Nanoseconds& look);
    void begin_waits(std::uint32_t wave, Nanoseconds& look);
    Result<void> refused(std::uint16_t i);
    Verdict allowed(const Plan& plan, std::uint16_t i) const;
    Result<void> give_up(std::uint16_t i, const char* why);
    Result<void> refresh(std::uint32_t wave);
    Result<void> flush();
    Result<void> close_and_drain();
    Result<void> open();
    Result<bool> move_gate(bool open);
    Result<void> wait(Nanoseconds until);
    Result<void> go_on() const;
    Result<void> obey_retry();
    Result<void> look_again(std::uint16_t i);
    Result<void> look_at_all(std::uint16_t i, bool exhausted);
    bool believe_verdict(std::uint16_t i);

    bool idle() const { return system_.idle(); }
    /// Grows with every plan that is carried out and with every write of the engine's own.
    std::uint32_t changes() const { return plans_ + system_.writes(); }
    std::uint8_t group(std::uint16_t i) const { return intent_.groups.empty() ? std::uint8_t{0} : intent_.groups[i]; }
    void settle_as(std::uint16_t i, State state, const char* why);
    bool parent_off(const InstanceRow& row) const;
    bool delivers(std::uint16_t i) const;
    const Progress* failed_parent(const InstanceRow& row) const;
    void hold_groups_in_part_unseen();
    std::uint32_t in_state(State state) const;
    Situation situation(std::uint16_t i) const;
    Error late(std::uint16_t instance) const;

    bus::Transport& transport_;
    const Chip& chip_;
    const Intent& intent_;
    const Policy& policy_;
    const Workspace& w_;
    Batch batch_;
    SystemBlock system_;
    Listener* listener_;
    Nanoseconds start_ = 0, now_ = 0;
    std::uint32_t waits_ = 0;
    std::uint32_t passes_ = 0;
    std::uint32_t plans_ = 1;  ///< Those that this call has carried out, and one.
    std::uint16_t busy_ = 0;   ///< The last block that acted or was waited for.
    bool look_only_ = false;   ///< This pass decides and writes nothing.
    bool dirty_ = false;       ///< This pass changed something, or could not see everything.
    bool retried_ = false;     ///< Policy::retry has been obeyed.
    bool drained_ = false;     ///< By this call: traffic is shut out until all that waited for it is done.
    Groups deferred_;          ///< A member needs a drain: so do all.
    Groups held_;              ///< Not every member could be seen: not known yet whether all may change now.
};

void Engine::start() {
    start_ = now_ = transport_.now();
    std::uint32_t word = 0, intent_word = 0;
    for (std::size_t i = 0; i < chip_.instances.size(); ++i) {
        const TypeRow& type = chip_.type(chip_.instances[i]);
        w_.progress[i] = {};
        w_.progress[i].first_word = word;
        w_.progress[i].first_intent = intent_word;
        word += type.words;
        intent_word += static_cast<std::uint32_t>(type.driver->intent.size());
    }
    for (std::uint32_t i = 0; i < word; ++i) w_.words[i] = 0;
}

Error Engine::late(std::uint16_t instance) const {
    Error error;
    error.code = Code::deadline;
    error.effect = Effect::done;
    error.instance = instance;
    error.address = chip_.instances[instance].base;
    error.elapsed_ns = now_ - start_;
    return error;
}

/// A safe point: all that was sent has taken effect, and no traffic is shut out on this call's account.
Result<void> Engine::go_on() const {
    if (policy_.stop == nullptr || drained_ || !policy_.stop(policy_.stop_context)) return {};
    Error error = late(busy_);
    error.code = Code::stopped;
    return bus::fail(error);
}

Result<void> Engine::wait(Nanoseconds until) {
    if (const Result<void> goes_on = go_on(); !goes_on) return goes_on;
    const Nanoseconds end = start_ + policy_.deadline_ns;
    if (now_ >= end) return bus::fail(late(busy_));
    transport_.wait_until(until < end ? until : end);  // may wake us early: a look costs little, a missed one nothing
    now_ = transport_.now();
    ++waits_;
    dirty_ = true;
    return {};
}

void Engine::settle_as(std::uint16_t i, State state, const char* why) {
    Progress& p = w_.progress[i];
    p.state = state;
    p.why = why;
    p.settled = true;
    if (state == State::deferred) deferred_.add(group(i));
}

/// Sends what was collected; the call's deadline holds for the time that this takes, too.
Result<void> Engine::flush() {
    if (const Result<void> sent = batch_.flush(); !sent) return sent;
    now_ = transport_.now();
    if (now_ - start_ > policy_.deadline_ns) return bus::fail(late(busy_));
    return {};
}

bool Engine::parent_off(const InstanceRow& row) const {
    for (std::uint16_t k = 0; k < row.parents; ++k) {
        if (w_.progress[chip_.parents[row.first_parent + k]].state == State::off) return true;
    }
    return false;
}

bool Engine::delivers(std::uint16_t i) const {
    const TypeRow& type = chip_.type(chip_.instances[i]);
    const std::uint32_t word = w_.words[w_.progress[i].first_word + type.output_word];
    return type.output_mask == 0 || (word & type.output_mask) != 0;
}

/// The first parent that doesn't work. One that isn't as intended and isn't changed now works while it delivers.
const Progress* Engine::failed_parent(const InstanceRow& row) const {
    for (std::uint16_t k = 0; k < row.parents; ++k) {
        const std::uint16_t number = chip_.parents[row.first_parent + k];
        const Progress& parent = w_.progress[number];
        const bool failed =
            parent.state == State::broken || parent.state == State::blocked || parent.hidden || parent.unreachable;
        const bool differs =
            parent.state == State::deferred || parent.state == State::needs_reset || parent.state == State::pending;
        if (failed || (differs && !delivers(number))) return &parent;
    }
    return nullptr;
}

Situation Engine::situation(std::uint16_t i) const {
    const Progress& p = w_.progress[i];
    const InstanceRow& row = chip_.instances[i];
    Situation s{};
    s.observed = w_.words + p.first_word;
    s.intent = intent_.words.data() + p.first_intent;
    s.index = row.index;
    s.count = row.count;
    // Up to what it decides on, not up to now: others may have been served since, and this process may have slept.
    s.waited_us = p.seen < p.since ? 0 : static_cast<std::uint32_t>((p.seen - p.since) / 1000);
    s.idle = idle();
    if (!intent_.images.empty()) s.image = intent_.images[row.type];
    return s;
}

bool Engine::believe_verdict(std::uint16_t i) {
    if (i == 0 || !system_.given_up(i)) return false;
    const char* const earlier = "given up by an earlier instance for this intent; --retry tries again";
    settle_as(i, State::broken, w_.progress[i].given_up ? w_.progress[i].why : earlier);
    return true;
}

Result<void> Engine::observe(std::uint32_t wave) {
    for (std::uint16_t i = 0; i < chip_.instances.size(); ++i) {
        const InstanceRow& row = chip_.instances[i];
        if (row.wave != wave) continue;
        Progress& p = w_.progress[i];
        if (parent_off(row)) {
            settle_as(i, State::off, "its parent is off, as intended");
            continue;
        }
        if (believe_verdict(i)) continue;
        if (const Progress* parent = failed_parent(row)) {
            p.hidden = true;
            if (parent->state == State::pending) {
                settle_as(i, State::pending, "its parent has to be brought up first");
            } else if (parent->state == State::deferred) {
                settle_as(i, State::deferred, "its parent doesn't work and waits for a drain");
            } else {
                settle_as(i, State::blocked, "its parent doesn't work");
            }
            continue;
        }
        if (const Result<void> read = batch_.observe(i, chip_.type(row).observe); !read) return read;
        p.stale = false;
        p.whole = true;
        p.look = 0;
    }
    if (const Result<void> seen = flush(); !seen) return seen;
    for (std::uint16_t i = 0; i < chip_.instances.size(); ++i) {
        if (chip_.instances[i].wave != wave) continue;
        Progress& p = w_.progress[i];
        // Time that other waves and the link took is none that this block has had. But what didn't come about while
        // nothing was changed isn't waited for again: no pass would ever be the last.
        if (p.in_vain != changes()) p.since = now_;
        p.seen = now_;
    }
    return {};
}

Result<void> Engine::refresh(std::uint32_t wave) {
    for (std::uint16_t i = 0; i < chip_.instances.size(); ++i) {
        const Progress& p = w_.progress[i];
        if (chip_.instances[i].wave != wave || !p.stale || p.settled || p.look > now_) continue;
        if (const Result<void> read = look_again(i); !read) return read;
    }
    return flush();
}

Result<void> Engine::give_up(std::uint16_t i, const char* why) {
    settle_as(i, State::broken, why);
    if (look_only_) return {};
    if (w_.progress[i].given_up) return {};  // the system block, whose verdict nobody believes
    w_.progress[i].given_up = true;
    dirty_ = true;
    return system_.give_up(i);
}

Result<void> Engine::refused(std::uint16_t i) {
    constexpr const char* kWhy = "the chip refuses access to it";
    Progress& p = w_.progress[i];
    dirty_ = true;
    p.refusals = static_cast<std::uint8_t>(p.refusals + (p.unreachable ? 1 : 0));
    if (p.refusals >= kMaxRefusals) return give_up(i, kWhy);
    settle_as(i, State::pending, kWhy);
    return {};
}

/// The driver's verdict, as far as traffic and the rest of an atomic group allow it.
Verdict Engine::allowed(const Plan& plan, std::uint16_t i) const {
    if (plan.overflowed()) return Verdict::broken;
    const bool acts = plan.verdict() == Verdict::act;
    if ((plan.disruptive() && !idle()) || (acts && deferred_.has(group(i)))) return Verdict::needs_drain;
    return plan.verdict();
}

/// Looks again when the driver's plan asks for it; `look`: the earliest such time of all blocks.
void Engine::await(std::uint16_t i, Nanoseconds& look) {
    Progress& p = w_.progress[i];
    const Plan& plan = *w_.plan;
    busy_ = i;
    if (look_only_) return settle_as(i, State::pending, plan.why());
    const Nanoseconds us = plan.wait_us() == 0 ? 1 : plan.wait_us();  // time has to pass, or nothing ends
    p.look = now_ + us * 1000;
    look = p.look < look ? p.look : look;
    p.stale = true;
}

/// Decides for one block and queues what it decided. True if something was queued. `look`: when to look again.
Result<bool> Engine::decide(std::uint16_t i, Nanoseconds& look) {
    Progress& p = w_.progress[i];
    Plan& plan = *w_.plan;
    plan.clear();
    if (p.unreachable || p.refusals >= kMaxRefusals) {
        if (const Result<void> noted = refused(i); !noted) return bus::fail(noted.error());
        return false;
    }
    chip_.type(chip_.instances[i]).driver->decide(situation(i), plan);
    const Verdict verdict = allowed(plan, i);
    if (verdict == Verdict::act && held_.has(group(i)) && !p.uncovers) {
        settle_as(i, State::pending, "held until its whole atomic group can be looked at");
        dirty_ = true;
        return false;
    }
    switch (verdict) {
        case Verdict::converged: settle_as(i, State::converged, ""); return false;
        case Verdict::off: settle_as(i, State::off, plan.why()); return false;
        case Verdict::needs_drain:
        case Verdict::needs_reset:
            settle_as(i, verdict == Verdict::needs_drain ? State::deferred : State::needs_reset, plan.why());
            if (p.seen > p.since) p.in_vain = changes();
            return false;
        case Verdict::wait: await(i, look); return false;
        case Verdict::act:
        case Verdict::broken: break;
    }
    if (verdict == Verdict::act && p.acted_in != passes_) {
        p.acted_in = static_cast<std::uint8_t>(passes_);
        ++p.rounds;
    }
    // Within a pass what was written counts as stored; that it wasn't shows when the next pass looks.
    const bool exhausted = verdict == Verdict::act && (++p.acts > kMaxActs || p.rounds > kMaxRounds);
    if ((verdict == Verdict::broken || exhausted) && !p.whole && !(exhausted && p.doubted)) {
        if (const Result<void> looked = look_at_all(i, exhausted); !looked) return bus::fail(looked.error());
        return decide(i, look);
    }
    if (listener_ != nullptr) listener_->planned(i, plan);
    if (verdict == Verdict::act && !exhausted) {
        if (look_only_) {
            settle_as(i, State::pending, plan.why());
            return false;
        }
        if (const Result<void> queued = batch_.carry_out(i, plan); !queued) return bus::fail(queued.error());
        ++plans_;
        busy_ = i;
        p.stale = true;
        p.whole = false;
        p.look = plan.wait_us() * Nanoseconds{1000};
        p.starting = p.look != 0;
        dirty_ = true;
        return true;
    }
    const char* const why = plan.overflowed() ? "its driver's plan is too long"
                            : exhausted       ? "its driver acts again and again without converging"
                                              : plan.why();
    if (!look_only_ && !plan.overflowed() && !exhausted) {
        if (const Result<void> queued = batch_.carry_out(i, plan); !queued) return bus::fail(queued.error());
        ++plans_;
    }
    if (const Result<void> done = give_up(i, why); !done) return bus::fail(done.error());
    return false;
}

/// What was configured may be gone: nobody is given up before all of it has been looked at again.
Result<void> Engine::look_at_all(std::uint16_t i, bool exhausted) {
    Progress& p = w_.progress[i];
    if (exhausted) p.acts = 0;
    p.doubted = p.doubted || exhausted;
    p.whole = true;
    if (const Result<void> read = batch_.observe(i, chip_.type(chip_.instances[i]).observe); !read) return read;
    return flush();
}

/// Queues reads of the words that change by themselves.
Result<void> Engine::look_again(std::uint16_t i) {
    w_.progress[i].stale = false;
    w_.progress[i].seen = now_;
    return batch_.observe(i, chip_.type(chip_.instances[i]).status);
}

/// Brings one block as far as it gets without waiting: act, look, decide again. An act that takes time is only queued:
/// those of several blocks share a frame.
Result<void> Engine::advance(std::uint16_t i, Nanoseconds& look) {
    for (;;) {
        const Result<bool> queued = decide(i, look);
        if (!queued) return bus::fail(queued.error());
        if (!*queued || w_.progress[i].starting) return {};
        if (const Result<void> read = look_again(i); !read) return read;
        if (const Result<void> sent = flush(); !sent) return sent;
        w_.progress[i].since = now_;  // only now has the link carried what it does
    }
}

/// What was queued has been sent: from now on it takes its time.
void Engine::begin_waits(std::uint32_t wave, Nanoseconds& look) {
    for (std::uint16_t i = 0; i < chip_.instances.size(); ++i) {
        Progress& p = w_.progress[i];
        if (chip_.instances[i].wave != wave || !p.starting) continue;
        p.starting = false;
        p.since = now_;
        p.look += now_;
        look = p.look < look ? p.look : look;
    }
}

/// Brings every block of the wave to where the intent wants it. One block after the other gets as far as it can before
/// the next is touched: then a HAL that takes over goes on along the very path of the one that died, and the number of
/// states that kills can leave grows with the chip, not with the combinations of its blocks (docs/closure.md). What
/// takes time is waited for together.
Result<void> Engine::settle(std::uint32_t wave) {
    for (;;) {
        constexpr Nanoseconds kNever = ~Nanoseconds{0};
        Nanoseconds look = kNever;
        for (std::uint16_t i = 0; i < chip_.instances.size(); ++i) {
            if (chip_.instances[i].wave != wave || w_.progress[i].settled) continue;
            if (w_.progress[i].look > now_) {  // its time has not come: neither looked at nor decided for
                look = w_.progress[i].look < look ? w_.progress[i].look : look;
                continue;
            }
            if (w_.progress[i].stale) {  // came due while others were served: nobody decides on what was seen before
                if (const Result<void> read = look_again(i); !read) return read;
                if (const Result<void> seen = flush(); !seen) return seen;
            }
            if (const Result<void> advanced = advance(i, look); !advanced) return advanced;
        }
        if (const Result<void> sent = flush(); !sent) return sent;
        begin_waits(wave, look);
        if (look == kNever) return {};
        if (const Result<void> waited = wait(look); !waited) return waited;
        if (const Result<void> seen = refresh(wave); !seen) return seen;
    }
}

Result<void> Engine::pass() {
    ++passes_;
    dirty_ = false;
    for (std::uint16_t i = 0; i < chip_.instances.size(); ++i) {
        Progress& p = w_.progress[i];
        p.settled = p.unreachable = p.stale = p.starting = p.hidden = false;
        p.state = State::pending;
    }
    for (std::uint32_t wave = 0; wave < chip_.waves; ++wave) {
        if (const Result<void> goes_on = go_on(); !goes_on) return goes_on;
        if (const Result<void> seen = observe(wave); !seen) return seen;
        if (wave == 0) {
            const std::uint32_t identity = system_.service(chip_.services.identity);
            if (w_.progress[0].unreachable || identity != chip_.identity) {
                Error error;
                error.code = Code::wrong_chip;
                error.effect = Effect::none;
                error.instance = 0;
                error.address = chip_.instances[0].base + chip_.services.identity.offset;
                error.value = identity;
                return bus::fail(error);
            }
            // Under traffic the whole chip is looked at before anything is written: only then is it known which
            // atomic groups have to be deferred. Again so when a pass has uncovered more of a group.
            const bool uncovered = !look_only_ && !held_.none();
            look_only_ = !policy_.apply || (!idle() && (passes_ == 1 || uncovered));
            if (look_only_ || idle()) held_ = {};
            if (idle()) deferred_ = {};  // drained, by us or by itself
            if (const Result<void> cleared = obey_retry(); !cleared) return cleared;
            // Blocks of this wave were read along with the verdicts on them.
            for (std::uint16_t i = 1; i < chip_.instances.size(); ++i) {
                if (chip_.instances[i].wave == 0) believe_verdict(i);
            }
        }
        if (const Result<void> settled = settle(wave); !settled) return settled;
    }
    if (look_only_) hold_groups_in_part_unseen();
    return {};
}

/// Whether a member behind a parent that is down can change under traffic shows only when that parent is up: until then
/// nothing of its group changes but what brings it up.
void Engine::hold_groups_in_part_unseen() {
    for (std::uint16_t i = 0; i < chip_.instances.size(); ++i) {
        Progress& p = w_.progress[i];
        p.uncovers = false;
        if (p.hidden && p.state == State::pending) held_.add(group(i));
    }
    for (std::uint32_t wave = chip_.waves; wave-- > 0;) {
        for (std::uint16_t i = 0; i < chip_.instances.size(); ++i) {
            const InstanceRow& row = chip_.instances[i];
            const Progress& p = w_.progress[i];
            if (row.wave != wave || !(p.uncovers || (p.hidden && held_.has(group(i))))) continue;
            for (std::uint16_t k = 0; k < row.parents; ++k) {
                Progress& parent = w_.progress[chip_.parents[row.first_parent + k]];
                parent.uncovers = parent.uncovers || parent.state == State::pending;
            }
        }
    }
}

Result<void> Engine::obey_retry() {
    if (!policy_.retry || look_only_ || retried_) return {};
    retried_ = true;
    const Result<bool> cleared = system_.clear_verdicts();
    if (!cleared) return bus::fail(cleared.error());
    dirty_ = dirty_ || *cleared;
    return {};
}

/// False: the gate is stuck, and the system block counts as broken.
Result<bool> Engine::move_gate(bool open) {
    Result<bool> moved = system_.move_gate(open);
    if (moved && !*moved) settle_as(0, State::broken, "the gate of traffic doesn't move");
    return moved;
}

Result<void> Engine::close_and_drain() {
    busy_ = 0;
    const Nanoseconds limit = now_ + policy_.drain_us * Nanoseconds{1000};
    for (;;) {
        // Found open again, it is shut again: it was upset, or a HAL that has taken over has opened it, and then this
        // write is how the fenced one learns of that where its reads still pass.
        if (system_.gate_open()) {
            const Result<bool> closed = move_gate(false);
            if (!closed) return bus::fail(closed.error());
            if (!*closed) return {};
        }
        if (idle()) return {};
        Result<void> looked = now_ >= limit ? bus::fail(late(0)) : wait(now_ + kDrainLook);
        if (looked) looked = system_.observe_traffic();
        if (looked) looked = flush();
        if (looked) continue;
        // Traffic doesn't stay shut out for a HAL that has given up waiting.
        if (looked.error().code == Code::deadline || looked.error().code == Code::stopped) {
            if (const Result<void> opened = open(); !opened) return opened;
        }
        return looked;
    }
}

Result<void> Engine::open() {
    if (!system_.gate_shut()) return {};
    const Result<bool> opened = move_gate(true);
    if (!opened) return bus::fail(opened.error());
    return {};
}

std::uint32_t Engine::in_state(State state) const {
    std::uint32_t count = 0;
    for (std::size_t i = 0; i < chip_.instances.size(); ++i) count += w_.progress[i].state == state ? 1u : 0u;
    return count;
}

/// A guarded precondition changed under us, or something behind our back: observe again, that is all.
bool looks_again(const Error& error) { return error.code == Code::guard_failed || error.code == Code::bus_error; }

Result<Report> Engine::run(InstanceState* states) {
    start();
    for (;;) {
        const Result<void> passed = pass();
        if (!passed && !looks_again(passed.error())) return bus::fail(passed.error());
        if (!policy_.apply) break;
        const bool only_looked = look_only_ && in_state(State::pending) + in_state(State::broken) != 0;
        const bool clean = passed && !dirty_ && !only_looked;
        const bool drain = clean && policy_.drain && !drained_ && !idle() && in_state(State::deferred) != 0;
        if (clean && !drain) {
            const Result<void> opened = open();
            if (opened) break;
            if (!looks_again(opened.error())) return bus::fail(opened.error());
        }
        if (passes_ == kMaxPasses) return bus::fail(late(busy_));
        if (drain) {
            const Result<void> done = close_and_drain();
            if (!done && !looks_again(done.error())) return bus::fail(done.error());
            if (!done) continue;
            if (w_.progress[0].state == State::broken) break;  // deferred stays deferred
            drained_ = true;
        }
    }
    now_ = transport_.now();
    if (states != nullptr) {
        for (std::size_t i = 0; i < chip_.instances.size(); ++i) states[i] = {w_.progress[i].state, w_.progress[i].why};
    }
    Report r{};
    r.converged = in_state(State::converged);
    r.off = in_state(State::off);
    r.deferred = in_state(State::deferred);
    r.needs_reset = in_state(State::needs_reset);
    r.broken = in_state(State::broken);
    r.blocked = in_state(State::blocked);
    r.pending = in_state(State::pending);
    r.reads = batch_.reads;
    r.writes = batch_.writes;
    r.batches = batch_.batches;
    r.waits = waits_;
    r.passes = passes_;
    r.elapsed_ns = now_ - start_;
    return r;
}

}  // namespace

Result<Report> converge(bus::Transport& transport, const Chip& chip, const Intent& intent, const Policy& policy,
                        bus::Span<std::uint8_t> workspace, InstanceState* states, Listener* listener) {
    Error error;
    error.effect = Effect::none;
    if (workspace.size() < workspace_size(chip)) {
        error.code = Code::workspace;
        error.value = static_cast<std::uint32_t>(workspace_size(chip));
        return bus::fail(error);
    }
    const bool groups_fit = intent.groups.empty() || intent.groups.size() == chip.instances.size();
    const bool images_fit = intent.images.empty() || intent.images.size() == chip.types.size();
    if (intent.words.size() != intent_words(chip) || !groups_fit || !images_fit || intent.digest == 0) {
        error.code = Code::invalid_argument;
        return bus::fail(error);
    }
    const Workspace w = Workspace::cut(chip, workspace.data());
    return Engine(transport, chip, intent, policy, w, listener).run(states);
}

}  // namespace hal::converge
