#include "hal/registers/ucie.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::ucie;
using State = r::Status::State;

namespace {

constexpr std::uint32_t kSidebandUs = 200, kParametersUs = 300, kTrainingUs = 600, kLinkInitUs = 400;
static_assert(kSidebandUs + kParametersUs + kTrainingUs + kLinkInitUs == r::Status::kLatencyUs, "the way to active");

constexpr std::uint64_t kNone = 0xFFFFFFFF;  // no intent has it

bool output(const Chip& chip, Instance i) { return chip.get<State>(i) == State::kActive; }

void enter(Chip& chip, Instance i, std::uint32_t state, std::uint32_t us) {
    chip.set<State>(i, state);
    chip.set_reg<r::LinkTimer>(i, us);
}

// Without start the machine falls back and forgets; with it, it sets out once.
void follow(Chip& chip, Instance i) {
    if (chip.get<r::Ctrl::Start>(i) == 0) {
        enter(chip, i, State::kReset, 0);
        chip.set_reg<r::Negotiated>(i, 0);
        chip.set_reg<r::Taken>(i, 0);
        chip.set_reg<r::Trained>(i, 0);
    } else if (chip.get<State>(i) == State::kReset) {
        enter(chip, i, State::kSideband, kSidebandUs);
    }
}

// The partner is the other die's end: 64 lanes of 32 GT/s.
void take_parameters(Chip& chip, Instance i) {
    const std::uint32_t width = chip.get<r::Parameters::Width>(i), rate = chip.get<r::Parameters::RateGt>(i);
    chip.set<r::Negotiated::AskedWidth>(i, width);
    chip.set<r::Negotiated::AskedGt>(i, rate);
    chip.set<r::Negotiated::GrantedWidth>(i, width > 64 ? 64 : width);
    chip.set<r::Negotiated::GrantedGt>(i, rate > 32 ? 32 : rate);
    chip.set<r::Trained::ClockTaken>(i, chip.get<r::Parameters::FreeClock>(i));
}

void expired(Chip& chip, Instance i, std::uint32_t) {
    switch (chip.get<State>(i)) {
        case State::kSideband: return enter(chip, i, State::kParameters, kParametersUs);
        case State::kParameters: take_parameters(chip, i); return enter(chip, i, State::kTraining, kTrainingUs);
        case State::kTraining:
            chip.set<r::Taken::LanesTaken>(i, chip.reg<r::Repair>(i));
            chip.set<r::Trained::SetupTaken>(i, chip.reg<r::TrainSetup>(i));
            return enter(chip, i, State::kLinkInit, kLinkInitUs);
        case State::kLinkInit:
            chip.set<r::Taken::AdapterTaken>(i, chip.reg<r::Adapter>(i));
            return enter(chip, i, State::kActive, 0);
        default: return;
    }
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    if (word == r::ErrorStatus::kIndex && chip.reg<r::ErrorStatus>(i) != old) {
        if (chip.get<r::ErrorLog::Saved>(i) == 0) chip.violate(i, word, "errors cleared before the host has them");
        if (chip.reg<r::ErrorStatus>(i) == 0) {
            chip.set_reg<r::ErrorWhere>(i, 0);
            chip.set<r::ErrorLog::Saved>(i, 0);
        }
    }
    if (word == r::LinkCommand::kIndex && (value & r::LinkCommand::Cancel::kMask) != 0 && !output(chip, i)) {
        enter(chip, i, State::kReset, 0);
    }
    if (word != r::Ctrl::kIndex) return;
    const bool stopped = (old & r::Ctrl::Start::kMask) != 0 && chip.get<r::Ctrl::Start>(i) == 0;
    if (stopped && chip.reg<r::LinkTimer>(i) != 0) chip.violate(i, word, "link stopped while it comes up");
    follow(chip, i);
}

// What is under way is told by the countdown, not kept.
std::uint32_t shown(const Chip& chip, Instance i, std::uint32_t word, std::uint32_t stored) {
    if (word != r::Status::kIndex) return stored;
    return (stored & ~r::Status::Moving::kMask) | (chip.reg<r::LinkTimer>(i) != 0 ? r::Status::Moving::kMask : 0);
}

// --- measures

// Lanes that carry flits: with a clock that both ends agree on, and without those that training left with errors.
std::uint64_t width(const Chip& chip, Instance i) {
    const bool trained = chip.get<r::Trained::ClockTaken>(i) == 1 &&
                         (chip.get<r::Trained::SetupTaken>(i) & r::TrainSetup::Pattern::kMask) == 2;
    return output(chip, i) && trained ? chip.get<r::Negotiated::GrantedWidth>(i) : 0;
}
std::uint64_t rate_gt(const Chip& chip, Instance i) {
    return output(chip, i) ? chip.get<r::Negotiated::GrantedGt>(i) : 0;
}

std::uint64_t around(const Chip& chip, Instance i, std::uint32_t lsb) {
    if (!output(chip, i)) return kNone;
    const std::uint32_t taken = chip.get<r::Taken::LanesTaken>(i) >> lsb;
    return (taken >> 8 & 1) == 0 ? 0 : (taken & 63) + 1;
}
std::uint64_t repair_tx(const Chip& chip, Instance i) { return around(chip, i, 0); }
std::uint64_t repair_rx(const Chip& chip, Instance i) { return around(chip, i, 16); }

// Flits of this format arrive intact only if the adapters replay what was damaged.
std::uint64_t flit_format(const Chip& chip, Instance i) {
    const std::uint32_t taken = chip.get<r::Taken::AdapterTaken>(i);
    return output(chip, i) && (taken & r::Adapter::Replay::kMask) != 0 ? taken & r::Adapter::Format::kMask : kNone;
}
std::uint64_t replay_depth(const Chip& chip, Instance i) { return chip.get<r::ReplayBuffer::Depth>(i); }
std::uint64_t memory_flits(const Chip& chip, Instance i) { return chip.get<r::Credits::Flits>(i, 0); }
std::uint64_t l1_us(const Chip& chip, Instance i) { return chip.get<r::LowPower::L1Us>(i); }

constexpr Measure kMeasures[] = {
    {"width", width},
    {"rate_gt", rate_gt},
    {"repair_tx", repair_tx},
    {"repair_rx", repair_rx},
    {"flit_format", flit_format},
    {"replay_depth", replay_depth},
    {"memory_flits", memory_flits},
    {"l1_us", l1_us},
};

// Both ends start over with what they had agreed on.
bool befall(Chip& chip, Instance i, Event event) {
    if (event != Event::link_lost || !output(chip, i)) return false;
    chip.set<r::ErrorStatus::Retrained>(i, 1);
    enter(chip, i, State::kSideband, kSidebandUs);
    return true;
}

void host_writes(Chip& chip, Instance i, std::uint32_t) {
    if (chip.reg<r::ErrorStatus>(i) != 0) chip.set<r::ErrorLog::Saved>(i, 1);
}

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.shown = shown;
    b.expired = expired;
    b.output = output;
    b.measures = kMeasures;
    b.befall = befall;
    b.host_writes = host_writes;
    return b;
}

}  // namespace

extern const Behaviour k_ucie;
const Behaviour k_ucie = make();

}  // namespace transports::model::blocks
