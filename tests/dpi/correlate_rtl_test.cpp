// Bugs planted in the RTL, found by the means that users have for silicon: the same random accesses recorded on both
// sides, and correlate, which has to name the register and field.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <random>

#include "hal/chip/heron.hpp"
#include "replay/compare/correlate.hpp"
#include "replay/imports/open.hpp"
#include "transports/dpi/rtl/lockstep/planted.hpp"
#include "transports/dpi/rtl/lockstep/rtl_chip.hpp"
#include "transports/dpi/rtl/lockstep/stream.hpp"
#include "transports/intent/intent.hpp"
#include "transports/model/chip.hpp"
#include "transports/model/semantics.hpp"
#include "transports/names/chip_names.hpp"
#include "transports/recorder/describe.hpp"
#include "transports/recorder/recorder.hpp"

namespace {
int planted_now = 0;
}

extern "C" int planted_bug();
extern "C" int planted_bug() { return planted_now; }

namespace tests::dpi {
namespace {

using hal::bus::Access;
using hal::bus::Op;
using replay::compare::Correlation;
using transports::dpi::chip;
using transports::dpi::chip_names;
using transports::dpi::layout;
using transports::dpi::Pair;
using transports::dpi::Planted;
using transports::dpi::RtlChip;
using transports::dpi::Step;
using transports::dpi::Stream;
using transports::model::BusStatus;
using transports::model::Instance;

constexpr unsigned kRounds = 8, kSteps = 300;

/// Single accesses straight onto a chip's registers.
class PortTransport final : public hal::bus::Transport {
public:
    PortTransport(transports::model::RegisterPort& port, transports::model::Clock& clock)
        : port_(port), clock_(clock) {}

    hal::bus::Result<void> execute(hal::bus::Span<const Access> batch) override {
        hal::bus::Error error;
        error.code = hal::bus::Code::bus_error;
        error.effect = hal::bus::Effect::none;
        for (const Access& a : batch) {
            const BusStatus status = a.op == Op::write     ? port_.write(a.address, *a.from)
                                     : a.op == Op::consume ? port_.consume(a.address, *a.into)
                                                           : port_.read(a.address, *a.into);
            error.address = a.address;
            if (status != BusStatus::ok) return hal::bus::fail(error);
            ++error.completed;
        }
        return {};
    }
    hal::bus::Nanoseconds now() override { return clock_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { clock_.wait_until(deadline); }

private:
    transports::model::RegisterPort& port_;
    transports::model::Clock& clock_;
};

void look_at(Instance i, std::vector<Step>& steps) {
    for (const auto& row : layout().type[i]->words) {
        if (!row.internal && transports::model::reads_freely(row)) {
            steps.push_back({Step::What::read, chip().instances[i].base + row.offset, 0});
        }
    }
}

/// The way to a running chip, random steps around the blocks of a type, and behind each a look at all registers of the
/// blocks that it may have changed. The steps depend on the model alone.
std::vector<Step> script(const char* type, const std::vector<Step>& way, std::uint32_t seed) {
    planted_now = 0;
    std::vector<Instance> instances;
    for (Instance i = 0; i < chip().instances.size(); ++i) {
        if (std::string(layout().type[i]->name) == type) instances.push_back(i);
    }
    Pair pair(layout(), chip_names());
    const std::size_t up = seed % 2 == 1 ? way.size() : std::mt19937(seed)() % way.size();
    bring_up(pair, way, up);
    pair.watchful = false;
    Stream stream(pair, chip().instances[instances[0]].type, seed);
    for (unsigned k = 0; k < kSteps; ++k) stream.step();
    std::vector<Step> steps(way.begin(), way.begin() + static_cast<std::ptrdiff_t>(up));
    for (const Step& step : pair.log) {
        steps.push_back(step);
        const auto* page = step.address == 0 ? nullptr : layout().page(step.address);
        if (step.what == Step::What::read) continue;
        if (page != nullptr) {
            look_at(page->instance, steps);
        } else {
            for (const Instance i : instances) look_at(i, steps);
        }
    }
    return steps;
}

/// The steps on one side, recorded.
template <typename Chip>
void record(Chip& side, const std::vector<Step>& steps, const std::string& file) {
    transports::intent::Intended none = transports::intent::initial(chip_names().chip());
    hal_policy policy{};
    policy.size = sizeof policy;
    transports::recorder::WriterOptions options;
    options.when = transports::recorder::WriterOptions::When::at_once;
    transports::recorder::Writer writer(
        file, transports::recorder::describe(chip_names(), "apb", "random accesses", "", "none", none, policy),
        options);
    PortTransport port(side, side);
    transports::recorder::Recorder recorder(port, writer);
    for (const Step& step : steps) {
        std::uint32_t word = step.value;
        Access access{Op::read, step.address, 1, &word, nullptr};
        switch (step.what) {
            case Step::What::wait: side.wait_until(side.now() + std::uint64_t{step.value} * 1000); continue;
            case Step::What::advance: side.advance(step.value); continue;
            case Step::What::claimed: side.claimed(step.value); continue;
            case Step::What::cold_reset: side.cold_reset(); continue;
            case Step::What::warm_reset: side.warm_reset(); continue;
            case Step::What::read: break;
            case Step::What::consume: access.op = Op::consume; break;
            case Step::What::write: access = {Op::write, step.address, 1, nullptr, &word}; break;
        }
        (void)recorder.execute({&access, 1});
    }
    ASSERT_EQ(writer.finish(), "");
}

class RtlCorrelate : public testing::Test {
protected:
    RtlCorrelate() { std::filesystem::create_directories(folder_); }
    ~RtlCorrelate() override { std::filesystem::remove_all(folder_); }

    Correlation round(int planted, const char* type, std::uint32_t seed) {
        const std::vector<Step> steps = script(type, way_, seed);
        planted_now = planted;
        RtlChip rtl;
        transports::model::Chip model(layout());
        const std::string a = (folder_ / "rtl.pcapng").string(), b = (folder_ / "model.pcapng").string();
        record(rtl, steps, a);
        record(model, steps, b);
        replay::imports::Source first(a), second(b);
        return replay::compare::correlate(first, second, true);
    }

private:
    const std::vector<Step> way_ = [] {
        planted_now = 0;
        Pair pair(layout(), chip_names());
        pair.watchful = false;
        return boot(pair);
    }();
    const std::filesystem::path folder_ =
        std::filesystem::path(testing::TempDir()) / ("rtl_correlate_" + std::to_string(::getpid()));
};

TEST_F(RtlCorrelate, RandomAccessesOnSoundRtlAreTheSameStory) {
    std::uint64_t events = 0, fields = 0, non_zero = 0, types = 0;
    for (const auto& type : transports::model::type_rows()) {
        const Correlation c = round(0, type.name, 1);
        for (const auto& p : c.partings) ADD_FAILURE() << p.where << ": " << p.a << " | " << p.b;
        for (const auto& block : c.blocks) {
            events += block.reads + block.writes;
            fields += block.fields;
            non_zero += block.non_zero;
        }
        ++types;
    }
    std::printf("%llu types of block: %llu events, %llu fields compared, %llu of them not zero, none differs\n",
                static_cast<unsigned long long>(types), static_cast<unsigned long long>(events),
                static_cast<unsigned long long>(fields), static_cast<unsigned long long>(non_zero));
    EXPECT_GT(non_zero, 0U);
}

/// What software sees of it first; the lockstep, which also sees stored state, is often nearer to the cause.
std::string shows_first(const Planted& bug) {
    switch (bug.number) {
        case 5: return "sysctl.identity";
        case 7: return ".status.pair_error";
        case 8: return ".active_digest.signature";
        case 9: return "vr.status";
        case 12: return "hbm_channel";
        default: return bug.shows;
    }
}

TEST_F(RtlCorrelate, EachPlantedBugIsNamedAtItsRegisterAndField) {
    std::size_t named = 0;
    for (const Planted& bug : transports::dpi::kPlanted) {
        std::string where = "nowhere", how;
        for (std::uint32_t seed = 1; seed <= kRounds && where == "nowhere"; ++seed) {
            const Correlation c = round(bug.number, bug.type, seed);
            if (c.partings.empty()) continue;
            where = c.partings[0].where;
            how = c.partings[0].a + " | " + c.partings[0].b;
        }
        const std::string expected = shows_first(bug);
        const bool right = where.find(expected) != std::string::npos;
        std::printf("%2d %s: %s (%s)\n", bug.number, bug.what, where.c_str(), how.c_str());
        named += right ? 1 : 0;
        EXPECT_TRUE(right) << bug.what << ": should show in " << expected;
    }
    std::printf("%zu of %zu planted bugs named\n", named, std::size(transports::dpi::kPlanted));
}

}  // namespace
}  // namespace tests::dpi
