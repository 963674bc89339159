// SPI from sampled lines to frames of bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/imports/imported.hpp"

namespace replay::imports {

/// One chip-select assertion.
struct SpiFrame {
    std::uint64_t begin_ns = 0, end_ns = 0;
    std::uint64_t begin_sample = 0, end_sample = 0;
    std::vector<std::uint8_t> mosi, miso;  ///< Words of more than 8 bits: their bytes, highest first.
    unsigned bits_over = 0;                ///< Of a word that the frame cut off.
};

struct SpiMode {
    bool cpol = false, cpha = false, lsb_first = false, cs_active_high = false;
    unsigned word_bits = 8;
};

/// Which line is which, by name; empty: not there, or guessed.
struct SpiPins {
    std::string clk, mosi, miso, cs;
    SpiMode mode;
};

/// From "clk=...,mosi=..."; what is not named is guessed from `names`. Throws std::invalid_argument, with a text for
/// users, if there is no clock or nothing that it clocks.
SpiPins choose_pins(const std::string& text, const std::vector<std::string>& names);

/// Feed it every change of a line; gather the frames. A frame that is open at the end is kept, and counted as cut.
class SpiSampler {
public:
    SpiSampler(const SpiMode& mode, bool has_cs) : mode_(mode), has_cs_(has_cs) {}

    void sample(std::uint64_t number, std::uint64_t time_ns, bool clk, bool mosi, bool miso, bool cs);
    void finish(std::uint64_t number, std::uint64_t time_ns);

    std::vector<SpiFrame> frames;
    bool open_at_end = false;

private:
    void begin(std::uint64_t number, std::uint64_t time_ns);
    void end(std::uint64_t number, std::uint64_t time_ns);
    void bit(bool mosi, bool miso);
    bool asserted(bool cs) const { return cs == mode_.cs_active_high; }

    SpiMode mode_;
    bool has_cs_, first_ = true, clk_ = false, cs_ = false, in_frame_ = false;
    SpiFrame frame_;
    std::vector<bool> mosi_bits_, miso_bits_;
};

/// Frames into `all`: by the description of a device, or as they are if `device` is empty.
void add_frames(Imported& all, const std::vector<SpiFrame>& frames, const std::string& device);

}  // namespace replay::imports
