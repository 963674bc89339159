#include "chaos/faults/faults.hpp"

#include "transports/spi/link.hpp"

namespace chaos::faults {

namespace {

constexpr std::uint8_t bits(std::initializer_list<Outcome> outcomes) {
    unsigned all = 0;
    for (const Outcome outcome : outcomes) all |= 1u << static_cast<unsigned>(outcome);
    return static_cast<std::uint8_t>(all);
}

constexpr std::uint8_t kSame = bits({Outcome::same_call});
constexpr std::uint8_t kSameOrError = bits({Outcome::same_call, Outcome::error});
constexpr std::uint8_t kSoon = bits({Outcome::same_call, Outcome::next_call, Outcome::left_alone});
constexpr std::uint8_t kRetried = kSoon | bits({Outcome::error, Outcome::drain, Outcome::retry});
constexpr std::uint8_t kRepaired = kRetried | bits({Outcome::reset});

constexpr Contract kRecover = Contract::must_recover, kSafe = Contract::must_fail_safe;
constexpr bool kYes = true, kNo = false;

constexpr const char* kToTheBit = "the same call ends as if nothing had happened, to the bit";
constexpr const char* kOrError =
    "to the bit, or an error that says what the hardware may have seen; the next HAL recovers";
constexpr const char* kTakesDown =
    "repaired by this call or the next, live or after a drain; what was being brought up meanwhile may be reported and "
    "tried again";
constexpr const char* kNextCall = "to the bit, by this call or, where it had looked already, by the next";

// One line each: what a table is for.
// clang-format off
const std::vector<Row>& table() {  // NOLINT(readability-function-size): rows
    using F = Fault;
    using L = Level;
    using T = Target;
    static const std::vector<Row> all = {
        {F::killed, "killed", L::process, kRecover, kSame, kYes, kYes, kAnyMoment, T::none, 0,
         "the process dies before, inside or after an access, or while it waits",
         "a fresh HAL ends as if nothing had happened, to the bit"},
        {F::paused, "paused", L::process, kRecover, kSame, kYes, kYes, kAnyMoment, T::amount, 300,
         "the process stands still (SIGSTOP) for 300 us, the chip and its time go on", kToTheBit},
        {F::paused_long, "paused_long", L::process, kRecover, kSame, kYes, kYes, kAnyMoment, T::amount, 50'000,
         "the process stands still for 50 ms: whatever moves has come to rest", kToTheBit},
        {F::paused_beyond, "paused_beyond", L::process, kSafe, kRepaired, kYes, kYes, kAnyMoment, T::amount, 20'000'000,
         "the process stands still for 20 s, longer than the watchdog's time",
         "the watchdog's safe hold is lifted, or an error tells that the call's time is over"},
        {F::overlapped, "overlapped", L::process, kSafe, kSameOrError, kYes, kYes, kAnyMoment, T::amount, 0,
         "a second instance starts, runs for a number of moments, and both go on",
         "at most one owns the port; the other ends fenced and harmless; to the bit"},
        {F::request_lost, "request_lost", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::none, 0,
         "a request doesn't reach the chip", kToTheBit},
        {F::reply_lost, "reply_lost", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::none, 0,
         "the chip does what it was told, but its reply is lost", kToTheBit},
        {F::duplicated, "duplicated", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::none, 0,
         "a frame reaches the chip twice", kToTheBit},
        {F::delayed, "delayed", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::amount, 700,
         "a frame is under way for 700 us", kToTheBit},
        {F::request_cut, "request_cut", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::amount, 0,
         "a frame ends inside its request", kToTheBit},
        {F::reply_cut, "reply_cut", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::amount, 0,
         "a frame ends inside its reply", kToTheBit},
        {F::request_flipped, "request_flipped", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::amount, 0,
         "a bit of the request flips; every bit equals request_lost (tested on every bit)", kToTheBit},
        {F::reply_flipped, "reply_flipped", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::amount, 0,
         "a bit of the reply flips; every bit equals reply_lost (tested on every bit)", kToTheBit},
        {F::all_ones, "all_ones", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::none, 0,
         "the wire answers all ones", kToTheBit},
        {F::all_zeros, "all_zeros", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::none, 0,
         "the chip has done it, the wire answers all zeros", kToTheBit},
        {F::refused, "refused", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::none, 0,
         "the host's own bus driver fails to send a frame", kToTheBit},
        {F::busy, "busy", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::amount, 3,
         "the bridge answers busy three times", kToTheBit},
        {F::stuck_busy, "stuck_busy", L::frame, kSafe, kSameOrError, kYes, kNo, kBefore, T::amount, 100,
         "the bridge answers busy for longer than a HAL asks", kOrError},
        {F::outage, "outage", L::frame, kRecover, kSame, kYes, kNo, kBefore, T::amount, transports::spi::kAttempts - 1,
         "seven frames in a row are lost, one less than the link gives up at", kToTheBit},
        {F::outage_beyond, "outage_beyond", L::frame, kSafe, kSameOrError, kYes, kNo, kBefore,
         T::amount, transports::spi::kAttempts,
         "eight frames in a row are lost", kOrError},
        {F::load_timed_out, "load_timed_out", L::access, kSafe, kSameOrError, kNo, kYes, kBefore, T::none, 0,
         "a load ends in a completion timeout", kOrError},
        {F::load_ones, "load_ones", L::access, kSafe, kSameOrError, kNo, kYes, kBefore, T::none, 0,
         "a load that the chip never sees answers all ones", kOrError},
        {F::load_answer_lost, "load_answer_lost", L::access, kSafe, kSameOrError, kNo, kYes, kBefore, T::none, 0,
         "a load has its effect, its answer is all ones", kOrError},
        {F::store_lost, "store_lost", L::access, kSafe, kRetried, kNo, kYes, kBefore, T::none, 0,
         "the fabric loses a store without a trace", kTakesDown, true},
        {F::stores_lost, "stores_lost", L::access, kSafe, kRetried, kNo, kYes, kBefore, T::none, 0,
         "all stores up to the next load are lost, as posted ones are in a reset", kTakesDown, true},
        {F::stores_late, "stores_late", L::access, kRecover, kSame, kNo, kYes, kBefore, T::none, 0,
         "all stores arrive only when the next load pushes them", kToTheBit},
        {F::stores_swapped, "stores_swapped", L::access, Contract::out_of_contract, kRepaired, kNo, kYes, kBefore,
         T::none, 0,
         "a store is overtaken by the next one, which PCIe forbids without relaxed ordering", "nothing is claimed"},
        {F::window_outage, "window_outage", L::access, kSafe, kRetried, kNo, kYes, kBefore, T::amount, 3,
         "three accesses in a row are lost, loads answer all ones", kTakesDown, true},
        {F::window_outage_beyond, "window_outage_beyond", L::access, kSafe, kRetried, kNo, kYes, kBefore, T::amount, 64,
         "64 accesses in a row are lost, loads answer all ones", kTakesDown, true},
        {F::upset, "upset", L::chip, kRecover, kRepaired, kYes, kYes, kAnyMoment, T::bit, 0,
         "one stored bit of the chip flips (SEU)",
         "as its field declares: live, after a drain, after a reset; or left alone", true},
        {F::lock_lost, "lock_lost", L::chip, kSafe, kRetried, kYes, kYes, kAnyMoment, T::instance, 0,
         "a PLL loses its lock and finds it again; what it clocks has been in reset", kTakesDown},
        {F::link_lost, "link_lost", L::chip, kSafe, kRetried, kYes, kYes, kAnyMoment, T::instance, 0,
         "a PCIe or UCIe link goes down and comes up again by itself", kTakesDown},
        {F::ecc_error, "ecc_error", L::chip, kRecover, kSoon, kYes, kYes, kAnyMoment, T::instance, 0,
         "a memory reports an ECC error", kNextCall},
        {F::thermal_alarm, "thermal_alarm", L::chip, kRecover, kSoon, kYes, kYes, kAnyMoment, T::instance, 0,
         "a sensor raises its alarm for a moment", kNextCall},
        {F::block_reset, "block_reset", L::chip, kRecover, kRepaired, kYes, kYes, kAnyMoment, T::instance, 0,
         "a block falls into reset by itself", "repaired by this call or the next, live or after a drain", true},
        {F::warm_reset, "warm_reset", L::chip, kRecover, kRepaired, kYes, kYes, kAnyMoment, T::none, 0,
         "the chip goes through a warm reset", "this call or the next brings the chip up again"},
        {F::cold_reset, "cold_reset", L::chip, kSafe, kRepaired, kYes, kYes, kAnyMoment, T::none, 0,
         "the chip loses its supply: nothing is left, not even who owns the port",
         "the call ends fenced; the next one boots the chip"},
        {F::slow_lock, "slow_lock", L::chip, kRecover, kSame, kYes, kYes, kAnyMoment, T::amount, 2,
         "whatever hardware is doing takes twice as long, within its declared maximum", kToTheBit},
        {F::slow_lock_beyond, "slow_lock_beyond", L::chip, kSafe, kRepaired, kYes, kYes, kAnyMoment, T::amount, 100,
         "whatever hardware is doing takes a hundred times as long",
         "in time, or reported and isolated, the rest as intended"},
        {F::lock_never, "lock_never", L::chip, kSafe, kRepaired, kYes, kYes, kAnyMoment, T::none, 0,
         "whatever hardware is doing never ends", "reported and isolated, the rest as intended"},
        {F::write_ignored, "write_ignored", L::chip, kSafe, kRetried, kYes, kYes, kBefore, T::amount, 0,
         "a register ignores one write without telling", kTakesDown, true},
        {F::register_dead, "register_dead", L::chip, kSafe, kRepaired, kYes, kYes, kAnyMoment, T::reg, 0,
         "a register ignores every write from now on", "reported and isolated, the rest as intended", true},
    };
    return all;
}
// clang-format on

}  // namespace

const std::vector<Row>& rows() { return table(); }
const Row& row(Fault fault) { return table()[static_cast<std::size_t>(fault)]; }

const Row* find(const std::string& name) {
    for (const Row& row : table()) {
        if (name == row.name) return &row;
    }
    return nullptr;
}

Fate fate(const Row& row, const Sent& sent, std::uint32_t amount) {
    using Kind = Fate::Kind;
    const std::size_t request = sent.frame == nullptr ? 0
                                                      : transports::spi::kRequestHeader + transports::spi::kCrcSize +
                                                            sent.frame[transports::spi::kAtPayloadSize] +
                                                            256u * sent.frame[transports::spi::kAtPayloadSize + 1];
    const std::size_t reply = request + transports::spi::kTurnaround;
    const auto within = [amount](std::size_t size) { return size == 0 ? 0 : amount % size; };
    switch (row.fault) {
        case Fault::request_lost:
        case Fault::outage:
        case Fault::outage_beyond: return {Kind::request_lost, 0, 0};
        case Fault::reply_lost:
        case Fault::all_zeros: return {Kind::reply_lost, 0, 0};
        case Fault::all_ones: return {Kind::request_lost, 0, 0xFF};
        case Fault::duplicated: return {Kind::duplicated, 0, 0};
        case Fault::request_cut: return {Kind::cut, within(request), 0};
        case Fault::reply_cut: return {Kind::cut, reply + within(sent.bytes - reply), 0};
        case Fault::request_flipped: return {Kind::flipped_out, within(8 * request), 0};
        case Fault::reply_flipped: return {Kind::flipped_in, 8 * reply + within(8 * (sent.bytes - reply)), 0};
        case Fault::refused: return {Kind::refused, 0, 0};
        case Fault::load_timed_out: return {sent.store ? Kind::arrives : Kind::timed_out, 0, 0};
        case Fault::load_ones: return {sent.store ? Kind::arrives : Kind::request_lost, 0, 0xFF};
        case Fault::load_answer_lost: return {sent.store ? Kind::arrives : Kind::reply_lost, 0, 0xFF};
        case Fault::store_lost: return {sent.store ? Kind::request_lost : Kind::arrives, 0, 0};
        case Fault::stores_lost: return {sent.store ? Kind::held_and_lost : Kind::arrives, 0, 0};
        case Fault::stores_late: return {sent.store ? Kind::held : Kind::arrives, 0, 0};
        case Fault::stores_swapped: return {sent.store ? Kind::swapped : Kind::arrives, 0, 0};
        case Fault::window_outage:
        case Fault::window_outage_beyond: return {Kind::request_lost, 0, 0xFF};
        default: return {};
    }
}

const char* name(Level level) {
    constexpr const char* kNames[] = {"process", "frame", "access", "chip"};
    return kNames[static_cast<std::size_t>(level)];
}

const char* name(Contract contract) {
    constexpr const char* kNames[] = {"must recover", "must fail safe", "out of contract"};
    return kNames[static_cast<std::size_t>(contract)];
}

const char* name(Outcome outcome) {
    constexpr const char* kNames[] = {"same_call", "next_call", "error", "drain", "retry", "reset", "left_alone"};
    return kNames[static_cast<std::size_t>(outcome)];
}

const char* name(Moment moment) {
    constexpr const char* kNames[] = {"before", "after", "waiting"};
    return kNames[static_cast<std::size_t>(moment)];
}

}  // namespace chaos::faults
