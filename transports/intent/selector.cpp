#include "transports/intent/selector.hpp"

#include <cstdlib>
#include <stdexcept>

namespace transports::intent {
namespace {

constexpr std::uint64_t kWhole = 1'000'000;  // 100 % in ten-thousandths of a per cent

[[noreturn]] void reject(const std::string& what) { throw std::invalid_argument(what); }

[[noreturn]] void reject_form(const std::string& text) {
    reject("'" + text + "' selects nothing; write N, N..M, last, or a share like 75%..100%");
}

bool digits(const std::string& text) {
    return !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == std::string::npos;
}

std::uint32_t index_of(const std::string& text, const std::string& type, std::uint32_t count) {
    if (text == "last") return count - 1;
    if (!digits(text)) reject_form(text);
    const std::uint64_t index = std::strtoull(text.c_str(), nullptr, 10);
    if (index >= count) {
        reject("this chip has no " + type + "[" + text + "]; they are numbered 0.." + std::to_string(count - 1));
    }
    return static_cast<std::uint32_t>(index);
}

// "93.75%" -> 937500.
std::uint64_t share_of(const std::string& text) {
    const std::string number = text.substr(0, text.size() - 1);
    const std::size_t point = number.find('.');
    std::string fraction = point == std::string::npos ? "0" : number.substr(point + 1);
    if (!digits(number.substr(0, point)) || !digits(fraction) || fraction.size() > 4) reject_form(text);
    fraction.resize(4, '0');
    const std::uint64_t share = std::strtoull(number.substr(0, point).c_str(), nullptr, 10) * 10'000 +
                                std::strtoull(fraction.c_str(), nullptr, 10);
    if (share > kWhole) reject("'" + text + "' is more than everything; shares go from 0% to 100%");
    return share;
}

bool is_share(const std::string& text) { return text.size() > 1 && text.back() == '%'; }

}  // namespace

std::string type_of(const std::string& selector) { return selector.substr(0, selector.find('[')); }

Range select(const std::string& selector, std::uint32_t count) {
    const std::string type = type_of(selector);
    if (type.size() == selector.size()) return {0, count};
    if (selector.back() != ']') reject("'" + selector + "' lacks its closing bracket; add ]");
    const std::string inside = selector.substr(type.size() + 1, selector.size() - type.size() - 2);
    const std::size_t dots = inside.find("..");
    if (dots == std::string::npos) {
        const std::uint32_t index = index_of(inside, type, count);
        return {index, index + 1};
    }
    const std::string from = inside.substr(0, dots), to = inside.substr(dots + 2);
    Range range;
    if (is_share(from) && is_share(to)) {
        const std::uint64_t first = share_of(from), end = share_of(to);
        if (first > end) reject("'" + inside + "' runs backwards; write the smaller one first");
        range.first = static_cast<std::uint32_t>(first * count / kWhole);
        range.end = static_cast<std::uint32_t>(end * count / kWhole);
        return range;
    }
    range.first = index_of(from, type, count);
    range.end = index_of(to, type, count) + 1;
    if (range.first >= range.end) reject("'" + inside + "' runs backwards; write the smaller one first");
    return range;
}

}  // namespace transports::intent
