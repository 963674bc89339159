#include "transports/dpi/rtl/lockstep/pair.hpp"

#include "transports/model/semantics.hpp"
#include "transports/model/traffic.hpp"

namespace transports::dpi {

using model::BusStatus;
using model::Instance;

namespace {

constexpr std::size_t kKept = 20;
constexpr std::uint32_t kOutputWord = 1023, kWorkloadPage = 0xFFFFF000, kPhaseWord = 1023, kTimerWord = 1022;

const char* text(Step::What what) {
    constexpr const char* kNames[] = {"read",    "consume",           "write",      "claim",
                                      "wait to", "microseconds pass", "cold reset", "warm reset"};
    return kNames[static_cast<std::size_t>(what)];
}

}  // namespace

Pair::Pair(const model::Layout& layout, const names::ChipNames& names)
    : model(layout), counts(layout), layout_(layout), names_(names) {}

void Pair::differ(const std::string& where, std::uint32_t rtl_word, std::uint32_t model_word) {
    if (differences.size() >= kKept) return;
    std::string line = where + ": RTL " + names::hex(rtl_word) + ", model " + names::hex(model_word);
    if (!log.empty()) {
        const Step& last = log.back();
        const auto place = names_.at(last.address);
        line += std::string("; after step ") + std::to_string(steps) + ", " + text(last.what) + " " +
                (last.what <= Step::What::write ? place ? names_.name(*place) : names::hex(last.address) : "") + " " +
                names::hex(last.value);
    }
    differences.push_back(line);
}

std::string Pair::word_name(Instance i, std::uint32_t number, std::uint32_t differing) const {
    const auto types = hal::registers::type_names();
    for (const auto& reg : types[layout_.chip.instances[i].type].registers) {
        for (std::uint32_t e = 0; e < reg.count; ++e) {
            if (reg.index + e * reg.index_stride != number) continue;
            std::string path = names_.name(i) + "." + reg.name + (reg.count > 1 ? "[" + std::to_string(e) + "]" : "");
            for (const auto& field : reg.fields) {
                if (names::content(field, differing) != 0) return path + "." + field.name;
            }
            return path;
        }
    }
    return names_.name(i) + " word " + std::to_string(number);
}

void Pair::compare_block(Instance i) {
    const std::uint32_t base = layout_.chip.instances[i].base;
    const std::uint8_t type = layout_.chip.instances[i].type;
    for (std::uint32_t n = 0; n < layout_.type[i]->words.size(); ++n) {
        const std::uint32_t theirs = rtl.scan(base, n), ours = model.word(i, n);
        counts.compared(type, n, ours);
        if (theirs != ours) differ(word_name(i, n, theirs ^ ours), theirs, ours);
    }
    const std::uint32_t output = rtl.scan(base, kOutputWord);
    if (output != (model.output(i) ? 1u : 0u)) differ(names_.name(i) + " output", output, model.output(i) ? 1 : 0);
}

void Pair::compare_all() {
    for (Instance i = 0; i < layout_.first_cell.size(); ++i) compare_block(i);
    const std::uint32_t phase = model.cell(layout_.traffic + model::kPhase);
    const std::uint32_t timer = model.cell(layout_.traffic + model::kPhaseTimer);
    const std::uint32_t rtl_phase = rtl.scan(kWorkloadPage, kPhaseWord),
                        rtl_timer = rtl.scan(kWorkloadPage, kTimerWord);
    if (phase != rtl_phase) differ("workload phase", rtl_phase, phase);
    if (timer != rtl_timer) differ("workload timer", rtl_timer, timer);
    if (rtl.now() != model.now()) {
        differ("microseconds", static_cast<std::uint32_t>(rtl.now() / 1000),
               static_cast<std::uint32_t>(model.now() / 1000));
    }
}

void Pair::compare_answers(const Step& step, BusStatus theirs, BusStatus ours, std::uint32_t rtl_value,
                           std::uint32_t model_value) {
    log.push_back(step);
    ++steps;
    // The bus has one error for all that can't be reached.
    if (ours == BusStatus::gated) ours = BusStatus::decode_error;
    auto place = names_.at(step.address);
    if (theirs != ours) {
        const std::string where = place ? names_.name(*place) : names::hex(step.address);
        differ("status of " + where, static_cast<std::uint32_t>(theirs), static_cast<std::uint32_t>(ours));
    } else if (ours == BusStatus::ok && rtl_value != model_value && place) {
        for (const auto& field : place->reg->fields) {
            if (place->field == nullptr && names::content(field, rtl_value ^ model_value) != 0) place->field = &field;
        }
        differ(names_.name(*place) + " as read", rtl_value, model_value);
    }
}

void Pair::after(const Step& step, Access access) {
    const model::Layout::Page* page = layout_.page(step.address);
    if (page == nullptr) return;
    const Instance i = page->instance;
    const std::uint16_t number = page->word(step.address);
    const bool there = number != model::kNoWord;
    if (there && model.accessible(i)) counts.accessed(layout_.chip.instances[i].type, number, access);
    if (watchful && access != Access::read) compare_block(i);
}

BusStatus Pair::read(std::uint32_t address, std::uint32_t& value) {
    std::uint32_t theirs = 0;
    const BusStatus status = model.read(address, value), rtl_status = rtl.read(address, theirs);
    const Step step{Step::What::read, address, 0};
    compare_answers(step, rtl_status, status, theirs, value);
    after(step, Access::read);
    return status;
}

BusStatus Pair::consume(std::uint32_t address, std::uint32_t& value) {
    std::uint32_t theirs = 0;
    const BusStatus status = model.consume(address, value), rtl_status = rtl.consume(address, theirs);
    const Step step{Step::What::consume, address, 0};
    compare_answers(step, rtl_status, status, theirs, value);
    after(step, Access::consume);
    return status;
}

BusStatus Pair::write(std::uint32_t address, std::uint32_t value) {
    Access access = Access::write;
    const model::Layout::Page* page = layout_.page(address);
    const std::uint16_t number = page == nullptr ? model::kNoWord : page->word(address);
    if (number != model::kNoWord) {
        const auto& row = page->words[number];
        if (model::is_locked(row, model.word(page->instance, row.lock_word))) access = Access::write_locked;
    }
    const BusStatus status = model.write(address, value);
    const Step step{Step::What::write, address, value};
    compare_answers(step, rtl.write(address, value), status, 0, 0);
    after(step, access);
    return status;
}

void Pair::claimed(std::uint32_t epoch) {
    model.claimed(epoch);
    rtl.claimed(epoch);
    log.push_back({Step::What::claimed, 0, epoch});
    ++steps;
}

void Pair::wait_until(hal::bus::Nanoseconds deadline) {
    const auto from = model.now();
    model.wait_until(deadline);
    rtl.wait_until(deadline);
    log.push_back({Step::What::wait, 0, static_cast<std::uint32_t>((deadline - from + 999) / 1000)});
    ++steps;
    if (rtl.now() != model.now()) {
        differ("microseconds", static_cast<std::uint32_t>(rtl.now() / 1000),
               static_cast<std::uint32_t>(model.now() / 1000));
    }
}

void Pair::advance(std::uint32_t us) {
    model.advance(us);
    rtl.advance(us);
    log.push_back({Step::What::advance, 0, us});
    ++steps;
}

void Pair::cold_reset() {
    model.cold_reset();
    rtl.cold_reset();
    log.push_back({Step::What::cold_reset, 0, 0});
    ++steps;
}

void Pair::warm_reset() {
    model.warm_reset();
    rtl.warm_reset();
    log.push_back({Step::What::warm_reset, 0, 0});
    ++steps;
}

void Pair::apply(const Step& step) {
    std::uint32_t value = 0;
    switch (step.what) {
        case Step::What::read: read(step.address, value); break;
        case Step::What::consume: consume(step.address, value); break;
        case Step::What::write: write(step.address, step.value); break;
        case Step::What::claimed: claimed(step.value); break;
        case Step::What::wait: wait_until(model.now() + std::uint64_t{step.value} * 1000); break;
        case Step::What::advance: advance(step.value); break;
        case Step::What::cold_reset: cold_reset(); break;
        case Step::What::warm_reset: warm_reset(); break;
    }
}

}  // namespace transports::dpi
