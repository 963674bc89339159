#include "chaos/certificate/merkle.hpp"

namespace chaos::certificate {

namespace {

// Leaves and inner nodes can't be taken for each other.
constexpr std::uint8_t kLeaf = 0, kNode = 1;

Digest node(Sha256& sha, const Digest& left, const Digest& right) {
    return sha.add(&kNode, 1).add(left).add(right).finish();
}

}  // namespace

void MerkleTree::add(const void* leaf, std::size_t size) {
    Digest digest = sha_.add(&kLeaf, 1).add(leaf, size).finish();
    for (std::uint64_t bits = size_++; (bits & 1) != 0; bits >>= 1) {
        digest = node(sha_, complete_.back(), digest);
        complete_.pop_back();
    }
    complete_.push_back(digest);
}

Digest MerkleTree::root() const {
    Sha256 sha;
    if (complete_.empty()) return sha.finish();
    Digest digest = complete_.back();
    for (std::size_t i = complete_.size() - 1; i-- > 0;) digest = node(sha, complete_[i], digest);
    return digest;
}

}  // namespace chaos::certificate
