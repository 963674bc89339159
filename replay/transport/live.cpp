#include "replay/transport/live.hpp"

#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

#include "hal/chip/chip.hpp"
#include "replay/trace/schema.hpp"
#include "transports/links/link.hpp"
#include "transports/model/bridge.hpp"
#include "transports/model/chip.hpp"
#include "transports/recorder/recorder.hpp"
#include "transports/spi/link.hpp"

namespace replay::transport {
namespace {

using hal::bus::Access;
using hal::bus::Op;
using transports::names::ChipNames;
using transports::names::Place;

constexpr const char* kModel = "model:";

class ModelLink final : public transports::links::Link {
public:
    explicit ModelLink(const hal_chip& chip)
        : layout_(*hal::chip::at_scale(chip.scale_numerator, chip.scale_denominator)), chip_(layout_) {}
    hal::bus::Transport& transport() override { return link_; }
    void manage() override {}
    hal::bus::Result<std::uint32_t> claim(std::uint32_t nonce) override { return link_.claim(nonce); }
    std::uint32_t epoch() const override { return link_.epoch(); }
    std::string cost(std::uint64_t& repeated) const override {
        repeated = link_.statistics().retries;
        return std::to_string(link_.statistics().frames) + " frames";
    }
    std::string explain() const override { return {}; }

private:
    const transports::model::Layout layout_;
    transports::model::Chip chip_;
    transports::model::BridgeSession session_;
    transports::model::Bridge bridge_{chip_, session_};
    transports::model::BridgeWire wire_{bridge_, chip_};
    transports::spi::Link link_{wire_, transports::spi::Link::Mode::managed};
};

std::unique_ptr<transports::links::Link> connect(const std::string& uri, const hal_chip& chip, bool& guards) {
    if (uri == kModel) return std::make_unique<ModelLink>(chip);
    const auto target = transports::links::parse(uri);
    if (!target) throw std::invalid_argument(target.error().what);
    guards = target->guards();
    std::uint32_t identity = 0, expected = 0;
    if (hal_identity(&chip, &identity, &expected) != 0) throw std::invalid_argument("no such chip");
    auto link = transports::links::connect(*target, identity);
    if (!link) throw std::runtime_error(link.error().what);
    const auto seen = (*link)->transport().read(identity);
    if (!seen) throw std::runtime_error(uri + ": no chip answers; check the link");
    if (*seen != expected) {
        throw std::invalid_argument(uri + ": its identity is " + transports::names::hex(*seen) + ", not " +
                                    transports::names::hex(expected) + "; nothing was written, correct --scale");
    }
    (*link)->manage();
    return std::move(*link);
}

std::string without_guards(const std::string& description) {
    nlohmann::ordered_json json = nlohmann::ordered_json::parse(description);
    json["policy"]["no_guards"] = 1;
    return json.dump();
}

transports::recorder::Description described(const std::string& json) {
    return {nlohmann::json::parse(json).at("buses").get<std::vector<std::string>>(), json};
}

class Stream {
public:
    Stream(hal::bus::Transport& transport, const ChipNames& names, const RandomAccesses& random)
        : transport_(transport), names_(names), guards_(random.guards), random_(random.seed) {
        for (std::uint32_t i = 0; i < names.size(); ++i) {
            const std::string name = names.name(i);
            const bool asked = trace::matches(random.blocks, name) || trace::matches(random.blocks + "[*]", name);
            if (asked) instances_.push_back(i);
        }
        if (instances_.empty())
            throw std::invalid_argument("no block is called '" + random.blocks +
                                        "'; `reconverge show` and `halctl list` name them");
    }

    void step() {
        const std::uint32_t instance = instances_[pick(instances_.size())];
        const Place at = place(instance);
        const std::uint32_t address = names_.address(at), what = pick(8);
        std::uint32_t word = 0;
        if (what < 4) {
            word = value();
            execute({{Op::write, address, 1, nullptr, &word}});
        } else if (what == 4) {
            execute({{Op::consume, address, 1, &word, nullptr}});
        } else if (what == 5) {
            guarded(address);
        } else {
            const hal::bus::Nanoseconds us = 1 + pick(8000);
            transport_.wait_until(transport_.now() + us * 1000);
        }
        look(instance);
    }

private:
    std::uint32_t pick(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }

    Place place(std::uint32_t instance) {
        const auto& registers = names_.type(instance).registers;
        for (;;) {
            const auto& reg = registers[pick(registers.size())];
            if (!reg.internal) return {instance, &reg, pick(reg.count), nullptr};
        }
    }
    std::uint32_t value() {
        const auto word = static_cast<std::uint32_t>(random_()), other = static_cast<std::uint32_t>(random_());
        switch (pick(4)) {
            case 0: return 1U << word % 32;
            case 1: return 0xFFFFFFFF;
            case 2: return word & other;
            default: return word;
        }
    }
    /// A write behind a guard that holds, or, one time in four, doesn't. Where a path has no guards, the same without.
    void guarded(std::uint32_t address) {
        std::uint32_t now = 0, word = value();
        const std::uint32_t mask = value(), lowest = mask & ~(mask - 1);
        const bool holds = mask == 0 || pick(4) != 0;
        if (!execute({{Op::read, address, 1, &now, nullptr}})) return;
        const std::uint32_t operands[] = {mask, (now & mask) ^ (holds ? 0 : lowest)};
        const Access write{Op::write, address, 1, nullptr, &word};
        if (guards_) {
            execute({{Op::guard, address, 1, nullptr, operands}, write});
        } else if (holds) {
            execute({write});
        }
    }
    void look(std::uint32_t instance) {
        std::vector<Access> reads;
        for (const auto& reg : names_.type(instance).registers) {
            if (reg.internal || !transports::names::safe_to_read(reg)) continue;
            for (std::uint32_t e = 0; e < reg.count; ++e) {
                reads.push_back({Op::read, names_.address({instance, &reg, e, nullptr}), 1, nullptr, nullptr});
            }
        }
        words_.resize(reads.size());
        for (std::size_t i = 0; i < reads.size(); ++i) reads[i].into = &words_[i];
        if (!reads.empty()) execute(reads);
    }
    /// True: all of it took effect. A refusal is an answer; a link that is down, or somebody else's, ends it all.
    bool execute(const std::vector<Access>& batch) {
        const auto done = transport_.execute({batch.data(), batch.size()});
        if (done) return true;
        if (done.error().code == hal::bus::Code::bus_error || done.error().code == hal::bus::Code::guard_failed) {
            return false;
        }
        throw std::runtime_error(std::string("random accesses: ") + hal::bus::name(done.error().code) + " at " +
                                 transports::names::hex(done.error().address) + "; check the link");
    }

    hal::bus::Transport& transport_;
    const ChipNames& names_;
    const bool guards_;
    std::mt19937 random_;
    std::vector<std::uint32_t> instances_, words_;
};

}  // namespace

void access_at_random(hal::bus::Transport& transport, const ChipNames& names, const RandomAccesses& random) {
    Stream stream(transport, names, random);
    for (std::uint32_t i = 0; i < random.count; ++i) stream.step();
}

bool is_live(const std::string& text) {
    for (const char* const scheme : {kModel, "unix:", "spidev:", "pcie:"}) {
        if (text.rfind(scheme, 0) == 0) return true;
    }
    return false;
}

Outcome record_live(const std::string& uri, const std::string& description, const RandomAccesses& random,
                    const std::string& file) {
    const Subject asked(description);
    const ChipNames names(asked.chip());
    bool guards = true;
    const auto link = connect(uri, asked.chip(), guards);
    const std::string told = guards ? description : without_guards(description);
    std::random_device device;
    const auto claimed = link->claim(device() | 1U);
    if (!claimed) throw std::runtime_error(uri + ": can't be claimed: " + hal::bus::name(claimed.error().code));
    transports::recorder::WriterOptions options;
    options.when = transports::recorder::WriterOptions::When::waiting;
    transports::recorder::Writer writer(file, described(told), options);
    transports::recorder::Recorder recorder(link->transport(), writer);
    Outcome outcome = Subject(told).run(recorder);
    RandomAccesses accesses = random;
    accesses.guards = guards;
    if (outcome.ended && random.count != 0) access_at_random(recorder, names, accesses);
    const std::string trouble = writer.finish();
    if (!trouble.empty()) throw std::runtime_error(trouble);
    return outcome;
}

}  // namespace replay::transport
