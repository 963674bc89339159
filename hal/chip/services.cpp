#include "hal/chip/heron.hpp"
#include "hal/registers/sysctl.hpp"

namespace hal::chip {

namespace r = hal::registers::sysctl;

const converge::Services kServices{
    {r::Identity::kOffset, r::Identity::kIndex},
    {r::Traffic::kOffset, r::Traffic::kIndex},
    r::Traffic::Open::kMask,
    r::Traffic::Active::kMask,
    {r::GivenUpFor::kOffset, r::GivenUpFor::kIndex},
    {r::GivenUp::kOffset, r::GivenUp::kIndex},
};

}  // namespace hal::chip
