#include "transports/halctl/watch/metrics.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace transports::halctl::watch {

namespace {

/// As a label's value.
std::string quoted(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
    }
    return '"' + out + '"';
}

class Page {
public:
    void family(const char* name, const char* type, const char* help) {
        name_ = fmt::format("reconverge_{}", name);
        text += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name_, type, help);
    }
    void add(std::uint64_t value) { text += fmt::format("{} {}\n", name_, value); }
    void add(const char* label, const std::string& of, std::uint64_t value) {
        text += fmt::format("{}{{{}={}}} {}\n", name_, label, quoted(of), value);
    }
    std::string text;

private:
    std::string name_;
};

}  // namespace

std::string Metrics::text() const {
    Page page;
    page.family("rounds_total", "counter", "Looks at the whole chip, by what came of them.");
    page.add("result", "as_intended", rounds - rounds_incomplete - rounds_failed);
    page.add("result", "incomplete", rounds_incomplete);
    page.add("result", "failed", rounds_failed);
    page.family("reads_total", "counter", "Words read.");
    page.add(reads);
    page.family("writes_total", "counter", "Words written, without those of the link.");
    page.add(writes);
    page.family("link_retries_total", "counter", "Frames repeated because no valid reply came.");
    page.add(retries);
    page.family("faults_total", "counter", "Blocks found to differ from an intent that they had met before.");
    page.add(faults);
    page.family("reloads_total", "counter", "Intents read again, by what came of them.");
    page.add("result", "taken", reloads - reloads_refused);
    page.add("result", "refused", reloads_refused);
    page.family("blocks", "gauge", "Block instances by state, in the last round.");
    page.add("state", "converged", report.converged);
    page.add("state", "off", report.off);
    page.add("state", "deferred", report.deferred);
    page.add("state", "needs_reset", report.needs_reset);
    page.add("state", "broken", report.broken);
    page.add("state", "blocked", report.blocked);
    page.add("state", "pending", report.pending);
    page.family("intent_info", "gauge", "1 for the intent that is kept.");
    page.add("intent", intent, 1);
    page.family("owner_epoch", "gauge", "Of the management port; each owner has another.");
    page.add(epoch);
    page.family("last_round_timestamp_seconds", "gauge", "When the last round ended, in seconds since 1970.");
    page.add(static_cast<std::uint64_t>(last_round));
    return page.text;
}

std::string Metrics::write(const std::string& file) const {
    const std::string whole = file + ".new";
    {
        std::ofstream out(whole, std::ios::binary | std::ios::trunc);
        out << text();
        out.flush();
        if (!out) return whole + ": " + std::strerror(errno) + "; correct --metrics";
    }
    if (std::rename(whole.c_str(), file.c_str()) == 0) return {};
    return file + ": " + std::strerror(errno) + "; correct --metrics";
}

}  // namespace transports::halctl::watch
