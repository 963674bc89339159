#include "hal/registers/mailbox.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::mailbox;

namespace {

constexpr std::uint32_t kNobody = 0, kManagement = 1;
constexpr std::uint32_t kHostVersion = 5, kAnswerUs = 5;
constexpr std::uint32_t kGreetingWords = 4;
// The sequence number is the same in every greeting: only equality with the answer's matters.
constexpr std::uint32_t kGreetingHeader = 1u << 16 | 0x21u << 8 | kGreetingWords;

std::uint32_t fill(const Chip& chip, Instance i) { return chip.get<r::Pointers::Fill>(i); }
std::uint32_t taken(const Chip& chip, Instance i) { return chip.get<r::Pointers::Taken>(i); }
std::uint32_t length(const Chip& chip, Instance i) { return chip.reg<r::Fifo>(i) & 0xFF; }
std::uint32_t sequence(const Chip& chip, Instance i) { return chip.reg<r::Fifo>(i) >> 8 & 0xFF; }

/// Everything that shows the FIFO follows from its words and pointers.
void follow(Chip& chip, Instance i) {
    const std::uint32_t waiting = fill(chip, i) - taken(chip, i);
    chip.set<r::Status::Count>(i, waiting);
    chip.set<r::Status::Empty>(i, waiting == 0 ? 1 : 0);
    chip.set<r::Status::Full>(i, fill(chip, i) == r::Fifo::kCount ? 1 : 0);
    chip.set<r::Status::HalfTaken>(i, taken(chip, i) != 0 ? 1 : 0);
    chip.set_reg<r::Data>(i, waiting == 0 ? 0 : chip.reg<r::Fifo>(i, taken(chip, i)));
    for (std::uint32_t k = 0; k < r::Peek::kCount; ++k) {
        chip.set_reg<r::Peek>(i, k < fill(chip, i) ? chip.reg<r::Fifo>(i, k) : 0, k);
    }
}

void empty(Chip& chip, Instance i) {
    for (std::uint32_t k = 0; k < r::Fifo::kCount; ++k) chip.set_reg<r::Fifo>(i, 0, k);
    chip.set_reg<r::Pointers>(i, 0);
}

std::uint32_t holder(const Chip& chip, Instance i) { return chip.get<r::Status::Holder>(i); }

// The host looks for the answer a little after its message has disappeared, and never repeats a message by itself.
void remove(Chip& chip, Instance i) {
    chip.set_reg<r::Removed>(i, chip.reg<r::Fifo>(i));
    chip.set_reg<r::AnswerTimer>(i, kAnswerUs);
    const std::uint32_t gone = length(chip, i), left = fill(chip, i) - gone;
    for (std::uint32_t k = 0; k < r::Fifo::kCount; ++k) {
        chip.set_reg<r::Fifo>(i, k < left ? chip.reg<r::Fifo>(i, k + gone) : 0, k);
    }
    chip.set<r::Pointers::Fill>(i, left);
    chip.set<r::Pointers::Taken>(i, 0);
}

void host_reads_answer(Chip& chip, Instance i) {
    const std::uint32_t version = chip.get<r::Reply::Version>(i);
    const bool refused = chip.get<r::Reply::Refused>(i) != 0;
    const bool answered =
        chip.get<r::Reply::Sequence>(i) == (chip.reg<r::Removed>(i) >> 8 & 0xFF) && (refused || version != 0);
    if (!answered) return chip.violate(i, r::Reply::kIndex, "message removed without an answer");
    if (chip.reg<r::Removed>(i) != kGreetingHeader || refused || version > kHostVersion) return;
    chip.set<r::Session::Agreed>(i, version);
    chip.set<r::Status::Greeted>(i, 1);
}

bool whole_message(const Chip& chip, Instance i) { return length(chip, i) != 0 && length(chip, i) <= fill(chip, i); }

void end_session(Chip& chip, Instance i) {
    if (chip.get<r::Status::Greeted>(i) != 0 && chip.traffic_running()) chip.disturb(i, "host's session ended");
    empty(chip, i);
    chip.set_reg<r::Greeting>(i, 0);
    chip.set_reg<r::AnswerTimer>(i, 0);
    chip.set_reg<r::Session>(i, 0);
    chip.set<r::Status::Greeted>(i, 0);
}

void command(Chip& chip, Instance i, std::uint32_t value) {
    if ((value & r::Command::Rewind::kMask) != 0) chip.set<r::Pointers::Taken>(i, 0);
    if ((value & r::Command::Flush::kMask) == 0) return;
    end_session(chip, i);
    chip.set_reg<r::Reply>(i, 0);
    chip.set<r::Status::Flushed>(i, 1);
    if (chip.get<r::Ctrl::Enable>(i) != 0) chip.set_reg<r::Greeting>(i, r::Status::kLatencyUs);
}

void mode(Chip& chip, Instance i, std::uint32_t old) {
    const bool was = (old & r::Ctrl::Enable::kMask) != 0, is = chip.get<r::Ctrl::Enable>(i) != 0;
    if (!was && is) chip.set_reg<r::Greeting>(i, r::Status::kLatencyUs);
    if (was && !is) end_session(chip, i);
}

bool shared(std::uint32_t word) {
    return word == r::Ctrl::kIndex || word == r::Limits::kIndex || word == r::Doorbell::kIndex ||
           (word >= r::Channel::kIndex && word < r::Channel::kIndex + r::Channel::kCount);
}

void written(Chip& chip, Instance i, std::uint32_t word, std::uint32_t old, std::uint32_t value) {
    const std::uint32_t whose = holder(chip, i);
    if (shared(word) && whose != kManagement) chip.violate(i, word, "shared set-up changed without its semaphore");
    if (word == r::Ctrl::kIndex) mode(chip, i, old);
    if (word == r::Command::kIndex) command(chip, i, value);
    if (word == r::Semaphore::kIndex) {
        if (whose != kManagement && whose != kNobody) chip.violate(i, word, "took the host's semaphore away");
        chip.set_reg<r::Semaphore>(i, 0);
        chip.set<r::Status::Holder>(i, kNobody);
    }
    if (word == r::Ack::kIndex) {
        chip.set_reg<r::Ack>(i, 0);
        const bool first = whole_message(chip, i) && taken(chip, i) == 0 && sequence(chip, i) == (value & 0xFF);
        if (first) remove(chip, i);
    }
    follow(chip, i);
}

void consumed(Chip& chip, Instance i, std::uint32_t word) {
    if (word == r::Semaphore::kIndex && holder(chip, i) == kNobody) chip.set<r::Status::Holder>(i, kManagement);
    if (word == r::Data::kIndex && taken(chip, i) < fill(chip, i)) {
        chip.set<r::Pointers::Taken>(i, taken(chip, i) + 1);
        if (taken(chip, i) == length(chip, i)) remove(chip, i);
    }
    follow(chip, i);
}

// The host greets: type, sequence and length, its newest version, the address of its ring and its credits.
void expired(Chip& chip, Instance i, std::uint32_t word) {
    if (word == r::AnswerTimer::kIndex) return host_reads_answer(chip, i);
    const std::uint32_t greeting[kGreetingWords] = {kGreetingHeader, kHostVersion, 0x0040'0000, 8};
    const std::uint32_t from = fill(chip, i);
    if (from + kGreetingWords > r::Fifo::kCount) {
        chip.set<r::Status::Overflow>(i, 1);
        return;
    }
    for (std::uint32_t k = 0; k < kGreetingWords; ++k) chip.set_reg<r::Fifo>(i, greeting[k], from + k);
    chip.set<r::Pointers::Fill>(i, from + kGreetingWords);
    chip.set<r::Session::Newest>(i, kHostVersion);
    chip.set<r::Status::Flushed>(i, 0);
    follow(chip, i);
}

std::uint64_t version(const Chip& chip, Instance i) {
    return chip.get<r::Status::Greeted>(i) == 0 ? 0 : chip.get<r::Session::Agreed>(i);
}
std::uint64_t watermark(const Chip& chip, Instance i) { return chip.get<r::Ctrl::Watermark>(i); }

/// Types of message that get through: into an open channel with credits, while the mailbox is on
/// and nobody is left in the middle of setting it up.
std::uint64_t channels(const Chip& chip, Instance i) {
    std::uint64_t through = 0;
    for (std::uint32_t k = 0; k < r::Channel::kCount; ++k) {
        const bool open = chip.get<r::Channel::Open>(i, k) != 0 && chip.get<r::Channel::Credits>(i, k) != 0 &&
                          chip.get<r::Channel::Words>(i, k) >= kGreetingWords;
        if (open) through |= 1u << k;
    }
    return chip.get<r::Ctrl::Enable>(i) != 0 && holder(chip, i) != kManagement ? through : 0;
}

/// Messages the host may have waiting, in those channels that are open; 99 if they differ.
std::uint64_t credits(const Chip& chip, Instance i) {
    std::uint64_t each = 0;
    for (std::uint32_t k = 0; k < r::Channel::kCount; ++k) {
        if (chip.get<r::Channel::Open>(i, k) == 0) continue;
        if (each != 0 && each != chip.get<r::Channel::Credits>(i, k)) return 99;
        each = chip.get<r::Channel::Credits>(i, k);
    }
    return each;
}

std::uint64_t lease(const Chip& chip, Instance i) { return chip.get<r::Limits::LeaseUs>(i); }
std::uint64_t doorbells(const Chip& chip, Instance i) { return chip.get<r::Doorbell::Mask>(i); }

constexpr Measure kMeasures[] = {{"protocol_version", version}, {"watermark", watermark}, {"channels", channels},
                                 {"credits", credits},          {"lease_us", lease},      {"doorbells", doorbells}};

void host_writes(Chip& chip, Instance i, std::uint32_t phase) { chip.set<r::Doorbell::Wanted>(i, phase); }

Behaviour make() {
    Behaviour b;
    b.written = written;
    b.consumed = consumed;
    b.expired = expired;
    b.measures = kMeasures;
    b.host_writes = host_writes;
    return b;
}

}  // namespace

extern const Behaviour k_mailbox;
const Behaviour k_mailbox = make();

}  // namespace transports::model::blocks
