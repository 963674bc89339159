#include <cstring>

#include "chaos/trial.hpp"
#include "transports/pcie/layout.hpp"

namespace chaos {

namespace spi = transports::spi;
namespace pcie = transports::pcie;

const char* name(Op op) {
    constexpr const char* kNames[] = {"claim", "read", "write", "consume", "guarded", "wait"};
    return kNames[static_cast<std::size_t>(op)];
}

namespace {

std::uint32_t get32(const std::uint8_t* at) {
    return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
           static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

class Surveyor final : public Boundary {
public:
    explicit Surveyor(const Rig& rig) : rig_(rig) {}

    bool reached(std::uint32_t index, Moment moment, std::size_t bytes) override {
        const auto hash = rig_.chip.hash();
        Point point = last_;
        point.index = index;
        point.moment = moment;
        point.bytes = static_cast<std::uint32_t>(bytes);
        point.changed = points.empty() || hash != hash_;
        point.moving = rig_.chip.next_event() != 0;
        if (moment == Moment::waiting) point.op = Op::wait;
        hash_ = hash;
        points.push_back(point);
        return true;
    }

    Fate fate(const Sent& sent) override {
        sent.frame != nullptr ? decode_frame(sent.frame) : decode_access(sent);
        Point& before = points.back();  // what is sent belongs to the moment before it, too
        before.op = last_.op;
        before.instance = last_.instance;
        before.words = last_.words;
        before.word = last_.word;
        before.store = last_.store;
        return {};
    }

    std::vector<Point> points;

private:
    std::uint16_t instance_at(std::uint32_t address) const {
        const auto* page = rig_.chip.layout().page(address);
        return page == nullptr ? std::uint16_t{0} : page->instance;
    }

    std::uint16_t word_at(std::uint32_t address) const {
        const auto* page = rig_.chip.layout().page(address);
        return page == nullptr ? transports::model::kNoWord : page->word(address);
    }

    // Its last write says best what it is about; else its last read.
    void decode_frame(const std::uint8_t* frame) {
        last_.op = Op::read;
        last_.words = 0;
        last_.instance = 0;
        if (frame[spi::kAtKind] == spi::kClaim) {
            last_.op = Op::claim;
            return;
        }
        const std::uint8_t* at = frame + spi::kRequestHeader;
        const std::uint32_t items = frame[spi::kAtItems] + 256u * frame[spi::kAtItems + 1];
        bool guarded = false;
        for (std::uint32_t k = 0; k < items; ++k) {
            const std::uint32_t item = get32(at);
            const std::uint32_t op = item >> spi::kOpShift, words = (item >> spi::kCountShift & spi::kCountMask) + 1;
            const std::uint32_t address = (item & spi::kWordAddressMask) * 4;
            const bool writes = op == spi::kOpWrite || op == spi::kOpWriteFixed;
            at += 4 + (writes ? 4 * words : op == spi::kOpGuard ? 8 : 0);
            guarded = guarded || op == spi::kOpGuard;
            if (op == spi::kOpGuard || (last_.words != 0 && !writes)) continue;
            last_.instance = instance_at(address);
            if (writes) last_.word = word_at(address);
            if (writes) last_.words = static_cast<std::uint16_t>(last_.words + words);
            last_.op = writes ? Op::write : op == spi::kOpConsume ? Op::consume : last_.op;
        }
        if (guarded) last_.op = Op::guarded;
    }

    void decode_access(const Sent& sent) {
        const pcie::Layout map;
        last_.store = sent.store;
        last_.words = sent.store ? 1 : 0;
        last_.instance = 0;
        if (sent.offset >= map.mailbox_base) {
            last_.op = sent.offset - map.mailbox_base == pcie::kStatus ? Op::read : Op::claim;
            last_.words = 0;
            return;
        }
        const bool window = sent.offset < map.aperture_base;
        last_.word = window ? std::uint16_t{0} : word_at((sent.offset - map.aperture_base) % map.aperture_size);
        last_.op = window ? Op::read : sent.store ? Op::write : Op::consume;
        last_.instance = instance_at(window ? sent.offset : (sent.offset - map.aperture_base) % map.aperture_size);
    }

    const Rig& rig_;
    Point last_{};
    transports::model::Hash hash_;
};

}  // namespace

std::vector<Point> survey(Judge& judge, const Scenario& scenario) {
    Rig& rig = judge.rig();
    rig.chip.restore(judge.start());
    rig.forget_sessions();
    return survey(rig, [&](Boundary& surveyor) { rig.run(scenario.intended, scenario.policy, &surveyor); });
}

std::vector<Point> survey(const Rig& rig, const std::function<void(Boundary&)>& run) {
    Surveyor surveyor(rig);
    run(surveyor);
    return std::move(surveyor.points);
}

}  // namespace chaos
