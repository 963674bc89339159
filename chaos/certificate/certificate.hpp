// The file: one line of JSON that says what is claimed, then the leaves, compressed, then a digest of all that.
// docs/certificate.md is its specification.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "chaos/certificate/leaf.hpp"
#include "chaos/certificate/merkle.hpp"

namespace chaos::certificate {

/// What such a file is; parts of a campaign (chaos/shards) have the same form.
struct Kind {
    const char* key;  ///< The header's entry that has the version.
    const char* noun;
    std::uint32_t version;
};
inline constexpr Kind kCertificate{"reconverge_certificate", "certificate", 1};

/// Throws std::invalid_argument, with a text for users, if Writer::write() would.
void expect_writable(const std::string& file);

/// Collects the leaves of one certificate in order; keeps them compressed.
class Writer {
public:
    static constexpr int kSmall = 6, kFast = 1;  ///< zstd's levels: for what is kept, and for what is soon read.
    explicit Writer(int level = kSmall);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void add(const std::vector<std::uint8_t>& leaf);
    std::uint64_t leaves() const { return tree_.size(); }

    /// Ends the leaves and writes the file, whole or not at all. `header` gets the kind's entry and "leaves". Throws
    /// std::invalid_argument, with a text for users, if the file can't be written. Once.
    void write(const std::string& file, nlohmann::json header, const Kind& kind = kCertificate);

    Digest root() const { return tree_.root(); }

private:
    void compress(const void* bytes, std::size_t size, bool last);

    struct Stream;
    std::unique_ptr<Stream> stream_;
    MerkleTree tree_;
    std::uint64_t raw_ = 0;
    std::string compressed_;
};

/// A certificate that was read, and whose bytes are those that were written.
class Certificate {
public:
    /// Throws Refused: one line, what is wrong with the file.
    static Certificate read(const std::string& file, const Kind& kind = kCertificate);

    const nlohmann::json& header() const { return header_; }
    std::uint64_t leaves() const { return leaves_; }
    /// The digest at the file's end: names this certificate.
    const Digest& id() const { return id_; }
    /// The Merkle root that the header says.
    const std::string& root() const { return root_; }
    /// For Leaves.
    const std::string& compressed() const { return compressed_; }

    /// f(number, bytes, size) for every leaf in order. Throws Refused if they aren't what the header says: their number
    /// and their Merkle root.
    void each(const std::function<void(std::uint64_t, const std::uint8_t*, std::size_t)>& f) const;

private:
    nlohmann::json header_;
    std::uint64_t leaves_ = 0;
    std::string root_;
    std::string compressed_;
    Digest id_{};
};

}  // namespace chaos::certificate
