#include "tests/dpi/bench.hpp"

#include "hal/api/convert.hpp"
#include "hal/chip/heron.hpp"
#include "transports/dpi/host/wires.hpp"
#include "transports/recorder/describe.hpp"
#include "transports/recorder/recorder.hpp"

namespace tests::dpi {

using transports::dpi::default_policy;
using transports::model::Instance;

namespace {

constexpr std::uint32_t kWorkloadPage = 0xFFFFF000;
constexpr std::uint32_t kOutputWord = 1023;
constexpr std::uint32_t kPhaseWord = 1023, kTimerWord = 1022;

const hal::converge::Chip& heron(const hal_chip& scale) {
    return *hal::chip::heron(scale.scale_numerator, scale.scale_denominator);
}

}  // namespace

hal_policy with_drain() {
    hal_policy policy = default_policy();
    policy.drain = 1;
    return policy;
}

Subject::Subject()
    : scale(transports::names::parse_scale(Simulation::scale())),
      chip(heron(scale)),
      layout(chip),
      names(scale),
      training(transports::intent::load("training", scale).intended),
      inference(transports::intent::load("inference", scale).intended) {}

const Subject& Subject::get() {
    static const Subject subject;
    return subject;
}

transports::recorder::Description description(const char* source, const Intended& intended) {
    return transports::recorder::describe(Subject::get().names, "spi", source, "boot", "training", intended,
                                          default_policy());
}

std::string Comparison::text() const {
    std::string all;
    for (std::size_t i = 0; i < differences.size() && i < 20; ++i) {
        const Difference& d = differences[i];
        all += d.where + ": RTL " + transports::names::hex(d.rtl) + ", model " + transports::names::hex(d.model) + "\n";
    }
    if (differences.size() > 20) all += "... " + std::to_string(differences.size()) + " in all\n";
    return all;
}

void Subject::compare_word(Instance i, std::uint32_t number, std::uint32_t rtl, std::uint32_t model,
                           Comparison& all) const {
    const std::uint32_t mask = layout.hash_mask[layout.first_cell[i] + number];
    const auto& type = *layout.type[i];
    ++all.words;
    const std::uint32_t offset = type.words[number].offset;
    const auto place = type.words[number].internal ? std::nullopt : names.at(chip.instances[i].base + offset);
    if (!place) {
        if (((rtl ^ model) & mask) != 0) {
            all.differences.push_back({names.name(i) + " word " + std::to_string(number), rtl, model});
        }
        return;
    }
    for (const auto& field : place->reg->fields) {
        const std::uint32_t bits = transports::names::with(field, 0, transports::names::largest(field)) & mask;
        if (bits == 0) continue;
        ++all.fields;
        if ((model & bits) != 0) ++all.non_zero;
        if (((rtl ^ model) & bits) == 0) continue;
        auto at = *place;
        at.field = &field;
        all.differences.push_back(
            {names.name(at), transports::names::content(field, rtl), transports::names::content(field, model)});
    }
}

Comparison Subject::compare(const Words& rtl, const Words& model) const {
    Comparison all;
    std::size_t at = 0;
    for (Instance i = 0; i < layout.first_cell.size(); ++i) {
        for (std::uint32_t n = 0; n < layout.type[i]->words.size(); ++n, ++at) {
            compare_word(i, n, rtl.at(at), model.at(at), all);
        }
    }
    for (Instance i = 0; i < layout.first_cell.size(); ++i, ++at) {
        if (rtl.at(at) != model.at(at)) all.differences.push_back({names.name(i) + " output", rtl[at], model[at]});
    }
    if (rtl.at(at) != model.at(at)) all.differences.push_back({"workload phase", rtl[at], model[at]});
    ++at;
    if (rtl.at(at) != model.at(at)) all.differences.push_back({"workload timer", rtl[at], model[at]});
    return all;
}

std::uint64_t Subject::digest(const Words& words) const {
    std::uint64_t digest = 0xcbf29ce484222325;
    const auto add = [&digest](std::uint32_t word) {
        for (int k = 0; k < 32; k += 8) digest = (digest ^ (word >> k & 0xFF)) * 0x100000001b3;
    };
    std::size_t at = 0;
    for (Instance i = 0; i < layout.first_cell.size(); ++i) {
        for (std::uint32_t n = 0; n < layout.type[i]->words.size(); ++n, ++at) {
            add(words.at(at) & layout.hash_mask[layout.first_cell[i] + n]);
        }
    }
    for (; at < words.size(); ++at) add(words[at]);
    return digest;
}

// --- the model

ModelSide::ModelSide()
    : chip(Subject::get().layout),
      bridge_(chip, session_),
      wire_(bridge_, chip),
      workspace_((hal_workspace_size(&Subject::get().scale) + 7) / 8) {}

bool ModelSide::run(const Intended& intended, const hal_policy& policy, transports::recorder::Writer* writer) {
    const Subject& subject = Subject::get();
    transports::spi::Link spi_link(wire_, transports::spi::Link::Mode::managed);
    if (!spi_link.claim(++nonce_)) return false;
    std::unique_ptr<transports::recorder::Recorder> recorder;
    if (writer != nullptr) recorder = std::make_unique<transports::recorder::Recorder>(spi_link, *writer);
    const hal_transport functions =
        recorder != nullptr ? hal::api::to_c(*recorder) : hal::api::to_c(static_cast<hal::bus::Transport&>(spi_link));
    const hal_intent wanted = intended.c_view();
    report.size = sizeof report;
    hal_error error{};
    const int failed = hal_converge(&functions, &subject.scale, &wanted, &policy, workspace_.data(),
                                    workspace_.size() * 8, nullptr, nullptr, &report, &error);
    link = spi_link.statistics();
    return failed == 0 && report.converged + report.off == subject.names.size();
}

Words ModelSide::words() const {
    const auto& layout = Subject::get().layout;
    Words words;
    for (Instance i = 0; i < layout.first_cell.size(); ++i) {
        for (std::uint32_t n = 0; n < layout.type[i]->words.size(); ++n) words.push_back(chip.word(i, n));
    }
    for (Instance i = 0; i < layout.first_cell.size(); ++i) words.push_back(chip.output(i) ? 1 : 0);
    words.push_back(chip.cell(layout.traffic + transports::model::kPhase));
    words.push_back(chip.cell(layout.traffic + transports::model::kPhaseTimer));
    return words;
}

// --- the RTL

Process& RtlSide::start(const Intended& intended, const hal_policy& policy, transports::recorder::Writer* writer,
                        Path path) {
    process_ = std::make_unique<Process>(host(), Subject::get().scale, intended);
    process_->writer = writer;
    process_->start(++nonce_, policy, path);
    return *process_;
}

bool RtlSide::run(const Intended& intended, const hal_policy& policy, transports::recorder::Writer* writer) {
    const Process& process = start(intended, policy, writer);
    return simulation.run() && process.as_intended();
}

Words RtlSide::words() {
    const Subject& subject = Subject::get();
    Words words;
    host().start([&] {
        const auto& layout = subject.layout;
        for (Instance i = 0; i < layout.first_cell.size(); ++i) {
            for (std::uint32_t n = 0; n < layout.type[i]->words.size(); ++n) {
                words.push_back(transports::dpi::scan(host(), subject.chip.instances[i].base, n));
            }
        }
        for (Instance i = 0; i < layout.first_cell.size(); ++i) {
            words.push_back(transports::dpi::scan(host(), subject.chip.instances[i].base, kOutputWord));
        }
        words.push_back(transports::dpi::scan(host(), kWorkloadPage, kPhaseWord));
        words.push_back(transports::dpi::scan(host(), kWorkloadPage, kTimerWord));
    });
    simulation.run();
    return words;
}

void RtlSide::let_pass(std::uint32_t us) {
    host().start([&] { host().wait(us, false); });
    simulation.run();
}

}  // namespace tests::dpi
