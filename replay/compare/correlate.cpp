#include "replay/compare/correlate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace replay::compare {
namespace {

using Event = Story::Event;

const std::vector<Event> kNone;

const std::vector<Event>& events(const Story& story, const std::string& block) {
    const auto found = story.blocks().find(block);
    return found == story.blocks().end() ? kNone : found->second;
}

const std::vector<trace::Field>* fields_of(const trace::Schema& schema, std::uint64_t address) {
    const auto place = schema.at(address);
    return place && place->reg != nullptr && !place->reg->fields.empty() ? &place->reg->fields : nullptr;
}

bool same_access(const Event& a, const Event& b) { return a.write == b.write && a.address == b.address; }
bool alike(const Event& a, const Event& b) {
    return same_access(a, b) && a.refused == b.refused && (a.refused || a.word == b.word);
}

std::string text(const Story& story, const Event* event) {
    if (event == nullptr) return "nothing more";
    const std::string& name = story.schema().name(event->address);
    if (event->refused) return fmt::format("{} of {} refused", event->write ? "write" : "read", name);
    return event->write ? fmt::format("writes {:#x} to {}", event->word, name)
                        : fmt::format("reads {:#x} from {}", event->word, name);
}

/// "pll[3].status.locked" and its two contents, where fields are known.
void name_field(const trace::Schema& schema, const Event& x, std::uint64_t other, Parting& p) {
    const char* const verb = x.write ? "writes" : "reads";
    p.a = fmt::format("{} {:#x}", verb, x.word);
    p.b = fmt::format("{} {:#x}", verb, other);
    const auto* const fields = fields_of(schema, x.address);
    if (fields == nullptr) return;
    for (const trace::Field& field : *fields) {
        const std::uint64_t one = field.content(x.word), two = field.content(other);
        if (one == two) continue;
        p.where += "." + field.name;
        p.a = fmt::format("{} {:#x}", verb, one);
        p.b = fmt::format("{} {:#x}", verb, two);
        return;
    }
}

/// What the other side took the register for, before its event number `end`.
const Event* last_read(const std::vector<Event>& side, std::size_t end, std::uint64_t address) {
    while (end > 0) {
        const Event& e = side[--end];
        if (e.address == address && !e.write && !e.refused) return &e;
    }
    return nullptr;
}

/// Where the stories go on at p[x] and q[y], of which either may be the end.
Parting parting(const Story& a, const Story& b, const std::string& block, std::size_t x, std::size_t y) {
    const auto &p = events(a, block), &q = events(b, block);
    const Event* const one = x < p.size() ? &p[x] : nullptr;
    const Event* const two = y < q.size() ? &q[y] : nullptr;
    if (one == nullptr && two == nullptr) throw std::logic_error("both stories are over, and parted nowhere");
    const Event& first = one == nullptr ? *two : two == nullptr || one->index <= two->index ? *one : *two;
    Parting parting{block, a.schema().name(first.address), x, first.index, text(a, one), text(b, two)};
    if (one != nullptr && two != nullptr && same_access(*one, *two)) {
        if (!one->refused && !two->refused) name_field(a.schema(), *one, two->word, parting);
        return parting;
    }
    // One side read something new where the other saw what it knew already: that register is the news.
    if (first.write || first.refused) return parting;
    const bool in_first = &first == one;
    const Event* const known = in_first ? last_read(q, y, first.address) : last_read(p, x, first.address);
    if (known == nullptr || known->word == first.word) return parting;
    const Event& seen = in_first ? first : *known;
    name_field(a.schema(), seen, in_first ? known->word : first.word, parting);
    return parting;
}

void count(BlockRow& row, const trace::Schema& schema, const Event& event) {
    ++(event.write ? row.writes : row.reads);
    if (const auto* const fields = fields_of(schema, event.address)) {
        row.fields += fields->size();
        for (const trace::Field& field : *fields) row.non_zero += field.content(event.word) != 0 ? 1 : 0;
    }
}

}  // namespace

void Story::add(const trace::Record& record) {
    if (!record.is_access() || record.kind == trace::Kind::guard) return;
    const bool write = record.is_write();
    const std::size_t words = record.failed ? 1 : record.words.size();
    for (std::uint32_t i = 0; i < words; ++i) {
        const std::uint64_t address = record.address_of(i);
        const std::string block = schema_->block_name(address);
        auto& known = known_[block];
        const std::uint64_t word = record.failed ? 0 : record.words[i];
        if (write || record.kind == trace::Kind::consume || record.failed) {
            known.clear();
        } else {
            const auto last = known.find(address);
            if (last != known.end() && last->second == word) continue;
            known[address] = word;
        }
        if (write && !record.failed) ++written_;
        blocks_[block].push_back({record.index, address, word, write, record.failed});
    }
}

Correlation correlate(const Story& a, const Story& b, bool reads) {
    Correlation all;
    all.words_a = a.words_written();
    all.words_b = b.words_written();
    std::set<std::string> names;
    for (const Story* const story : {&a, &b}) {
        for (const auto& [block, events] : story->blocks()) names.insert(block);
    }
    for (const std::string& name : names) {
        BlockRow row;
        row.name = name;
        const auto &p = events(a, name), &q = events(b, name);
        const auto skip = [reads](const std::vector<Event>& side, std::size_t at) {
            while (at < side.size() && !reads && !side[at].write) ++at;
            return at;
        };
        std::size_t x = skip(p, 0), y = skip(q, 0);
        for (; x < p.size() && y < q.size() && alike(p[x], q[y]); x = skip(p, x + 1), y = skip(q, y + 1)) {
            count(row, a.schema(), p[x]);
        }
        if (x < p.size() || y < q.size()) {
            row.alike = false;
            all.partings.push_back(parting(a, b, name, x, y));
        }
        all.blocks.push_back(row);
    }
    std::stable_sort(all.partings.begin(), all.partings.end(),
                     [](const Parting& one, const Parting& other) { return one.index < other.index; });
    return all;
}

Correlation correlate(imports::Source& a, imports::Source& b, bool reads) {
    const bool a_has = !a.schema().empty(), b_has = !b.schema().empty();
    Story first(a_has || !b_has ? a.schema() : b.schema());
    Story second(b_has || !a_has ? b.schema() : a.schema());
    trace::Record record;
    while (a.next(record)) first.add(record);
    while (b.next(record)) second.add(record);
    return correlate(first, second, reads);
}

}  // namespace replay::compare
