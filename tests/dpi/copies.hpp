// fork() as a snapshot: the simulation, the host and the HAL's stack are all in this process's memory, so a copy of the
// process is a copy of them, to be ruined at leisure.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <type_traits>

namespace tests::dpi {

/// Runs `experiment` in a copy of this process and answers what it returned; nothing if the copy died of it.
template <typename Result, typename Experiment>
std::optional<Result> in_a_copy(Experiment experiment) {
    static_assert(std::is_trivially_copyable_v<Result>);
    int ends[2];
    if (::pipe(ends) != 0) return std::nullopt;
    std::fflush(stdout);
    const pid_t copy = ::fork();
    if (copy == 0) {
        ::close(ends[0]);
        const Result result = experiment();
        const bool told = ::write(ends[1], &result, sizeof result) == static_cast<ssize_t>(sizeof result);
        ::_exit(told ? 0 : 1);
    }
    ::close(ends[1]);
    Result result;
    const bool whole = copy > 0 && ::read(ends[0], &result, sizeof result) == static_cast<ssize_t>(sizeof result);
    ::close(ends[0]);
    int status = 1;
    if (copy > 0) ::waitpid(copy, &status, 0);
    if (!whole || status != 0) return std::nullopt;
    return result;
}

}  // namespace tests::dpi
