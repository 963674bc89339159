// A connection to a chip, and libhal over it through the C interface.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "hal/api/hal.h"
#include "transports/intent/intent.hpp"
#include "transports/links/link.hpp"
#include "transports/names/chip_names.hpp"
#include "transports/recorder/describe.hpp"
#include "transports/recorder/recorder.hpp"

namespace transports::halctl {

/// The link, the chip at its end, or another owner is in the way: one line for users; exit code kTrouble.
class Trouble : public std::runtime_error {
public:
    explicit Trouble(const std::string& what, int code = -1) : std::runtime_error(what), code_(code) {}
    int code() const { return code_; }  ///< enum hal_code, or -1.

private:
    int code_;
};

/// What was asked for cannot be: one line for users; exit code kUsage.
class Usage : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// One item of a plan, kept.
struct Planned {
    std::uint16_t instance;
    std::uint8_t op;  ///< enum hal_op
    std::uint32_t address;
    std::vector<std::uint32_t> words;  ///< Empty for a consume.
    std::string why;
};

struct Outcome {
    hal_report report{};
    std::vector<hal_instance_state> states;
    std::vector<Planned> items;
    bool as_intended() const { return report.converged + report.off == states.size(); }
};

/// The words of one block as read; none where the chip refused.
struct BlockWords {
    std::vector<names::Place> places;
    std::vector<std::optional<std::uint32_t>> words;
};

/// Where to, and what the recording shall say about itself.
struct Recording {
    std::string file;
    recorder::Description description;
};

class Session {
public:
    enum class Role {
        observer,  ///< Reads without side effects; never disturbs the managing instance.
        owner,     ///< Claims the management port. An owner before is fenced off.
    };

    /// Connects to `uri`, checks that the chip is the expected one (before anything is claimed), claims if asked to,
    /// and records unless `recording` has no file. Throws Trouble, Usage, std::invalid_argument.
    Session(const std::string& uri, const names::ChipNames& names, Role role, const Recording& recording = {});

    const names::ChipNames& names() const { return names_; }
    const std::string& uri() const { return uri_; }
    std::uint32_t identity() const { return identity_; }
    std::uint32_t epoch() const { return link_->epoch(); }
    /// links::Link::cost().
    std::string cost(std::uint64_t& repeated) const { return link_->cost(repeated); }
    /// The link can make writes conditional on what the chip holds.
    bool guards() const { return target_.guards(); }
    hal::bus::Transport& transport();

    /// An observer that records nothing becomes the owner. Throws Trouble.
    void own();

    /// hal_converge. Throws Trouble if the call fails.
    Outcome converge(const intent::Intended& intended, const hal_policy& asked);

    /// The instances that a HAL with this intent would read now: a block whose clock or reset doesn't stand isn't
    /// among them, nor is one below a block that differs from the intent.
    std::set<std::uint32_t> readable(const intent::Intended& intended);

    /// Reads every register of `instance` that can be read without side effects. Throws Trouble if the link fails.
    BlockWords read_block(std::uint32_t instance);

    /// Reads one register; none if the chip refuses. Throws Trouble if the link fails.
    std::optional<std::uint32_t> read(std::uint32_t address);

    /// One line for users about a failed call.
    std::string explain(const hal_error& error) const;
    std::string explain(const hal::bus::Error& error) const;

    /// Ends the recording. Throws Trouble if it is incomplete.
    void finish();

private:
    void check_identity(std::uint32_t address);
    std::string explain_silence(const hal_error& error) const;
    void claim();

    const std::string uri_;
    const names::ChipNames& names_;
    const links::Target target_;
    std::unique_ptr<links::Link> link_;
    std::unique_ptr<recorder::Writer> writer_;
    std::unique_ptr<recorder::Recorder> recorder_;
    std::uint32_t identity_ = 0, expected_ = 0;
};

/// What `uri` says. Throws Usage.
links::Target target_of(const std::string& uri);

/// A policy with its size set.
hal_policy policy();
hal_policy plan_only();

}  // namespace transports::halctl
