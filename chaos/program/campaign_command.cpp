// reconverge campaign: the shards of a mode, as processes of this machine or as a job array, until every part is there;
// then they are merged.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <thread>

#include "chaos/program/arguments.hpp"
#include "chaos/program/commands.hpp"
#include "chaos/program/console.hpp"
#include "chaos/real/process.hpp"
#include "chaos/shards/farm.hpp"

namespace chaos::program {
namespace {

namespace fs = std::filesystem;

struct CampaignArguments {
    std::uint32_t shards = 0;
    std::string folder;
    bool slurm = false, json = false;
    std::vector<std::string> sbatch;
    std::string html, junit, certificate;
    std::vector<std::string> mode;  ///< "chaos", and what follows.
};

std::atomic<bool> interrupted{false};
void interrupt(int) { interrupted = true; }

class Follower {
public:
    Follower(const CampaignArguments& a, shards::Farm& farm) : a_(a), farm_(farm) {}

    /// Until every shard has handed on its part. Throws std::runtime_error, with a text for users, if one never will.
    void follow() {
        constexpr auto kPause = std::chrono::milliseconds(10);
        std::vector<std::uint32_t> again = missing();
        while (!again.empty()) {
            start(again);
            do {
                std::this_thread::sleep_for(a_.slurm ? 50 * kPause : kPause);
                if (interrupted) {
                    farm_.cancel();
                    throw std::runtime_error("cancelled; the same command goes on from " + a_.folder);
                }
                running_ = farm_.running();
                tell();
                again = farm_.in_batches() && !running_.empty() ? std::vector<std::uint32_t>() : ended();
            } while (again.empty() && !missing().empty());
        }
        progress("");
    }

private:
    std::string part(std::uint32_t shard) const { return fmt::format("{}/part-{}-of-{}", a_.folder, shard, a_.shards); }

    std::vector<std::uint32_t> missing() const {
        std::vector<std::uint32_t> all;
        for (std::uint32_t shard = 1; shard <= a_.shards; ++shard) {
            if (!fs::exists(part(shard))) all.push_back(shard);
        }
        return all;
    }

    /// Those that are over without a part.
    std::vector<std::uint32_t> ended() const {
        std::vector<std::uint32_t> all = missing();
        const bool unknown = !running_.empty() && running_.front() == 0;  // the farm doesn't answer
        if (unknown) return {};
        all.erase(std::remove_if(
                      all.begin(), all.end(),
                      [&](std::uint32_t shard) { return std::binary_search(running_.begin(), running_.end(), shard); }),
                  all.end());
        return all;
    }

    /// Whatever shards have written: more of it is progress.
    std::uint64_t written() const {
        std::uint64_t files = 0;
        for (const auto& entry : fs::recursive_directory_iterator(a_.folder)) {
            const std::string name = entry.path().filename().string(), ending = entry.path().extension().string();
            const bool part = name.rfind("part-", 0) == 0 && ending.empty();
            files += part || ending == ".states" ? 1 : 0;
        }
        return files;
    }

    void start(const std::vector<std::uint32_t>& again) {
        constexpr unsigned kTries = 3;
        const std::uint64_t now = written();
        for (const std::uint32_t shard : again) {
            auto& [files, tries] = started_[shard];
            tries = tries != 0 && files == now ? tries + 1 : 1;
            files = now;
            if (tries > kTries) {
                farm_.cancel();
                throw std::runtime_error(
                    fmt::format("shard {} ended {} times without getting further; {}/log-{} says "
                                "why; the same command goes on",
                                shard, kTries, a_.folder, shard));
            }
            if (tries > 1 || (started_before_ && !farm_.in_batches())) {
                progress("");
                std::fprintf(stderr, "reconverge: shard %u ended without its part; it is started again\n", shard);
            }
        }
        started_before_ = true;
        farm_.start(again);
    }

    void tell() const {
        std::string line = fmt::format("{} of {} parts", a_.shards - missing().size(), a_.shards);
        constexpr std::size_t kWidth = 150;
        for (const std::uint32_t shard : running_) {
            std::ifstream in(part(shard) + ".progress");
            std::string text;
            if (!std::getline(in, text)) continue;
            line += fmt::format("; {}: {}", shard, text);
        }
        progress(line.size() > kWidth ? line.substr(0, kWidth) + " ..." : line);
    }

    const CampaignArguments& a_;
    shards::Farm& farm_;
    std::vector<std::uint32_t> running_;
    std::map<std::uint32_t, std::pair<std::uint64_t, unsigned>> started_;  // files then there; fruitless starts
    bool started_before_ = false;
};

bool is_closure(const CampaignArguments& a) {
    return std::find(a.mode.begin(), a.mode.end(), "closure") != a.mode.end();
}

shards::ShardCommand command_of(const CampaignArguments& a, const std::string& program) {
    shards::ShardCommand command{{program}, a.shards, a.folder};
    command.words.insert(command.words.end(), a.mode.begin(), a.mode.end());
    for (const std::string& word : {std::string("--shard"), "{}/" + std::to_string(a.shards), std::string("-o"),
                                    fmt::format("{}/part-{{}}-of-{}", a.folder, a.shards)}) {
        command.words.push_back(word);
    }
    if (std::find(a.mode.begin(), a.mode.end(), "--threads") == a.mode.end()) {
        command.words.insert(command.words.end(), {"--threads", "1"});
    }
    if (a.slurm && is_closure(a)) command.words.emplace_back("--ready-rounds");
    return command;
}

/// A folder holds one campaign: what is there is gone on with, and nothing else is taken for it.
void take_folder(CampaignArguments& a) {
    fs::create_directories(a.folder);
    a.folder = fs::canonical(a.folder).string();
    const std::string asked = fmt::format("{} shards of: {}\n", a.shards, fmt::join(a.mode, " "));
    const std::string file = a.folder + "/campaign";
    std::ifstream in(file);
    if (in.is_open()) {
        const std::string there((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        if (there == asked) return;
        throw std::invalid_argument(a.folder + " holds another campaign (" + file + " says which); choose another -o");
    }
    std::ofstream(file) << asked;
}

[[noreturn]] void become_merge(const CampaignArguments& a, const std::string& program) {
    std::vector<std::string> words = {program, "merge"};
    for (std::uint32_t shard = 1; shard <= a.shards; ++shard) {
        words.push_back(fmt::format("{}/part-{}-of-{}", a.folder, shard, a.shards));
    }
    for (const auto& [option, value] :
         {std::pair{"--html", a.html}, std::pair{"--junit", a.junit}, std::pair{"--certificate", a.certificate}}) {
        if (!value.empty()) words.insert(words.end(), {option, value});
    }
    const auto hal = std::find(a.mode.begin(), a.mode.end(), "--hal");
    if (hal != a.mode.end() && hal + 1 != a.mode.end()) words.insert(words.end(), {"--hal", *(hal + 1)});
    if (a.json) words.emplace_back("--json");
    ::execv(program.c_str(), real::argv_of(words).data());
    throw std::runtime_error("cannot start " + program + " to merge the parts");
}

void run(CampaignArguments a) {
    const std::string program = fs::read_symlink("/proc/self/exe").string();
    const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    if (a.shards == 0) a.shards = cores;
    if (a.mode.empty() || a.mode.front() != "chaos") {
        throw std::invalid_argument("campaign of what? end with: chaos MODE ...; see reconverge campaign --help");
    }
    if (!a.certificate.empty() && is_closure(a)) a.mode.emplace_back("--edges");
    take_folder(a);
    const shards::ShardCommand command = command_of(a, program);
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, interrupt);
    std::unique_ptr<shards::Farm> farm;
    if (a.slurm) {
        farm = std::make_unique<shards::Slurm>(command, a.sbatch);
    } else {  // shards of closure wait for each other
        farm = std::make_unique<shards::Pool>(command, is_closure(a) ? a.shards : cores);
    }
    Follower(a, *farm).follow();
    become_merge(a, program);
}

}  // namespace

void add_campaign(CLI::App& app, int&) {
    static CampaignArguments arguments;
    CLI::App* const command = app.add_subcommand("campaign", "Shares a mode's work among processes or machines");
    command->footer(
        "Every shard writes a part into the folder; one that ends without it is started again. Then the parts are\n"
        "merged: the output and the exit code are those of `reconverge merge`. Ctrl-C cancels; the same command goes\n"
        "on. On several machines the folder must be common to them.\n"
        "Examples:\n  reconverge campaign -o pairs chaos pairs --scale 1/8 --link spi\n"
        "  reconverge campaign --shards 16 --slurm -o boot --certificate boot.cert \\\n"
        "      chaos closure --claim A --link spi\n"
        "  reconverge campaign --shards 64 --slurm --sbatch=--partition=night -o seu chaos seu --link pcie");
    command->add_option("-o,--folder", arguments.folder, "For the parts; what is there is gone on with")->required();
    command->add_option("--shards", arguments.shards, "How many (default: one per core)")->check(CLI::Range(1, 10'000));
    CLI::Option* const slurm = command->add_flag("--slurm", arguments.slurm, "As a job array of Slurm");
    command->add_option("--sbatch", arguments.sbatch, "With --slurm: an option for sbatch; may be repeated")
        ->needs(slurm)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command->add_option("--html", arguments.html, "Write a report as one page");
    command->add_option("--junit", arguments.junit, "Write a report as JUnit XML");
    command->add_option("--certificate", arguments.certificate, "Of closure: write what was shown, for `verify`");
    command->add_flag("--json", arguments.json, "For machines");
    command->prefix_command();  // the rest is the shards'
    command->callback([command] {
        arguments.mode = command->remaining();
        run(arguments);
    });
}

}  // namespace chaos::program
