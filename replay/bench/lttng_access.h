// LTTng-UST's description of what it is to record of a register access. It includes itself several times.
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER reconverge

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "replay/bench/lttng_access.h"

#if !defined(REPLAY_BENCH_LTTNG_ACCESS_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#ifndef REPLAY_BENCH_LTTNG_ACCESS_H
#define REPLAY_BENCH_LTTNG_ACCESS_H
#endif

#include <lttng/tracepoint.h>
#include <stdint.h>

// clang-format off
LTTNG_UST_TRACEPOINT_EVENT(reconverge, access,
    LTTNG_UST_TP_ARGS(uint8_t, kind, uint64_t, address, uint64_t, value),
    LTTNG_UST_TP_FIELDS(
        lttng_ust_field_integer(uint8_t, kind, kind)
        lttng_ust_field_integer_hex(uint64_t, address, address)
        lttng_ust_field_integer_hex(uint64_t, value, value)))
// clang-format on

#endif

#include <lttng/tracepoint-event.h>
