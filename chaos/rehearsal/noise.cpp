#include "chaos/rehearsal/noise.hpp"

#include <vector>

#include "chaos/faults/faults.hpp"

namespace chaos::rehearsal {
namespace {

using faults::Level;
using faults::Row;

// Those of frames and accesses; one that needs several in a row is another matter.
std::vector<const Row*> of_link(Path path) {
    std::vector<const Row*> found;
    for (const Row& row : faults::rows()) {
        const bool sent = row.level == Level::frame || row.level == Level::access;
        if (sent && exists_on(row, path) && row.contract == faults::Contract::must_recover &&
            row.fault != faults::Fault::outage) {
            found.push_back(&row);
        }
    }
    return found;
}

}  // namespace

Noise::Noise(Path path, std::uint64_t seed) : path_(path), random_(seed) {}

Fate Noise::fate(const Sent& sent) {
    static const std::vector<const Row*> rows[] = {of_link(Path::spi), of_link(Path::pcie)};
    if (random_() % kOneIn != 0) return {};
    const std::vector<const Row*>& own = rows[path_ == Path::spi ? 0 : 1];
    const Row& row = *own[random_() % own.size()];
    const Fate fate = faults::fate(row, sent, static_cast<std::uint32_t>(random_()));
    struck_ += fate.kind != Fate::Kind::arrives ? 1 : 0;
    return fate;
}

}  // namespace chaos::rehearsal
