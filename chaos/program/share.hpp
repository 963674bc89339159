// Work that is shared among processes: this one's share of it, or all shares together.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "chaos/program/arguments.hpp"

namespace chaos::program {

/// Throws std::invalid_argument, with a text for users, if a part is asked for that can't be: before the work.
void expect_part(const Arguments& a, const std::string& mode);

/// The shard that this process is, by --shard or the job array. Throws std::invalid_argument.
shards::Shard shard_of(const Arguments& a);

/// Where its part goes.
std::string part_file(const Arguments& a);

/// All that decides what comes of a mode.
nlohmann::json subject_of(const Arguments& a, const std::string& mode, const Scenario& scenario);
/// Back again, of what a command line can say. Throws certificate::Refused.
Arguments arguments_of(const nlohmann::json& subject);

/// What comes of the jobs: all run here, or merged from parts. Nothing: they were a shard's, and went into its part.
std::optional<Tally> explore_share(const Arguments& a, const std::string& mode, const Scenario& scenario,
                                   const std::vector<Job>& jobs, const ExploreOptions& options,
                                   const std::function<void(const ExploreProgress&)>& progress);

/// Tells whoever follows a campaign how far a shard is: in a file beside its part, now and then.
class ShardProgress {
public:
    explicit ShardProgress(const std::string& part) : file_(part + ".progress") {}
    ~ShardProgress();
    ShardProgress(const ShardProgress&) = delete;
    ShardProgress& operator=(const ShardProgress&) = delete;
    void tell(const std::string& text);

private:
    const std::string file_;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace chaos::program
