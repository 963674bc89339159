// A chip on a bench, for scripts: fresh HALs run on it, and die and suffer where they are told to.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chaos/faults/injector.hpp"
#include "chaos/rig.hpp"
#include "transports/links/link.hpp"
#include "transports/names/chip_names.hpp"

namespace chaos::python {

/// What a HAL is run for, and what happens to it.
struct Wish {
    std::string intent = "training";  ///< A standard one, a file, or JSON that begins with a brace.
    HalLibrary hal = HalLibrary::linked();
    bool drain = false, retry = false, plan = false;
    std::optional<std::uint32_t> kill_at{};  ///< A moment, counted from 0.
    std::string faults = "-";                ///< Of one life, as in `reconverge chaos --repro`: "reply_lost-7".
    /// Asked at every moment; false: it dies here. May run another HAL meanwhile, which then is the new owner.
    std::function<bool(std::uint32_t moment, const std::string& what)> at{};
};

struct BlockState {
    std::string name, state, why;
};

/// What one HAL did.
struct Outcome {
    bool complete = false;  ///< It came to its end, and everything is as intended.
    bool died = false;
    std::string error;        ///< The code's name; empty if it came to its end.
    std::string explanation;  ///< In words, whatever came of it.
    std::vector<BlockState> blocks;
    std::uint32_t moments = 0;  ///< At which it could have died.
    std::uint64_t faults = 0;   ///< That struck.
    std::uint64_t accesses = 0, writes = 0;

    /// How many blocks are in that state.
    std::size_t count(const std::string& state) const;
};

class Bench {
public:
    /// At cold reset. Throws std::invalid_argument, with a text for users.
    Bench(const std::string& scale, const std::string& link);

    /// A fresh HAL, to its end or its death. Throws std::invalid_argument for what can't be asked, and what `at`
    /// throws.
    Outcome converge(const Wish& wish);
    /// What differs from the intent, in its own units, as the hardware does it; empty if nothing does.
    std::string differs(const std::string& intent) const;

    transports::model::Chip& chip() { return rig_.chip; }
    const transports::model::Chip& chip() const { return rig_.chip; }
    const transports::names::ChipNames& names() const { return names_; }
    const char* link() const { return name(path_); }

    /// A word as software would see it; nobody notices.
    std::uint32_t peek(std::uint32_t instance, std::uint32_t word) const;
    /// As software does it, on a bus of its own. Throws std::runtime_error if the chip refuses.
    void write(std::uint32_t address, std::uint32_t value);

    /// False: not to this block, or not in its present state. `event` and `block` by name.
    bool befall(const std::string& block, const std::string& event);
    /// Flips the lowest bit of a field: "pll[0].trim.bandwidth".
    bool upset(const std::string& field);
    void reset(bool cold);

    transports::model::Snapshot save() const { return rig_.chip.snapshot(); }
    void restore(const transports::model::Snapshot& state);

private:
    std::uint32_t instance(const std::string& block) const { return names_.find(block).instance; }

    const transports::names::ChipNames names_;
    const transports::model::Layout layout_;
    const Path path_;
    Rig rig_;
    faults::Ailments ailments_;
};

/// A chip that something else is: served by a process, or real. An observer, until it converges.
class Board {
public:
    /// `uri` as in `halctl --link`. Throws std::invalid_argument or std::runtime_error, with a text for users.
    Board(const std::string& uri, const std::string& scale);
    std::uint32_t read(std::uint32_t address);
    /// Claims the chip. `wish.kill_at`, `faults` and `at` have no meaning here.
    Outcome converge(const Wish& wish);
    const transports::names::ChipNames& names() const { return names_; }
    const std::string& uri() const { return uri_; }

private:
    const std::string uri_;
    const transports::names::ChipNames names_;
    const transports::links::Target target_;
    std::unique_ptr<transports::links::Link> link_;
};

}  // namespace chaos::python
