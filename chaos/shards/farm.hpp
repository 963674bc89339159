// Where shards run: processes on this machine, or tasks of a job array.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "chaos/real/process.hpp"

namespace chaos::shards {

/// What a campaign starts again and again until every shard has handed on its part.
struct ShardCommand {
    std::vector<std::string> words;  ///< Of a shard; "{}" stands for its number.
    std::uint32_t shards = 1;
    std::string folder;  ///< For scripts and logs: log-NUMBER.

    std::vector<std::string> of(std::uint32_t shard) const;
    std::string log(std::uint32_t shard) const { return folder + "/log-" + std::to_string(shard); }
};

class Farm {
public:
    virtual ~Farm() = default;
    /// Starts these; what ran under their numbers is over. Throws std::runtime_error, with a text for users.
    virtual void start(const std::vector<std::uint32_t>& shards) = 0;
    /// Those that were started and aren't over, by rising number.
    virtual std::vector<std::uint32_t> running() = 0;
    /// Must one start wait until the last one's shards are over? Shards then can't wait for each other.
    virtual bool in_batches() const = 0;
    /// Ends what runs.
    virtual void cancel() = 0;
};

/// So many processes at a time.
class Pool final : public Farm {
public:
    Pool(const ShardCommand& command, std::size_t at_once) : command_(command), at_once_(at_once) {}
    void start(const std::vector<std::uint32_t>& shards) override;
    std::vector<std::uint32_t> running() override;
    bool in_batches() const override { return false; }
    void cancel() override;

private:
    const ShardCommand command_;
    const std::size_t at_once_;
    std::vector<std::uint32_t> waiting_;
    std::map<std::uint32_t, std::unique_ptr<real::Process>> processes_;
};

/// A job array per start, by sbatch, squeue and scancel.
class Slurm final : public Farm {
public:
    /// `options`: more words for sbatch. Throws std::runtime_error if there is no Slurm here.
    Slurm(const ShardCommand& command, const std::vector<std::string>& options);
    void start(const std::vector<std::uint32_t>& shards) override;
    std::vector<std::uint32_t> running() override;
    bool in_batches() const override { return true; }
    void cancel() override;

private:
    const ShardCommand command_;
    const std::vector<std::string> options_;
    std::string job_;
};

}  // namespace chaos::shards
