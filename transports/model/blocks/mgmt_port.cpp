#include "hal/registers/mgmt_port.hpp"

#include "transports/model/chip.hpp"

namespace transports::model::blocks {

namespace r = hal::registers::mgmt_port;

namespace {

std::uint32_t shown(const Chip& chip, Instance, std::uint32_t word, std::uint32_t stored) {
    return word == r::Epoch::kIndex ? chip.epoch() : stored;
}

std::uint64_t frame_timeout(const Chip& chip, Instance i) { return chip.get<r::Config::Timeout>(i); }
std::uint64_t miso_drive(const Chip& chip, Instance i) { return chip.get<r::Config::Drive>(i); }

constexpr Measure kMeasures[] = {{"frame_timeout", frame_timeout}, {"miso_drive", miso_drive}};

Behaviour make() {
    Behaviour b;
    b.shown = shown;
    b.measures = kMeasures;
    return b;
}

}  // namespace

extern const Behaviour k_mgmt_port;
const Behaviour k_mgmt_port = make();

}  // namespace transports::model::blocks
