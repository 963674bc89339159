// The HAL under test, reached the way every foreign caller reaches it: through its C interface. Either the library this
// program is linked with, or another build of it, loaded from a file.
#pragma once

#include <memory>
#include <string>

#include "hal/api/hal.h"
#include "hal/converge/converge.hpp"

namespace chaos {

/// Told of every word that a plan is about to write or consume.
class PlanListener {
public:
    virtual void planned(std::uint16_t instance, std::uint32_t address, std::uint32_t words) = 0;
    /// Comes before the words of a plan; `why` is the plan's own text, "" if it has none.
    virtual void decided(std::uint16_t /*instance*/, const char* /*why*/) {}

protected:
    ~PlanListener() = default;
};

class HalLibrary {
public:
    /// The one this program is linked with.
    static HalLibrary linked();
    /// The same, called through C++: for chips that the C interface has no name for (parts of one, say).
    static HalLibrary direct() { return {}; }
    /// libhal.so from a file, of this or another version of the interface. Throws std::invalid_argument, with a text
    /// for users, if it can't be used.
    static HalLibrary load(const std::string& file);

    /// hal_converge with C++ types. `workspace` as there; `states` may be null.
    hal::bus::Result<hal::converge::Report> converge(hal::bus::Transport& transport, const hal::converge::Chip& chip,
                                                     const hal::converge::Intent& intent,
                                                     const hal::converge::Policy& policy,
                                                     hal::bus::Span<std::uint64_t> workspace,
                                                     hal::converge::InstanceState* states,
                                                     PlanListener* listener) const;

    /// Where it was loaded from; empty for the linked one.
    const std::string& file() const { return file_; }

    /// Bytes of workspace for that chip.
    std::size_t workspace_size(const hal::converge::Chip& chip) const;

private:
    std::shared_ptr<void> handle_;  // keeps a loaded library in place
    std::string file_;
    std::uint32_t version_ = HAL_ABI_VERSION;  // of its interface
    decltype(&hal_converge) converge_ = nullptr;
    decltype(&hal_workspace_size) workspace_size_ = nullptr;
};

}  // namespace chaos
