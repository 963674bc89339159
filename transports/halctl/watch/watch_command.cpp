// halctl converge --watch: the production loop. Every round is a whole hal_converge from what the chip shows now, so a
// round that failed, an update and a reboot are nothing special.
#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <optional>
#include <set>

#include "transports/halctl/commands.hpp"
#include "transports/halctl/report.hpp"
#include "transports/halctl/watch/log.hpp"
#include "transports/halctl/watch/metrics.hpp"
#include "transports/halctl/watch/signals.hpp"
#include "transports/halctl/watch/supervisor.hpp"

namespace transports::halctl {
namespace {

using Json = nlohmann::ordered_json;

class Watcher {
public:
    explicit Watcher(const Options& o)
        : o_(o),
          log_(o.json),
          names_(names::parse_scale(o.scale)),
          document_(intent::load(o.intent, names_.chip())),
          period_ns_(static_cast<std::uint64_t>(std::llround(o.period_s * 1e9))) {
        if (supervisor_.watchdog_us() != 0 && period_ns_ / 1000 > supervisor_.watchdog_us() / 2) {
            throw Usage(
                fmt::format("--period {} s: the supervisor's watchdog wants to hear every {} s; use at most half",
                            o.period_s, static_cast<double>(supervisor_.watchdog_us()) / 1e6));
        }
        metrics_.intent = document_.name;
        if (!o.metrics.empty() && !metrics_.write(o.metrics).empty()) throw Usage(metrics_.write(o.metrics));
    }

    Exit run() {
        try {
            session_.emplace(o_.link, names_, Session::Role::owner, recording());
        } catch (const Trouble& trouble) {
            if (trouble.code() != HAL_CLAIM_LOST) throw;
            return fenced(trouble.what());
        }
        metrics_.epoch = session_->epoch();
        log_.tell("started",
                  fmt::format("'{}' on {}, every {} s; owner epoch {}", document_.name, session_->uri(), o_.period_s,
                              session_->epoch()),
                  {{"intent", document_.name},
                   {"link", session_->uri()},
                   {"period_s", o_.period_s},
                   {"epoch", session_->epoch()},
                   {"interface", hal_abi_version()}});
        for (;;) {
            if (const auto end = round()) return *end;
            if (signals_.stop()) return stopped();
            if (o_.rounds != 0 && metrics_.rounds >= o_.rounds) return stopped();
            pause();
            if (signals_.stop()) return stopped();
            if (signals_.reload()) reload();
        }
    }

private:
    Recording recording() const {
        if (o_.record.empty()) return {};
        return {o_.record,
                recorder::describe(names_, "spi", "halctl", "", document_.name, document_.intended, rules())};
    }

    hal_policy rules() const {
        hal_policy rules = policy();
        rules.drain = o_.drain ? 1 : 0;
        rules.retry = o_.retry && retry_ ? 1 : 0;
        return rules;
    }

    /// Nothing, or how the watch ends.
    std::optional<Exit> round() {
        hal_policy asked = rules();
        asked.stop_context = this;
        asked.stop = [](void* context) {
            auto& self = *static_cast<Watcher*>(context);
            self.supervisor_.alive();
            return self.signals_.stop() ? 1 : 0;
        };
        try {
            const Outcome outcome = session_->converge(document_.intended, asked);
            retry_ = false;
            note(outcome);
        } catch (const Trouble& trouble) {
            switch (trouble.code()) {
                case HAL_STOPPED: return std::nullopt;
                case HAL_FENCED:
                case HAL_CLAIM_LOST: return fenced(trouble.what());
                case HAL_LINK_DOWN:
                case HAL_PROTOCOL:
                case HAL_DEADLINE: failed(trouble.what()); break;
                default: throw;
            }
        }
        static_cast<void>(session_->cost(metrics_.retries));
        metrics_.last_round = std::time(nullptr);
        write_metrics();
        supervisor_.alive();
        return std::nullopt;
    }

    /// The blocks that a round changed. Feeding the watchdog is none.
    std::set<std::uint32_t> changed(const Outcome& outcome) const {
        std::set<std::uint32_t> blocks;
        for (const Planned& item : outcome.items) {
            const hal_instance& block = names_.instance(item.instance);
            const auto place = names_.at(item.address);
            const bool feeds =
                std::string(block.type) == "watchdog" && place && std::string(place->reg->name) == "feed";
            if (item.instance != 0 && !feeds) blocks.insert(item.instance);
        }
        return blocks;
    }

    void note(const Outcome& outcome) {
        const hal_report& r = outcome.report;
        const std::set<std::uint32_t> blocks = changed(outcome);
        Json repaired = Json::array(), others = Json::array();
        for (const std::uint32_t i : blocks) {
            if (i < met_.size() && met_[i]) repaired.push_back(names_.name(i));
        }
        met_.resize(names_.size());
        std::string first;
        for (std::uint32_t i = 0; i < names_.size(); ++i) {
            const hal_instance_state& state = outcome.states[i];
            met_[i] = state.state == HAL_CONVERGED || state.state == HAL_OFF;
            if (met_[i]) continue;
            others.push_back({{"instance", names_.name(i)}, {"state", name_of(state.state)}, {"why", state.why}});
            if (first.empty()) first = fmt::format("; {}: {}, {}", names_.name(i), name_of(state.state), state.why);
        }
        const std::string now = counts(r);
        ++metrics_.rounds;
        metrics_.rounds_incomplete += outcome.as_intended() ? 0 : 1;
        metrics_.reads += r.reads;
        metrics_.writes += r.writes;
        metrics_.faults += repaired.size();
        metrics_.report = r;
        const bool news = !blocks.empty() || now != told_;
        const std::string status = fmt::format("'{}': {}", document_.name, now);
        if (told_.empty()) {
            supervisor_.ready(status);
        } else if (news) {
            supervisor_.status(status);
        }
        told_ = now;
        if (!news) return;
        log_.tell("round",
                  fmt::format("{}, {}, {} words written to {} blocks, {} of them repaired{}",
                              outcome.as_intended() ? "as intended" : "incomplete", status, grouped(r.writes),
                              blocks.size(), repaired.size(), first),
                  {{"round", metrics_.rounds},
                   {"intent", document_.name},
                   {"as_intended", outcome.as_intended()},
                   {"blocks_written", blocks.size()},
                   {"repaired", repaired},
                   {"report", report_json(r)},
                   {"not_as_intended", others}});
    }

    void failed(const std::string& what) {
        ++metrics_.rounds;
        ++metrics_.rounds_failed;
        log_.tell("failed", what, {{"round", metrics_.rounds}, {"what", what}});
        supervisor_.status(what);
    }

    /// Another instance owns the port, and this one is over. After a reset of the chip nobody does: that is trouble.
    Exit fenced(const std::string& what) {
        Session look(o_.link, names_, Session::Role::observer);
        const auto owner = look.read(names_.address(names_.find("mgmt_port.epoch")));
        if (owner.value_or(0) == 0) {
            throw Trouble(look.uri() +
                          ": the chip was reset, nobody owns its management port; start again to claim it");
        }
        supervisor_.stopping("another instance has taken over");
        log_.tell("fenced", what, {{"owner_epoch", *owner}, {"rounds", metrics_.rounds}});
        return finish();
    }

    Exit stopped() {
        supervisor_.stopping("stopped");
        log_.tell("stopped", fmt::format("after {} rounds, at a safe point", grouped(metrics_.rounds)),
                  {{"rounds", metrics_.rounds}});
        return finish();
    }

    Exit finish() {
        write_metrics();
        if (session_) session_->finish();
        return kDone;
    }

    void reload() {
        supervisor_.reloading();
        ++metrics_.reloads;
        try {
            document_ = intent::load(o_.intent, names_.chip());
            metrics_.intent = document_.name;
            met_.clear();
            retry_ = true;
            log_.tell("intent", fmt::format("'{}' from now on", document_.name), {{"intent", document_.name}});
        } catch (const intent::Error& e) {
            ++metrics_.reloads_refused;
            log_.tell("refused", fmt::format("{}; '{}' stays", e.what(), document_.name),
                      {{"what", e.what()}, {"intent", document_.name}});
        }
        supervisor_.ready(fmt::format("'{}'", document_.name));
    }

    /// Until the next look is due. The clock of a served model stands still unless somebody waits for it.
    void pause() {
        hal::bus::Transport& chip = session_->transport();
        const hal::bus::Nanoseconds due = chip.now() + period_ns_;
        if (signals_.wait(period_ns_) && chip.now() < due) chip.wait_until(due);
    }

    /// Answers what went wrong, and tells it once.
    std::string write_metrics() {
        std::string trouble = o_.metrics.empty() ? std::string() : metrics_.write(o_.metrics);
        if (trouble != trouble_) log_.tell("metrics", trouble.empty() ? "written again" : trouble, {{"what", trouble}});
        trouble_ = trouble;
        return trouble;
    }

    const Options& o_;
    watch::Signals signals_;  // first: what comes from now on waits for the first safe point
    watch::Supervisor supervisor_;
    const watch::Log log_;
    const names::ChipNames names_;
    intent::Document document_;
    const std::uint64_t period_ns_;
    watch::Metrics metrics_;
    std::optional<Session> session_;
    std::vector<bool> met_;  // by instance: as intended in the round before, by the same intent
    std::string told_;       // the counts of the last round that was told of
    std::string trouble_;    // with the metrics
    bool retry_ = true;      // --retry holds once for each intent
};

}  // namespace

Exit converge_and_watch(const Options& options) { return Watcher(options).run(); }

}  // namespace transports::halctl
