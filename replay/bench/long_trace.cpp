// long_trace FILE RECORDS: a trace of any length whose content follows from the index, for tests/soak/seek.
#include <cstdio>
#include <cstdlib>

#include "transports/recorder/writer.hpp"

int main(int argc, char** argv) {
    using namespace transports::recorder;
    if (argc != 3) return 2;
    WriterOptions options;
    options.when = WriterOptions::When::at_once;
    Writer writer(argv[1], {}, options);
    Head head;
    for (std::uint64_t i = 0, records = std::strtoull(argv[2], nullptr, 10); i < records; ++i) {
        const std::uint64_t mixed = i * 0x9E3779B97F4A7C15u;
        head.time_ns += 1 + (mixed >> 52);
        head.address = 0x20000 + ((mixed >> 40) & 0xFFC);
        head.kind = (mixed & 3) == 0 ? Kind::write : Kind::read;
        const auto value = static_cast<std::uint32_t>(mixed >> 33);
        writer.access(head, &value);
    }
    const std::string trouble = writer.finish();
    if (!trouble.empty()) std::fprintf(stderr, "long_trace: %s\n", trouble.c_str());
    return trouble.empty() ? 0 : 3;
}
