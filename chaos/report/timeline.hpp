// What HALs did, one after the other, decoded: every access with what it changed, every wait, every decision.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "chaos/observer.hpp"
#include "transports/names/chip_names.hpp"

namespace chaos::report {

struct Event {
    enum class Kind : std::uint8_t { note, start, read, write, consume, guard, wait, decide, error, end } kind;
    std::uint32_t life = 0;     ///< Which HAL, from 1; 0 before the first.
    std::uint64_t us = 0;       ///< Of the chip's time, since the first event.
    std::uint64_t access = 0;   ///< Words accessed before it: they take no time, but have an order.
    std::uint32_t address = 0;  ///< Of an access.
    std::uint32_t value = 0;    ///< Read or written; microseconds of a wait.
    std::uint32_t before = 0;   ///< What this register was last seen to hold.
    bool known = false;         ///< Whether it was ever seen.
    std::uint16_t instance = 0xFFFF;
    std::string text;
};

/// Records every HAL that a rig runs. Not thread-safe.
class Timeline final : public RunObserver {
public:
    /// `names` must outlive it.
    explicit Timeline(const transports::names::ChipNames& names) : names_(names) {}

    void note(const std::string& text);

    void started(hal::bus::Nanoseconds now) override;
    void executed(hal::bus::Span<const hal::bus::Access> batch, const hal::bus::Result<void>& result,
                  hal::bus::Nanoseconds now) override;
    void waited(hal::bus::Nanoseconds from, hal::bus::Nanoseconds to) override;
    void decided(std::uint16_t instance, const char* why) override;
    void ended(const hal::bus::Result<hal::converge::Report>& result, hal::bus::Nanoseconds now) override;

    const std::vector<Event>& events() const { return events_; }
    const transports::names::ChipNames& names() const { return names_; }

private:
    Event& add(Event::Kind kind);
    void word(Event::Kind kind, std::uint32_t address, std::uint32_t value);

    const transports::names::ChipNames& names_;
    std::vector<Event> events_;
    std::unordered_map<std::uint32_t, std::uint32_t> seen_;  // by address
    std::uint32_t life_ = 0;
    std::uint64_t words_ = 0;
    hal::bus::Nanoseconds now_ = 0, origin_ = 0;
};

/// "pll[3].ctrl", or the address.
std::string place_of(const transports::names::ChipNames& names, std::uint32_t address);

/// The fields that differ, "enable 0 -> 1"; of an unknown content before, those that are not 0.
std::string fields_of(const transports::names::ChipNames& names, const Event& event);

/// For the HTML report: what changed, was decided or went wrong; reads that found nothing new are only counted. At most
/// `most` rows, of the end rather than of the beginning.
nlohmann::json to_json(const Timeline& timeline, std::size_t most);

/// Chrome's trace format, which Perfetto opens: a track per block. Accesses take no time in event time; each is drawn
/// 0.1 us long.
std::string perfetto(const Timeline& timeline);

/// Every register that was seen, over the same time, for waveform viewers.
std::string vcd(const Timeline& timeline);

}  // namespace chaos::report
