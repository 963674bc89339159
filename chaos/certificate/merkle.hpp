// The Merkle tree of RFC 6962, section 2.1, leaf by leaf: one digest stands for all leaves and their order.
#pragma once

#include <vector>

#include "chaos/certificate/sha256.hpp"

namespace chaos::certificate {

class MerkleTree {
public:
    void add(const void* leaf, std::size_t size);
    std::uint64_t size() const { return size_; }
    /// Of the leaves so far.
    Digest root() const;

private:
    Sha256 sha_;
    std::uint64_t size_ = 0;
    std::vector<Digest> complete_;  // roots of complete subtrees, the largest first: one per 1 in `size_`
};

}  // namespace chaos::certificate
