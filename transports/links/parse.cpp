#include <algorithm>
#include <cstddef>

#include "transports/links/link.hpp"

namespace transports::links {
namespace {

constexpr std::size_t kLongest = 200;  // of what is shown of a bad URI
constexpr std::size_t kMostDigits = 9;

// What the user wrote, fit to be shown.
std::string shown(const std::string& uri) {
    std::string text = uri.substr(0, kLongest);
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
    return "link '" + text + "'";
}

bool digits(const std::string& text, const char* of = "0123456789") {
    return !text.empty() && text.find_first_not_of(of) == std::string::npos;
}

// "0000:01:00.0"
bool is_function(const std::string& text) {
    constexpr const char* kHex = "0123456789abcdef";
    return text.size() == 12 && text[4] == ':' && text[7] == ':' && text[10] == '.' &&
           digits(text.substr(0, 4), kHex) && digits(text.substr(5, 2), kHex) && digits(text.substr(8, 2), kHex) &&
           digits(text.substr(11), "01234567");
}

std::string parse_spidev(const std::string& rest, Target& target) {
    const std::size_t query = rest.find('?');
    target.path = rest.substr(0, query);
    if (target.path.empty() || target.path[0] != '/') return "no device; write spidev:/dev/spidev0.0";
    if (query == std::string::npos) return {};
    const std::string option = rest.substr(query + 1), value = option.substr(std::min(option.size(), std::size_t{3}));
    if (option.rfind("hz=", 0) != 0) return "the only option is hz, as in spidev:/dev/spidev0.0?hz=25000000";
    if (!digits(value) || value.size() > kMostDigits || std::stoul(value) == 0) return "hz is a whole number from 1";
    target.hz = static_cast<std::uint32_t>(std::stoul(value));
    return {};
}

std::string parse_pcie(const std::string& rest, Target& target) {
    const std::size_t slash = rest.find('/');
    target.path = rest.substr(0, slash);
    std::transform(target.path.begin(), target.path.end(), target.path.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (!is_function(target.path)) return "no such function; write pcie:0000:01:00.0/bar0";
    const std::string bar = slash == std::string::npos ? "" : rest.substr(slash + 1);
    if (bar.size() != 4 || bar.rfind("bar", 0) != 0 || !digits(bar.substr(3), "012345")) {
        return "no such BAR; write pcie:" + target.path + "/bar0";
    }
    target.bar = static_cast<std::uint32_t>(bar[3] - '0');
    return {};
}

}  // namespace

tl::expected<Target, ConnectError> parse(const std::string& uri) {
    const auto error = [&](const std::string& what) {
        return tl::make_unexpected(ConnectError{shown(uri) + what, true});
    };
    const std::size_t colon = uri.find(':');
    const std::string scheme = uri.substr(0, colon), rest = colon == std::string::npos ? "" : uri.substr(colon + 1);
    if (colon == std::string::npos) return error(std::string(" is none; use one of ") + kForms);
    Target target;
    std::string trouble;
    if (scheme == "unix") {
        target.path = rest;
    } else if (scheme == "spidev") {
        target.scheme = Target::Scheme::spidev;
        trouble = parse_spidev(rest, target);
    } else if (scheme == "pcie") {
        target.scheme = Target::Scheme::pcie;
        trouble = parse_pcie(rest, target);
    } else if (scheme == "model") {
        return error(": programs for production have no model in them; `reconverge serve --link unix:PATH` serves one");
    } else {
        return error(std::string(" is none; use one of ") + kForms);
    }
    if (!trouble.empty()) return error(": " + trouble);
    return target;
}

}  // namespace transports::links
