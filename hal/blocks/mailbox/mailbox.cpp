#include "hal/blocks/mailbox/mailbox.hpp"

#include "hal/registers/mailbox.hpp"

namespace hal::blocks::mailbox {

namespace r = hal::registers::mailbox;

namespace {

constexpr std::uint32_t kNobody = 0, kManagement = 1;  // status.holder
constexpr std::uint32_t kMessageUs = 500;
constexpr std::uint32_t kGreeting = 1;        // message type; its second word is the host's newest version
constexpr std::uint32_t kLongestMessage = 4;  // words, header included

struct Header {
    explicit Header(std::uint32_t word) : length(word & 0xFF), sequence(word >> 8 & 0xFF), type(word >> 16 & 0xFF) {}
    std::uint32_t length, sequence, type;  // length includes the header
};

/// The shared set-up; enable comes last, so that no message arrives at half a set-up.
void want_setup(const converge::Situation& s, converge::Plan& plan) {
    for (std::uint32_t i = 0; i < r::Channel::kCount; ++i) {
        const bool open = ((s.intent[kChannels] >> i) & 1) != 0;
        plan.want(s,
                  bus::modify(s.get<r::Channel>(i))
                      .with<r::Channel::Open>(open ? 1 : 0)
                      .with<r::Channel::Urgent>(i == 0 ? 1 : 0)
                      .with<r::Channel::Priority>(7 - i)
                      .with<r::Channel::Words>(kLongestMessage)
                      .with<r::Channel::Credits>(open ? s.intent[kCredits] : 0),
                  i);
    }
    plan.want(s, bus::modify(s.get<r::Doorbell>()).with<r::Doorbell::Mask>(s.intent[kDoorbells]));
    plan.want(s, bus::modify(s.get<r::Limits>())
                     .with<r::Limits::LeaseUs>(s.intent[kLease])
                     .with<r::Limits::MessageUs>(kMessageUs));
    plan.want(s, bus::modify(s.get<r::Ctrl>())
                     .with<r::Ctrl::Enable>(1)
                     .with<r::Ctrl::Interrupt>(1)
                     .with<r::Ctrl::Watermark>(s.intent[kWatermark]));
}

/// Carries out the plan's set-up items under the semaphore, and gives it back. Taking it is pointless, and keeping it
/// harmful, while traffic forbids what has to be done under it.
void set_up(const converge::Situation& s, converge::Plan& plan) {
    const std::uint32_t holder = s.get<r::Status>().get<r::Status::Holder>();
    const bool turns_on = s.get<r::Ctrl>().get<r::Ctrl::Enable>() == 0;
    if (turns_on && !s.idle) {
        plan.clear();
        if (holder != kManagement) return plan.needs_drain("turning the mailbox on restarts the host's session");
    } else if (holder != kManagement) {
        plan.clear();
        if (holder == kNobody) {
            plan.consume<r::Semaphore>();
            return plan.act("take the semaphore of the set-up");
        }
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "the host is setting up");
        return plan.broken("the host keeps the semaphore");
    }
    const bool disrupts = turns_on && s.idle;
    plan.write(bus::Value<r::Semaphore>(0));
    if (disrupts) return plan.act_disruptively("set up the channels and give the semaphore back");
    plan.act("give the semaphore back");
}

/// The newest protocol version that both sides speak.
std::uint32_t agreeable(const converge::Situation& s, std::uint32_t theirs) {
    return theirs < s.intent[kVersion] ? theirs : s.intent[kVersion];
}

/// Answers the first message and removes it when the answer is seen to be there.
void answer(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const Header header(s.get<r::Peek>(0).get<r::Peek::Word>());
    if (header.length == 0 || header.length > kLongestMessage || header.length > status.get<r::Status::Count>()) {
        plan.write(bus::Value<r::Command>(0).with<r::Command::Flush>(1));
        return plan.act_disruptively("what waits is no message: ask the host to start again");
    }
    const bool greeting = header.type == kGreeting && header.length >= 2;
    const std::uint32_t version = agreeable(s, s.get<r::Peek>(1).get<r::Peek::Word>() & 0xFF);
    plan.want(s, bus::modify(s.get<r::Reply>())
                     .with<r::Reply::Sequence>(header.sequence)
                     .with<r::Reply::Version>(greeting ? version : 0)
                     .with<r::Reply::Refused>(greeting ? 0 : 1));
    if (!plan.items().empty()) {
        plan.read_back<r::Reply>();
        return plan.act(greeting ? "agree on a protocol version" : "refuse a message of unknown type");
    }
    plan.write(bus::Value<r::Ack>(0).with<r::Ack::Sequence>(header.sequence));
    plan.act("remove a message that is answered");
}

}  // namespace

// Messages in pieces are made whole first: nobody may take words from them, so a dead predecessor did. The semaphore
// shown as ours is ours by inheritance, for there is one owner at a time: go on with the set-up, then give it back.
void decide(const converge::Situation& s, converge::Plan& plan) {
    const auto status = s.get<r::Status>();
    const std::uint32_t holder = status.get<r::Status::Holder>();
    if (status.get<r::Status::HalfTaken>() != 0) {
        plan.write(bus::Value<r::Command>(0).with<r::Command::Rewind>(1));
        return plan.act("put a half-taken message back together");
    }
    want_setup(s, plan);
    if (!plan.items().empty() || holder == kManagement) return set_up(s, plan);
    if (status.get<r::Status::Count>() != 0) return answer(s, plan);
    if (status.get<r::Status::Overflow>() != 0) {
        plan.write(bus::modify(status).with<r::Status::Overflow>(1));
        return plan.act("acknowledge an overflow that is over");
    }
    const auto session = s.get<r::Session>();
    const bool greeted = status.get<r::Status::Greeted>() != 0;
    if (greeted && session.get<r::Session::Agreed>() == agreeable(s, session.get<r::Session::Newest>())) {
        return plan.converged();
    }
    if (!greeted && s.idle) {
        if (s.waited_us < r::Status::kLatencyMaxUs) return plan.wait(r::Status::kLatencyUs, "the host is to act");
        if (status.get<r::Status::Flushed>() != 0) return plan.broken("the host doesn't greet");
    }
    plan.write(bus::Value<r::Command>(0).with<r::Command::Flush>(1));
    plan.act_disruptively("ask the host for another greeting");
}

namespace {

constexpr converge::IntentField kIntent[] = {
    {"protocol_version", "1", 1, 5, 3, "newest protocol version to agree to; Heron's host speaks up to 5"},
    {"watermark", "words", 1, 15, 12, "words from which almost-full is signalled to the host"},
    {"channels", "1", 1, 255, 0x1F, "message types that are accepted, one bit each"},
    {"credits", "1", 1, 15, 4, "messages that the host may have waiting in each channel"},
    {"lease_us", "us", 1, 65'535, 250, "longest that the host may keep the semaphore"},
    {"doorbells", "1", 0, 255, 0x0F, "doorbells that interrupt management"},
};

}  // namespace

const converge::Driver kDriver{decide, kIntent};

}  // namespace hal::blocks::mailbox
