// Test support: a boot of Heron on the model, recorded.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "replay/trace/reader.hpp"
#include "replay/trace/sequence.hpp"
#include "replay/transport/run.hpp"
#include "replay/transport/seeded.hpp"
#include "transports/recorder/describe.hpp"
#include "transports/recorder/recorder.hpp"

namespace replay::transport {

struct RecordedBoot {
    explicit RecordedBoot(std::uint32_t numerator = 1, std::uint32_t denominator = 8) {
        namespace rec = transports::recorder;
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
            rec::Writer writer(path, description, options);
            Seeded model(chip, {}, 0);
            rec::Recorder recorder(model.transport(), writer);
            outcome = Subject(description.json).run(recorder);
        }
        reader = std::make_unique<trace::Reader>(path);
        all = trace::load(*reader);
        ::unlink(path.c_str());
    }

    Outcome outcome;
    std::unique_ptr<trace::Reader> reader;
    trace::Sequence all;
};

}  // namespace replay::transport
