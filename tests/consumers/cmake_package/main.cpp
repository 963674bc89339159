#include <cstdio>

#include "hal/api/hal.h"

int main() { return std::printf("%u\n", static_cast<unsigned>(hal_abi_version())) > 0 ? 0 : 1; }
