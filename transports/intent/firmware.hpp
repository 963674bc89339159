// Synthetic firmware for Heron's on-die controllers. Real images come from their vendor; harness, tests and benches
// need some that the boot code accepts, in any version.
#pragma once

#include <cstdint>
#include <vector>

#include "hal/converge/driver.hpp"

namespace transports::intent {

/// An image as a build would make it: a header of 4 words {magic 0x4643444F ("ODCF"), version, words in all, digest of
/// the body} and a body that depends on the version alone (xorshift32, seeded with it). 480 words, the same for the
/// same `version` everywhere. Version 0 is allowed; firmware reports the low 16 bits.
std::vector<std::uint32_t> firmware_image(std::uint32_t version);

/// FNV-1a over the bytes of the words, least significant byte first: what the controller's hardware computes.
std::uint32_t firmware_digest(const std::uint32_t* words, std::size_t count);

/// What the intent says about an image. `words` must outlive every use of the result.
hal::converge::Image describe(const std::vector<std::uint32_t>& words, std::uint32_t version);

}  // namespace transports::intent
