// Writes a trace file. The caller's thread only puts records into memory; another one compresses, writes and syncs. No
// heap after construction, no file access on the caller's thread; what can't be kept is counted in the file.
#pragma once

#include <semaphore.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "transports/recorder/encoder.hpp"

struct ZSTD_CCtx_s;

namespace transports::recorder {

/// What a trace says about itself. Kept as JSON in the file, often enough that a part of the file still decodes.
struct Description {
    std::vector<std::string> buses = {"bus"};   ///< Names of the pcapng interfaces.
    std::string json = R"({"buses":["bus"]})";  ///< An object: the same buses, chip, intent, register map.
};

struct WriterOptions {
    enum class When : std::uint8_t {
        background,  ///< Another thread; when it can't follow, records are lost and counted. For production.
        waiting,     ///< Another thread; when it can't follow, the caller waits. For the harness.
        at_once,     ///< On the caller's thread, without syncing: for converters.
    };
    When when = When::background;
    std::uint32_t sync_ms = 200;       ///< What a crash may cost, in time. 100 to 250 is sensible.
    std::uint32_t pool = 64;           ///< Blocks in memory.
    int compression = 1;               ///< zstd's level; 0: none.
    std::uint32_t repeat_every = 256;  ///< Blocks between two copies of the description.
};

/// One thread may call everything but the constructor and destructor at a time.
class Writer {
public:
    /// Creates or empties `file`. Throws std::invalid_argument, with a text for users, if it can't.
    Writer(const std::string& file, const Description& description, const WriterOptions& options = {});
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer();

    /// Bursts of more than kMaxWords words become several records.
    void access(const Head& head, const std::uint32_t* words) { put_access(head, words); }
    void access(const Head& head, const std::uint64_t* words) { put_access(head, words); }
    void wait(std::uint16_t bus, std::uint64_t before_ns, std::uint64_t deadline_ns, std::uint64_t after_ns);
    /// Told only if the time has moved on since the last record.
    void clock(std::uint16_t bus, std::uint64_t now_ns);
    void frame(std::uint16_t bus, std::uint64_t time_ns, const std::uint8_t* tx, const std::uint8_t* rx,
               std::size_t size, const hal::bus::Error* failed);
    /// A text (at most 1 KiB of it) between the records before and after.
    void marker(const std::string& text);

    /// Seals, writes and syncs what there is and ends the file. Empty if everything was written, else one line for
    /// users. The second and later calls answer the same.
    std::string finish();

    std::uint64_t records() const { return next_index_; }
    std::uint64_t lost() const { return lost_; }
    /// How often the background thread has written and synced all that was recorded before it began. Two such rounds
    /// take the interval, so a record is in the file two rounds after the one that it was recorded in.
    std::uint64_t rounds() const { return rounds_.load(std::memory_order_acquire); }
    /// The records before this one are in the file, and synced.
    std::uint64_t synced() const { return synced_.load(std::memory_order_acquire); }

private:
    struct Slot {
        BlockHeader header;
        std::uint8_t payload[kPayloadSize];
    };

    template <typename Word>
    void put_access(const Head& head, const Word* words);
    bool ready(std::uint16_t bus, std::uint64_t time_ns, std::size_t bytes);
    bool next_slot(std::uint16_t bus, std::uint64_t time_ns);
    void publish();
    void put_out(const Slot& slot);
    void put_info();
    void write(const std::uint8_t* data, std::size_t size);
    void work();
    void drain();
    void sync();
    bool steal_current();

    class Lock;

    const std::string path_;
    const WriterOptions options_;
    int file_ = -1;
    std::vector<std::vector<std::uint8_t>> info_;  // payloads
    std::uint64_t info_hash_ = 0, trace_id_ = 0;
    ZSTD_CCtx_s* zstd_ = nullptr;

    // The caller's side, and what it shares with the background thread: the current slot (under the lock) and the
    // numbers of slots published and put out.
    std::atomic<bool> locked_{false};
    std::vector<Slot> pool_;
    Slot* current_ = nullptr;  // being filled; null: none
    Encoder encoder_;
    std::uint64_t next_index_ = 0, lost_ = 0, last_time_ns_ = 0;
    std::atomic<std::uint64_t> published_{0}, put_out_{0}, rounds_{0}, synced_{0};
    ::sem_t work_{}, room_{};
    std::thread thread_;
    std::atomic<bool> stop_{false};

    // The side that writes.
    std::uint32_t sequence_ = 0, since_info_ = 0;
    std::uint64_t written_ = 0;  // records before this one
    std::uint8_t block_[kBlockSize + 2048];
    std::atomic<int> error_{0};
    bool finished_ = false;
    std::string trouble_;
};

}  // namespace transports::recorder
