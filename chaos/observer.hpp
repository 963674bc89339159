// Sees one HAL at work: what passes between it and its link, and what it decides. For timelines and traces.
#pragma once

#include "chaos/hal_library.hpp"
#include "hal/bus/transport.hpp"

namespace chaos {

class RunObserver {
public:
    virtual void started(hal::bus::Nanoseconds now) = 0;
    virtual void executed(hal::bus::Span<const hal::bus::Access> batch, const hal::bus::Result<void>& result,
                          hal::bus::Nanoseconds now) = 0;
    virtual void waited(hal::bus::Nanoseconds from, hal::bus::Nanoseconds to) = 0;
    virtual void decided(std::uint16_t instance, const char* why) = 0;
    virtual void ended(const hal::bus::Result<hal::converge::Report>& result, hal::bus::Nanoseconds now) = 0;

protected:
    ~RunObserver() = default;
};

/// A transport, and the listener behind it, with somebody who looks on.
class ObservedTransport final : public hal::bus::Transport, public PlanListener {
public:
    ObservedTransport(hal::bus::Transport& below, PlanListener* listener, RunObserver& observer)
        : below_(below), listener_(listener), observer_(observer) {}

    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override {
        const hal::bus::Result<void> result = below_.execute(batch);
        observer_.executed(batch, result, below_.now());
        return result;
    }
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override {
        const hal::bus::Nanoseconds from = below_.now();
        below_.wait_until(deadline);
        observer_.waited(from, below_.now());
    }

    void planned(std::uint16_t instance, std::uint32_t address, std::uint32_t words) override {
        if (listener_ != nullptr) listener_->planned(instance, address, words);
    }
    void decided(std::uint16_t instance, const char* why) override {
        if (listener_ != nullptr) listener_->decided(instance, why);
        observer_.decided(instance, why);
    }

private:
    hal::bus::Transport& below_;
    PlanListener* const listener_;
    RunObserver& observer_;
};

}  // namespace chaos
