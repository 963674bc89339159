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

}  // namespace chaos
