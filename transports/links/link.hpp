// A link to a chip, named by a URI: what `--link` takes. docs/transports.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "hal/bus/transport.hpp"
#include "transports/kernel/kernel.hpp"
#include "transports/links/connect_error.hpp"

namespace transports::links {

/// What a URI says, checked as far as it can be without touching anything.
struct Target {
    enum class Scheme : std::uint8_t { unix_socket, spidev, pcie } scheme = Scheme::unix_socket;
    std::string path;      ///< Of the socket or the device; "0000:01:00.0" of a PCIe function.
    std::uint32_t hz = 0;  ///< spidev; 0: what the device is rated for.
    std::uint32_t bar = 0;

    /// As recordings name the path: "spi" or "pcie".
    const char* bus() const { return scheme == Scheme::pcie ? "pcie" : "spi"; }
    /// The path carries guards (docs/pcie-window.md, section 1).
    bool guards() const { return scheme != Scheme::pcie; }
};

/// The URIs there are, for help and errors.
inline constexpr const char* kForms = "unix:PATH, spidev:/dev/spidevB.C[?hz=N], pcie:DDDD:BB:DD.F/bar0";

/// `unix:/run/chip`, `spidev:/dev/spidev0.0?hz=25000000`, `pcie:0000:01:00.0/bar0`.
tl::expected<Target, ConnectError> parse(const std::string& uri);

/// An observer's link at first; a managing instance's from manage() on.
class Link {
public:
    virtual ~Link() = default;

    /// Good until the next manage().
    virtual hal::bus::Transport& transport() = 0;
    /// From here on a managing instance's, which must claim before it does anything.
    virtual void manage() = 0;
    /// spi::Link::claim or pcie::WindowLink::claim.
    virtual hal::bus::Result<std::uint32_t> claim(std::uint32_t nonce) = 0;
    /// 0 before a successful claim().
    virtual std::uint32_t epoch() const = 0;
    /// What it has cost so far, for people; `repeated`: how often something had to be sent again.
    virtual std::string cost(std::uint64_t& repeated) const = 0;
    /// What the last failure was of, as far as the system told; one line, or empty.
    virtual std::string explain() const = 0;
};

/// Connects. Nothing is written to the chip. `identity`: address of a register that never holds all-ones.
tl::expected<std::unique_ptr<Link>, ConnectError> connect(const Target& target, std::uint32_t identity,
                                                          kernel::Kernel& kernel = kernel::linux_kernel());

}  // namespace transports::links
