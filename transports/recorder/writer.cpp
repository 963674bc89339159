#include "transports/recorder/writer.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/random.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include "transports/names/text.hpp"

namespace transports::recorder {
namespace {

constexpr std::size_t kSmallRecord = 32;  // one word, no error
constexpr std::size_t kMaxMarker = 1024;

::timespec after_ms(std::uint32_t ms) {
    ::timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += static_cast<long>(ms % 1000) * 1'000'000;
    if (t.tv_nsec >= 1'000'000'000) {
        t.tv_nsec -= 1'000'000'000;
        ++t.tv_sec;
    }
    return t;
}

bool past(const ::timespec& time) {
    ::timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec > time.tv_sec || (t.tv_sec == time.tv_sec && t.tv_nsec >= time.tv_nsec);
}

// The description, compressed as a whole, in parts that fit a block.
std::vector<std::vector<std::uint8_t>> parts_of(const std::string& json) {
    std::vector<std::uint8_t> whole(ZSTD_compressBound(json.size()));
    const std::size_t size = ZSTD_compress(whole.data(), whole.size(), json.data(), json.size(), 9);
    if (ZSTD_isError(size) != 0 || size > 255 * kPayloadSize) {
        throw std::invalid_argument("the trace's description is too large; describe fewer registers");
    }
    std::vector<std::vector<std::uint8_t>> parts;
    for (std::size_t at = 0; at < size; at += kPayloadSize) {
        parts.emplace_back(whole.begin() + static_cast<std::ptrdiff_t>(at),
                           whole.begin() + static_cast<std::ptrdiff_t>(std::min(size, at + kPayloadSize)));
    }
    return parts;
}

}  // namespace

// Held for a few instructions only. A thread that finds it taken lets the other one run.
class Writer::Lock {
public:
    explicit Lock(std::atomic<bool>& locked) : locked_(locked) {
        while (locked_.exchange(true, std::memory_order_acquire)) ::sched_yield();
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() { locked_.store(false, std::memory_order_release); }

private:
    std::atomic<bool>& locked_;
};

Writer::Writer(const std::string& file, const Description& description, const WriterOptions& options)
    : path_(names::printable(file)), options_(options), pool_(std::max(options.pool, 2u)) {
    info_ = parts_of(description.json);
    info_hash_ = fnv1a(description.json);
    file_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file_ < 0) {
        throw std::invalid_argument(path_ + ": " + std::strerror(errno) + "; choose a file that can be written");
    }
    if (::getrandom(&trace_id_, sizeof trace_id_, GRND_NONBLOCK) != sizeof trace_id_) {
        trace_id_ = static_cast<std::uint64_t>(::getpid());  // only tells recordings apart
    }
    zstd_ = ZSTD_createCCtx();
    // The first compression takes all the memory that any later one will need.
    std::uint8_t scratch[ZSTD_COMPRESSBOUND(kPayloadSize)];
    if (zstd_ == nullptr || ZSTD_isError(ZSTD_compressCCtx(zstd_, scratch, sizeof scratch, pool_[0].payload,
                                                           kPayloadSize, std::max(options_.compression, 1))) != 0) {
        throw std::runtime_error("no memory for compression");
    }
    const std::vector<std::uint8_t> start = preamble("reconverge", description.buses, kLinkTypeTrace);
    write(start.data(), start.size());
    put_info();
    if (options_.when == WriterOptions::When::at_once) return;
    ::sem_init(&work_, 0, 0);
    ::sem_init(&room_, 0, 0);
    thread_ = std::thread([this] { work(); });
}

Writer::~Writer() {
    finish();
    ZSTD_freeCCtx(zstd_);
}

// --- the caller's thread

template <typename Word>
void Writer::put_access(const Head& head, const Word* words) {
    const bool small = head.count == 1 && head.failed == nullptr;
    const Lock lock(locked_);
    if (head.count <= kMaxWords || head.kind == Kind::guard) {
        if (ready(head.bus, head.time_ns, small ? kSmallRecord : head.count * 10 + 128)) encoder_.access(head, words);
        return;
    }
    Head part = head;
    for (std::uint32_t done = 0; done < head.count; done += part.count) {
        part.count = std::min(kMaxWords, head.count - done);
        part.address = head.address + step_of(head.kind, head.width, done);
        if (ready(head.bus, head.time_ns, kMaxRecord)) encoder_.access(part, words + done);
    }
}
template void Writer::put_access(const Head&, const std::uint32_t*);
template void Writer::put_access(const Head&, const std::uint64_t*);

// A current block for `bus` with room for `bytes`. False: there is none, and the record has been counted as lost.
bool Writer::ready(std::uint16_t bus, std::uint64_t time_ns, std::size_t bytes) {
    last_time_ns_ = time_ns;
    if (current_ != nullptr && current_->header.bus == bus && encoder_.fits(bytes)) {
        ++next_index_;
        return true;
    }
    if (current_ != nullptr) publish();
    const bool there = next_slot(bus, time_ns);
    if (!there) ++lost_;
    ++next_index_;
    return there;
}

bool Writer::next_slot(std::uint16_t bus, std::uint64_t time_ns) {
    const std::uint64_t number = published_.load(std::memory_order_relaxed);
    while (number - put_out_.load(std::memory_order_acquire) >= pool_.size()) {
        if (options_.when != WriterOptions::When::waiting || finished_) return false;
        locked_.store(false, std::memory_order_release);
        while (::sem_wait(&room_) != 0) {
        }
        while (locked_.exchange(true, std::memory_order_acquire)) ::sched_yield();
    }
    Slot& slot = pool_[static_cast<std::size_t>(number % pool_.size())];
    slot.header = BlockHeader{};
    slot.header.bus = bus;
    slot.header.first_index = next_index_;
    slot.header.base_time_ns = time_ns;
    encoder_.restart(slot.payload, time_ns);
    current_ = &slot;
    return true;
}

void Writer::publish() {
    BlockHeader& header = current_->header;
    header.records = encoder_.records();
    header.raw_size = static_cast<std::uint16_t>(encoder_.size());
    header.lost = static_cast<std::uint32_t>(std::min<std::uint64_t>(lost_, ~0u));
    current_ = nullptr;
    published_.fetch_add(1, std::memory_order_release);
    if (options_.when == WriterOptions::When::at_once) {
        drain();
    } else {
        ::sem_post(&work_);
    }
}

void Writer::wait(std::uint16_t bus, std::uint64_t before_ns, std::uint64_t deadline_ns, std::uint64_t after_ns) {
    const Lock lock(locked_);
    if (ready(bus, before_ns, kSmallRecord)) encoder_.wait(before_ns, deadline_ns, after_ns);
    last_time_ns_ = after_ns;
}

void Writer::clock(std::uint16_t bus, std::uint64_t now_ns) {
    if (now_ns == last_time_ns_ && next_index_ != 0) return;
    const Lock lock(locked_);
    if (ready(bus, now_ns, kSmallRecord)) encoder_.clock(now_ns);
}

void Writer::frame(std::uint16_t bus, std::uint64_t time_ns, const std::uint8_t* tx, const std::uint8_t* rx,
                   std::size_t size, const hal::bus::Error* failed) {
    const Lock lock(locked_);
    for (std::size_t done = 0, part = 0; done == 0 || done < size; done += part) {
        part = std::min(Encoder::kMaxPiece, size - done);
        const bool last = done + part == size;
        const auto flags = static_cast<std::uint8_t>((done == 0 ? kFrameBegins : 0) | (last ? kFrameEnds : 0));
        if (ready(bus, time_ns, 2 * part + 128)) {
            encoder_.frame(time_ns, flags, tx + done, rx + done, part, last ? failed : nullptr);
        }
        if (last) return;
    }
}

void Writer::marker(const std::string& text) {
    const Lock lock(locked_);
    const std::size_t size = std::min(text.size(), kMaxMarker);
    if (size == 0) return;
    if (current_ != nullptr) publish();
    if (!next_slot(0, last_time_ns_)) return;
    current_->header.kind = BlockKind::marker;
    std::memcpy(current_->payload, text.data(), size);
    encoder_.skip(size);
    publish();
}

std::string Writer::finish() {
    if (finished_) return trouble_;
    finished_ = true;
    if (thread_.joinable()) {
        stop_ = true;
        ::sem_post(&work_);
        thread_.join();
    }
    // From here on there is one thread, and room.
    if (current_ != nullptr) publish();
    drain();
    next_slot(0, last_time_ns_);
    current_->header.kind = BlockKind::end;
    publish();
    drain();
    if (options_.when != WriterOptions::When::at_once) {
        ::sem_destroy(&work_);
        ::sem_destroy(&room_);
    }
    if (options_.when != WriterOptions::When::at_once) sync();
    if (::close(file_) != 0 && error_ == 0) error_ = errno;
    if (error_ != 0) {
        trouble_ = path_ + ": " + std::strerror(error_) + "; the recording is incomplete";
    } else if (lost_ != 0) {
        trouble_ = path_ + ": " + std::to_string(lost_) + " records were lost, the disk could not follow";
    }
    return trouble_;
}

// --- the writing side

void Writer::work() {
    for (bool last = false; !last;) {
        last = stop_;
        const std::uint64_t before = put_out_.load(std::memory_order_relaxed);
        drain();
        const ::timespec until = after_ms(options_.sync_ms / 2);
        while (!last && !stop_ && !past(until) && ::sem_clockwait(&work_, CLOCK_MONOTONIC, &until) == 0) drain();
        // A block that nobody fills any more is written as it is once the interval is over.
        if (!last && steal_current()) drain();
        if (put_out_.load(std::memory_order_relaxed) != before) sync();
        rounds_.fetch_add(1, std::memory_order_release);
    }
}

void Writer::sync() {
    if (error_ == 0 && ::fdatasync(file_) != 0 && errno != EINVAL) error_ = errno;  // EINVAL: a pipe, say
    if (error_ == 0) synced_.store(written_, std::memory_order_release);
}

bool Writer::steal_current() {
    const Lock lock(locked_);
    if (current_ == nullptr || encoder_.records() == 0) return false;
    publish();
    return true;
}

void Writer::drain() {
    std::uint64_t done = put_out_.load(std::memory_order_relaxed);
    while (done != published_.load(std::memory_order_acquire)) {
        put_out(pool_[static_cast<std::size_t>(done % pool_.size())]);
        put_out_.store(++done, std::memory_order_release);
        if (options_.when == WriterOptions::When::waiting) {
            int waiting = 0;
            if (::sem_getvalue(&room_, &waiting) == 0 && waiting == 0) ::sem_post(&room_);
        }
    }
}

void Writer::put_out(const Slot& slot) {
    BlockHeader header = slot.header;
    if (header.kind == BlockKind::end || since_info_ >= options_.repeat_every) put_info();
    ++since_info_;
    std::uint8_t* const block = block_ + kPacketHead;
    header.stored_size = header.raw_size;
    header.info_hash = info_hash_;
    header.trace_id = trace_id_;
    header.sequence = sequence_++;
    if (options_.compression != 0 && header.kind == BlockKind::records) {
        const std::size_t size = ZSTD_compressCCtx(zstd_, block + kHeaderSize, header.raw_size, slot.payload,
                                                   header.raw_size, options_.compression);
        header.compressed = ZSTD_isError(size) == 0 && size < header.raw_size;
        if (header.compressed) header.stored_size = static_cast<std::uint16_t>(size);
    }
    if (!header.compressed && header.raw_size != 0) std::memcpy(block + kHeaderSize, slot.payload, header.raw_size);
    seal(header, block);
    write(block_, put_packet(block_, header, block));
    written_ = header.first_index + header.records;
}

void Writer::put_info() {
    since_info_ = 0;
    for (std::size_t part = 0; part < info_.size(); ++part) {
        BlockHeader header;
        header.kind = BlockKind::info;
        header.compressed = true;
        header.part = static_cast<std::uint8_t>(part);
        header.parts = static_cast<std::uint8_t>(info_.size());
        header.sequence = sequence_++;
        header.info_hash = info_hash_;
        header.trace_id = trace_id_;
        header.raw_size = header.stored_size = static_cast<std::uint16_t>(info_[part].size());
        std::uint8_t* const block = block_ + kPacketHead;
        std::memcpy(block + kHeaderSize, info_[part].data(), info_[part].size());
        seal(header, block);
        write(block_, put_packet(block_, header, block));
    }
}

void Writer::write(const std::uint8_t* data, std::size_t size) {
    if (error_ != 0) return;
    while (size > 0) {
        const ::ssize_t done = ::write(file_, data, size);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            error_ = done < 0 ? errno : ENOSPC;
            return;
        }
        data += done;
        size -= static_cast<std::size_t>(done);
    }
}

}  // namespace transports::recorder
