#include "chaos/shards/met_states.hpp"

#include <utility>

#include "chaos/shards/outcomes.hpp"
#include "transports/model/chip.hpp"

namespace chaos::shards {

using certificate::Certificate;
using certificate::Change;
using certificate::Refused;
using transports::model::Hash;
using transports::model::Layout;
using transports::model::Snapshot;

void MetStatesWriter::add(const EdgePath& path, const Snapshot& state) {
    const std::vector<Change> changes = certificate::changes(before_, state.cells, layout_.hash_mask);
    for (const Change& change : changes) before_[change.cell] ^= change.bits;
    Bytes out;
    put(out, path.size());
    for (const std::uint64_t position : path) put(out, position);
    put(out, state.hash);
    put(out, changes);
    records_.add(out);
}

MetStates::MetStates(Certificate content, const Layout& layout, const Snapshot& start)
    : layout_(layout),
      content_(std::make_unique<const Certificate>(std::move(content))),
      leaves_(content_->compressed()),
      state_(start) {
    leaves_.next(record_);  // the first record is empty
}

bool MetStates::next() {
    if (!leaves_.next(record_)) return false;
    constexpr std::uint64_t kLongest = 1 << 20;
    Record in(record_);
    EdgePath path(in.next(kLongest));
    for (std::uint64_t& position : path) position = in.next();
    if (path <= path_) throw Refused("states of a round aren't in their order; run the shards again");
    path_ = std::move(path);
    const Hash hash = in.hash();
    for (const Change& change : changes_of(in, layout_.cells)) {
        const std::uint32_t mask = layout_.hash_mask[change.cell], old = state_.cells[change.cell] & mask;
        state_.cells[change.cell] ^= change.bits;
        state_.hash = moved(state_.hash, change.cell, old, state_.cells[change.cell] & mask);
    }
    in.expect_end();
    if (state_.hash != hash) throw Refused("a state that was written comes back as another one; run the shards again");
    return true;
}

}  // namespace chaos::shards
