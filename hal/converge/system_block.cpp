#include "hal/converge/system_block.hpp"

namespace hal::converge {

using bus::Result;

namespace {

constexpr unsigned kGateWrites = 3;  // until the gate of traffic counts as stuck

}  // namespace

Result<void> SystemBlock::write(ServiceRegister reg, std::uint32_t element, std::uint32_t value, bool read_back) {
    if (const Result<void> sent = batch_.flush(); !sent) return sent;
    const std::uint32_t address = chip_.instances[0].base + reg.offset + 4 * element;
    std::uint32_t& word = w_.words[w_.progress[0].first_word + reg.index + element];
    if (listener_ != nullptr) listener_->engine_writes(address, value);
    word = value;
    const bus::Access accesses[] = {{bus::Op::write, address, 1, nullptr, &value},
                                    {bus::Op::read, address, 1, &word, nullptr}};
    ++batch_.writes;
    batch_.reads += read_back ? 1 : 0;
    ++batch_.batches;
    ++writes_;
    return transport_.execute({accesses, read_back ? 2U : 1U});
}

Result<void> SystemBlock::give_up(std::uint16_t i) {
    const Services& s = chip_.services;
    if (service(s.digest) != digest_) {
        if (const Result<bool> cleared = clear_verdicts(); !cleared) return bus::fail(cleared.error());
        if (const Result<void> named = write(s.digest, 0, digest_); !named) return named;
    }
    const std::uint32_t word = service(s.verdict, i / 32u) | (1u << (i % 32u));
    return write(s.verdict, i / 32u, word);
}

Result<bool> SystemBlock::clear_verdicts() {
    bool any = false;
    const std::uint32_t words = static_cast<std::uint32_t>((chip_.instances.size() + 31) / 32);
    for (std::uint32_t k = 0; k < words; ++k) {
        if (service(chip_.services.verdict, k) == 0) continue;
        any = true;
        if (const Result<void> cleared = write(chip_.services.verdict, k, 0); !cleared) {
            return bus::fail(cleared.error());
        }
    }
    return any;
}

Result<bool> SystemBlock::move_gate(bool open) {
    const Services& s = chip_.services;
    const std::uint32_t wanted = open ? s.traffic_open : 0;
    for (unsigned attempt = 0; attempt < kGateWrites; ++attempt) {
        const std::uint32_t word = (service(s.traffic) & ~s.traffic_open) | wanted;
        if (const Result<void> written = write(s.traffic, 0, word, true); !written) {
            return bus::fail(written.error());
        }
        if ((service(s.traffic) & s.traffic_open) == wanted) return true;
    }
    return false;
}

Result<void> SystemBlock::observe_traffic() {
    const ServiceRegister& reg = chip_.services.traffic;
    const bus::Run word{reg.offset, reg.index, 1};
    return batch_.observe(0, {&word, 1});
}

}  // namespace hal::converge
