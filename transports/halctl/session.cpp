#include "transports/halctl/session.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include "hal/api/convert.hpp"
#include "transports/names/text.hpp"

namespace transports::halctl {

using hal::bus::Access;
using hal::bus::Op;

namespace {

/// Only listens to what reaches the chip: the blocks that are read.
class Tap final : public hal::bus::Transport {
public:
    Tap(hal::bus::Transport& below, const names::ChipNames& names) : below_(below), names_(names) {}
    hal::bus::Result<void> execute(hal::bus::Span<const Access> batch) override {
        const auto done = below_.execute(batch);
        const std::size_t completed = done ? batch.size() : done.error().completed;
        for (std::size_t i = 0; i < completed; ++i) {
            if (const auto place = names_.at(batch[i].address)) seen.insert(place->instance);
        }
        return done;
    }
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override { below_.wait_until(deadline); }
    std::set<std::uint32_t> seen;

private:
    hal::bus::Transport& below_;
    const names::ChipNames& names_;
};

void keep(void* context, std::uint16_t instance, const hal_item* item, const char* why) {
    Planned planned{instance, item->op, item->address, {}, why};
    if (item->burst != nullptr) {
        planned.words.assign(item->burst, item->burst + item->count);
    } else if (item->op != HAL_CONSUME) {
        planned.words.push_back(item->value);
    }
    static_cast<std::vector<Planned>*>(context)->push_back(std::move(planned));
}

std::uint32_t nonce() {
    std::uint32_t value = 0;
    while (value == 0) {
        if (::getrandom(&value, sizeof value, 0) != sizeof value) {
            throw Trouble("no random numbers from the kernel; a claim needs a nonce that nobody else has");
        }
    }
    return value;
}

}  // namespace

links::Target target_of(const std::string& uri) {
    const auto target = links::parse(uri);
    if (!target) throw Usage(target.error().what);
    return *target;
}

hal_policy policy() {
    hal_policy p{};
    p.size = sizeof p;
    return p;
}

hal_policy plan_only() {
    hal_policy p = policy();
    p.plan_only = 1;
    return p;
}

Session::Session(const std::string& uri, const names::ChipNames& names, Role role, const Recording& recording)
    : uri_(names::printable(uri)), names_(names), target_(target_of(uri)) {
    std::uint32_t address = 0;
    if (hal_identity(&names_.chip(), &address, &expected_) != 0) throw Usage("libhal doesn't know this chip");
    auto link = links::connect(target_, address);
    if (!link && link.error().wrong_path) throw Usage(link.error().what);
    if (!link) throw Trouble(link.error().what);
    link_ = std::move(*link);
    check_identity(address);
    if (role == Role::owner) link_->manage();
    // Whatever can be refused is refused before the claim.
    if (!recording.file.empty()) {
        writer_ = std::make_unique<recorder::Writer>(recording.file, recording.description);
        recorder_ = std::make_unique<recorder::Recorder>(link_->transport(), *writer_);
    }
    if (role == Role::owner) claim();
}

void Session::check_identity(std::uint32_t address) {
    const auto read = link_->transport().read(address);
    if (!read) throw Trouble(explain(read.error()));
    identity_ = *read;
    if (identity_ == expected_) return;
    hal_error error{};
    error.code = HAL_WRONG_CHIP;
    error.address = address;
    error.value = identity_;
    if (!names::scale_that_reads(identity_).empty()) throw Usage(explain(error));
    throw Trouble(explain(error));
}

void Session::own() {
    link_->manage();
    claim();
}

void Session::claim() {
    const auto claimed = link_->claim(nonce());
    if (!claimed) throw Trouble(explain(claimed.error()), static_cast<int>(claimed.error().code));
}

hal::bus::Transport& Session::transport() {
    if (recorder_ != nullptr) return *recorder_;
    return link_->transport();
}

Outcome Session::converge(const intent::Intended& intended, const hal_policy& asked) {
    hal_policy rules = asked;
    rules.no_guards = guards() ? 0 : 1;
    Outcome outcome;
    outcome.states.resize(names_.size());
    outcome.report.size = sizeof outcome.report;
    const hal_transport functions = hal::api::to_c(transport());
    const hal_intent wanted = intended.c_view();
    const hal_listener listener{sizeof(hal_listener), 0, &outcome.items, keep};
    std::vector<std::uint64_t> workspace((hal_workspace_size(&names_.chip()) + 7) / 8);
    hal_error error{};
    if (hal_converge(&functions, &names_.chip(), &wanted, &rules, workspace.data(), workspace.size() * 8,
                     outcome.states.data(), &listener, &outcome.report, &error) != 0) {
        throw Trouble(explain(error), error.code);
    }
    return outcome;
}

std::set<std::uint32_t> Session::readable(const intent::Intended& intended) {
    // Blocks given up for the intent aren't looked at, but are wanted here: one group for all makes it another intent.
    intent::Intended other = intended;
    other.groups.assign(names_.size(), 255);
    Tap tap(transport(), names_);
    const hal_transport functions = hal::api::to_c(tap);
    const hal_intent wanted = other.c_view();
    hal_policy rules = plan_only();
    rules.no_guards = guards() ? 0 : 1;
    hal_report report{};
    report.size = sizeof report;
    std::vector<std::uint64_t> workspace((hal_workspace_size(&names_.chip()) + 7) / 8);
    hal_error error{};
    if (hal_converge(&functions, &names_.chip(), &wanted, &rules, workspace.data(), workspace.size() * 8, nullptr,
                     nullptr, &report, &error) != 0) {
        throw Trouble(explain(error));
    }
    return tap.seen;
}

BlockWords Session::read_block(std::uint32_t instance) {
    BlockWords block;
    for (const auto& reg : names_.type(instance).registers) {
        for (std::uint32_t e = 0; names::safe_to_read(reg) && e < reg.count; ++e) {
            block.places.push_back({instance, &reg, e, nullptr});
        }
    }
    std::vector<std::uint32_t> words(block.places.size());
    std::vector<Access> batch(block.places.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        batch[i] = Access{Op::read, names_.address(block.places[i]), 1, &words[i], nullptr};
    }
    block.words.resize(block.places.size());
    for (std::size_t from = 0; from < batch.size();) {
        const auto done = transport().execute({batch.data() + from, batch.size() - from});
        const std::size_t completed = done ? batch.size() - from : done.error().completed;
        for (std::size_t i = from; i < from + completed; ++i) block.words[i] = words[i];
        if (!done && done.error().code != hal::bus::Code::bus_error) throw Trouble(explain(done.error()));
        from += completed + 1;               // behind the one that was refused
        if (!done && completed == 0) break;  // all of them would be: it has no clock
    }
    return block;
}

std::optional<std::uint32_t> Session::read(std::uint32_t address) {
    const auto word = transport().read(address);
    if (word) return *word;
    if (word.error().code != hal::bus::Code::bus_error) throw Trouble(explain(word.error()));
    return std::nullopt;
}

std::string Session::explain(const hal::bus::Error& error) const { return explain(hal::api::to_c(error)); }

std::string Session::explain(const hal_error& e) const {
    const auto place = names_.at(e.address);
    const std::string where = place ? names_.name(*place) : names::hex(e.address);
    const std::string uncertain = e.effect == HAL_EFFECT_UNKNOWN ? "; the last write may or may not have taken effect, "
                                                                   "converge again"
                                                                 : "; nothing of the last access took effect";
    switch (e.code) {
        case HAL_PEER_GONE: return (link_->explain().empty() ? uri_ + ": peer is gone" : link_->explain()) + uncertain;
        case HAL_LINK_DOWN: return explain_silence(e) + uncertain;
        case HAL_WRONG_CHIP:
            if (const std::string scale = names::scale_that_reads(e.value); !scale.empty()) {
                return fmt::format("{}: its scale is {}, not {}; nothing was written, correct --scale", uri_, scale,
                                   names_.scale());
            }
            return fmt::format("{}: another chip: {} reads {:#010x}; nothing was written, correct the link", uri_,
                               where, e.value);
        case HAL_CLAIM_LOST:
            return fmt::format(
                "{}: another instance claimed the management port meanwhile (epoch {}); nothing was "
                "written, run again once it is done",
                uri_, e.value);
        case HAL_FENCED:
            return fmt::format("{}: another instance owns the management port now; it goes on from what was done here",
                               uri_);
        case HAL_STOPPED: return fmt::format("{}: stopped as asked for; all writes took effect", uri_);
        case HAL_OLD_LIBRARY:
            return fmt::format(
                "libhal.so has interface version {}, halctl needs {}; install the libhal.so of its release", e.value,
                HAL_ABI_VERSION);
        case HAL_DEADLINE:
            return fmt::format("{}: not finished after {} ms; all writes took effect, converge again to go on", uri_,
                               e.elapsed_ns / 1'000'000);
        case HAL_BUS_ERROR:
            return fmt::format("{}: the chip refuses access to {}; its clock or reset doesn't stand", uri_, where);
        default: break;
    }
    return fmt::format("{}: {} at {} (value {:#010x}){}", uri_, hal::bus::name(static_cast<hal::bus::Code>(e.code)),
                       where, e.value, uncertain);
}

std::string Session::explain_silence(const hal_error& e) const {
    if (!link_->explain().empty()) return fmt::format("{}; {} attempts, check the link", link_->explain(), e.attempts);
    if (!guards())
        return fmt::format("{}: reads all-ones, the chip doesn't answer; is it in reset, is the link up?", uri_);
    return fmt::format("{}: no valid reply in {} attempts, last {:#010x}; check the link", uri_, e.attempts, e.value);
}

void Session::finish() {
    if (writer_ == nullptr) return;
    const std::string trouble = writer_->finish();
    if (!trouble.empty()) throw Trouble(trouble);
}

}  // namespace transports::halctl
