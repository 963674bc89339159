// The links: at most once, fenced, guarded, for any interleaving of processes, mishaps and deaths.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "properties/holds.hpp"
#include "properties/link/bench.hpp"

namespace properties::link {

namespace {

using chaos::Fate;
using What = Step::What;

rc::Gen<Step::Mishap> any_mishap(const std::vector<Fate::Kind>& kinds) {
    return rc::gen::build<Step::Mishap>(rc::gen::set(&Step::Mishap::frame, rc::gen::inRange<std::uint8_t>(0, 10)),
                                        rc::gen::set(&Step::Mishap::kind, rc::gen::elementOf(kinds)),
                                        rc::gen::set(&Step::Mishap::at, rc::gen::inRange<std::uint16_t>(0, 2'000)),
                                        rc::gen::set(&Step::Mishap::ones, rc::gen::arbitrary<bool>()));
}

std::vector<Fate::Kind> mishaps_of(chaos::Path path) {
    using K = Fate::Kind;
    // Posted stores that the fabric loses leave nothing that a link could notice: the next HAL finds them.
    if (path == chaos::Path::pcie) return {K::reply_lost, K::timed_out, K::held};
    return {K::request_lost, K::reply_lost, K::duplicated, K::cut, K::flipped_out, K::flipped_in, K::refused};
}

rc::Gen<std::vector<Step>> any_steps(chaos::Path path, std::vector<What> whats) {
    const auto moment = [] { return rc::gen::inRange<std::uint8_t>(0, 24); };
    const auto rarely = rc::gen::weightedOneOf<rc::Maybe<std::uint8_t>>(
        {{7, rc::gen::just(rc::Maybe<std::uint8_t>())},
         {1, rc::gen::map(moment(), [](std::uint8_t m) { return rc::Maybe<std::uint8_t>(m); })}});
    const auto step = rc::gen::build<Step>(
        rc::gen::set(&Step::what, rc::gen::elementOf(std::move(whats))),
        rc::gen::set(&Step::host, rc::gen::inRange<std::uint8_t>(0, kHosts)),
        rc::gen::set(&Step::words, rc::gen::inRange<std::uint8_t>(1, 12)),
        rc::gen::set(&Step::place, rc::gen::inRange<std::uint16_t>(0, 64)),
        rc::gen::set(&Step::guard_wants, rc::gen::inRange<std::uint8_t>(0, 2)),
        rc::gen::set(&Step::mishaps,
                     rc::gen::scale(0.1, rc::gen::container<std::vector<Step::Mishap>>(any_mishap(mishaps_of(path))))),
        rc::gen::set(&Step::dies, rc::gen::map(rarely,
                                               [](const rc::Maybe<std::uint8_t>& m) {
                                                   return m ? std::optional<std::uint8_t>(*m) : std::nullopt;
                                               })),
        rc::gen::set(&Step::hardware_moves,
                     rc::gen::scale(0.05, rc::gen::container<std::vector<std::uint8_t>>(moment()))));
    return rc::gen::container<std::vector<Step>>(step);
}

void check(chaos::Path path, const std::vector<What>& whats, Seen& seen) {
    auto steps = *any_steps(path, whats);
    if (path == chaos::Path::pcie) {
        // Over the window zeros instead of an answer look like data, and an aperture opens again after 16 claims.
        constexpr std::size_t kMostClaims = 15;
        if (steps.size() > kMostClaims) steps.resize(kMostClaims);
        for (Step& step : steps) {
            for (Step::Mishap& mishap : step.mishaps) mishap.ones = true;
            // A reset begins the epochs anew: whoever had the same number before is let in. See docs/pcie-window.md.
            if (step.what == What::reset) step.what = What::claim;
        }
    }
    const std::string wrong = rehearse(path, steps, seen);
    if (!wrong.empty()) RC_FAIL(wrong);
}

TEST(Link, ExecutesAtMostOnceAndSaysWhatItHasDone) {
    Tally tally{"batches done", "batches failed", "deaths", "claims", "old frames sent again"};
    for (const chaos::Path path : {chaos::Path::spi, chaos::Path::pcie}) {
        Seen seen;
        hold("at-most-once", 1'500, tally, [&] {
            check(path, {What::write, What::write, What::write, What::consume, What::claim, What::resend}, seen);
            tally = path == chaos::Path::spi ? Tally{{"batches done", seen.done},
                                                     {"batches failed", seen.failed},
                                                     {"deaths", seen.deaths},
                                                     {"claims", seen.claims},
                                                     {"old frames sent again", seen.resent}}
                                             : Tally{{"batches done", seen.done},
                                                     {"batches failed", seen.failed},
                                                     {"deaths", seen.deaths},
                                                     {"claims", seen.claims}};
        });
    }
}

TEST(Link, LetsNobodyWriteWhoHasLostThePort) {
    Tally tally{"claims", "batches done", "batches fenced"};
    for (const chaos::Path path : {chaos::Path::spi, chaos::Path::pcie}) {
        Seen seen;
        hold("fenced", 1'500, tally, [&] {
            check(path, {What::write, What::claim, What::restart, What::resend, What::reset}, seen);
            tally = Tally{{"claims", seen.claims}, {"batches done", seen.done}, {"batches fenced", seen.fenced}};
        });
    }
}

TEST(Link, WritesBehindAGuardOnlyWhileItHolds) {
    Tally tally{"batches done", "guards that refused"};
    Seen seen;
    hold("guards-atomic", 2'000, tally, [&] {
        check(chaos::Path::spi, {What::claim, What::guarded_write, What::guarded_write, What::write}, seen);
        tally = Tally{{"batches done", seen.done}, {"guards that refused", seen.refused_guards}};
    });
}

}  // namespace

}  // namespace properties::link
