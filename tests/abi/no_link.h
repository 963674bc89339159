/* A link that is down, and how often it was used. */
#pragma once

#include <string.h>

#include "hal/api/hal.h"

static unsigned touched = 0;

static int execute(void* context, const struct hal_access* batch, size_t count, struct hal_error* error) {
    (void)context;
    (void)batch;
    (void)count;
    memset(error, 0, sizeof *error);
    error->code = HAL_LINK_DOWN;
    ++touched;
    return 1;
}

static uint64_t now(void* context) {
    (void)context;
    return 0;
}

static void wait_until(void* context, uint64_t deadline) {
    (void)context;
    (void)deadline;
}
