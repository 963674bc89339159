// RTL and model side by side: every access, wait and reset goes to both, and what they answer and keep must be the
// same.
#pragma once

#include <string>
#include <vector>

#include "transports/dpi/rtl/lockstep/counts.hpp"
#include "transports/dpi/rtl/lockstep/rtl_chip.hpp"
#include "transports/model/chip.hpp"
#include "transports/names/chip_names.hpp"

namespace transports::dpi {

/// One thing that happened to the chip.
struct Step {
    enum class What : std::uint8_t { read, consume, write, claimed, wait, advance, cold_reset, warm_reset } what;
    std::uint32_t address = 0, value = 0;
};

class Pair final : public model::RegisterPort, public model::Clock {
public:
    Pair(const model::Layout& layout, const names::ChipNames& names);

    model::BusStatus read(std::uint32_t address, std::uint32_t& value) override;
    model::BusStatus consume(std::uint32_t address, std::uint32_t& value) override;
    model::BusStatus write(std::uint32_t address, std::uint32_t value) override;
    void claimed(std::uint32_t epoch) override;
    std::uint32_t epoch() const override { return model.epoch(); }
    hal::bus::Nanoseconds now() override { return model.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override;
    void advance(std::uint32_t us);
    void cold_reset();
    void warm_reset();
    void apply(const Step& step);

    /// Every stored word of block `i`, and its output.
    void compare_block(model::Instance i);
    /// Of every block, and the workload.
    void compare_all();
    /// Whether stored words are compared after every write and consuming read: slow, and the point of it all.
    bool watchful = true;

    bool same() const { return differences.empty(); }
    std::vector<std::string> differences;  ///< The first ones, one line each.
    std::vector<Step> log;                 ///< Everything since it was last cleared.
    std::uint64_t steps = 0;

    model::Chip model;
    RtlChip rtl;
    Counts counts;

private:
    void differ(const std::string& where, std::uint32_t rtl, std::uint32_t model);
    void compare_answers(const Step& step, model::BusStatus rtl, model::BusStatus model, std::uint32_t rtl_value,
                         std::uint32_t model_value);
    void after(const Step& step, Access access);
    std::string word_name(model::Instance i, std::uint32_t number, std::uint32_t differing) const;

    const model::Layout& layout_;
    const names::ChipNames& names_;
};

/// The steps that bring a chip from cold reset to where its intent wants it, compared as they were made.
std::vector<Step> boot(Pair& pair);

}  // namespace transports::dpi
