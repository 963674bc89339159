// The leaves of a certificate one by one. Certificate::each() also looks whether they are the right ones.
#pragma once

#include <zstd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "chaos/certificate/leaf.hpp"

namespace chaos::certificate {

/// As they come out of the compressed stream, each behind its length.
class Leaves {
public:
    /// `compressed` must outlive it.
    explicit Leaves(const std::string& compressed)
        : context_(ZSTD_createDCtx(), ZSTD_freeDCtx), in_{compressed.data(), compressed.size(), 0} {}

    /// False at the end. Throws Refused on bytes that no Writer wrote.
    bool next(std::vector<std::uint8_t>& leaf);

private:
    bool read(std::uint8_t* to, std::size_t size);
    bool fill();

    std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
    ZSTD_inBuffer in_;
    std::vector<std::uint8_t> buffer_;
    std::size_t at_ = 0;
    bool over_ = false;
};

}  // namespace chaos::certificate
