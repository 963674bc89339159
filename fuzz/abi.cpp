// Calls of the C interface in any order, with any arguments that a C program can pass by mistake, before a chip that
// answers anything.
#include <vector>

#include "fuzz/input.hpp"
#include "hal/api/hal.h"

namespace {

constexpr std::size_t kMostCalls = 8;

/// A chip that answers with the input's bytes, and a clock that waits move.
struct Oracle {
    fuzz::Input& input;
    std::uint64_t now_ns = 0, accesses = 0;
    std::uint32_t identity_address, identity;
};

int execute(void* context, const hal_access* batch, std::size_t count, hal_error* error) {
    auto& oracle = *static_cast<Oracle*>(context);
    for (std::size_t k = 0; k < count; ++k) {
        const hal_access& access = batch[k];
        fuzz::demand(access.op <= HAL_WRITE_FIXED && access.count >= 1 && access.count <= 128, "no such access");
        fuzz::demand(access.address % 4 == 0, "an address in the middle of a word");
        ++oracle.accesses;
        const auto fate = oracle.input.left() == 0 ? std::uint8_t{0xFF} : oracle.input.take<std::uint8_t>();
        if (fate < 8) {
            *error = hal_error{};
            error->code = oracle.input.take<std::uint8_t>() % (HAL_PROTOCOL + 3u);
            error->effect = oracle.input.take<std::uint8_t>() % 3u;
            error->instance = 0xFFFF;
            error->completed = static_cast<std::uint32_t>(k);
            return 1;
        }
        if (access.op != HAL_READ && access.op != HAL_CONSUME) {
            fuzz::demand(access.from != nullptr, "words from nowhere");
            continue;
        }
        // Words repeat, as they do where nothing is: or all of the input would be one block's.
        std::uint32_t word = 0;
        oracle.input.take(&word, fate % 4u);
        for (std::uint32_t w = 0; w < access.count; ++w) access.into[w] = fate >= 0xF0 ? ~0u : word;
        if (access.address == oracle.identity_address) access.into[0] = oracle.identity;
    }
    return 0;
}
std::uint64_t now(void* context) { return static_cast<Oracle*>(context)->now_ns; }
void wait_until(void* context, std::uint64_t deadline) {
    auto& oracle = *static_cast<Oracle*>(context);
    if (deadline > oracle.now_ns) oracle.now_ns = deadline;
}

hal_chip any_chip(fuzz::Input& input) {
    const auto how = input.take<std::uint8_t>();
    if (how % 4 != 0) return {sizeof(hal_chip), 1, 8};
    return {input.take<std::uint8_t>(), input.take<std::uint32_t>(), input.take<std::uint32_t>()};
}

void ask(fuzz::Input& input) {
    const hal_chip chip = any_chip(input);
    const auto instance = input.take<std::uint16_t>();
    const auto field = input.take<std::uint8_t>();
    hal_instance told{};
    told.size = input.take<std::uint8_t>() % 2 == 0 ? sizeof told : 3;
    if (hal_describe_instance(&chip, instance, &told) == 0) {
        fuzz::demand(told.type != nullptr && told.index < told.count, "an instance of nothing");
        fuzz::demand(told.first_intent_word + told.intent_fields <= hal_intent_words(&chip), "words of no intent");
    }
    hal_intent_field row{};
    row.size = sizeof row;
    if (hal_describe_intent(&chip, instance, field, &row) == 0) {
        fuzz::demand(row.min <= row.initial && row.initial <= row.max, "an initial value out of its range");
    }
    hal_describe_instance(nullptr, instance, &told);
    hal_describe_intent(&chip, instance, field, nullptr);
}

void converge(fuzz::Input& input) {
    const hal_chip chip = any_chip(input);
    const std::size_t needed = hal_workspace_size(&chip);
    if (needed > 1u << 20) return;  // 32 MiB for each call is no use
    const auto flags = input.take<std::uint8_t>();
    std::vector<std::uint64_t> workspace(needed / 8 + 1, 0xA5A5A5A5A5A5A5A5u);
    std::vector<std::uint32_t> words(hal_intent_words(&chip) + 1);
    hal_initial_intent(&chip, words.data());
    if (flags % 4 == 3) words[input.take<std::uint16_t>() % words.size()] = input.take<std::uint32_t>();
    hal_intent intent{sizeof(hal_intent), hal_intent_words(&chip), words.data(), nullptr, nullptr};
    hal_policy policy{};
    policy.size = sizeof policy;
    policy.plan_only = flags >> 2 & 1;
    policy.drain = flags >> 3 & 1;
    policy.retry = flags >> 4 & 1;
    policy.no_guards = flags >> 5 & 1;
    policy.deadline_ns = 50'000'000;
    Oracle oracle{input, 0, 0, 1, 0};
    hal_identity(&chip, &oracle.identity_address, &oracle.identity);
    const hal_transport transport{sizeof(hal_transport), 0, &oracle, execute, now, wait_until};
    hal_report report{};
    report.size = sizeof report;
    hal_error error{};
    std::vector<hal_instance_state> states(hal_instances(&chip) + 1);
    const std::size_t given = flags >= 0xC0 ? input.take<std::uint16_t>() % (needed + 8) : needed;
    if (flags == 0x80) intent.words = nullptr;
    if (flags == 0x81) intent.word_count ^= 1;
    const int failed = hal_converge(&transport, &chip, &intent, &policy, workspace.data(), given, states.data(),
                                    nullptr, &report, &error);
    fuzz::demand(oracle.accesses < 10'000'000, "a call that doesn't end");
    if (failed != 0) {
        fuzz::demand(error.code <= HAL_OLD_LIBRARY && error.code != HAL_GUARD_FAILED, "an error of no kind");
        return;
    }
    const std::uint32_t all = report.converged + report.off + report.deferred + report.needs_reset + report.broken +
                              report.blocked + report.pending;
    fuzz::demand(all == hal_instances(&chip), "instances that nobody counted");
    for (std::uint32_t i = 0; i < hal_instances(&chip); ++i) {
        fuzz::demand(states[i].state <= HAL_PENDING && states[i].why != nullptr, "a state of no kind");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    for (std::size_t n = 0; n < kMostCalls && input.left() != 0; ++n) {
        if (input.take<std::uint8_t>() % 4 == 0) {
            ask(input);
        } else {
            converge(input);
        }
    }
    return 0;
}
