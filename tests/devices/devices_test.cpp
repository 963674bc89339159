// Devices that nobody here wrote, as QEMU has them, under the same engine: each with its own small RDL and driver. They
// survive every death; planted mistakes that a plain start doesn't show are found.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tests/devices/edu/edu.hpp"
#include "tests/devices/flash/commands.hpp"
#include "tests/devices/flash/flash.hpp"
#include "tests/devices/nvme/nvme.hpp"
#include "tests/devices/rehearsal.hpp"

namespace tests::devices {
namespace {

using transports::qemu::Qtest;
using Bytes = std::vector<std::uint8_t>;
using Words = std::vector<std::uint32_t>;

constexpr std::uint32_t kTables[] = {0x10'0000, 0x10'1000}, kTableBytes = 256, kScratch = 0x10'8000;
constexpr std::uint32_t kQueues[] = {0x11'0000, 0x12'0000}, kQueueSpan = 0x1000, kIdentity = 0x13'0000;
constexpr unsigned kMostLooks = 50'000;  // at hardware that is to be done in 100 ms
constexpr unsigned kFewLooks = 5'000;    // at hardware that is to be done at once

Bytes table(std::uint32_t number) {
    Bytes bytes(kTableBytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + 31 * number + 1);
    return bytes;
}

void put(Bytes& bytes, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

/// False: a bit didn't get its value in time.
bool comes(Qtest& qtest, std::uint64_t address, std::uint32_t mask, std::uint32_t value, unsigned looks = kMostLooks) {
    for (unsigned look = 0; look < looks; ++look) {
        if ((qtest.load(address) & mask) == value) return true;
    }
    return false;
}

auto bar(std::uint64_t base) {
    return [base](Qtest& qtest, const std::function<void(hal::bus::Transport&)>& run) {
        transports::qemu::QtestTransport transport(qtest, base);
        run(transport);
    };
}

// --- edu: what its DMA engine brings back from its buffer

std::string use_edu(Qtest& qtest, const Words& intent) {
    if (qtest.load(kEdu + 0x24) != 0) return "an interrupt was left behind";
    if ((qtest.load(kEdu + 0x98) & 1) != 0) return "a transfer still runs";
    qtest.set_memory(kScratch, Bytes(kTableBytes));
    qtest.store(kEdu + 0x80, edu::kBuffer);
    qtest.store(kEdu + 0x88, kScratch);
    qtest.store(kEdu + 0x90, kTableBytes);
    qtest.store(kEdu + 0x98, 3);
    if (!comes(qtest, kEdu + 0x98, 1, 0)) return "it doesn't bring its buffer back";
    return qtest.memory(kScratch, kTableBytes) == qtest.memory(intent[edu::kTable], kTableBytes)
               ? ""
               : "its buffer holds something else than the table";
}

// It has no reset: what it keeps is overwritten.
void clear_edu(Qtest& qtest) {
    comes(qtest, kEdu + 0x98, 1, 0);
    qtest.set_memory(kScratch, Bytes(kTableBytes));
    qtest.store(kEdu + 0x80, kScratch);
    qtest.store(kEdu + 0x88, edu::kBuffer);
    qtest.store(kEdu + 0x90, kTableBytes);
    qtest.store(kEdu + 0x98, 1);
    comes(qtest, kEdu + 0x98, 1, 0);
    for (const std::uint32_t at : {0x80u, 0x88u, 0x90u, 0x98u}) qtest.store(kEdu + at, 0);
    qtest.store(kEdu + 0x64, qtest.load(kEdu + 0x24));
    qtest.store(kEdu + 0x04, ~0u);
}

Device edu_device(edu::Bug bug, const std::string& folder) {
    Device device;
    device.chip = &edu::chip(bug);
    device.board = pc(folder);
    device.reach = bar(kEdu);
    device.intents[0] = {kTables[0], kTableBytes};
    device.intents[1] = {kTables[1], kTableBytes};
    device.furnish = [](Qtest& qtest) {
        for (std::uint32_t i = 0; i < 2; ++i) qtest.set_memory(kTables[i], table(i));
    };
    device.use = use_edu;
    device.clear = clear_edu;
    return device;
}

// --- nvme: an Identify command through the queue that the intent names (specification 1.4, section 5.15)

std::string use_nvme(Qtest& qtest, const Words& intent) {
    constexpr std::uint32_t kDoorbell = 0x1000, kCommand = 0x5A17, kSerialAt = 4;
    const std::uint32_t entries = intent[nvme::kEntries];
    Bytes command(64);
    put(command, 0, 0x06 | kCommand << 16);
    put(command, 24, kIdentity);
    put(command, 40, 1);  // of the controller
    qtest.set_memory(kIdentity, Bytes(4096));
    qtest.set_memory(intent[nvme::kCompletion], Bytes(16 * entries));
    qtest.set_memory(intent[nvme::kSubmission], command);
    qtest.store(kNvme + kDoorbell, 1);
    constexpr std::uint32_t kPhase = 1u << 16;
    if (!comes(qtest, intent[nvme::kCompletion] + 12, kPhase | 0xFFFF, kPhase | kCommand, kFewLooks)) {
        return "it doesn't answer a command in the queue that the intent names";
    }
    const Bytes name = qtest.memory(kIdentity + kSerialAt, std::char_traits<char>::length(kSerial));
    return std::string(name.begin(), name.end()) == kSerial ? "" : "it has another name";
}

void clear_nvme(Qtest& qtest) {
    qtest.store(kNvme + 0x14, 0);
    comes(qtest, kNvme + 0x1C, 1, 0);
    for (const std::uint32_t at : {0x24u, 0x28u, 0x2Cu, 0x30u, 0x34u}) qtest.store(kNvme + at, 0);
}

Device nvme_device(nvme::Bug bug, const std::string& folder) {
    Device device;
    device.chip = &nvme::chip(bug);
    device.board = pc(folder);
    device.reach = bar(kNvme);
    for (int i = 0; i < 2; ++i) device.intents[i] = {kQueues[i], kQueues[i] + kQueueSpan, 8};
    device.furnish = [](Qtest&) {};
    device.use = use_nvme;
    device.clear = clear_nvme;
    return device;
}

// --- flash: what it holds, read by hand; that its neighbour sector was left alone; that it can't be written

Bytes ask(Qtest& qtest, Bytes command, std::size_t more) {
    const std::size_t front = command.size();
    command.resize(front + more);
    Bytes got(command.size());
    EXPECT_TRUE(flash::ImxWire(qtest).transfer(command.data(), got.data(), got.size()));
    return Bytes(got.begin() + static_cast<std::ptrdiff_t>(front), got.end());
}

constexpr std::uint8_t kWriteEnable = 0x06, kWriteDisable = 0x04, kNeighbour = 0x10, kNeighbours = 0xA5;

std::string use_flash(Qtest& qtest, const Words& intent) {
    Bytes expected(4 * flash::kWords);
    for (std::size_t i = 0; i < flash::kWords; ++i) put(expected, 4 * i, intent[i]);
    if (ask(qtest, {0x03, 0, 0, 0}, expected.size()) != expected) return "it holds something else";
    if (ask(qtest, {0x03, 0, kNeighbour, 0}, 1)[0] != kNeighbours) return "the next sector was changed, too";
    if (ask(qtest, {0x05}, 1)[0] != 0) return "it can be written by accident";
    return "";
}

void clear_flash(Qtest& qtest) {
    ask(qtest, {kWriteEnable}, 0);
    ask(qtest, {0x20, 0, 0, 0}, 0);
    ask(qtest, {kWriteEnable}, 0);
    ask(qtest, {0x20, 0, kNeighbour, 0}, 0);
    ask(qtest, {kWriteEnable}, 0);
    ask(qtest, {0x02, 0, kNeighbour, 0, kNeighbours}, 0);
    ask(qtest, {kWriteDisable}, 0);
}

Device flash_device(flash::Bug bug, const std::string& folder) {
    Device device;
    device.chip = &flash::chip(bug);
    device.board = sabrelite(folder);
    device.reach = [](Qtest& qtest, const std::function<void(hal::bus::Transport&)>& run) {
        flash::ImxWire wire(qtest);
        flash::Commands transport(wire);
        run(transport);
    };
    for (std::uint32_t i = 0; i < flash::kWords; ++i) {
        device.intents[0].push_back(0x01234567u * (i + 1));
        device.intents[1].push_back(i == 0 ? 0x01234567u : 0x89ABCDEFu ^ i << 8);  // the first word stays
    }
    device.furnish = [](Qtest&) {};
    device.use = use_flash;
    device.clear = clear_flash;
    return device;
}

// ---

class Devices : public testing::Test {
protected:
    void SetUp() override {
        folder = testing::TempDir() + "/devices-XXXXXX";
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::string folder;  // of its own: others run beside it

    static bool here(const Device& device) {
        if (device.board.available()) return true;
        std::printf("SKIPPED: no %s; ./dev test --qemu installs it\n", device.board.qemu.c_str());
        return false;
    }

    void survives(const Device& device) {
        if (!here(device)) GTEST_SKIP();
        Rehearsal rehearsal(device);
        ASSERT_EQ(rehearsal.plain(), "");
        const Score score = rehearsal.deaths();
        for (const std::string& lost : score.lost) ADD_FAILURE() << lost;
        std::string mix;
        for (const auto& [kind, n] : score.deaths) mix += " " + std::to_string(n) + " " + kind;
        std::printf("%s: %llu deaths (%s ), %zu lost; the dearest recovery took %llu accesses\n", device.chip->name,
                    static_cast<unsigned long long>(score.all()), mix.c_str(), score.lost.size(),
                    static_cast<unsigned long long>(score.dearest));
        EXPECT_GE(score.all(), 50u);
        EXPECT_EQ(score.deaths.size(), 3u);
    }
    void finds(const Device& device, const std::string& scenario) {
        if (!here(device)) GTEST_SKIP();
        Rehearsal rehearsal(device);
        ASSERT_EQ(rehearsal.plain(), "") << "a plain start doesn't show it";
        const Score score = rehearsal.deaths(scenario);
        ASSERT_EQ(score.lost.size(), 1u) << score.all() << " deaths, and none shows it";
        std::printf("%s: found: %s\n", device.chip->name, score.lost.front().c_str());
    }
};

TEST_F(Devices, EduSurvivesEveryDeath) { survives(edu_device(edu::Bug::none, folder)); }
TEST_F(Devices, EduMarkedTooEarlyIsFound) { finds(edu_device(edu::Bug::marks_first, folder), "boot"); }
TEST_F(Devices, EduWhoseMarkIsKeptIsFound) { finds(edu_device(edu::Bug::keeps_mark, folder), "rollback"); }
TEST_F(Devices, EduThatIsCutIntoIsFound) { finds(edu_device(edu::Bug::cuts_in, folder), "rollback"); }

TEST_F(Devices, NvmeSurvivesEveryDeath) { survives(nvme_device(nvme::Bug::none, folder)); }
TEST_F(Devices, NvmeBelievedReadyIsFound) { finds(nvme_device(nvme::Bug::believes_ready, folder), "update"); }
TEST_F(Devices, NvmeProgrammedWhileEnabledIsFound) {
    finds(nvme_device(nvme::Bug::programs_enabled, folder), "update");
}
TEST_F(Devices, NvmeComparedByHalfIsFound) { finds(nvme_device(nvme::Bug::compares_half, folder), "boot"); }

TEST_F(Devices, FlashSurvivesEveryDeath) { survives(flash_device(flash::Bug::none, folder)); }
TEST_F(Devices, FlashThatIsNotErasedIsFound) { finds(flash_device(flash::Bug::never_erases, folder), "update"); }
TEST_F(Devices, FlashLeftWritableIsFound) { finds(flash_device(flash::Bug::keeps_enabled, folder), "rollback"); }
TEST_F(Devices, FlashComparedByItsFirstWordIsFound) { finds(flash_device(flash::Bug::compares_first, folder), "boot"); }

}  // namespace
}  // namespace tests::devices
