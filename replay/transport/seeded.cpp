#include "replay/transport/seeded.hpp"

#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "hal/chip/chip.hpp"
#include "transports/model/bridge.hpp"
#include "transports/model/chip.hpp"
#include "transports/model/semantics.hpp"
#include "transports/spi/link.hpp"

namespace replay::transport {

using trace::Kind;
using trace::Record;
namespace model = transports::model;

struct Seeded::Parts {
    explicit Parts(const hal::converge::Chip& description)
        : layout(description),
          chip(layout),
          bridge(chip, session),
          wire(bridge, chip),
          link(wire, transports::spi::Link::Mode::managed) {}

    model::Layout layout;
    model::Chip chip;
    model::BridgeSession session;
    model::Bridge bridge;
    model::BridgeWire wire;
    transports::spi::Link link;
    Knowledge knowledge;
    std::unordered_set<std::uint64_t> seen;

    // Instance and word at an address; false if software can't read one there.
    bool find(std::uint64_t address, model::Instance& instance, std::uint32_t& word) const {
        const auto narrow = static_cast<std::uint32_t>(address);
        const model::Layout::Page* page = narrow == address ? layout.page(narrow) : nullptr;
        if (page == nullptr) return false;
        instance = page->instance;
        word = page->word(narrow);
        return word != model::kNoWord;
    }

    /// The trace says what is there; bits that software can't read keep the model's.
    void believe(std::uint64_t address, std::uint32_t value) {
        model::Instance instance = 0;
        std::uint32_t word = 0;
        if (!find(address, instance, word)) return;
        const std::uint32_t readable = layout.type[instance]->words[word].readable;
        const std::uint32_t stored = chip.word(instance, word);
        chip.set_word(instance, word, (stored & ~readable) | (value & readable));
        chip.update_output(instance);
    }

    void pass_time(std::uint64_t until_ns) {
        if (until_ns > chip.now() + 1000) chip.advance((until_ns - chip.now()) / 1000);
    }
    void read(const Record& r);
    void apply(const Record& r);
};

void Seeded::Parts::read(const Record& r) {
    for (std::uint32_t i = 0; i < r.words.size(); ++i) {
        const auto address = static_cast<std::uint32_t>(r.address_of(i));
        const auto told = static_cast<std::uint32_t>(r.words[i]);
        std::uint32_t value = 0;
        seen.insert(address);
        const bool fine = (r.kind == Kind::consume ? chip.consume(address, value) : chip.read(address, value)) ==
                          model::BusStatus::ok;
        if (fine && value == told) {
            ++knowledge.confirmed;
            continue;
        }
        model::Instance instance = 0;
        std::uint32_t word = 0;
        if (!find(address, instance, word)) {
            ++knowledge.foreign;
            continue;
        }
        ++knowledge.corrected;
        if (r.kind == Kind::read) believe(address, told);
    }
}

void Seeded::Parts::apply(const Record& r) {
    pass_time(r.kind == Kind::wait ? r.deadline_ns < r.time_ns ? r.deadline_ns : r.time_ns : r.time_ns);
    if (!r.is_access() || r.failed || r.unsure) return;
    ++knowledge.accesses;
    if (r.is_read()) return read(r);
    for (std::uint32_t i = 0; r.is_write() && i < r.words.size(); ++i) {
        const auto address = static_cast<std::uint32_t>(r.address_of(i));
        seen.insert(address);
        if (chip.write(address, static_cast<std::uint32_t>(r.words[i])) != model::BusStatus::ok) ++knowledge.foreign;
    }
}

Seeded::Seeded(const hal_chip& chip, const trace::Sequence& trace, std::size_t end) {
    const hal::converge::Chip* const description = hal::chip::at_scale(chip.scale_numerator, chip.scale_denominator);
    if (description == nullptr) throw std::invalid_argument("this program has no such chip");
    parts_ = std::make_unique<Parts>(*description);
    Parts& p = *parts_;
    p.knowledge.from_reset = trace.empty() || trace.head(0).index == 0;
    // Without a front: what a register shows before anything was written there, it held from the start.
    std::unordered_set<std::uint64_t> touched;
    for (std::size_t i = 0; i < trace.size() && !p.knowledge.from_reset; ++i) {
        const Record r = trace.at(i);
        for (std::uint32_t k = 0; r.is_access() && k < r.words.size(); ++k) {
            const bool first = touched.insert(r.address_of(k)).second;
            if (first && r.kind == Kind::read) p.believe(r.address_of(k), static_cast<std::uint32_t>(r.words[k]));
        }
    }
    for (std::size_t i = 0; i < end && i < trace.size(); ++i) p.apply(trace.at(i));
    for (std::uint32_t i = 0; i < description->instances.size(); ++i) {
        for (const auto& row : p.layout.type[i]->words) p.knowledge.registers += row.readable != 0 ? 1 : 0;
    }
    for (const std::uint64_t address : p.seen) {
        model::Instance instance = 0;
        std::uint32_t word = 0;
        const bool readable = p.find(address, instance, word) && p.layout.type[instance]->words[word].readable != 0;
        p.knowledge.known_registers += readable ? 1 : 0;
    }
    p.chip.monitor = {};
    p.session = {};
    if (!p.link.claim(1)) throw std::runtime_error("the model refuses a claim");
}

Seeded::~Seeded() = default;
hal::bus::Transport& Seeded::transport() { return parts_->link; }
const Knowledge& Seeded::knowledge() const { return parts_->knowledge; }
std::uint32_t Seeded::disturbances() const { return parts_->chip.monitor.disturbances; }
std::uint32_t Seeded::violations() const { return parts_->chip.monitor.violations; }

}  // namespace replay::transport
