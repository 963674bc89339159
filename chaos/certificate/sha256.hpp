// SHA-256, from OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

struct evp_md_ctx_st;

namespace chaos::certificate {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 {
public:
    Sha256();
    Sha256& add(const void* bytes, std::size_t size);
    Sha256& add(const Digest& digest) { return add(digest.data(), digest.size()); }
    /// Lowest byte first, on every machine.
    Sha256& add_number(std::uint64_t number);
    /// The digest of what was added; the object starts over.
    Digest finish();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// Of a whole file. Throws std::invalid_argument, with a text for users, if it can't be read.
Digest digest_of_file(const std::string& file);

std::string hex(const Digest& digest);

}  // namespace chaos::certificate
