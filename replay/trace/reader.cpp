#include "replay/trace/reader.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "transports/names/text.hpp"

namespace replay::trace {

using transports::names::printable;
using transports::recorder::BlockKind;

Reader::Reader(const std::string& file) : file_(file) {
    descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) {
        throw std::invalid_argument(printable(file) + ": " + std::strerror(errno) + "; name a trace file");
    }
    map();
    // The description first: it stands at the beginning, unless that is missing.
    Scanner ahead;
    ahead.set(data_, size_);
    Block block;
    bool any = false;
    try {
        while (ahead.description() == nullptr && ahead.next(block)) any = true;
    } catch (const std::invalid_argument& e) {
        throw std::invalid_argument(printable(file) + ": " + e.what());
    }
    if (!any) {
        throw std::invalid_argument(
            printable(file) + ": no block of a reconverge trace in it; `reconverge convert` imports other formats");
    }
    if (ahead.description() != nullptr) description_ = *ahead.description();
    schema_ = std::make_unique<Schema>(description_);
    scanner_.set(data_, size_);
}

Reader::~Reader() {
    if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
    if (descriptor_ >= 0) ::close(descriptor_);
}

void Reader::map() {
    struct ::stat status {};
    if (::fstat(descriptor_, &status) != 0 || S_ISDIR(status.st_mode)) {
        throw std::invalid_argument(printable(file_) + ": not a file; name a trace file");
    }
    if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
    data_ = nullptr;
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ == 0) return;
    void* const there = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
    if (there == MAP_FAILED) {
        throw std::invalid_argument(printable(file_) + ": " + std::strerror(errno) + "; it must be a plain file");
    }
    data_ = static_cast<const std::uint8_t*>(there);
}

bool Reader::refresh() {
    const std::size_t before = size_;
    // The block in hand may lie in the mapping that goes away: only between blocks.
    if (in_block_) return false;
    map();
    scanner_.set(data_, size_);
    return size_ != before;
}

bool Reader::next_block() {
    Block block;
    while (scanner_.next(block)) {
        const BlockKind kind = block.header.kind;
        if (kind != BlockKind::marker && kind != BlockKind::records) continue;
        const std::uint8_t* const payload = scanner_.payload(block);
        if (payload == nullptr) continue;
        if (kind == BlockKind::records) {
            decoder_.restart(block.header, payload);
            return true;
        }
        markers_.push_back({block.header.first_index, block.header.base_time_ns,
                            std::string(reinterpret_cast<const char*>(payload), block.header.stored_size)});
    }
    return false;
}

bool Reader::next(Record& record) {
    if (has_ahead_) {
        record = ahead_;
        has_ahead_ = false;
        return true;
    }
    while (!in_block_ || !decoder_.next(record)) {
        if (in_block_ && decoder_.failed()) scanner_.report_undecodable(decoder_.done());
        in_block_ = next_block();
        if (!in_block_) return false;
    }
    return true;
}

template <typename Before>
void Reader::seek(Before before) {
    // Halve the file until a few blocks are left, then read. Nothing around the places looked at is of use.
    ::madvise(const_cast<std::uint8_t*>(data_), size_, MADV_RANDOM);
    std::uint64_t low = 0, high = size_;
    while (high - low > 16 * transports::recorder::kBlockSize) {
        const std::uint64_t middle = low + (high - low) / 2;
        std::optional<Block> block = scanner_.find(middle);
        while (block && block->header.kind == BlockKind::info) block = scanner_.find(block->offset + 1);
        if (block && block->offset < high && before(block->header)) {
            low = block->offset;
        } else {
            high = middle;
        }
    }
    ::madvise(const_cast<std::uint8_t*>(data_), size_, MADV_NORMAL);
    scanner_.jump(low);
    in_block_ = has_ahead_ = false;
    markers_.clear();
}

void Reader::seek_index(std::uint64_t index) {
    seek([index](const auto& header) { return header.first_index <= index; });
    while (next(ahead_)) {
        if (ahead_.index < index) continue;
        has_ahead_ = true;
        return;
    }
}

void Reader::seek_time(std::uint64_t time_ns) {
    seek([time_ns](const auto& header) { return header.base_time_ns < time_ns; });
    while (next(ahead_)) {
        if (ahead_.time_ns < time_ns) continue;
        has_ahead_ = true;
        return;
    }
}

}  // namespace replay::trace
