#include "transports/names/text.hpp"

#include <algorithm>

namespace transports::names {
namespace {

constexpr std::size_t kMaxShown = 400, kMaxCompared = 64;

/// Levenshtein's.
std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t corner = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)});
            corner = above;
        }
    }
    return row[b.size()];
}

}  // namespace

std::string printable(const std::string& text) {
    std::string out = text.substr(0, kMaxShown);
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = '?';
    }
    return out;
}

std::string advice(const std::string& wrong, const std::vector<std::string>& known) {
    const std::string* best = nullptr;
    std::size_t least = 3;
    std::string all;
    for (const std::string& k : known) {
        all += (all.empty() ? "" : ", ") + k;
        if (const std::size_t d = distance(wrong.substr(0, kMaxCompared), k); d < least && d < k.size()) {
            least = d;
            best = &k;
        }
    }
    if (best != nullptr) return "did you mean '" + *best + "'?";
    return known.empty() ? "there is none" : "use one of " + all;
}

}  // namespace transports::names
