// Why there is no connection to a chip.
#pragma once

#include <string>

namespace transports::links {

struct ConnectError {
    std::string what;         ///< One line: what, where, and what to do.
    bool wrong_path = false;  ///< What the user named is at fault, not what lies there.
};

}  // namespace transports::links
