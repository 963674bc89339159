// Core SRAM: fills each bank once, shares it out, and never fills what is in use.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::sram {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kEnabled,
    kBanks,
    kEccMode,
    kPatrol,
    kTensorKib,
    kVectorKib,
    kScalarKib,
    kGpsimdKib,
    kDmaKib,
    kRetention,
    kReadClocks,
    kInterrupts,
    kErrorsKept,
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in sram.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::sram
