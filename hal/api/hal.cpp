#include "hal/api/hal.h"

#include "hal/api/convert.hpp"
#include "hal/chip/chip.hpp"
#include "hal/converge/converge.hpp"

namespace {

using namespace hal;  // the C names begin with hal_, the C++ ones live in hal::

using api::from_c;
using api::to_c;

static_assert(HAL_PENDING == static_cast<int>(converge::State::pending));
static_assert(sizeof(hal_instance_state) == sizeof(converge::InstanceState) &&
              offsetof(hal_instance_state, why) == offsetof(converge::InstanceState, why));

/// The caller's functions as a Transport.
class Callbacks final : public bus::Transport {
public:
    explicit Callbacks(const hal_transport& functions) : f_(functions) {}

    bus::Result<void> execute(bus::Span<const bus::Access> batch) override {
        hal_error error{};
        // The same layout, checked above: a batch of hundreds isn't copied for a change of name.
        const auto* const accesses = reinterpret_cast<const hal_access*>(batch.data());
        if (f_.execute(f_.context, accesses, batch.size(), &error) == 0) return {};
        return bus::fail(from_c(error));
    }
    bus::Nanoseconds now() override { return f_.now(f_.context); }
    void wait_until(bus::Nanoseconds deadline) override { f_.wait_until(f_.context, deadline); }

private:
    const hal_transport& f_;
};

class Teller final : public converge::Listener {
public:
    Teller(const hal_listener& listener, const converge::Chip& chip) : listener_(listener), chip_(chip) {}

    void planned(std::uint16_t instance, const converge::Plan& plan) override {
        for (const converge::Item& i : plan.items()) {
            if (i.op == bus::Op::read) continue;  // changes nothing
            const hal_item item{static_cast<std::uint8_t>(i.op),
                                {},
                                chip_.instances[instance].base + i.offset,
                                i.count,
                                i.value,
                                i.burst};
            listener_.item(listener_.context, instance, &item, plan.why());
        }
    }
    void engine_writes(std::uint32_t address, std::uint32_t value) override {
        const hal_item item{HAL_WRITE, {}, address, 1, value, nullptr};
        listener_.item(listener_.context, 0, &item, "the engine's own");
    }

private:
    const hal_listener& listener_;
    const converge::Chip& chip_;
};

/// Sizes in version 1 of the structures that have grown since.
constexpr std::size_t kFirstPolicy = offsetof(hal_policy, stop);

/// Can a structure of `given` bytes be used here: as it was first, or as it is now? If not, `error` says why.
bool fits(std::size_t given, std::size_t first, std::size_t own, bus::Error& error) {
    if (given == first || given == own) return true;
    if (given > own) {
        error.code = bus::Code::old_library;
        error.value = HAL_ABI_VERSION;
    }
    return false;
}

/// Copies a caller's structure as far as that caller knows it; the rest of `own` stays as it is.
template <typename T>
bool take(const T* given, T& own, bus::Error& error, std::size_t first = sizeof(T)) {
    if (given == nullptr || !fits(given->size, first, sizeof(T), error)) return false;
    __builtin_memcpy(&own, given, given->size);
    return true;
}

const converge::Chip* known(const hal_chip* chip) {
    if (chip == nullptr || chip->size != sizeof(hal_chip)) return nullptr;
    return hal::chip::at_scale(chip->scale_numerator, chip->scale_denominator);
}

converge::Policy from_c(const hal_policy& policy) {
    converge::Policy rules;
    rules.apply = policy.plan_only == 0;
    rules.drain = policy.drain != 0;
    rules.retry = policy.retry != 0;
    rules.guards = policy.no_guards == 0;
    if (policy.deadline_ns != 0) rules.deadline_ns = policy.deadline_ns;
    if (policy.drain_us != 0) rules.drain_us = policy.drain_us;
    if (policy.stop != nullptr) {
        rules.stop = [](const void* p) {
            const auto& asked = *static_cast<const hal_policy*>(p);
            return asked.stop(asked.stop_context) != 0;
        };
        rules.stop_context = &policy;
    }
    return rules;
}

constexpr std::size_t kMaxTypes = 64;

/// As many words as the chip has, each in its range: drivers rely on it, and a caller's intent may come from anywhere.
bool in_range(const converge::Chip& chip, const hal_intent& intent) {
    for (std::size_t t = 0; intent.images != nullptr && t < chip.types.size(); ++t) {
        if (intent.images[t].words == nullptr && intent.images[t].count != 0) return false;
    }
    if (intent.word_count != converge::intent_words(chip)) return false;
    const std::uint32_t* word = intent.words;
    for (const converge::InstanceRow& row : chip.instances) {
        for (const converge::IntentField& field : chip.type(row).driver->intent) {
            if (*word < field.min || *word > field.max) return false;
            ++word;
        }
    }
    return true;
}

converge::Intent from_c(const hal_intent& intent, const converge::Chip& chip, converge::Image (&images)[kMaxTypes]) {
    converge::Intent wanted;
    wanted.words = {intent.words, intent.word_count};
    if (intent.groups != nullptr) wanted.groups = {intent.groups, chip.instances.size()};
    if (intent.images != nullptr) {
        for (std::size_t t = 0; t < chip.types.size(); ++t) {
            const hal_image& image = intent.images[t];
            images[t] = converge::Image{image.words, image.count, image.digest, image.version};
        }
        wanted.images = {images, chip.types.size()};
    }
    wanted.digest = converge::digest(wanted);
    return wanted;
}

}  // namespace

extern "C" {

uint32_t hal_abi_version(void) { return HAL_ABI_VERSION; }

size_t hal_workspace_size(const hal_chip* chip) {
    const converge::Chip* const description = known(chip);
    return description == nullptr ? 0 : converge::workspace_size(*description);
}

uint32_t hal_intent_words(const hal_chip* chip) {
    const converge::Chip* const description = known(chip);
    return description == nullptr ? 0 : converge::intent_words(*description);
}

uint32_t hal_instances(const hal_chip* chip) {
    const converge::Chip* const description = known(chip);
    return description == nullptr ? 0 : static_cast<std::uint32_t>(description->instances.size());
}

int hal_describe_instance(const hal_chip* chip, uint32_t instance, hal_instance* out) {
    const converge::Chip* const description = known(chip);
    if (description == nullptr || out == nullptr || out->size != sizeof(hal_instance) ||
        instance >= description->instances.size()) {
        return 1;
    }
    const converge::InstanceRow& row = description->instances[instance];
    const converge::TypeRow& type = description->type(row);
    *out = hal_instance{out->size,
                        row.base,
                        type.name,
                        row.type,
                        row.index,
                        row.count,
                        row.wave,
                        converge::intent_offset(*description, static_cast<std::uint16_t>(instance)),
                        static_cast<std::uint32_t>(type.driver->intent.size())};
    return 0;
}

int hal_describe_intent(const hal_chip* chip, uint32_t instance, uint32_t field, hal_intent_field* out) {
    const converge::Chip* const description = known(chip);
    if (description == nullptr || out == nullptr || out->size != sizeof(hal_intent_field) ||
        instance >= description->instances.size()) {
        return 1;
    }
    const auto& fields = description->type(description->instances[instance]).driver->intent;
    if (field >= fields.size()) return 1;
    const converge::IntentField& f = fields[field];
    *out = hal_intent_field{out->size, f.min, f.max, f.initial, f.name, f.unit, f.what};
    return 0;
}

int hal_identity(const hal_chip* chip, uint32_t* address, uint32_t* value) {
    const converge::Chip* const description = known(chip);
    if (description == nullptr || address == nullptr || value == nullptr) return 1;
    *address = description->instances[0].base + description->services.identity.offset;
    *value = description->identity;
    return 0;
}

int hal_initial_intent(const hal_chip* chip, uint32_t* words) {
    const converge::Chip* const description = known(chip);
    if (description == nullptr || words == nullptr) return 1;
    converge::initial_intent(*description, {words, converge::intent_words(*description)});
    return 0;
}

int hal_converge(const hal_transport* transport, const hal_chip* chip, const hal_intent* intent,
                 const hal_policy* policy, void* workspace, size_t workspace_size, hal_instance_state* states,
                 const hal_listener* listener, hal_report* report, hal_error* error) {
    bus::Error unusable;
    unusable.code = bus::Code::invalid_argument;
    unusable.effect = bus::Effect::none;
    hal_chip size{};
    hal_transport world{};
    hal_intent asked{};
    hal_policy asked_policy{};
    hal_listener told{};
    const bool known_structures = take(chip, size, unusable) && take(transport, world, unusable) &&
                                  take(intent, asked, unusable) && take(policy, asked_policy, unusable, kFirstPolicy) &&
                                  (listener == nullptr || take(listener, told, unusable)) && report != nullptr &&
                                  fits(report->size, sizeof(hal_report), sizeof(hal_report), unusable);
    const converge::Chip* const description = known_structures ? known(&size) : nullptr;
    if (description == nullptr || workspace == nullptr || error == nullptr || asked.words == nullptr ||
        world.execute == nullptr || world.now == nullptr || world.wait_until == nullptr ||
        reinterpret_cast<std::uintptr_t>(workspace) % 8 != 0 || description->types.size() > kMaxTypes ||
        !in_range(*description, asked)) {
        if (error != nullptr) *error = to_c(unusable);
        return 1;
    }
    converge::Image images[kMaxTypes];
    const converge::Intent wanted = from_c(asked, *description, images);
    const converge::Policy rules = from_c(asked_policy);

    Callbacks callbacks(world);
    const bool tells = told.item != nullptr;
    Teller teller(told, *description);
    const auto done = converge::converge(callbacks, *description, wanted, rules,
                                         {static_cast<std::uint8_t*>(workspace), workspace_size},
                                         reinterpret_cast<converge::InstanceState*>(states), tells ? &teller : nullptr);
    if (!done) {
        *error = to_c(done.error());
        return 1;
    }
    const converge::Report& r = *done;
    *report = hal_report{report->size, r.converged, r.off,    r.deferred, r.needs_reset, r.broken, r.blocked,
                         r.pending,    r.reads,     r.writes, r.batches,  r.waits,       r.passes, r.elapsed_ns};
    return 0;
}

}  // extern "C"
