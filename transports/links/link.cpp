#include "transports/links/link.hpp"

#include <optional>
#include <utility>

#include "transports/pcie/pcie_window.hpp"
#include "transports/pcie/window_link.hpp"
#include "transports/spi/link.hpp"
#include "transports/spi/spidev_wire.hpp"
#include "transports/unix/unix_wire.hpp"

namespace transports::links {
namespace {

/// Frames over a wire.
template <typename Wire>
class Framed final : public Link {
public:
    explicit Framed(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {
        link_.emplace(*wire_, spi::Link::Mode::observer);
    }
    hal::bus::Transport& transport() override { return *link_; }
    void manage() override { link_.emplace(*wire_, spi::Link::Mode::managed); }
    hal::bus::Result<std::uint32_t> claim(std::uint32_t nonce) override { return link_->claim(nonce); }
    std::uint32_t epoch() const override { return link_->epoch(); }
    std::string cost(std::uint64_t& repeated) const override {
        const spi::Statistics& s = link_->statistics();
        repeated = s.retries;
        return std::to_string(s.frames) + " frames, " + std::to_string(s.retries) + " repeated, " +
               std::to_string(s.busy) + " answered busy";
    }
    std::string explain() const override { return wire_->explain(); }

private:
    std::unique_ptr<Wire> wire_;
    std::optional<spi::Link> link_;
};

/// Loads and stores through a window.
class Mapped final : public Link {
public:
    Mapped(std::unique_ptr<pcie::PcieWindow> window, std::uint32_t identity) : window_(std::move(window)) {
        options_.identity_address = identity;
        link_.emplace(*window_, options_, pcie::WindowLink::Mode::observer);
    }
    hal::bus::Transport& transport() override { return *link_; }
    void manage() override { link_.emplace(*window_, options_, pcie::WindowLink::Mode::managed); }
    hal::bus::Result<std::uint32_t> claim(std::uint32_t nonce) override { return link_->claim(nonce); }
    std::uint32_t epoch() const override { return link_->epoch(); }
    std::string cost(std::uint64_t& repeated) const override {
        const pcie::Statistics& s = link_->statistics();
        repeated = s.retries;
        return std::to_string(s.loads) + " loads, " + std::to_string(s.stores) + " stores, " +
               std::to_string(s.retries) + " repeated";
    }
    std::string explain() const override { return window_->explain(); }

private:
    std::unique_ptr<pcie::PcieWindow> window_;
    pcie::Options options_;
    std::optional<pcie::WindowLink> link_;
};

template <typename Wire>
tl::expected<std::unique_ptr<Link>, ConnectError> framed(tl::expected<std::unique_ptr<Wire>, ConnectError> wire) {
    if (!wire) return tl::make_unexpected(wire.error());
    return std::make_unique<Framed<Wire>>(std::move(*wire));
}

}  // namespace

tl::expected<std::unique_ptr<Link>, ConnectError> connect(const Target& target, std::uint32_t identity,
                                                          kernel::Kernel& kernel) {
    switch (target.scheme) {
        case Target::Scheme::unix_socket: return framed(unix_socket::UnixWire::connect(target.path));
        case Target::Scheme::spidev: return framed(spi::SpidevWire::open({target.path, target.hz}, kernel));
        case Target::Scheme::pcie: break;
    }
    auto window = pcie::PcieWindow::open({target.path, target.bar}, kernel);
    if (!window) return tl::make_unexpected(window.error());
    return std::make_unique<Mapped>(std::move(*window), identity);
}

}  // namespace transports::links
