#include "replay/compare/minimise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "hal/chip/chip.hpp"
#include "transports/model/chip.hpp"

namespace replay::compare {

std::vector<std::size_t> minimise(std::vector<std::size_t> rows, const StillThere& still_there, std::uint64_t& tries) {
    // What comes behind the thing itself goes first, by halving: often that is most of it.
    std::size_t low = 0, high = rows.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        ++tries;
        if (still_there({rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(middle)})) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    ++tries;
    const std::vector<std::size_t> front(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(high));
    if (still_there(front)) rows = front;
    // Then ever smaller pieces, until no single access can go.
    for (std::size_t size = std::max<std::size_t>(rows.size() / 2, 1);; size = std::max<std::size_t>(size / 2, 1)) {
        bool smaller = false;
        for (std::size_t end = rows.size(); end > 0;) {
            const std::size_t from = end > size ? end - size : 0;
            std::vector<std::size_t> rest(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(from));
            rest.insert(rest.end(), rows.begin() + static_cast<std::ptrdiff_t>(end), rows.end());
            ++tries;
            if (still_there(rest)) {
                rows = std::move(rest);
                smaller = true;
            }
            end = from;
        }
        if (size == 1 && !smaller) return rows;
    }
}

struct Offence::Parts {
    explicit Parts(const hal::converge::Chip& description)
        : layout(description), chip(layout), reset(chip.snapshot()) {}
    transports::model::Layout layout;
    transports::model::Chip chip;
    transports::model::Snapshot reset;
};

Offence::Offence(const hal_chip& chip) {
    const hal::converge::Chip* const description = hal::chip::at_scale(chip.scale_numerator, chip.scale_denominator);
    if (description == nullptr) throw std::invalid_argument("this program has no such chip");
    parts_ = std::make_unique<Parts>(*description);
}
Offence::~Offence() = default;

std::string Offence::find(const trace::Sequence& trace, const std::vector<std::size_t>& kept) {
    transports::model::Chip& chip = parts_->chip;
    chip.restore(parts_->reset);
    chip.monitor = {};
    for (const std::size_t row : kept) {
        const trace::Record& r = trace.head(row);
        if (r.time_ns > chip.now() + 1000) chip.advance((r.time_ns - chip.now()) / 1000);
        const std::uint64_t* const words = trace.words(row);
        for (std::uint32_t i = 0; r.is_access() && i < r.count; ++i) {
            const auto address = static_cast<std::uint32_t>(r.address_of(i));
            std::uint32_t value = 0;
            if (r.is_write()) {
                chip.write(address, static_cast<std::uint32_t>(words[i]));
            } else if (r.kind == trace::Kind::consume) {
                chip.consume(address, value);
            } else if (r.kind == trace::Kind::read) {
                chip.read(address, value);
            }
        }
        const auto& m = chip.monitor;
        if (m.violations != 0)
            return fmt::format("{} (block {}, word {})", m.first_violation, m.violated, m.violated_word);
        if (m.disturbances != 0) return fmt::format("{} (block {})", m.first_disturbance, m.disturbed);
    }
    return {};
}

}  // namespace replay::compare
