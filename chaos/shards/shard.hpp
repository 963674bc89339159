// Which share of a campaign a process has. Work falls to shards by a stable hash, so that they agree without talking.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace chaos::shards {

struct Shard {
    std::uint32_t number = 1, of = 1;  ///< 1 to `of`.

    /// Does what has this hash fall to it?
    bool holds(std::uint64_t hash) const { return owner(hash, of) == number; }
    static std::uint32_t owner(std::uint64_t hash, std::uint32_t of);
};

/// The same on every machine, in every build (FNV-1a).
std::uint64_t stable_hash(const std::string& text);

/// "2/4". Throws std::invalid_argument, with a text for users.
Shard parse(const std::string& text);

/// What a job array says: Slurm's, LSF's, Kubernetes' or GoogleTest's variables, in this order. RECONVERGE_SHARDS is
/// the count where the array has none (Kubernetes), or another one (a task that is submitted again). `get` is
/// std::getenv. Nothing: no array. Throws std::invalid_argument, with a text for users, on half a statement.
std::optional<Shard> from_environment(const std::function<const char*(const char*)>& get);

}  // namespace chaos::shards
