// Runs one property of the table on generated cases, the same ones every time unless asked otherwise, and counts what
// it has looked at: a property that compared nothing has not been shown.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <rapidcheck.h>

namespace properties {

/// How often what was looked at, over all cases of a property. A name that stays at 0 fails it.
class Tally {
public:
    Tally(std::initializer_list<const char*> names) {
        for (const char* name : names) counts_[name] = 0;
    }
    Tally(std::initializer_list<std::pair<const std::string, std::uint64_t>> counts) : counts_(counts) {}
    void add(const char* name, std::uint64_t n = 1) { counts_.at(name) += n; }
    const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

private:
    std::map<std::string, std::uint64_t> counts_;
};

/// Fails the current GoogleTest with the smallest counterexample that was found. `body` draws its case with
/// `*generator` and asserts with RC_ASSERT and its like. RC_PARAMS overrides seed, cases and shrinking, or reproduces
/// one case; RECONVERGE_CASES multiplies the number of cases. `name` must be in the table.
void hold(const char* name, int cases, Tally& tally, const std::function<void()>& body);

}  // namespace properties
