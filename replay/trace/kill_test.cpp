// kill -9 of a recorder costs no more than the sync interval. Nothing here looks at a clock: the recording process does
// one numbered access for each byte that it is sent, and what must be in its file follows from the writer's counters.
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>

#include "replay/trace/recording_test.hpp"

namespace replay::trace {
namespace {

constexpr std::size_t kMostAccesses = 4096;
constexpr std::uint64_t kInterval = 2;  // rounds

/// What the recording process says of itself, in memory that outlives it.
struct Told {
    std::atomic<std::uint64_t> recorded, rounds, synced;
    std::uint64_t round_of[kMostAccesses];  ///< Rounds that were over when the access had been recorded.
};

/// Commands: 'a' access, 'r' until a round is over. Each is answered by a byte once it is done.
[[noreturn]] void record(const std::string& path, std::uint32_t sync_ms, int commands, int answers, Told& told) {
    WriterOptions options;
    options.sync_ms = sync_ms;
    Writer writer(path, {}, options);
    Head head;
    char command = 0;
    while (::read(commands, &command, 1) == 1) {
        if (command == 'a') {
            const std::uint64_t number = told.recorded;
            head.time_ns = number * 100;
            writer.access(head, &number);
            told.round_of[number] = writer.rounds();
            told.recorded = number + 1;
        } else {
            const std::uint64_t before = writer.rounds();
            while (writer.rounds() == before) ::sched_yield();
        }
        told.rounds = writer.rounds();
        told.synced = writer.synced();
        if (::write(answers, &command, 1) != 1) break;
    }
    ::_exit(1);  // nobody is there any more
}

struct KillTest : TraceTest {
    Told* const told =
        static_cast<Told*>(::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    std::mt19937 random{11};

    ~KillTest() override { ::munmap(told, sizeof(Told)); }

    /// Bursts of accesses with rounds in between.
    std::string some_commands() {
        std::string all;
        for (std::uint64_t burst = 1 + random() % 6; burst != 0; --burst) {
            all += std::string(1 + random() % 600, 'a');
            all += std::string(random() % 4, 'r');
        }
        return all + std::string(random() % 30, 'a');
    }

    /// Lets a recorder work until `answered` of the commands are done, and kills it.
    void record_and_kill(std::uint32_t sync_ms, const std::string& commands, std::size_t answered) {
        ::memset(static_cast<void*>(told), 0, sizeof *told);
        int to[2], from[2];
        ASSERT_EQ(::pipe(to), 0);
        ASSERT_EQ(::pipe(from), 0);
        const ::pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(to[1]);
            ::close(from[0]);
            record(path, sync_ms, to[0], from[1], *told);
        }
        ::close(to[0]);
        ::close(from[1]);
        ASSERT_EQ(::write(to[1], commands.data(), commands.size()), static_cast<::ssize_t>(commands.size()));
        char answer = 0;
        for (std::size_t i = 0; i < answered; ++i) ASSERT_EQ(::read(from[0], &answer, 1), 1);
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        ::close(to[1]);
        ::close(from[0]);
        ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
    }

    /// How many accesses the file holds: the first ones, each as it was recorded.
    std::uint64_t kept() const {
        const std::vector<std::uint8_t> bytes = bytes_of(path);
        std::uint64_t count = 0;
        Scanner scanner;
        Decoder decoder;
        Block block;
        Record record;
        scanner.set(bytes.data(), bytes.size());
        while (scanner.next(block)) {
            if (block.header.kind != BlockKind::records) continue;
            decoder.restart(block.header, scanner.payload(block));
            for (; decoder.next(record); ++count) {
                EXPECT_EQ(record.index, count);
                EXPECT_EQ(record.words[0], count);
            }
        }
        return count;
    }

    /// Accesses that must be in the file: recorded longer ago than the interval.
    std::uint64_t owed() const {
        std::uint64_t count = 0;
        while (count < told->recorded && told->round_of[count] + kInterval <= told->rounds) ++count;
        return count;
    }
};

TEST_F(KillTest, AKilledRecorderLosesNoMoreThanTheInterval) {
    const int kills = std::getenv("RECONVERGE_THOROUGH") != nullptr ? 1000 : 100;
    std::uint64_t recorded = 0, held = 0, owed_in_all = 0, rounds = 0, with_loss = 0, with_gain = 0, oldest = 0;
    for (int i = 0; i < kills; ++i) {
        const std::string commands = some_commands();
        ASSERT_NO_FATAL_FAILURE(record_and_kill(2, commands, 1 + random() % commands.size()));
        const std::uint64_t there = kept();
        ASSERT_GE(there, owed()) << "kill " << i << ": recorded longer ago than the interval, and lost";
        ASSERT_GE(there, told->synced) << "kill " << i << ": synced, and lost";
        ASSERT_LE(there, told->recorded + 1) << "one may have been recorded and not yet counted";
        recorded += told->recorded;
        held += there;
        owed_in_all += owed();
        rounds += told->rounds;
        if (there < told->recorded) {
            ++with_loss;
            oldest = std::max(oldest, told->rounds - told->round_of[there]);
        }
        with_gain += owed() > 0 ? 1 : 0;
    }
    std::printf(
        "%d recorders killed after %llu rounds and %llu accesses: %llu kept, %llu of them owed; %llu kills cost "
        "something, the oldest access lost was %llu rounds old; the interval is %llu\n",
        kills, static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(recorded),
        static_cast<unsigned long long>(held), static_cast<unsigned long long>(owed_in_all),
        static_cast<unsigned long long>(with_loss), static_cast<unsigned long long>(oldest),
        static_cast<unsigned long long>(kInterval));
    EXPECT_LT(oldest, kInterval);
    EXPECT_GT(with_loss, 0u) << "no kill came before a sync: nothing was tried";
    EXPECT_GT(with_gain, static_cast<std::uint64_t>(kills) / 4) << "hardly a kill came after the interval";
}

// The test above would notice: a recorder that doesn't sync for an hour has nothing to show.
TEST_F(KillTest, ARecorderThatDoesNotSyncIsFoundOut) {
    ASSERT_NO_FATAL_FAILURE(record_and_kill(3'600'000, std::string(100, 'a'), 100));
    EXPECT_EQ(told->recorded, 100u);
    EXPECT_EQ(kept(), 0u);
    EXPECT_EQ(told->rounds, 0u);
}

}  // namespace
}  // namespace replay::trace
