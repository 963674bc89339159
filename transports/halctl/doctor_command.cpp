// halctl doctor: looks at everything that may be in the way, and says what to do.
#include <fmt/format.h>

#include "transports/halctl/commands.hpp"
#include "transports/halctl/report.hpp"

namespace transports::halctl {
namespace {

using names::hex;

struct Check {
    enum Kind : std::uint8_t { ok, note, finding } kind;
    std::string what, seen, advice;
};

/// The chip as far as it could be read, by path.
class Picture {
public:
    Picture(Session& session, const std::set<std::uint32_t>& blocks) : names_(session.names()) {
        for (const std::uint32_t i : blocks) blocks_.push_back(session.read_block(i));
    }
    const std::vector<BlockWords>& blocks() const { return blocks_; }

    /// The content of a field, if this chip has it and it could be read.
    std::optional<std::uint32_t> field(const char* type, const char* reg, const char* field) const {
        for (const BlockWords& block : blocks_) {
            for (std::size_t r = 0; r < block.places.size(); ++r) {
                const names::Place& at = block.places[r];
                if (names_.instance(at.instance).type != std::string(type) || at.reg->name != std::string(reg)) {
                    continue;
                }
                for (const auto& f : at.reg->fields) {
                    if (block.words[r] && std::string(f.name) == field) return names::content(f, *block.words[r]);
                }
            }
        }
        return std::nullopt;
    }

private:
    const names::ChipNames& names_;
    std::vector<BlockWords> blocks_;
};

/// "a, b, c and 7 more".
std::string some(const std::vector<std::string>& all) {
    std::string text;
    constexpr std::size_t kShown = 3;
    for (std::size_t i = 0; i < all.size() && i < kShown; ++i) text += (i == 0 ? "" : ", ") + all[i];
    return all.size() > kShown ? text + fmt::format(" and {} more", all.size() - kShown) : text;
}

void check_link(const Session& session, const Picture& picture, std::vector<Check>& checks) {
    std::uint64_t repeated = 0;
    const std::string cost = session.cost(repeated);
    checks.push_back(
        {repeated == 0 ? Check::ok : Check::note, "link", cost, "some of it was lost: look at clock rate and wiring"});
    checks.push_back({Check::ok, "chip",
                      fmt::format("{} {}, identity {}", hal::registers::chip_name().title, session.names().scale(),
                                  hex(session.identity())),
                      ""});
    if (const auto epoch = picture.field("mgmt_port", "epoch", "value")) {
        checks.push_back(
            {Check::ok, "owner", *epoch == 0 ? "none since cold reset" : fmt::format("epoch {}", *epoch), ""});
    }
    const auto crc = picture.field("mgmt_port", "errors", "crc");
    const auto fenced = picture.field("mgmt_port", "errors", "fenced");
    if (crc && fenced) {
        checks.push_back({*crc == 0 ? Check::ok : Check::note, "damaged frames", std::to_string(*crc),
                          "the link damages frames: look at clock rate and wiring"});
        checks.push_back({*fenced == 0 ? Check::ok : Check::note, "fenced frames", std::to_string(*fenced),
                          "an instance that is no longer the owner has tried to write: is an old one still running?"});
    }
    const hal::registers::ServiceNames& s = hal::registers::service_names();
    const auto open = picture.field(s.block, s.traffic, s.traffic_open);
    const auto active = picture.field(s.block, s.traffic, s.traffic_active);
    if (open && active) {
        checks.push_back({*open != 0 ? Check::ok : Check::note, "traffic",
                          fmt::format("gate {}, {}", *open != 0 ? "open" : "shut", *active != 0 ? "running" : "idle"),
                          "`halctl converge` opens the gate once every block is as intended"});
    }
}

void check_given_up(const names::ChipNames& names, const Picture& picture, std::vector<Check>& checks) {
    const hal::registers::ServiceNames& s = hal::registers::service_names();
    std::vector<std::string> given_up;
    for (const BlockWords& block : picture.blocks()) {
        for (std::size_t r = 0; r < block.places.size(); ++r) {
            const names::Place& at = block.places[r];
            if (at.instance != 0 || std::string(at.reg->name) != s.verdict) continue;
            for (std::uint32_t bit = 0; bit < 32; ++bit) {
                const std::uint32_t i = at.element * 32 + bit;
                if (block.words[r] && ((*block.words[r] >> bit) & 1u) != 0 && i < names.size()) {
                    given_up.push_back(names.name(i));
                }
            }
        }
    }
    const auto digest = picture.field(s.block, s.digest, s.digest_field);
    if (!digest) return;
    const bool any = !given_up.empty() && *digest != 0;
    checks.push_back({any ? Check::finding : Check::ok, "given up",
                      any ? some(given_up) + " (for intent " + hex(*digest) + ")" : "none",
                      "`halctl converge --intent F --retry` tries them again"});
}

void check_latched(const names::ChipNames& names, const Picture& picture, std::vector<Check>& checks) {
    std::vector<std::string> latched;
    std::uint32_t silent = 0;
    for (const BlockWords& block : picture.blocks()) {
        for (std::size_t r = 0; r < block.places.size(); ++r) {
            if (!block.words[r]) {
                ++silent;
                continue;
            }
            for (const auto& f : block.places[r].reg->fields) {
                const bool set = f.readable && names::content(f, *block.words[r]) != 0;
                names::Place at = block.places[r];
                at.field = &f;
                const bool ours = f.owner != std::string("host") && f.owner != std::string("firmware");
                if (set && ours && std::string(f.access) == "w1c") latched.push_back(names.name(at));
            }
        }
    }
    checks.push_back({latched.empty() ? Check::ok : Check::note, "latched events",
                      latched.empty() ? "none" : some(latched), "`halctl converge` acknowledges what is over"});
    if (silent != 0) {
        checks.push_back(
            {Check::finding, "registers", fmt::format("{} give no answer", silent), "see `halctl dump` for which"});
    }
}

void check_blocks(const names::ChipNames& names, const intent::Document& document, const Outcome& outcome,
                  std::size_t read, std::vector<Check>& checks) {
    std::vector<std::string> others;
    for (std::uint32_t i = 0; i < names.size(); ++i) {
        const std::uint32_t state = outcome.states[i].state;
        if (state != HAL_CONVERGED && state != HAL_OFF) others.push_back(names.name(i) + " " + name_of(state));
    }
    checks.push_back({read == names.size() ? Check::ok : Check::note, "reachable",
                      fmt::format("{} of {} blocks", read, names.size()),
                      "the others wait for clock, reset or power from blocks above them"});
    checks.push_back({others.empty() ? Check::ok : Check::finding, "intent",
                      others.empty()
                          ? fmt::format("all {} blocks as '{}' says", names.size(), document.name)
                          : fmt::format("{} not as '{}' says: {}", others.size(), document.name, some(others)),
                      "`halctl status` says why, `halctl converge` changes it"});
}

}  // namespace

Exit doctor(const Options& o) {
    const names::ChipNames names(names::parse_scale(o.scale));
    const intent::Document document = intent::load(o.intent, names.chip());
    Session session(o.link, names, Session::Role::observer);
    const Outcome outcome = session.converge(document.intended, plan_only());
    const std::set<std::uint32_t> blocks = session.readable(document.intended);
    const Picture picture(session, blocks);
    std::vector<Check> checks;
    check_link(session, picture, checks);
    check_given_up(names, picture, checks);
    check_latched(names, picture, checks);
    check_blocks(names, document, outcome, blocks.size(), checks);
    bool found = false;
    constexpr const char* kKinds[] = {"ok", "note", "finding"};
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const Check& check : checks) {
        found |= check.kind == Check::finding;
        if (o.json) {
            json.push_back({{"check", check.what}, {"result", kKinds[check.kind]}, {"seen", check.seen}});
            if (check.kind != Check::ok) json.back()["advice"] = check.advice;
            continue;
        }
        const std::string kind = fmt::format("{:<8}", kKinds[check.kind]);
        fmt::print("{} {:<16} {}\n",
                   check.kind == Check::ok     ? green(kind)
                   : check.kind == Check::note ? yellow(kind)
                                               : red(kind),
                   check.what, check.seen);
        if (check.kind != Check::ok) fmt::print("{:26}{}\n", "", check.advice);
    }
    if (o.json) fmt::print("{}\n", json.dump(1));
    return found ? kFinding : kDone;
}

}  // namespace transports::halctl
