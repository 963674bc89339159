// PCIe controller: what the host will enumerate, then the link; a link that trains or works is left alone.
#pragma once

#include "hal/converge/driver.hpp"

namespace hal::blocks::pcie_ctrl {

/// Words of the intent, in this order.
enum Wanted : std::uint32_t {
    kSpeedGen,
    kWidth,
    kMemoryLog2,
    kDoorbellLog2,
    kPayloadLog2,
    kVectorsLog2,
    kCompletionUs
};

/// Pure and total; see hal/converge/driver.hpp. What it does, and in which order, is said in pcie_ctrl.cpp.
void decide(const converge::Situation& s, converge::Plan& plan);

extern const converge::Driver kDriver;

}  // namespace hal::blocks::pcie_ctrl
