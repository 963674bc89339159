// The trace reader: files of any bytes, and blocks whose CRC is right and whose content is not.
#include <stdexcept>

#include "fuzz/input.hpp"
#include "replay/trace/decoder.hpp"
#include "replay/trace/scanner.hpp"

namespace {

using namespace replay::trace;
namespace recorder = transports::recorder;

void demand_sane(const Record& record) {
    fuzz::demand(record.words.size() <= recorder::kMaxWords, "more words than a record has");
    std::uint64_t sum = 0;
    for (const std::uint64_t word : record.words) sum += word;
    for (const std::uint8_t byte : record.tx) sum += byte;
    for (const std::uint8_t byte : record.rx) sum += byte;
    static volatile std::uint64_t read;  // all that a record points to can be read
    read = sum;
    fuzz::demand(read == sum, "reading changes it");
}

void decode(const recorder::BlockHeader& header, const std::uint8_t* payload) {
    Decoder decoder;
    Record record;
    std::uint32_t records = 0;
    decoder.restart(header, payload);
    while (decoder.next(record)) {
        demand_sane(record);
        ++records;
    }
    fuzz::demand(records == decoder.done() && records <= header.records, "more records than the block has");
}

void scan(const std::uint8_t* data, std::size_t size) {
    Scanner scanner;
    Block block;
    scanner.set(data, size);
    std::uint64_t last = 0;
    while (scanner.next(block)) {
        fuzz::demand(block.offset >= last && block.offset < size, "a block outside of the file");
        last = block.offset;
        const std::uint8_t* const payload = scanner.payload(block);
        if (payload != nullptr && block.header.kind == recorder::BlockKind::records) decode(block.header, payload);
    }
    scanner.finish();
    unsigned explained = 0;  // one of each kind: more would be a test of the formatting
    for (const Finding& finding : scanner.findings()) {
        const unsigned kind = 1u << static_cast<unsigned>(finding.what);
        if ((explained & kind) == 0) fuzz::demand(!explain(finding).empty(), "nothing to say");
        explained |= kind;
    }
    fuzz::demand(scanner.findings().size() <= 2 * size + 2, "more findings than bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto how = input.take<std::uint8_t>();
    if (how % 2 == 0) {
        try {
            scan(input.rest(), input.left());
        } catch (const std::invalid_argument&) {  // a newer version: refused
        }
        return 0;
    }
    recorder::BlockHeader header;
    header.records = input.take<std::uint16_t>();
    header.base_time_ns = input.take<std::uint32_t>();
    std::uint8_t payload[recorder::kPayloadSize] = {};
    header.raw_size = static_cast<std::uint16_t>(input.left() < sizeof payload ? input.left() : sizeof payload);
    input.take(payload, header.raw_size);
    decode(header, payload);
    return 0;
}
