#include "properties/link/bench.hpp"

#include <array>
#include <map>
#include <ostream>

#include <fmt/format.h>

namespace properties::link {

using chaos::Fate;
using chaos::Moment;
using hal::bus::Access;
using hal::bus::Op;
using What = Step::What;

std::string text(const Step& step) {
    constexpr const char* kWhat[] = {
        "writes", "consumes", "writes under a guard", "claims", "starts anew", "sends an old frame again", "is reset"};
    constexpr const char* kFate[] = {"arrives",         "request lost",  "reply lost",          "duplicated", "cut",
                                     "request flipped", "reply flipped", "refused by the host", "timed out",  "held",
                                     "held and lost",   "swapped"};
    std::string told =
        fmt::format("{} {}", step.what == What::reset ? "the chip" : fmt::format("host {}", step.host % kHosts),
                    kWhat[static_cast<std::size_t>(step.what)]);
    if (step.what == What::write || step.what == What::guarded_write) {
        told += fmt::format(" {} words from register {}", step.words, step.place % kRegisters);
    }
    if (step.what == What::guarded_write) told += fmt::format(" if it reads {}", step.guard_wants);
    for (const Step::Mishap& m : step.mishaps) {
        told += fmt::format("; frame {}: {} ({}{})", m.frame, kFate[static_cast<std::size_t>(m.kind)], m.at,
                            m.ones ? ", all-ones" : "");
    }
    for (const std::uint8_t moment : step.hardware_moves) told += fmt::format("; hardware moves at moment {}", moment);
    if (step.dies) told += fmt::format("; dies at moment {}", *step.dies);
    return told;
}

void showValue(const std::vector<Step>& steps, std::ostream& out) {
    for (const Step& step : steps) out << "\n  " << text(step);
}

transports::model::BusStatus Witness::write(std::uint32_t address, std::uint32_t value) {
    const auto status = port.write(address, value);
    if (status != transports::model::BusStatus::ok) return status;
    acted("writes");
    if (value >= kFirstValue && !landed.insert(value).second) wrong = fmt::format("{} was written twice", value);
    if (guarded != 0 && port.words[kGuarded / 4] != guarded) {
        wrong = fmt::format("{} was written behind a guard that asks for {} while it reads {}", value, guarded,
                            port.words[kGuarded / 4]);
    }
    return status;
}

void Witness::acted(const char* how) {
    if (active != owner && wrong.empty())
        wrong = fmt::format("process {} {}, but {} owns the port", active, how, owner);
}

Host::Host(hal::bus::Wire* wire, hal::bus::Window* window, std::uint32_t n, chaos::Boundary& boundary) : number(n) {
    if (wire != nullptr) {
        wire_.emplace(*wire, &boundary);
        spi_.emplace(*wire_, transports::spi::Link::Mode::managed);
        return;
    }
    window_.emplace(*window, &boundary);
    transports::pcie::Options options;
    options.identity_address = FakePort::kIdentity;
    pcie_.emplace(*window_, options, transports::pcie::WindowLink::Mode::managed);
}

hal::bus::Result<std::uint32_t> Host::claim() { return spi_ ? spi_->claim(number) : pcie_->claim(number); }

hal::bus::Transport& Host::transport() {
    if (spi_) return *spi_;
    return *pcie_;
}

namespace {

/// What passes over the path, kept for sending it again, and the mishaps of the step under way.
class Weather final : public chaos::Boundary {
public:
    explicit Weather(Witness& witness) : witness_(witness) {}

    void begin(const Step& step) {
        step_ = &step;
        frames_ = 0;
        moments_ = 0;
        dead = false;
    }
    bool reached(std::uint32_t, Moment, std::size_t) override {
        for (const std::uint8_t moment : step_->hardware_moves) {
            if (moment == moments_) witness_.port.words[kGuarded / 4] ^= 3;
        }
        dead = dead || (step_->dies && moments_ == *step_->dies);
        ++moments_;
        return !dead;
    }
    Fate fate(const chaos::Sent& sent) override {
        std::vector<std::uint8_t> bytes;
        if (sent.frame != nullptr) bytes.assign(sent.frame, sent.frame + sent.bytes);
        if (!bytes.empty()) old[witness_.active].push_back(bytes);
        const std::uint8_t frame = frames_++;
        for (const Step::Mishap& m : step_->mishaps) {
            if (m.frame != frame) continue;
            const std::size_t at = sent.frame == nullptr ? m.at : m.at % (8 * sent.bytes);
            const bool in_bits = m.kind == Fate::Kind::flipped_in || m.kind == Fate::Kind::flipped_out;
            return {m.kind, in_bits ? at : at / 8, static_cast<std::uint8_t>(m.ones ? 0xFF : 0)};
        }
        return {};
    }

    bool dead = false;
    std::map<std::uint32_t, std::vector<std::vector<std::uint8_t>>> old;  // frames, by process

private:
    Witness& witness_;
    const Step* step_ = nullptr;
    std::uint8_t frames_ = 0;
    std::uint32_t moments_ = 0;
};

class Bench {
public:
    Bench(chaos::Path path, Seen& seen) : path_(path), seen_(seen), weather_(witness_) {
        witness_.port.words[kGuarded / 4] = 1;
        for (std::size_t h = 0; h < kHosts; ++h) start(h);
    }

    std::string run(const Step& step) {
        const std::size_t h = step.host % kHosts;
        weather_.begin(step);
        witness_.active = hosts_[h]->number;
        switch (step.what) {
            case What::write:
            case What::guarded_write: write(*hosts_[h], step); break;
            case What::consume: consume(*hosts_[h]); break;
            case What::claim: claim(*hosts_[h]); break;
            case What::restart: start(h); break;
            case What::resend: resend(step); break;
            case What::reset: reset(); break;
        }
        if (weather_.dead) {
            ++seen_.deaths;
            start(h);
        }
        return witness_.wrong;
    }

    std::uint64_t claims() const { return witness_.claims; }

private:
    void start(std::size_t h) {
        const bool spi = path_ == chaos::Path::spi;
        hosts_[h] = std::make_unique<Host>(spi ? &wire_ : nullptr, spi ? nullptr : &window_, next_host_++, weather_);
    }
    void claim(Host& host) { host.claim(); }

    void write(Host& host, const Step& step) {
        const bool guards = step.what == What::guarded_write && path_ == chaos::Path::spi;
        const std::uint32_t wanted[2] = {0x3, 1u + step.guard_wants % 2u};
        std::vector<std::uint32_t> values;
        for (std::uint32_t k = 0; k < step.words; ++k) values.push_back(next_value_++);
        std::vector<Access> batch;
        if (guards) batch.push_back({Op::guard, kGuarded, 1, nullptr, wanted});
        for (std::uint32_t k = 0; k < step.words; ++k) {
            batch.push_back({Op::write, 4 * ((step.place + k) % kRegisters), 1, nullptr, &values[k]});
        }
        if (guards) witness_.guarded = wanted[1];
        const auto result = host.transport().execute({batch.data(), batch.size()});
        witness_.guarded = 0;
        account(result, values, guards ? 1 : 0);
    }

    /// Does the answer agree with what the chip has experienced?
    void account(const hal::bus::Result<void>& result, const std::vector<std::uint32_t>& values, std::size_t before) {
        const bool none_behind = !result && result.error().effect == hal::bus::Effect::none;
        const std::size_t known = result ? values.size() + before : result.error().completed;
        if (result) {
            ++seen_.done;
        } else {
            ++seen_.failed;
            if (result.error().code == hal::bus::Code::fenced) ++seen_.fenced;
            if (result.error().code == hal::bus::Code::guard_failed) ++seen_.refused_guards;
        }
        for (std::size_t k = 0; k < values.size(); ++k) {
            const bool landed = witness_.landed.count(values[k]) != 0;
            if (k + before < known && !landed && witness_.wrong.empty()) {
                witness_.wrong = fmt::format("{} was reported as written and is not", values[k]);
            }
            if (k + before >= known && none_behind && landed && witness_.wrong.empty()) {
                witness_.wrong = fmt::format("{} was written although the error says effect none", values[k]);
            }
        }
    }

    void consume(Host& host) {
        std::uint32_t word = 0;
        const Access access{Op::consume, FakePort::kFifo, 1, &word, nullptr};
        const std::uint32_t before = witness_.port.fifo_next;
        const auto result = host.transport().execute({&access, 1});
        const std::uint32_t taken = witness_.port.fifo_next - before;
        const bool none = !result && result.error().effect == hal::bus::Effect::none;
        if (taken > 1) witness_.wrong = fmt::format("one consume took {} entries", taken);
        // Over the window a lost answer reads all-ones, and looking again would take another entry: nobody believes it.
        const bool silence = path_ == chaos::Path::pcie && word == ~0u;
        const bool right = taken == 1 && (word == before || silence);
        if (result && !right) witness_.wrong = fmt::format("a consume answered {}", word);
        if (none && taken != 0) witness_.wrong = "an entry was taken although the error says effect none";
        ++(result ? seen_.done : seen_.failed);
    }

    /// Bytes that somebody kept: the kernel's queue, a process that was paused in the middle.
    void resend(const Step& step) {
        std::size_t frames = 0;
        for (const auto& [process, all] : weather_.old) frames += all.size();
        if (frames == 0) return;
        std::size_t chosen = step.place % frames;
        for (const auto& [process, all] : weather_.old) {
            if (chosen >= all.size()) {
                chosen -= all.size();
                continue;
            }
            std::vector<std::uint8_t> in(all[chosen].size());
            witness_.active = process;
            bridge_.transfer(all[chosen].data(), in.data(), in.size());
            ++seen_.resent;
            return;
        }
    }

    void reset() {
        session_ = {};
        window_session_ = {};
        witness_.port.set_epoch(0);
        witness_.owner = 0;
        weather_.old.clear();
    }

    const chaos::Path path_;
    Seen& seen_;
    Witness witness_;
    Weather weather_;
    transports::model::BridgeSession session_;
    transports::model::WindowSession window_session_;
    transports::model::FakeClock clock_;
    transports::model::Bridge bridge_{witness_, session_};
    transports::model::BridgeWire wire_{bridge_, clock_};
    transports::model::WindowTarget target_{witness_, session_, window_session_};
    transports::model::TargetWindow window_{target_, clock_};
    std::array<std::unique_ptr<Host>, kHosts> hosts_;
    std::uint32_t next_host_ = 1, next_value_ = kFirstValue;
};

}  // namespace

std::string rehearse(chaos::Path path, const std::vector<Step>& steps, Seen& seen) {
    Bench bench(path, seen);
    for (const Step& step : steps) {
        const std::string wrong = bench.run(step);
        if (!wrong.empty()) return wrong + " (" + text(step) + ")";
    }
    seen.claims += bench.claims();
    return {};
}

}  // namespace properties::link
