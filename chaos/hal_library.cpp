#include "chaos/hal_library.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "hal/api/convert.hpp"

namespace chaos {

using hal::bus::Result;
using hal::bus::Transport;

namespace {

hal_chip scale_of(const hal::converge::Chip& chip) {
    return {sizeof(hal_chip), chip.scale_numerator, chip.scale_denominator};
}

void item(void* context, std::uint16_t instance, const hal_item* item, const char* why) {
    auto* const listener = static_cast<PlanListener*>(context);
    listener->decided(instance, why == nullptr ? "" : why);
    listener->planned(instance, item->address, item->op == HAL_WRITE ? item->count : 1);
}

class Teller final : public hal::converge::Listener {
public:
    Teller(const hal::converge::Chip& chip, PlanListener* listener) : chip_(chip), listener_(listener) {}
    void planned(std::uint16_t instance, const hal::converge::Plan& plan) override {
        listener_->decided(instance, plan.why());
        for (const hal::converge::Item& i : plan.items()) {
            if (i.op == hal::bus::Op::read) continue;
            listener_->planned(instance, chip_.instances[instance].base + i.offset,
                               i.op == hal::bus::Op::write ? i.count : 1);
        }
    }
    void engine_writes(std::uint32_t address, std::uint32_t) override { listener_->planned(0, address, 1); }

private:
    const hal::converge::Chip& chip_;
    PlanListener* listener_;
};

/// What is left of the file at `at`, or less than that of `content`: false.
template <typename T>
bool read_at(std::ifstream& file, std::uint64_t at, T& content) {
    file.seekg(static_cast<std::streamoff>(at));
    file.read(reinterpret_cast<char*>(&content), sizeof content);
    return static_cast<bool>(file);
}

/// The loader maps what the headers promise, and dies of what a copy that was cut short lacks.
void expect_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(0, file.tellg()));
    ElfW(Ehdr) header{};
    if (!read_at(file, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return;  // the loader says so
    std::uint64_t needed = header.e_shoff + std::uint64_t{header.e_shnum} * header.e_shentsize;
    for (unsigned n = 0; n < header.e_phnum; ++n) {
        ElfW(Phdr) segment{};
        if (!read_at(file, header.e_phoff + std::uint64_t{n} * header.e_phentsize, segment)) needed = size + 1;
        if (!file) break;
        if (segment.p_type == PT_LOAD) needed = std::max<std::uint64_t>(needed, segment.p_offset + segment.p_filesz);
    }
    if (needed > size) throw std::invalid_argument(path + ": cut short, a part of it is missing; copy it again");
}

template <typename F>
F* symbol(void* handle, const char* name, const std::string& file) {
    void* const found = dlvsym(handle, name, "HAL_1");  // the interface's version, as in hal/api/libhal.map
    if (found == nullptr) throw std::invalid_argument(file + " is no libhal.so.1: it has no " + name + "@HAL_1");
    F* function = nullptr;
    std::memcpy(&function, &found, sizeof function);
    return function;
}

}  // namespace

HalLibrary HalLibrary::linked() {
    HalLibrary library;
    library.converge_ = hal_converge;
    library.workspace_size_ = hal_workspace_size;
    return library;
}

HalLibrary HalLibrary::load(const std::string& file) {
    const std::string path = file.find('/') == std::string::npos ? "./" + file : file;
    expect_whole(path);
    void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) throw std::invalid_argument(std::string("cannot load the HAL: ") + dlerror());
    HalLibrary library;
    library.handle_ = std::shared_ptr<void>(handle, dlclose);
    library.file_ = path;
    library.version_ = symbol<decltype(hal_abi_version)>(handle, "hal_abi_version", file)();
    library.converge_ = symbol<decltype(hal_converge)>(handle, "hal_converge", file);
    library.workspace_size_ = symbol<decltype(hal_workspace_size)>(handle, "hal_workspace_size", file);
    return library;
}

std::size_t HalLibrary::workspace_size(const hal::converge::Chip& chip) const {
    if (workspace_size_ == nullptr) return hal::converge::workspace_size(chip);
    const hal_chip scale = scale_of(chip);
    return workspace_size_(&scale);
}

Result<hal::converge::Report> HalLibrary::converge(Transport& transport, const hal::converge::Chip& chip,
                                                   const hal::converge::Intent& intent,
                                                   const hal::converge::Policy& policy,
                                                   hal::bus::Span<std::uint64_t> workspace,
                                                   hal::converge::InstanceState* states, PlanListener* listener) const {
    if (converge_ == nullptr) {
        Teller teller(chip, listener);
        return hal::converge::converge(transport, chip, intent, policy,
                                       {reinterpret_cast<std::uint8_t*>(workspace.data()), workspace.size() * 8},
                                       states, listener == nullptr ? nullptr : &teller);
    }
    const hal_chip scale = scale_of(chip);
    const hal_transport world = hal::api::to_c(transport);
    std::vector<hal_image> images;
    for (const hal::converge::Image& i : intent.images) images.push_back({i.words, i.count, i.digest, i.version});
    const hal_intent wanted{sizeof(hal_intent), static_cast<std::uint32_t>(intent.words.size()), intent.words.data(),
                            intent.groups.empty() ? nullptr : intent.groups.data(),
                            images.empty() ? nullptr : images.data()};
    hal_policy rules{};
    rules.size = version_ < 2 ? offsetof(hal_policy, stop) : sizeof rules;  // an older library knows less
    rules.plan_only = policy.apply ? 0 : 1;
    rules.drain = policy.drain ? 1 : 0;
    rules.retry = policy.retry ? 1 : 0;
    rules.no_guards = policy.guards ? 0 : 1;
    rules.deadline_ns = policy.deadline_ns;
    rules.drain_us = policy.drain_us;
    if (policy.stop != nullptr) {
        rules.stop = [](void* context) {
            const auto& asked = *static_cast<const hal::converge::Policy*>(context);
            return asked.stop(asked.stop_context) ? 1 : 0;
        };
        rules.stop_context = const_cast<hal::converge::Policy*>(&policy);
    }
    const hal_listener told{sizeof(hal_listener), 0, listener, item};
    hal_report report{};
    report.size = sizeof report;
    hal_error error{};
    const int failed = converge_(&world, &scale, &wanted, &rules, workspace.data(), workspace.size() * 8,
                                 reinterpret_cast<hal_instance_state*>(states), listener == nullptr ? nullptr : &told,
                                 &report, &error);
    if (failed != 0) return hal::bus::fail(hal::api::from_c(error));
    return hal::converge::Report{report.converged, report.off,     report.deferred,  report.needs_reset, report.broken,
                                 report.blocked,   report.pending, report.reads,     report.writes,      report.batches,
                                 report.waits,     report.passes,  report.elapsed_ns};
}

}  // namespace chaos
