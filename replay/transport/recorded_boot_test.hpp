// Test support: a boot of Heron on the model, recorded: its accesses, and the frames that carried them.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "hal/chip/heron.hpp"
#include "replay/trace/reader.hpp"
#include "replay/trace/sequence.hpp"
#include "replay/transport/run.hpp"
#include "replay/transport/seeded.hpp"
#include "transports/model/bridge.hpp"
#include "transports/model/chip.hpp"
#include "transports/recorder/describe.hpp"
#include "transports/recorder/recorder.hpp"
#include "transports/spi/link.hpp"

namespace replay::transport {

struct RecordedBoot {
    explicit RecordedBoot(std::uint32_t numerator = 1, std::uint32_t denominator = 8) {
        namespace rec = transports::recorder;
        namespace model = transports::model;
        const char* const folder = std::getenv("TMPDIR");
        const std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/recorded-boot-" +
                                 std::to_string(::getpid()) + ".pcapng";
        const hal_chip chip{sizeof(hal_chip), numerator, denominator};
        const transports::names::ChipNames names(chip);
        hal_policy policy{};
        policy.size = sizeof policy;
        const rec::Description description = rec::describe(names, "spi", "test", "boot", "training",
                                                           transports::intent::load("training", chip).intended, policy);
        {
            rec::WriterOptions options;
            options.when = rec::WriterOptions::When::at_once;
            rec::Writer writer(path, description, options), wire_writer(path + ".wire", description, options);
            const model::Layout layout(*hal::chip::heron(numerator, denominator));
            model::Chip heron(layout);
            model::BridgeSession session;
            model::Bridge bridge(heron, session);
            model::BridgeWire wire(bridge, heron);
            rec::WireRecorder wire_recorder(wire, wire_writer);
            transports::spi::Link link(wire_recorder, transports::spi::Link::Mode::managed);
            if (!link.claim(kNonce)) throw std::runtime_error("the model refuses a claim");
            rec::Recorder recorder(link, writer);
            outcome = Subject(description.json).run(recorder);
        }
        reader = std::make_unique<trace::Reader>(path);
        all = trace::load(*reader);
        wire_reader = std::make_unique<trace::Reader>(path + ".wire");
        frames = trace::load(*wire_reader);
        ::unlink(path.c_str());
        ::unlink((path + ".wire").c_str());
    }

    static constexpr std::uint32_t kNonce = 0x5EED;
    Outcome outcome;
    std::unique_ptr<trace::Reader> reader, wire_reader;
    trace::Sequence all, frames;
};

}  // namespace replay::transport
