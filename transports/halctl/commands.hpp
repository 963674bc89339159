// The commands of halctl. Each prints its result and answers the exit code; trouble is thrown (session.hpp).
#pragma once

#include <string>

#include "transports/halctl/console.hpp"

namespace transports::halctl {

struct Options {
    std::string link, scale = "1", intent = "training", record, path, value;
    bool json = false, retry = false, drain = false, all = false;
};

Exit converge(const Options& options);
Exit plan(const Options& options);
Exit status(const Options& options);
Exit list(const Options& options);
Exit dump(const Options& options);
Exit doctor(const Options& options);
Exit peek(const Options& options);
Exit poke(const Options& options);

}  // namespace transports::halctl
