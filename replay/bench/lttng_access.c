#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "replay/bench/lttng_access.h"

void reconverge_lttng_access(uint8_t kind, uint64_t address, uint64_t value);

void reconverge_lttng_access(uint8_t kind, uint64_t address, uint64_t value) {
    lttng_ust_tracepoint(reconverge, access, kind, address, value);
}
