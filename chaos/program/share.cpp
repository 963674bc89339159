#include "chaos/program/share.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "chaos/identity.hpp"
#include "chaos/program/console.hpp"

namespace chaos::program {

shards::Shard shard_of(const Arguments& a) {
    if (!a.shard.empty()) return shards::parse(a.shard);
    const auto shard = shards::from_environment([](const char* name) { return std::getenv(name); });
    if (!shard) throw std::invalid_argument("-o is for one shard of a campaign: add --shard i/n, or start a job array");
    return *shard;
}

std::string part_file(const Arguments& a) {
    const shards::Shard shard = shard_of(a);
    if (a.part.back() == '/') std::filesystem::create_directories(a.part);
    if (!std::filesystem::is_directory(a.part)) return a.part;
    return (std::filesystem::path(a.part) / fmt::format("part-{}-of-{}", shard.number, shard.of)).string();
}

void expect_part(const Arguments& a, const std::string& mode) {
    if (a.part.empty()) {
        if (!a.shard.empty()) throw std::invalid_argument("--shard needs a place for its part: add -o FILE or FOLDER");
        return;
    }
    if (a.link == "both") throw std::invalid_argument("a campaign is over one link: add --link spi or pcie");
    if (mode == "closure" && a.claim != "A") {
        throw std::invalid_argument("a campaign shows claim A (claim B takes seconds): add --claim A");
    }
    if (a.real || !a.plant.empty() || !a.certificate.empty() || !a.html.empty() || !a.junit.empty() || a.json) {
        throw std::invalid_argument(
            "a shard only writes its part: leave out --real, --plant and reports; `reconverge merge` takes those");
    }
    certificate::expect_writable(part_file(a));
}

nlohmann::json subject_of(const Arguments& a, const std::string& mode, const Scenario& scenario) {
    const transports::model::Layout layout(*scenario.chip);
    const Identity identity = identity_of(scenario, layout);
    return {{"mode", mode},
            {"scenario", a.scenario},
            {"scale", a.scale},
            {"link", name(scenario.path)},
            {"identity",
             {{"hal", identity.starters[0].hal},
              {"intent", identity.starters[0].intent},
              {"rdl", identity.rdl},
              {"model", identity.model}}},
            {"options",
             {{"outages", a.outages},
              {"audit", a.audit_percent},
              {"twice", a.twice},
              {"edges", a.edges},
              {"seed", a.seed},
              {"runs", a.runs},
              {"every", a.every},
              {"recoverable", a.recoverable},
              {"losses", a.losses},
              {"faults", a.faults},
              {"without", a.without}}}};
}

Arguments arguments_of(const nlohmann::json& subject) {
    try {
        Arguments a;
        a.claim = "A";
        a.scenario = subject.at("scenario");
        a.scale = subject.at("scale");
        a.link = subject.at("link");
        const nlohmann::json& options = subject.at("options");
        a.outages = options.at("outages");
        a.audit_percent = options.at("audit");
        a.twice = options.at("twice");
        a.edges = options.at("edges");
        a.seed = options.at("seed");
        a.runs = options.at("runs");
        a.every = options.at("every");
        a.recoverable = options.at("recoverable");
        a.losses = options.at("losses");
        a.faults = options.at("faults").get<std::vector<std::string>>();
        a.without = options.at("without").get<std::vector<std::string>>();
        return a;
    } catch (const nlohmann::json::exception& error) {
        throw certificate::Refused(std::string("the parts' header lacks something: ") + error.what());
    }
}

std::optional<Tally> explore_share(const Arguments& a, const std::string& mode, const Scenario& scenario,
                                   const std::vector<Job>& jobs, const ExploreOptions& given,
                                   const std::function<void(const ExploreProgress&)>& progress) {
    if (a.campaign != nullptr) return tally_of(jobs, shards::recording_of(*a.campaign, jobs), given);
    if (a.part.empty()) return explore(scenario, jobs, given, progress);
    const shards::Shard shard = shard_of(a);
    const std::string file = part_file(a);
    ShardProgress told(file);
    ExploreOptions options = given;
    options.mine = [&](std::uint64_t job) { return shard.has_turn(job, jobs.size()); };
    const Recording recording = record(scenario, jobs, options, [&](const ExploreProgress& p) {
        told.tell(fmt::format("{} of {} runs, {} lost", p.done, p.all, p.lost));
        progress(p);
    });
    certificate::Writer records;
    shards::add(records, recording);
    shards::write_part(file, subject_of(a, mode, scenario), shard, recording.seconds, recording.cpu_seconds, records);
    program::progress("");
    fmt::print("{}: shard {}/{}: {} of {} runs, {} recoveries\n", file, shard.number, shard.of,
               grouped(recording.trials.size()), grouped(jobs.size()), grouped(recording.recoveries.size()));
    return std::nullopt;
}

ShardProgress::~ShardProgress() { std::remove(file_.c_str()); }

void ShardProgress::tell(const std::string& text) {
    constexpr auto kOften = std::chrono::milliseconds(500);
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < kOften) return;
    last_ = now;
    const std::string beside = file_ + ".part";
    std::ofstream(beside) << text << "\n";
    std::rename(beside.c_str(), file_.c_str());  // if it fails, nobody is told
}

}  // namespace chaos::program
