// What the bytes of an SPI device mean, by a description that is data (docs/traces.md, replay/devices).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "replay/imports/spi.hpp"

namespace replay::imports {

/// Frames of bytes into register accesses. Not thread-safe.
class DeviceDecoder {
public:
    /// Name of a known device, or a JSON file. Throws std::invalid_argument, with a text for users.
    explicit DeviceDecoder(const std::string& device);
    DeviceDecoder(const DeviceDecoder&) = delete;
    DeviceDecoder& operator=(const DeviceDecoder&) = delete;
    ~DeviceDecoder();

    /// Appends the accesses of one chip-select frame. Where the description frames by length, a frame may hold many
    /// messages, and bytes that belong to none.
    void add(Imported& all, const SpiFrame& frame);
    /// After the last frame: the names of the registers (if the description has some), and what made no sense.
    void finish(Imported& all) const;

private:
    struct Device;
    struct Counts;
    std::unique_ptr<const Device> device_;
    std::unique_ptr<Counts> counts_;
};

struct KnownDevice {
    const char* name;
    const char* json;
};
/// The descriptions in replay/devices, which are part of the program.
const std::vector<KnownDevice>& known_devices();

/// The frames of a trace as the accesses that they carry, with the waits between them. Throws std::invalid_argument if
/// there are none.
Imported decode_frames(trace::Reader& reader, const std::string& device);

}  // namespace replay::imports
