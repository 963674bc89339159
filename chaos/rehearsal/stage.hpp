// The chips that machines are rehearsed on: one per scenario and path, all in this process, one of them at a time
// behind both paths of a virtual machine. They live in real time, and outlive every machine.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "chaos/judge.hpp"
#include "transports/model/live.hpp"
#include "transports/qemu/pci_proxy.hpp"
#include "transports/qemu/spi_forward.hpp"
#include "transports/qemu/threads.hpp"

namespace chaos::rehearsal {

/// One scenario over one path, with the standard that its ends are held to.
class Scene {
public:
    /// Throws std::runtime_error if the scenario doesn't even work in process.
    Scene(Scenario scenario, const transports::model::Layout& layout);

    const Scenario scenario;
    Judge judge;
    Reference reference;
    std::uint64_t worst = 0;  ///< Accesses of the dearest recovery; 0: not known yet.

private:
    friend class Stage;
    transports::model::Bridge bridge_;
    transports::model::BridgeWire wire_;
    transports::model::WindowTarget target_;
    transports::model::TargetWindow window_;
};

class Stage {
public:
    Stage();
    ~Stage();

    /// The machine's ends of fresh streams; the caller owns them. Earlier ones end.
    struct Ends {
        int pci, spi;
    };
    Ends connect();

    /// The scene's chip, as at its start, is what machines reach from now on; `boundary` (may be null) sees everything
    /// that does. The scene and the boundary must outlive what they see.
    void play(Scene& scene, Boundary* boundary);
    /// The chip goes on as it is; another one watches.
    void watch(Boundary* boundary);

    /// Frames, loads and stores that have reached a chip so far. From any thread.
    std::uint64_t reached() const;

    /// Nothing reaches the chip meanwhile.
    std::unique_lock<std::mutex> hold();

    /// What a peer has said that isn't QEMU's protocol; empty if none has.
    std::string trouble();

private:
    class Port;

    void attach(Boundary* boundary);

    std::unique_ptr<Port> port_;
};

}  // namespace chaos::rehearsal
