// Which share of a campaign a process has. Jobs fall to shards by their number, states by their hash: the shards agree
// without talking.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace chaos::shards {

struct Shard {
    std::uint32_t number = 1, of = 1;  ///< 1 to `of`.

    /// Does that one of so many jobs fall to it? Neighbours leave the same states behind, from which whoever meets them
    /// has to recover: they stay together, in stretches that go to the shards in turn.
    bool has_turn(std::uint64_t job, std::uint64_t jobs) const {
        constexpr std::uint64_t kStretches = 16;  // of each shard: more would share more states, fewer weigh less alike
        return job / (jobs / (of * kStretches) + 1) % of == number - 1;
    }
    /// Does the state with this hash fall to it?
    bool holds(std::uint64_t hash) const { return owner(hash, of) == number; }
    static std::uint32_t owner(std::uint64_t hash, std::uint32_t of);
};

/// "2/4". Throws std::invalid_argument, with a text for users.
Shard parse(const std::string& text);

/// What a job array says: Slurm's, LSF's, Kubernetes' or GoogleTest's variables, in this order. RECONVERGE_SHARDS is
/// the count where the array has none (Kubernetes), or another one (a task that is submitted again). `get` is
/// std::getenv. Nothing: no array. Throws std::invalid_argument, with a text for users, on half a statement.
std::optional<Shard> from_environment(const std::function<const char*(const char*)>& get);

}  // namespace chaos::shards
