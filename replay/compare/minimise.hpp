// The fewest accesses that still show something: delta debugging (A. Zeller, R. Hildebrandt, 2002).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hal/api/hal.h"
#include "replay/trace/sequence.hpp"

namespace replay::compare {

/// `kept`: rows of the trace, rising. True: what is looked for is still there.
using StillThere = std::function<bool(const std::vector<std::size_t>& kept)>;

/// Rows of `from` that are enough; removing any single one of them is not. Needs still_there(from).
std::vector<std::size_t> minimise(std::vector<std::size_t> from, const StillThere& still_there, std::uint64_t& tries);

/// The first thing that the model chip's manual forbids when these accesses are done on it after a cold reset; empty if
/// there is none.
class Offence {
public:
    explicit Offence(const hal_chip& chip);
    ~Offence();
    Offence(const Offence&) = delete;
    Offence& operator=(const Offence&) = delete;
    std::string find(const trace::Sequence& trace, const std::vector<std::size_t>& kept);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace replay::compare
