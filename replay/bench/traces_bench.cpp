// What recording costs on the access path, and how fast traces are read, replayed and compared.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "replay/compare/diff.hpp"
#include "replay/imports/open.hpp"
#include "replay/trace/sequence.hpp"
#include "replay/transport/recorded_boot_test.hpp"
#include "replay/transport/replaying.hpp"
#include "transports/recorder/writer.hpp"

namespace {

using namespace transports::recorder;

std::uint64_t clock_ns() {
    ::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

std::string scratch() { return "/tmp/reconverge-bench-" + std::to_string(::getpid()) + ".pcapng"; }

/// The clock included; the other thread compresses and writes meanwhile. Median of groups of 64.
void record_an_access(benchmark::State& state) {
    std::vector<double> groups;
    {
        WriterOptions options;
        options.pool = 4096;
        Writer writer(scratch(), {}, options);
        Head head;
        std::uint32_t value = 0;
        for (auto _ : state) {
            const auto from = std::chrono::steady_clock::now();
            for (int i = 0; i < 64; ++i) {
                head.time_ns = clock_ns();
                head.address = 0x20000 + ((value & 31) << 2);
                head.kind = (value & 7) == 0 ? Kind::write : Kind::read;
                ++value;
                writer.access(head, &value);
            }
            groups.push_back(std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - from).count() /
                             64);
        }
        state.counters["lost"] = static_cast<double>(writer.lost());
    }
    std::nth_element(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(groups.size() / 2), groups.end());
    state.counters["median_ns"] = groups[groups.size() / 2];
    ::unlink(scratch().c_str());
}
BENCHMARK(record_an_access)->Iterations(100'000);

void write_many(std::uint64_t records) {
    WriterOptions options;
    options.when = WriterOptions::When::at_once;
    Writer writer(scratch(), {}, options);
    Head head;
    for (std::uint64_t i = 0; i < records; ++i) {
        const std::uint64_t mixed = i * 0x9E3779B97F4A7C15u;
        head.time_ns += mixed >> 52;
        head.address = 0x20000 + ((mixed >> 40) & 0xFFC);
        head.kind = (mixed & 3) == 0 ? Kind::write : Kind::read;
        const std::uint32_t value = static_cast<std::uint32_t>(mixed >> 33) & 0xFF;
        writer.access(head, &value);
    }
}

void read_a_million(benchmark::State& state) {
    write_many(1'000'000);
    for (auto _ : state) {
        replay::trace::Reader reader(scratch());
        replay::trace::Record record;
        std::uint64_t records = 0;
        while (reader.next(record)) ++records;
        if (records != 1'000'000) state.SkipWithError("not all were read");
    }
    state.SetItemsProcessed(state.iterations() * 1'000'000);
    ::unlink(scratch().c_str());
}
BENCHMARK(read_a_million)->Unit(benchmark::kMillisecond);

/// A fresh HAL's boot of the whole chip, answered from a recording; all of the HAL's work included.
void replay_a_boot(benchmark::State& state) {
    const replay::transport::RecordedBoot boot(1, 1);
    const replay::transport::Subject subject(boot.reader->description());
    std::uint64_t accesses = 0, words = 0;
    for (std::size_t i = 0; i < boot.all.size(); ++i) {
        words += boot.all.head(i).is_access() ? boot.all.head(i).count : 0;
    }
    for (auto _ : state) {
        replay::transport::Replaying replaying(boot.all, boot.reader->schema());
        subject.run(replaying);
        replaying.finish();
        if (!replaying.divergences().empty()) state.SkipWithError("it diverged");
        accesses += replaying.replayed();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(accesses));
    state.counters["words_per_boot"] = static_cast<double>(words);
}
BENCHMARK(replay_a_boot)->Unit(benchmark::kMillisecond);

void diff_two_millions(benchmark::State& state) {
    write_many(1'000'000);
    for (auto _ : state) {
        replay::imports::Source first(scratch()), second(scratch());
        replay::compare::Side a(first.schema()), b(second.schema());
        replay::trace::Record record;
        while (first.next(record)) a.add(record);
        while (second.next(record)) {
            if (record.index % 997 != 0) b.add(record);
        }
        const auto result = replay::compare::diff(a, b, {});
        state.counters["hunks"] = static_cast<double>(result.hunks.size());
    }
    ::unlink(scratch().c_str());
}
BENCHMARK(diff_two_millions)->Unit(benchmark::kMillisecond);

void seek_in_many(benchmark::State& state) {
    const auto records = static_cast<std::uint64_t>(state.range(0));
    write_many(records);
    std::uint64_t index = 12345;
    for (auto _ : state) {
        replay::trace::Reader reader(scratch());
        replay::trace::Record record;
        index = (index * 6364136223846793005u + 1442695040888963407u) % records;
        reader.seek_index(index);
        if (!reader.next(record) || record.index != index) state.SkipWithError("another record");
    }
    ::unlink(scratch().c_str());
}
BENCHMARK(seek_in_many)->Arg(10'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
