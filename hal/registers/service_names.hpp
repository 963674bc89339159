// What the engine works with in the system block, by name: generated from the RDL's hal_service, for tools.
#pragma once

namespace hal::registers {

struct ServiceNames {
    const char* block;  ///< Type of instance 0: "sysctl".
    const char* traffic;
    const char *traffic_open, *traffic_active;  ///< Its fields.
    const char* digest;
    const char* digest_field;
    const char* verdict;  ///< A bit per block instance that was given up, in the order of the words.
};

/// Those of the chip that this program is for. Lives for ever; safe from any thread.
const ServiceNames& service_names();

}  // namespace hal::registers
