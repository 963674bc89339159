// One HAL of an update takes over from the other, once, and is judged.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chaos/judge.hpp"
#include "chaos/update/matrix.hpp"
#include "transports/model/behaviour.hpp"

namespace chaos::update {

struct Takeover {
    std::vector<Finding> findings;
    bool deferred = false, fenced = false;
    std::uint64_t stall_us = 0;  ///< Since the outgoing one's start.
};

/// Stages one row of the matrix on a chip of its own, and takes over where it is told to. One per thread.
class Stage {
public:
    /// `from` is kOld or kNew: the outgoing side.
    Stage(const Update& update, const Scenario& scenario, const transports::model::Layout& layout,
          const MatrixOptions& options, Who from, Work work);

    /// A fresh outgoing HAL, from the row's start; it ends by itself or as `boundary` has it. With `stop_at`, it is
    /// told to stop from that safe point on; `asked` counts how often it came to one.
    Run outgoing(Boundary* boundary, std::optional<std::uint64_t> stop_at, std::uint64_t& asked,
                 PlanListener* listener = nullptr);

    /// Safe points that the outgoing one has come to so far.
    std::uint64_t asked() const { return *stop_; }

    /// On the chip as it is, after the outgoing one's death.
    Takeover take_over();
    /// Likewise, after it was told to stop and ended like that, or asked some times more.
    Takeover take_over_from(const Run& stopped, std::uint64_t asked_again);
    /// While the outgoing one stands at `moment`, the other one starts and runs to its end, or claims, or does half of
    /// its work (by turns); then the outgoing one goes on to its end, and then the other one.
    Takeover overlap(std::uint32_t moment, std::uint64_t turn);
    /// An event strikes a block while nobody lives, the `turn`-th or the next that it can befall. None if there is
    /// none. Leaves the chip as one without a HAL would be.
    std::optional<Takeover> befall_and_take_over(transports::model::Event event, std::uint64_t turn);

    Judge& judge() { return judge_; }

private:
    void judge_rest(Takeover& takeover, Judged&& judged);
    bool get_over(Takeover& takeover, bool& stray);
    void look_at_traffic(Takeover& takeover);
    std::size_t incoming() const { return from_ == kOld ? kNew : kOld; }
    void find(Takeover& takeover, Oracle oracle, std::string what) const;
    const Starter& side(bool incoming) const { return incoming == (from_ == kOld) ? update_.newer : update_.older; }

    const Update& update_;
    const Scenario& scenario_;
    const MatrixOptions& options_;
    const Who from_;
    const Work work_;
    Judge judge_;
    transports::model::Snapshot start_;
    bool traffic_at_start_ = false;
    const std::uint64_t* stop_ = nullptr;
    std::uint32_t outgoing_claims_ = 0;                         // at which moment
    std::uint32_t incoming_moments_ = 0, incoming_claims_ = 0;  // of a takeover when the outgoing one is done
};

}  // namespace chaos::update
