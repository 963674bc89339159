// A model chip on a socket, served as `reconverge serve` does it, for unmodified halctl processes that can be ended at
// every moment and every byte.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "chaos/real/process.hpp"
#include "chaos/scenario.hpp"
#include "transports/unix/temporary_folder.hpp"
#include "transports/unix/unix_server.hpp"

namespace chaos::real {

/// The halctl beside this program. Throws std::invalid_argument, with a text for users, if there is none.
std::string find_halctl();

/// A boundary that can do something to the process whose moments it sees.
class ProcessBoundary : public Boundary {
public:
    Process* process = nullptr;

protected:
    ~ProcessBoundary() = default;
};

class ServedChip {
public:
    /// `halctl`: the program's file.
    ServedChip(const Scenario& scenario, const transports::model::Layout& layout, std::string halctl);
    ~ServedChip();

    /// A fresh `halctl converge` on the chip as it is, until its end or until `boundary` ends it. Answers as
    /// Process::wait() does.
    int converge(ProcessBoundary& boundary);
    /// Of this object alone, for sockets.
    const std::string& folder() const { return folder_.path(); }
    /// The chip as at the scenario's start.
    void restore();

    Rig rig;

private:
    class Switch;

    const transports::unix_socket::TemporaryFolder folder_{"reconverge"};  // outlives the socket in it
    std::vector<std::string> command_;
    transports::model::Bridge bridge_;
    transports::model::BridgeWire wire_;
    std::unique_ptr<Switch> switch_;
    std::unique_ptr<transports::unix_socket::UnixServer> server_;
    transports::model::Snapshot start_;
};

}  // namespace chaos::real
