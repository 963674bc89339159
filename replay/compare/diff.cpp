#include "replay/compare/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "transports/recorder/format.hpp"

namespace replay::compare {

using trace::Kind;
using trace::Record;

std::uint32_t Side::name_of(std::uint64_t address) {
    const auto [row, is_new] = by_address_.try_emplace(address, static_cast<std::uint32_t>(names_.size()));
    if (is_new) {
        names_.push_back(schema_->name(address));
        hashes_.push_back(transports::recorder::fnv1a(names_.back()));
        addresses_.push_back(address);
        last_.push_back(0);
        falls_.push_back(0);
        moves_.push_back(false);
        polled_.push_back(false);
        known_.push_back(false);
    }
    return row->second;
}

void Side::add(const Record& r) {
    ++records_;
    if (!r.is_access() || r.unsure) return;
    const std::uint32_t name = name_of(r.address);
    const std::uint64_t shape = static_cast<std::uint64_t>(r.kind) | (std::uint64_t{r.width} << 8) |
                                (std::uint64_t{r.count} << 16) | (std::uint64_t{r.failed ? 1u : 0u} << 40);
    const std::uint64_t key = (hashes_[name] ^ shape) * 0x9E3779B97F4A7C15u;
    const bool again = r.kind == Kind::read && !items_.empty() && items_.back().key == key;
    if (again) {
        items_.back().times++;
        polled_[name] = true;
        words_.resize(items_.back().first_word);  // the last answer counts
    } else {
        items_.push_back({key, r.index, name, 1, static_cast<std::uint32_t>(words_.size()), 0, r.is_read()});
    }
    items_.back().words = static_cast<std::uint32_t>(r.words.size());
    words_.insert(words_.end(), r.words.begin(), r.words.end());
    for (std::uint32_t i = 0; i < r.words.size() && r.kind != Kind::guard; ++i) {
        const std::uint32_t word = i == 0 ? name : name_of(r.address_of(i));
        if (r.is_read() && known_[word] && last_[word] != r.words[i]) {
            moves_[word] = true;
            if (r.words[i] < last_[word]) ++falls_[word];
        }
        known_[word] = r.is_read();
        last_[word] = r.words[i];
    }
}

const char* name(Class c) {
    constexpr const char* kNames[] = {"stable", "counter", "poll-dependent", "moving", "sentinel", "mismatch"};
    return kNames[static_cast<std::size_t>(c)];
}

namespace {

constexpr std::ptrdiff_t kMostEdits = 2000;  // looked for exactly; memory grows with their square
constexpr std::size_t kContext = 8;          // items that must agree before sides far apart are together again
constexpr std::size_t kApart = 4;            // hunks with fewer items between them are one

// The shortest edit script (E. Myers, "An O(ND) difference algorithm", 1986), as long as it is short; sides that have
// less in common are brought together again at the nearest place where kContext items agree.
class Aligner {
public:
    Aligner(const std::vector<Side::Item>& a, const std::vector<Side::Item>& b) : a_(a), b_(b) {}

    template <typename Match>
    std::vector<Hunk> run(Match match) {
        pairs_.clear();
        if (!shortest()) greedy();
        std::vector<Hunk> hunks;
        std::size_t i = 0, j = 0, since = kApart;
        const auto gap = [&](std::size_t x, std::size_t y) {
            if (x == i && y == j) return;
            if (!hunks.empty() && since < kApart) {  // a few accesses alike don't make it another difference
                hunks.back().a_items = x - hunks.back().a;
                hunks.back().b_items = y - hunks.back().b;
            } else {
                hunks.push_back({i, x - i, j, y - j});
            }
            since = 0;
        };
        for (const auto& [x, y] : pairs_) {
            gap(x, y);
            match(x, y);
            i = x + 1;
            j = y + 1;
            ++since;
        }
        gap(a_.size(), b_.size());
        return hunks;
    }

private:
    // False: more than kMostEdits.
    bool shortest() {
        const auto n = static_cast<std::ptrdiff_t>(a_.size()), m = static_cast<std::ptrdiff_t>(b_.size());
        std::vector<std::vector<std::ptrdiff_t>> furthest;  // by edits: how far on each diagonal -d, -d + 2, ... d
        const auto reach = [&](std::ptrdiff_t d, std::ptrdiff_t k) {
            return furthest[static_cast<std::size_t>(d)][static_cast<std::size_t>((k + d) / 2)];
        };
        const auto down = [&](std::ptrdiff_t d, std::ptrdiff_t k) {
            return k == -d || (k != d && reach(d - 1, k - 1) < reach(d - 1, k + 1));
        };
        for (std::ptrdiff_t d = 0; d <= kMostEdits; ++d) {
            furthest.emplace_back(static_cast<std::size_t>(d) + 1, -1);
            for (std::ptrdiff_t k = -d; k <= d; k += 2) {
                std::ptrdiff_t x = d == 0 ? 0 : down(d, k) ? reach(d - 1, k + 1) : reach(d - 1, k - 1) + 1;
                if (x > n || x - k > m || x - k < 0) {
                    furthest.back()[static_cast<std::size_t>((k + d) / 2)] = std::min(x, n);
                    continue;
                }
                while (x < n && x - k < m &&
                       a_[static_cast<std::size_t>(x)].key == b_[static_cast<std::size_t>(x - k)].key)
                    ++x;
                furthest.back()[static_cast<std::size_t>((k + d) / 2)] = x;
                if (x < n || x - k < m) continue;
                for (std::ptrdiff_t y = x - k; d >= 0; --d) {  // back along the path
                    const bool was_down = d > 0 && down(d, k);
                    const std::ptrdiff_t before = d == 0 ? 0 : was_down ? k + 1 : k - 1;
                    const std::ptrdiff_t from = d == 0 ? 0 : reach(d - 1, before) + (was_down ? 0 : 1);
                    for (; x > from; --x, --y) pairs_.emplace_back(x - 1, y - 1);
                    k = before;
                    if (d > 0) x = reach(d - 1, before);
                    y = x - k;
                }
                std::reverse(pairs_.begin(), pairs_.end());
                return true;
            }
        }
        return false;
    }

    void greedy() {
        std::size_t i = 0, j = 0;
        while (i < a_.size() && j < b_.size()) {
            if (a_[i].key == b_[j].key) {
                pairs_.emplace_back(i++, j++);
            } else {
                std::tie(i, j) = together(i, j);
            }
        }
    }

    bool agree(std::size_t i, std::size_t j) const {
        for (std::size_t k = 0; k < kContext; ++k) {
            const bool end_a = i + k >= a_.size(), end_b = j + k >= b_.size();
            if (end_a || end_b) return end_a && end_b && k > 0;
            if (a_[i + k].key != b_[j + k].key) return false;
        }
        return true;
    }

    static std::uint64_t context(const std::vector<Side::Item>& items, std::size_t at) {
        std::uint64_t hash = 0;
        for (std::size_t k = 0; k < kContext; ++k) hash = (hash * 0x100000001B3u) ^ items[at + k].key;
        return hash;
    }

    // The nearest place where both agree again.
    std::pair<std::size_t, std::size_t> together(std::size_t i, std::size_t j) {
        if (where_.empty()) {
            for (std::size_t k = 0; k + kContext <= b_.size(); ++k) where_[context(b_, k)].push_back(k);
        }
        std::pair<std::size_t, std::size_t> best{a_.size(), b_.size()};
        std::size_t nearest = best.first - i + best.second - j;
        for (std::size_t x = i; x + kContext <= a_.size() && x - i < nearest; ++x) {
            const auto found = where_.find(context(a_, x));
            if (found == where_.end()) continue;
            const auto y = std::lower_bound(found->second.begin(), found->second.end(), j);
            if (y == found->second.end() || !agree(x, *y) || x - i + *y - j >= nearest) continue;
            nearest = x - i + *y - j;
            best = {x, *y};
        }
        return best;
    }

    const std::vector<Side::Item>&a_, &b_;
    std::vector<std::pair<std::size_t, std::size_t>> pairs_;
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> where_;
};

bool is_sentinel(std::uint64_t word, const std::vector<std::string>& patterns) {
    if (word == 0xFFFFFFFFu || word == ~std::uint64_t{0}) return true;
    const std::string text = fmt::format("{:#010x}", word);
    return std::any_of(patterns.begin(), patterns.end(),
                       [&text](const std::string& p) { return trace::matches(p, text); });
}

/// Counts pairs of words, field by field.
class Judge {
public:
    Judge(const Side& a, const Side& b, const std::vector<std::string>& sentinels, Result& result)
        : a_(a), b_(b), sentinels_(sentinels), result_(result) {}

    void pair(const Side::Item& x, const Side::Item& y, std::uint32_t width) {
        for (std::uint32_t k = 0; k < x.words && k < y.words; ++k) {
            const std::uint64_t p = a_.word(x.first_word + k), q = b_.word(y.first_word + k);
            const std::uint64_t address = a_.address(x.name) + std::uint64_t{k} * width;
            word(x, y, k == 0 ? a_.name(x.name) : a_.schema().name(address), address, p, q);
        }
    }

private:
    void word(const Side::Item& x, const Side::Item& y, const std::string& reg, std::uint64_t address, std::uint64_t p,
              std::uint64_t q) {
        ++result_.values;
        if (p != q) ++result_.different;
        Register& row = registers_[reg];
        const auto place = a_.schema().at(address);
        const bool fields = place && place->reg != nullptr && !place->reg->fields.empty();
        if (row.fields.empty()) row.fields.resize(fields ? place->reg->fields.size() : 1);
        row.name = x.name;
        row.other = y.name;
        for (std::size_t f = 0; f < row.fields.size(); ++f) {
            FieldRow& field = row.fields[f];
            if (field.name.empty()) field.name = fields ? reg + "." + place->reg->fields[f].name : reg;
            const std::uint64_t u = fields ? place->reg->fields[f].content(p) : p;
            const std::uint64_t v = fields ? place->reg->fields[f].content(q) : q;
            ++field.compared;
            if (u == v) continue;
            if (field.different++ == 0) {
                field.first_index = x.index;
                field.a = u;
                field.b = v;
            }
            if (!x.read) field.written = true;
            if (is_sentinel(p, sentinels_) != is_sentinel(q, sentinels_)) ++row.sentinels;
        }
        if (p != q) ++row.different;
    }

public:
    void finish() {
        for (auto& [reg, row] : registers_) {
            const bool volatile_one = row.different != 0 && classify(row) != Class::mismatch;
            if (volatile_one) {
                result_.proposed.push_back(reg);
                result_.excused += row.different;
            }
            for (FieldRow& field : row.fields) {
                if (field.different != 0) field.verdict = field.written ? Class::mismatch : classify(row);
                result_.fields.push_back(field);
            }
        }
        std::stable_sort(result_.fields.begin(), result_.fields.end(),
                         [](const FieldRow& p, const FieldRow& q) { return p.different > q.different; });
    }

private:
    struct Register {
        std::vector<FieldRow> fields;
        std::uint32_t name = 0, other = 0;
        std::uint64_t different = 0, sentinels = 0;
    };

    // What the register did within each trace tells what a difference between them means.
    Class classify(const Register& row) const {
        const bool written =
            std::any_of(row.fields.begin(), row.fields.end(), [](const FieldRow& f) { return f.written; });
        if (written) return Class::mismatch;
        if (row.sentinels >= row.different) return Class::sentinel;
        const bool moves = a_.moves(row.name) || b_.moves(row.other);
        if (!moves) return Class::mismatch;
        const bool grows = (a_.grows(row.name) || !a_.moves(row.name)) && (b_.grows(row.other) || !b_.moves(row.other));
        if (a_.polled(row.name) || b_.polled(row.other)) return Class::poll_dependent;
        return grows ? Class::counter : Class::moving;
    }

    const Side &a_, &b_;
    const std::vector<std::string>& sentinels_;
    Result& result_;
    std::map<std::string, Register> registers_;
};

}  // namespace

Result diff(const Side& a, const Side& b, const std::vector<std::string>& sentinels) {
    Result result;
    Judge judge(a, b, sentinels, result);
    Aligner aligner(a.items(), b.items());
    result.hunks = aligner.run([&](std::size_t i, std::size_t j) {
        ++result.matched;
        judge.pair(a.items()[i], b.items()[j], 4);
    });
    judge.finish();
    return result;
}

}  // namespace replay::compare
