// A Transport that answers from a trace, and says exactly where the software above it leaves the trace.
#pragma once

#include <unordered_map>

#include "replay/transport/playing.hpp"

namespace replay::transport {

class Replaying final : public hal::bus::Transport, public Playing {
public:
    Replaying(const trace::Sequence& trace, const trace::Schema& schema, After after = After::stop,
              std::size_t start = 0)
        : Playing(trace, schema, after, start) {}

    /// For After::fall_back: called once, gets the index of the first record that is not replayed.
    void set_fallback(std::function<hal::bus::Transport&(std::size_t at)> make) { make_fallback_ = std::move(make); }

    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override;
    hal::bus::Nanoseconds now() override;
    void wait_until(hal::bus::Nanoseconds deadline) override;

    /// Playing::finish, unless another transport answers by now.
    void finish();

private:
    using Access = hal::bus::Access;

    hal::bus::Result<void> one(const Access& access, std::size_t number);
    hal::bus::Result<void> answer(const Access& access, std::size_t number);
    std::optional<Divergence> compare(const Access& access) const;
    std::optional<Divergence> compare_words(const Access& access) const;
    Divergence describe(Divergence::What what, const Access& access) const;
    bool find_again(const Access& access);
    void answer_from_memory(const Access& access);
    void remember(const Access& access);
    hal::bus::Result<void> diverged(const Divergence& divergence, const Access& access, std::size_t number);

    std::function<hal::bus::Transport&(std::size_t)> make_fallback_;
    hal::bus::Transport* fallback_ = nullptr;
    std::unordered_map<std::uint64_t, std::uint32_t> seen_;
    bool remembers_ = false;  // only who may have to answer from memory
};

}  // namespace replay::transport
