#include "hal/converge/workspace.hpp"

#include <new>

namespace hal::converge {
namespace {

std::uint32_t observation_words(const Chip& chip) {
    std::uint32_t words = 0;
    for (const InstanceRow& instance : chip.instances) words += chip.type(instance).words;
    return words;
}

constexpr std::size_t align8(std::size_t size) { return (size + 7u) & ~std::size_t{7}; }

template <typename T>
T* take(std::uint8_t*& memory, std::size_t count) {
    T* const first = static_cast<T*>(static_cast<void*>(memory));  // 8-byte aligned, as all of them are
    memory += align8(count * sizeof(T));
    return first;
}

}  // namespace

std::size_t Workspace::size(const Chip& chip) {
    return align8(chip.instances.size() * sizeof(Progress)) + align8(observation_words(chip) * 4) +
           align8(kBatchAccesses * sizeof(bus::Access)) + align8(kBatchAccesses * sizeof(std::uint16_t)) +
           align8(kBatchWords * 4) + align8(sizeof(Plan));
}

Workspace Workspace::cut(const Chip& chip, std::uint8_t* memory) {
    Workspace w{};
    w.progress = take<Progress>(memory, chip.instances.size());
    w.words = take<std::uint32_t>(memory, observation_words(chip));
    w.accesses = take<bus::Access>(memory, kBatchAccesses);
    w.owners = take<std::uint16_t>(memory, kBatchAccesses);
    w.pool = take<std::uint32_t>(memory, kBatchWords);
    w.plan = new (take<Plan>(memory, 1)) Plan;
    return w;
}

std::size_t workspace_size(const Chip& chip) { return Workspace::size(chip); }

std::uint32_t intent_words(const Chip& chip) {
    return intent_offset(chip, static_cast<std::uint16_t>(chip.instances.size()));
}

std::uint32_t intent_offset(const Chip& chip, std::uint16_t instance) {
    std::uint32_t words = 0;
    for (std::uint16_t i = 0; i < instance; ++i) {
        words += static_cast<std::uint32_t>(chip.type(chip.instances[i]).driver->intent.size());
    }
    return words;
}

void initial_intent(const Chip& chip, bus::Span<std::uint32_t> words) {
    std::size_t at = 0;
    for (const InstanceRow& instance : chip.instances) {
        for (const IntentField& field : chip.type(instance).driver->intent) {
            if (at < words.size()) words[at++] = field.initial;
        }
    }
}

std::uint32_t digest(const Intent& intent) {
    std::uint32_t hash = 2166136261u;  // FNV-1a, 32 bit
    const auto mix = [&hash](std::uint32_t word) {
        for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ ((word >> shift) & 0xFFu)) * 16777619u;
    };
    for (const std::uint32_t word : intent.words) mix(word);
    for (const std::uint8_t group : intent.groups) mix(group);
    for (const Image& image : intent.images) {
        mix(image.digest);
        mix(image.version);
    }
    return hash == 0 ? 1 : hash;
}

}  // namespace hal::converge
