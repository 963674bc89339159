// What a service tells whoever keeps its log: one line per event, for people or, with --json, one object per line.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace transports::halctl::watch {

class Log {
public:
    explicit Log(bool json) : json_(json) {}

    /// `name` is a word ("round"), `text` says the same as `fields` for people. To standard output, flushed.
    void tell(const char* name, const std::string& text, const nlohmann::ordered_json& fields = {}) const;

private:
    const bool json_;
};

}  // namespace transports::halctl::watch
