// A Transport as the C interface wants it.
#pragma once

#include "hal/api/hal.h"
#include "hal/bus/transport.hpp"

namespace transports::halctl {

/// The functions call `transport`, which must outlive them.
hal_transport c_transport(hal::bus::Transport& transport);

/// The same content.
hal_error to_c(const hal::bus::Error& error);

}  // namespace transports::halctl
