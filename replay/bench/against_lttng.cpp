// against_lttng TRACE OUTPUT: the same accesses recorded three ways in one process, turn by turn: by the writer as the
// HAL uses it, by the writer with all its work on the caller's thread, and as LTTng-UST tracepoints. One line of JSON.
// replay/bench/against_lttng.py starts it inside an LTTng session.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <vector>

#include "replay/imports/open.hpp"
#include "transports/recorder/writer.hpp"

extern "C" void reconverge_lttng_access(std::uint8_t kind, std::uint64_t address, std::uint64_t value);

namespace {

using namespace transports::recorder;

constexpr std::size_t kGroup = 64;
constexpr int kRounds = 20;

std::uint64_t clock_ns() {
    ::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

struct Access {
    Kind kind;
    std::uint8_t width;
    std::uint64_t address, value;
};

/// What one access costs, by groups: the median is what it costs undisturbed.
class Cost {
public:
    template <typename Record>
    void take(const Access* from, Record record) {
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < kGroup; ++i) record(from[i]);
        const auto took = std::chrono::steady_clock::now() - start;
        groups_.push_back(std::chrono::duration<double, std::nano>(took).count() / kGroup);
    }
    double median() {
        const auto middle = groups_.begin() + static_cast<std::ptrdiff_t>(groups_.size() / 2);
        std::nth_element(groups_.begin(), middle, groups_.end());
        return *middle;
    }
    double mean() const {
        double sum = 0;
        for (const double g : groups_) sum += g;
        return sum / static_cast<double>(groups_.size());
    }

private:
    std::vector<double> groups_;
};

void record(Writer& writer, const Access& a) {
    Head head;
    head.time_ns = clock_ns();
    head.kind = a.kind;
    head.width = a.width;
    head.address = a.address;
    writer.access(head, &a.value);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    replay::imports::Source source(argv[1]);
    std::vector<Access> accesses;
    replay::trace::Record r;
    while (source.next(r)) {
        if (r.is_access() && r.words.size() == 1) accesses.push_back({r.kind, r.width, r.address, r.words[0]});
    }
    const std::string ours = std::string(argv[2]) + "/background.pcapng",
                      alone = std::string(argv[2]) + "/alone.pcapng";
    WriterOptions background, at_once;
    background.pool = 4096;
    at_once.when = WriterOptions::When::at_once;
    at_once.compression = 0;
    Cost writer_cost, alone_cost, lttng_cost;
    std::uint64_t recorded = 0, lost = 0;
    {
        Writer first(ours, {}, background), second(alone, {}, at_once);
        for (int round = 0; round < kRounds; ++round) {
            for (std::size_t at = 0; at + kGroup <= accesses.size(); at += kGroup, recorded += kGroup) {
                writer_cost.take(&accesses[at], [&](const Access& a) { record(first, a); });
                lttng_cost.take(&accesses[at], [](const Access& a) {
                    reconverge_lttng_access(static_cast<std::uint8_t>(a.kind), a.address, a.value);
                });
                alone_cost.take(&accesses[at], [&](const Access& a) { record(second, a); });
            }
        }
        first.finish();
        second.finish();
        lost = first.lost() + second.lost();
    }
    const auto bytes = [&](const std::string& file) {
        return static_cast<double>(std::filesystem::file_size(file)) / static_cast<double>(recorded);
    };
    fmt::print(
        "{{\"accesses\": {}, \"lost\": {}, \"writer_ns\": {:.1f}, \"alone_ns\": {:.1f}, \"alone_mean_ns\": {:.1f}, "
        "\"lttng_ns\": {:.1f}, \"writer_bytes\": {:.2f}, \"alone_bytes\": {:.2f}}}\n",
        recorded, lost, writer_cost.median(), alone_cost.median(), alone_cost.mean(), lttng_cost.median(), bytes(ours),
        bytes(alone));
    return 0;
}
