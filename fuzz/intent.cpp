// What users write: intents, plans of faults as ids and as JSON. The first byte chooses.
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "chaos/faults/plan.hpp"
#include "fuzz/input.hpp"
#include "transports/intent/intent.hpp"

namespace {

void demand_fits(const transports::intent::Intended& intended, const hal_chip& chip) {
    fuzz::demand(intended.words.size() == hal_intent_words(&chip), "an intent of another size");
    for (std::uint32_t i = 0; i < hal_instances(&chip); ++i) {
        hal_instance instance{};
        instance.size = sizeof instance;
        fuzz::demand(hal_describe_instance(&chip, i, &instance) == 0, "an instance that nobody knows");
        for (std::uint32_t f = 0; f < instance.intent_fields; ++f) {
            hal_intent_field field{};
            field.size = sizeof field;
            fuzz::demand(hal_describe_intent(&chip, i, f, &field) == 0, "a field that nobody knows");
            const std::uint32_t word = intended.words[instance.first_intent_word + f];
            fuzz::demand(word >= field.min && word <= field.max, "a value out of its range was accepted");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto which = input.take<std::uint8_t>() % 3;
    const std::string text = input.text();
    try {
        if (which == 0) {
            const hal_chip chip{sizeof(hal_chip), 1, 8};
            try {
                demand_fits(transports::intent::parse(text, "input", chip).intended, chip);
            } catch (const transports::intent::Error& refused) {
                fuzz::demand(std::string(refused.what()).find('\n') == std::string::npos, "more than one line");
            }
            return 0;
        }
        chaos::faults::Plan plan;
        if (which == 1) {
            plan = chaos::faults::parse(text);
        } else {
            const auto json = nlohmann::json::parse(text, nullptr, false);
            if (json.is_discarded()) return 0;
            plan = chaos::faults::from_json(json);
        }
        const std::string again = chaos::faults::text(plan);
        fuzz::demand(chaos::faults::text(chaos::faults::parse(again)) == again, "an id that means another plan");
        fuzz::demand(chaos::faults::text(chaos::faults::from_json(chaos::faults::to_json(plan))) == again,
                     "a document that means another plan");
    } catch (const std::invalid_argument& refused) {
        fuzz::demand(*refused.what() != '\0', "refused without a word");
    }
    return 0;
}
