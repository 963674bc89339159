#include "replay/trace/sequence.hpp"

namespace replay::trace {

void Sequence::add(const Record& r) {
    steps_.push_back({r, words_.size(), r.words.size(), bytes_.size(), r.tx.size()});
    words_.insert(words_.end(), r.words.begin(), r.words.end());
    if (r.kind == Kind::frame) {
        bytes_.insert(bytes_.end(), r.tx.begin(), r.tx.end());
        bytes_.insert(bytes_.end(), r.rx.begin(), r.rx.end());
    } else {
        steps_.back().bytes = 0;
    }
}

Record Sequence::at(std::size_t i) const {
    const Step& step = steps_[i];
    Record record = step.record;
    record.words = {words_.data() + step.first_word, step.words};
    record.tx = {bytes_.data() + step.first_byte, step.bytes};
    record.rx = {bytes_.data() + step.first_byte + step.bytes, step.bytes};
    return record;
}

bool Sequence::has_frames() const {
    for (const Step& step : steps_) {
        if (step.record.kind == Kind::frame || step.record.is_access()) return step.record.kind == Kind::frame;
    }
    return false;
}

Sequence load(Reader& reader) {
    Sequence all;
    Record record;
    while (reader.next(record)) all.add(record);
    reader.finish();
    return all;
}

}  // namespace replay::trace
