#include "transports/halctl/watch/log.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>

#include "transports/names/text.hpp"

namespace transports::halctl::watch {

namespace {

/// RFC 3339, in UTC, to the millisecond.
std::string now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    tm utc{};
    ::gmtime_r(&time.tv_sec, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                       utc.tm_hour, utc.tm_min, utc.tm_sec, time.tv_nsec / 1'000'000);
}

}  // namespace

void Log::tell(const char* name, const std::string& text, const nlohmann::ordered_json& fields) const {
    if (json_) {
        nlohmann::ordered_json line = {{"time", now()}, {"event", name}};
        line.update(fields);
        fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
        fmt::print("{} {}: {}\n", now(), name, names::printable(text));
    }
    std::fflush(stdout);
}

}  // namespace transports::halctl::watch
