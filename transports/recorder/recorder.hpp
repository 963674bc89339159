// A Transport that writes down what passes through it: one JSON line per access and per wait. What the HAL did is the
// first thing one wants to see after trouble, in production, too.
//
//   {"trace":"reconverge accesses","version":1,"chip":"heron","scale":"1","blocks":38}
//   {"t":120000,"op":"read","address":"0x00020000","name":"pll[0].ctrl","words":["0x00000002"]}
//   {"t":120000,"op":"write","address":"0x00020000","name":"pll[0].ctrl","words":["0x00000202"],"effect":"none",
//    "error":"bus_error"}                                             (one line)
//   {"t":120000,"op":"wait","until":170000,"now":170000}
//
// Times are the transport's, in ns. "effect" and "error" are there when the access failed. A guard has "mask" and
// "value". Of a batch the line's time is that of its end.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "hal/bus/transport.hpp"
#include "transports/names/chip_names.hpp"

namespace transports::recorder {

/// Buffers; a file that can't be written any more doesn't stop the HAL, it is reported by finish(). Not thread-safe.
class Recorder final : public hal::bus::Transport {
public:
    /// Creates or empties `file`. Throws std::invalid_argument, with a text for users, if it can't. `below` and `names`
    /// must outlive this object.
    Recorder(hal::bus::Transport& below, const names::ChipNames& names, const std::string& file);
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder();

    /// Transport::execute of the transport below, which decides about everything.
    hal::bus::Result<void> execute(hal::bus::Span<const hal::bus::Access> batch) override;
    hal::bus::Nanoseconds now() override { return below_.now(); }
    void wait_until(hal::bus::Nanoseconds deadline) override;

    /// Writes what is buffered and closes the file. Empty if everything was written, else one line for users. The
    /// second and later calls answer the same.
    std::string finish();

    std::uint64_t lines() const { return lines_; }

private:
    void put(const std::string& line);

    hal::bus::Transport& below_;
    const names::ChipNames& names_;
    const std::string path_;
    std::FILE* file_;
    std::string trouble_;
    std::uint64_t lines_ = 0;
};

}  // namespace transports::recorder
