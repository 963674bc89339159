// What a rehearsal of an update says: on the terminal, to machines, and in the report.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "chaos/program/arguments.hpp"
#include "chaos/program/sides.hpp"
#include "chaos/update/matrix.hpp"

namespace chaos::program {

/// What is rehearsed over one link.
struct Rehearsed {
    const Arguments& arguments;
    const Sides& sides;
    std::string link;
    std::string demands{};  ///< Further options of the command, " --share 95".
};

/// "from old.so with 'training' to new.so with 'inference', and back"
std::string subject(const Sides& sides);
/// The command that shows one run again.
std::string again(const Rehearsed& rehearsed, const std::string& id);
/// The command that checks the certificate.
std::string verify_command(const Rehearsed& rehearsed);

nlohmann::json to_json(const Rehearsed& rehearsed, const update::MatrixResult& result);
nlohmann::json to_json(const Rehearsed& rehearsed, const ClosureResult& result);
/// An update that already fails when nothing interrupts it.
nlohmann::json plain_failure(const Rehearsed& rehearsed, const std::string& what);

void print(const Rehearsed& rehearsed, const update::MatrixResult& result);
void print(const Rehearsed& rehearsed, const ClosureResult& result);
/// What a closure that nothing was lost in shows.
void print_claim(const Arguments& arguments);

}  // namespace chaos::program
