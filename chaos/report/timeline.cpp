#include "chaos/report/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chaos::report {

using hal::bus::Access;
using hal::bus::Op;
using Kind = Event::Kind;
using transports::names::ChipNames;

Event& Timeline::add(Kind kind) {
    Event& event = events_.emplace_back();
    event.kind = kind;
    event.life = life_;
    event.us = now_ < origin_ ? 0 : (now_ - origin_) / 1000;
    event.access = words_;
    return event;
}

void Timeline::note(const std::string& text) { add(Kind::note).text = text; }

void Timeline::started(hal::bus::Nanoseconds now) {
    if (life_ == 0) origin_ = now;
    now_ = now;
    ++life_;
    add(Kind::start);
}

void Timeline::word(Kind kind, std::uint32_t address, std::uint32_t value) {
    Event& event = add(kind);
    ++words_;
    event.address = address;
    event.value = value;
    const auto place = names_.at(address);
    if (place) event.instance = static_cast<std::uint16_t>(place->instance);
    const auto seen = seen_.find(address);
    event.known = seen != seen_.end();
    if (event.known) event.before = seen->second;
    // A pulse or a write-one-to-clear doesn't hold what was written; the next read tells.
    if (kind != Kind::guard) seen_[address] = value;
}

void Timeline::executed(hal::bus::Span<const Access> batch, const hal::bus::Result<void>& result,
                        hal::bus::Nanoseconds now) {
    now_ = now;
    const std::size_t done = result ? batch.size() : std::min<std::size_t>(result.error().completed, batch.size());
    for (std::size_t a = 0; a < done; ++a) {
        const Access& access = batch[a];
        for (std::uint32_t i = 0; i < access.count; ++i) {
            const std::uint32_t address = access.op == Op::write_fixed ? access.address : access.address + 4 * i;
            switch (access.op) {
                case Op::read: word(Kind::read, address, access.into[i]); break;
                case Op::consume: word(Kind::consume, address, access.into[i]); break;
                case Op::guard: word(Kind::guard, address, access.from[1]); break;
                case Op::write:
                case Op::write_fixed: word(Kind::write, address, access.from[i]); break;
            }
        }
    }
    if (result) return;
    Event& event = add(Kind::error);
    event.address = result.error().address;
    event.text =
        fmt::format("{} (effect {})", hal::bus::name(result.error().code), hal::bus::name(result.error().effect));
}

void Timeline::waited(hal::bus::Nanoseconds from, hal::bus::Nanoseconds to) {
    now_ = from;
    const std::uint64_t us = (to - std::min(from, to)) / 1000;
    if (!events_.empty() && events_.back().kind == Kind::wait && events_.back().life == life_) {
        events_.back().value += static_cast<std::uint32_t>(us);
    } else if (us != 0) {
        add(Kind::wait).value = static_cast<std::uint32_t>(us);
    }
    now_ = to;
}

void Timeline::decided(std::uint16_t instance, const char* why) {
    if (!events_.empty() && events_.back().kind == Kind::decide && events_.back().instance == instance &&
        events_.back().text == why) {
        return;
    }
    Event& event = add(Kind::decide);
    event.instance = instance;
    event.text = why;
}

void Timeline::ended(const hal::bus::Result<hal::converge::Report>& result, hal::bus::Nanoseconds now) {
    now_ = now;
    Event& event = add(Kind::end);
    if (!result) {
        event.text = result.error().code == hal::bus::Code::peer_gone ? "killed" : hal::bus::name(result.error().code);
        return;
    }
    const auto& r = *result;
    event.text = fmt::format("{} blocks as intended", r.converged + r.off);
    const std::pair<const char*, std::uint32_t> others[] = {{"deferred", r.deferred},
                                                            {"in need of a reset", r.needs_reset},
                                                            {"broken", r.broken},
                                                            {"blocked", r.blocked},
                                                            {"pending", r.pending}};
    for (const auto& [what, n] : others) {
        if (n != 0) event.text += fmt::format(", {} {}", n, what);
    }
    event.text += fmt::format("; {} words read, {} written", r.reads, r.writes);
}

std::string place_of(const ChipNames& names, std::uint32_t address) {
    const auto place = names.at(address);
    return place ? names.name(*place) : fmt::format("{:#010x}", address);
}

std::string fields_of(const ChipNames& names, const Event& event) {
    const auto place = names.at(event.address);
    if (!place) return {};
    std::string text;
    for (const hal::registers::FieldName& field : place->reg->fields) {
        const std::uint32_t now = transports::names::content(field, event.value);
        const std::uint32_t before = event.known ? transports::names::content(field, event.before) : 0;
        if (now == before) continue;
        const auto shown = [&](std::uint32_t value) {
            const std::string name = transports::names::value_name(field, value);
            return name.empty() ? fmt::format(value < 1024 ? "{}" : "{:#x}", value) : name;
        };
        if (!text.empty()) text += ", ";
        text += event.known ? fmt::format("{} {} \u2192 {}", field.name, shown(before), shown(now))
                            : fmt::format("{} {}", field.name, shown(now));
    }
    return text;
}

namespace {

const char* name(Kind kind) {
    switch (kind) {
        case Kind::note: return "note";
        case Kind::start: return "start";
        case Kind::read: return "read";
        case Kind::write: return "write";
        case Kind::consume: return "consume";
        case Kind::guard: return "guard";
        case Kind::wait: return "wait";
        case Kind::decide: return "decide";
        case Kind::error: return "error";
        case Kind::end: return "end";
    }
    return "?";
}

/// A read that found what was there before says nothing.
bool tells(const Event& event) {
    if (event.kind == Kind::guard) return false;
    return event.kind != Kind::read || !event.known || event.before != event.value;
}

bool is_access(const Event& event) {
    return event.kind == Kind::read || event.kind == Kind::write || event.kind == Kind::consume;
}

/// So many events from `at` on are one burst: the same thing done to the elements of one array.
std::size_t burst(const ChipNames& names, const std::vector<const Event*>& events, std::size_t at) {
    const Event& first = *events[at];
    const auto place = is_access(first) ? names.at(first.address) : std::nullopt;
    if (!place || place->reg->count == 1) return 1;
    std::size_t size = 1;
    for (; at + size < events.size(); ++size) {
        const Event& next = *events[at + size];
        if (next.kind != first.kind || next.life != first.life) break;
        const auto other = names.at(next.address);
        if (!other || other->instance != place->instance || other->reg != place->reg) break;
    }
    return size < 4 ? 1 : size;
}

nlohmann::json row_of(const ChipNames& names, const Event& event) {
    nlohmann::json row = {{"kind", name(event.kind)}, {"life", event.life}, {"us", event.us}, {"n", event.access}};
    if (event.instance < names.size()) row["block"] = names.name(event.instance);
    if (!event.text.empty()) row["text"] = event.text;
    if (event.kind == Kind::wait) row["waited"] = event.value;
    if (is_access(event)) {
        row["where"] = place_of(names, event.address);
        row["value"] = transports::names::hex(event.value);
        if (event.known) row["before"] = transports::names::hex(event.before);
        row["fields"] = fields_of(names, event);
    }
    return row;
}

}  // namespace

nlohmann::json to_json(const Timeline& timeline, std::size_t most) {
    const ChipNames& names = timeline.names();
    std::uint32_t last = 0;
    for (const Event& event : timeline.events()) last = std::max(last, event.life);
    // Of the first look at a register only what isn't 0 tells; of the HALs that died, only what they changed.
    std::vector<const Event*> shown;
    for (const Event& e : timeline.events()) {
        const bool dull = e.kind == Kind::read && (e.life != last || (!e.known && e.value == 0));
        if (!dull && tells(e)) shown.push_back(&e);
    }
    nlohmann::json rows = nlohmann::json::array();
    for (std::size_t at = 0; at < shown.size();) {
        const std::size_t size = burst(names, shown, at);
        nlohmann::json row = row_of(names, *shown[at]);
        if (size > 1) {
            row["where"] = fmt::format("{} \u2026 {}", place_of(names, shown[at]->address),
                                       place_of(names, shown[at + size - 1]->address));
            row["words"] = size;
        }
        rows.push_back(std::move(row));
        at += size;
    }
    const std::size_t omitted = rows.size() > most ? rows.size() - most : 0;
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(omitted));
    return {{"events", rows}, {"omitted", omitted}, {"quiet", timeline.events().size() - shown.size()}};
}

}  // namespace chaos::report
