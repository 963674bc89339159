// Traces of one run for other people's viewers.
#include <fmt/format.h>

#include <map>

#include "chaos/report/timeline.hpp"

namespace chaos::report {

using Kind = Event::Kind;
using transports::names::ChipNames;

namespace {

/// Tenths of a microsecond: accesses take no time, but one after the other can be seen.
std::uint64_t tick_of(const Event& event) { return event.us * 10 + event.access; }

std::string identifier(std::size_t number) {  // printable characters, as VCD has them
    std::string text;
    do {
        text += static_cast<char>('!' + number % 94);
        number /= 94;
    } while (number != 0);
    return text;
}

std::string bits(std::uint32_t value) { return fmt::format("b{:b}", value); }

/// Of several HALs, what takes time on one block: from its first decision to the last access of its burst.
nlohmann::json slice(const std::string& what, std::uint64_t tick, double us, std::uint32_t process, std::uint32_t track,
                     nlohmann::json arguments) {
    return {{"name", what},   {"ph", "X"},    {"ts", static_cast<double>(tick) / 10}, {"dur", us},
            {"pid", process}, {"tid", track}, {"args", std::move(arguments)}};
}

nlohmann::json label(const char* kind, std::uint32_t process, std::uint32_t track, const std::string& text) {
    return {{"name", kind}, {"ph", "M"}, {"pid", process}, {"tid", track}, {"args", {{"name", text}}}};
}

}  // namespace

std::string perfetto(const Timeline& timeline) {
    const ChipNames& names = timeline.names();
    nlohmann::json all = nlohmann::json::array();
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> tracks;
    const auto track = [&](const Event& event) {
        const bool block = event.instance < names.size();
        const std::uint32_t number = block ? event.instance + 2u : 1u;
        tracks.emplace(std::make_pair(event.life, number), block ? names.name(event.instance) : "HAL");
        return number;
    };
    for (const Event& event : timeline.events()) {
        const std::uint64_t tick = tick_of(event);
        switch (event.kind) {
            case Kind::note:
                all.push_back({{"name", event.text},
                               {"ph", "i"},
                               {"s", "g"},
                               {"ts", static_cast<double>(tick) / 10},
                               {"pid", event.life},
                               {"tid", 1}});
                break;
            case Kind::wait:
                all.push_back(slice("waits", tick, event.value, event.life, track(event), {{"us", event.value}}));
                break;
            case Kind::start:
            case Kind::end:
            case Kind::decide:
            case Kind::error:
                all.push_back(slice(event.kind == Kind::start ? "starts" : event.text, tick, 0.1, event.life,
                                    track(event), nlohmann::json::object()));
                break;
            default: {
                const char* const op = event.kind == Kind::write   ? "write "
                                       : event.kind == Kind::read  ? "read "
                                       : event.kind == Kind::guard ? "guard "
                                                                   : "consume ";
                nlohmann::json arguments = {{"address", transports::names::hex(event.address)},
                                            {"value", transports::names::hex(event.value)}};
                if (event.known) arguments["before"] = transports::names::hex(event.before);
                if (const std::string fields = fields_of(names, event); !fields.empty()) arguments["fields"] = fields;
                all.push_back(slice(op + place_of(names, event.address), tick, 0.1, event.life, track(event),
                                    std::move(arguments)));
            }
        }
    }
    std::uint32_t named = 0;
    for (const auto& [where, text] : tracks) {
        if (where.first != named)
            all.push_back(label("process_name", where.first, 0, fmt::format("HAL {}", where.first)));
        named = where.first;
        all.push_back(label("thread_name", where.first, where.second, text));
    }
    return nlohmann::json{{"traceEvents", all}, {"displayTimeUnit", "ns"}}.dump() + "\n";
}

std::string vcd(const Timeline& timeline) {
    const ChipNames& names = timeline.names();
    std::map<std::uint32_t, std::size_t> signals;  // by address, so by block
    for (const Event& event : timeline.events()) {
        if (event.kind == Kind::read || event.kind == Kind::write || event.kind == Kind::consume) {
            signals.emplace(event.address, 0);
        }
    }
    std::string text =
        "$comment registers as a HAL saw and wrote them; accesses take no time, each is drawn 100 ns long $end\n"
        "$timescale 100 ns $end\n$scope module chip $end\n$var wire 32 ! hal $end\n";
    std::size_t number = 1;
    std::string open;
    for (auto& [address, signal] : signals) {
        const auto place = names.at(address);
        const std::string block = place ? names.name(place->instance) : "unknown";
        if (block != open) {
            if (!open.empty()) text += "$upscope $end\n";
            text += "$scope module " + block + " $end\n";
            open = block;
        }
        const std::string whole = place_of(names, address);
        const std::string reg = place ? whole.substr(block.size() + 1) : whole;
        signal = number++;
        text += fmt::format("$var reg 32 {} {} $end\n", identifier(signal), reg);
    }
    text += (open.empty() ? "" : "$upscope $end\n") + std::string("$upscope $end\n$enddefinitions $end\n");
    std::uint64_t at = ~std::uint64_t{0};
    std::uint32_t life = 0;
    const auto change = [&](const Event& event, std::uint32_t value, std::size_t signal) {
        const std::uint64_t tick = tick_of(event);
        if (tick != at) text += fmt::format("#{}\n", tick);
        at = tick;
        text += fmt::format("{} {}\n", bits(value), identifier(signal));
    };
    for (const Event& event : timeline.events()) {
        if (event.life != life) change(event, event.life, 0);
        life = event.life;
        const auto signal = signals.find(event.address);
        if (event.kind != Kind::read && event.kind != Kind::write && event.kind != Kind::consume) continue;
        if (!event.known || event.before != event.value) change(event, event.value, signal->second);
    }
    return text;
}

}  // namespace chaos::report
