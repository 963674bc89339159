/* The HAL from plain C11, found by pkg-config. */
#include <stdio.h>

#include "hal/api/hal.h"

int main(void) { return printf("%u\n", (unsigned)hal_abi_version()) > 0 ? 0 : 1; }
