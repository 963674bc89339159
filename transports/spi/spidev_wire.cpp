#include "transports/spi/spidev_wire.hpp"

#include <fcntl.h>
#include <linux/spi/spidev.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "transports/spi/protocol.hpp"

namespace transports::spi {

using hal::bus::Code;
using hal::bus::Effect;
using hal::bus::Error;
using hal::bus::fail;
using hal::bus::Result;

namespace {

constexpr const char* kBufsiz = "/sys/module/spidev/parameters/bufsiz";
constexpr std::size_t kLeast = 256;  // Wire::max_transfer()

std::string advice(int error) {
    switch (error) {
        case ENOENT: return "no such device; is the controller enabled, is spidev bound to the chip?";
        case ENOTDIR: return "a part of the path is not a directory; correct the path";
        case EACCES:
        case EPERM: return "permission denied; you need read and write permission for this device";
        case ENXIO:
        case ENODEV: return "there is no device behind this node; is spidev bound to the chip?";
        default: return std::strerror(error);
    }
}

// What the kernel says before it touches the controller.
bool refused(int error) {
    switch (error) {
        case EMSGSIZE:
        case EINVAL:
        case EFAULT:
        case EBADF:
        case ENOTTY: return true;
        default: return false;
    }
}

bool gone(int error) { return error == ESHUTDOWN || error == ENODEV || error == ENXIO; }

}  // namespace

tl::expected<std::unique_ptr<SpidevWire>, links::ConnectError> SpidevWire::open(const SpidevOptions& options,
                                                                                kernel::Kernel& kernel) {
    const auto error = [&](const std::string& what, bool wrong_path) {
        return tl::make_unexpected(links::ConnectError{"spidev:" + options.device + ": " + what, wrong_path});
    };
    const int fd = kernel.open(options.device.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return error(advice(-fd), fd == -ENOENT || fd == -ENOTDIR);
    std::unique_ptr<SpidevWire> wire(new SpidevWire(fd, options, kernel));
    std::uint32_t mode = 0;
    if (const int read = kernel.control(fd, SPI_IOC_RD_MODE32, &mode); read < 0) {
        return read == -ENOTTY ? error("not an SPI device; name one like /dev/spidev0.0", true)
                               : error(advice(-read), false);
    }
    const std::string trouble = wire->set_up();
    if (!trouble.empty()) return error(trouble, false);
    return wire;
}

SpidevWire::~SpidevWire() { kernel_.close(fd_); }

std::string SpidevWire::set_up() {
    std::string trouble = set_mode();
    if (trouble.empty()) trouble = set_speed();
    if (trouble.empty()) trouble = set_size();
    return trouble;
}

std::string SpidevWire::set_mode() {
    std::uint32_t mode = 0;
    std::uint8_t bits = 0;
    int done = kernel_.control(fd_, SPI_IOC_RD_MODE32, &mode);
    constexpr std::uint32_t kOurs = SPI_CPHA | SPI_CPOL | SPI_LSB_FIRST;
    if (done >= 0 && (mode & kOurs) != 0) {
        mode &= ~kOurs;
        done = kernel_.control(fd_, SPI_IOC_WR_MODE32, &mode);
    }
    if (done < 0) return std::string("the controller can't do SPI mode 0: ") + std::strerror(-done);
    done = kernel_.control(fd_, SPI_IOC_RD_BITS_PER_WORD, &bits);
    if (done >= 0 && bits != 8 && bits != 0) {  // 0 means eight
        bits = 8;
        done = kernel_.control(fd_, SPI_IOC_WR_BITS_PER_WORD, &bits);
    }
    if (done < 0) return std::string("the controller can't do words of eight bits: ") + std::strerror(-done);
    return {};
}

std::string SpidevWire::set_speed() {
    std::uint32_t rated = 0;
    const int done = kernel_.control(fd_, SPI_IOC_RD_MAX_SPEED_HZ, &rated);
    if (done < 0) return std::string("doesn't tell its clock rate: ") + std::strerror(-done);
    if (options_.hz > rated && rated != 0) {
        return "hz=" + std::to_string(options_.hz) + " is beyond the " + std::to_string(rated) +
               " Hz that the board gives this device; use that or less";
    }
    return {};
}

std::string SpidevWire::set_size() {
    int error = 0;
    const std::string text = kernel::read_line(kernel_, kBufsiz, error);
    const bool digits = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == text.npos;
    const std::size_t bufsiz = error == 0 && digits ? std::stoul(text) : kDefaultBufsiz;
    if (bufsiz < kLeast) {
        return "spidev takes only " + text + " bytes a transfer; load it with bufsiz=" + std::to_string(kMaxTransfer);
    }
    max_transfer_ = std::min(bufsiz, kMaxTransfer);
    return {};
}

Result<void> SpidevWire::transfer(const std::uint8_t* tx, std::uint8_t* rx, std::size_t size) {
    int done = -EMSGSIZE;
    if (size <= max_transfer_) {
        spi_ioc_transfer whole{};
        whole.tx_buf = reinterpret_cast<std::uintptr_t>(tx);
        whole.rx_buf = reinterpret_cast<std::uintptr_t>(rx);
        whole.len = static_cast<std::uint32_t>(size);
        whole.speed_hz = options_.hz;
        whole.bits_per_word = 8;
        done = kernel_.control(fd_, SPI_IOC_MESSAGE(1), &whole);
    }
    if (done >= 0 && static_cast<std::size_t>(done) == size) {
        trouble_.clear();
        return {};
    }
    Error error;
    error.code = done < 0 && gone(-done) ? Code::peer_gone : Code::link_down;
    error.effect = done < 0 && refused(-done) ? Effect::none : Effect::unknown;
    trouble_ = "spidev:" + options_.device + ": ";
    if (done >= 0) {
        trouble_ += std::to_string(done) + " of " + std::to_string(size) + " bytes were transferred";
    } else if (gone(-done)) {
        trouble_ += "the device is gone; was its driver unbound?";
    } else {
        trouble_ += std::strerror(-done);
    }
    return fail(error);
}

}  // namespace transports::spi
