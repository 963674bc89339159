#include "chaos/claim.hpp"

namespace chaos {

Claim claim_a(const std::string& scenario, bool outages) {
    return {"However often and wherever the HAL process is killed during '" + scenario +
                "', a fresh HAL brings every block to exactly the state of a run without kills, to the bit, without a "
                "forbidden access and without writing anything that its plan had not named. Every state that a kill "
                "can leave behind was itself run and killed at every moment, until none was new: the number of kills "
                "doesn't matter.",
            std::string("event time: accesses take no time, waits do; the next HAL starts at once") +
                (outages ? ", or after hardware has come to rest" : ""),
            {"the chip behaves like its model", "accesses take no time, waits do",
             std::string("the next HAL starts at once") + (outages ? " or after hardware has come to rest" : ""),
             "every hardware transition takes the one duration that the model gives it",
             "every HAL that is started is the same build with the same intent"},
            {"faults other than kills", "corruption that a CRC misses", "silicon unlike the model",
             "HALs of several binaries or intents in turn"}};
}

Claim claim_of_starters(bool outages) {
    Claim claim = claim_a("", outages);
    claim.statement =
        "However often and wherever the HAL process is killed, and whichever of the starters is started next, allowed "
        "to drain traffic or not: each of them brings every block to its own intent, or reports what waits for a "
        "drain, without a disturbance of the workload, without a forbidden access, without writing anything that its "
        "plan had not named, and with no atomic group half-applied under traffic. One that is started again after its "
        "own death has no more left to do than it had then, but for attaching, what its death cut short, and two looks "
        "at the whole chip. Every state that a kill can leave behind was itself where each of the starters was run and "
        "killed at every moment, until none was new: every order of updates, roll-backs and kills is covered.";
    claim.assumptions.back() = "every HAL that is started is one of the starters";
    claim.not_claimed.pop_back();
    claim.not_claimed.emplace_back(
        "that one is done sooner than it was when it was killed, where another one came between");
    return claim;
}

Claim claim_b(const std::string& scenario) {
    return {
        "The same for each block together with all that it depends on, from its own part of the start of '" + scenario +
            "', and for outages of any length: whenever the HAL looks, every hardware transition may or may not "
            "have finished, and traffic may have moved on.",
        "no time: hardware moves when it likes, at the latest when the HAL has waited for it twice",
        {"the chip behaves like its model", "hardware that is waited for ends within its declared longest duration",
         "blocks are independent beyond that, because a decision reads only its own block's registers and whether "
         "its parents work",
         "every HAL that is started is the same build with the same intent"},
        {"what only the whole chip delivers (routes through other blocks)", "faults other than kills",
         "corruption that a CRC misses", "silicon unlike the model", "HALs of several binaries or intents in turn"}};
}

}  // namespace chaos
