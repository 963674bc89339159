// What a trace says about itself: the register map that the RDL compiler wrote into it, and whom to run.
#include <stdexcept>

#include "fuzz/input.hpp"
#include "replay/trace/schema.hpp"
#include "replay/transport/run.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto address = input.take<std::uint32_t>();
    const std::string text = input.text();
    try {
        const replay::trace::Schema schema(text);
        for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{address}, ~std::uint64_t{3}}) {
            fuzz::demand(!schema.name(at).empty() && !schema.block_name(at).empty(), "an address without a name");
            const auto place = schema.at(at);
            if (!place) continue;
            fuzz::demand(place->instance < schema.size(), "a place in no block");
            replay::trace::fields_text(place->reg, address);
        }
    } catch (const std::invalid_argument& refused) {
        fuzz::demand(*refused.what() != '\0', "refused without a word");
    }
    try {
        const replay::transport::Subject subject(text);
        fuzz::demand(hal_intent_words(&subject.chip()) != 0, "a chip that nobody knows");
    } catch (const std::invalid_argument& refused) {
        fuzz::demand(*refused.what() != '\0', "refused without a word");
    }
    return 0;
}
