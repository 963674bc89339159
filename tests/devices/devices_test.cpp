// Devices that nobody here wrote, as QEMU has them, under the same engine: each with its own small RDL and driver. They
// survive every death; planted mistakes that a plain start doesn't show are found.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/devices/edu/edu.hpp"
#include "tests/devices/flash/flash.hpp"
#include "tests/devices/nvme/nvme.hpp"
#include "tests/devices/qtest_lane.hpp"
#include "transports/unix/temporary_folder.hpp"

namespace tests::devices {
namespace {

constexpr std::size_t kWithMachine = 12;  // a machine takes its time to start

class Devices : public testing::Test {
protected:
    const transports::unix_socket::TemporaryFolder folder{"devices"};  // of its own: others run beside it

    static bool here(const std::string& device) {
        if (QtestLane::available(device)) return true;
        std::printf("SKIPPED: no QEMU for %s; ./dev test --qemu installs it\n", device.c_str());
        return false;
    }

    void survives(const std::string& device) {
        if (!here(device)) GTEST_SKIP();
        QtestLane lane(device, 0, folder.path());
        ASSERT_EQ(plain(lane), "");
        const Score score = deaths(lane, kWithMachine);
        for (const std::string& lost : score.lost) ADD_FAILURE() << lost;
        std::printf("%s: %s\n", device.c_str(), score.text().c_str());
        EXPECT_GE(score.all(), 50u);
        EXPECT_EQ(score.deaths.size(), 3u);
    }
    template <typename Bug>
    void finds(const std::string& device, Bug bug, const std::string& scenario) {
        if (!here(device)) GTEST_SKIP();
        QtestLane lane(device, static_cast<unsigned>(bug), folder.path());
        ASSERT_EQ(plain(lane), "") << "a plain start doesn't show it";
        const Score score = deaths(lane, kWithMachine, scenario);
        ASSERT_EQ(score.lost.size(), 1u) << score.all() << " deaths, and none shows it";
        std::printf("%s: found: %s\n", device.c_str(), score.lost.front().c_str());
    }
};

TEST_F(Devices, EduSurvivesEveryDeath) { survives("edu"); }
TEST_F(Devices, EduMarkedTooEarlyIsFound) { finds("edu", edu::Bug::marks_first, "boot"); }
TEST_F(Devices, EduWhoseMarkIsKeptIsFound) { finds("edu", edu::Bug::keeps_mark, "rollback"); }
TEST_F(Devices, EduThatIsCutIntoIsFound) { finds("edu", edu::Bug::cuts_in, "rollback"); }

TEST_F(Devices, NvmeSurvivesEveryDeath) { survives("nvme"); }
TEST_F(Devices, NvmeBelievedReadyIsFound) { finds("nvme", nvme::Bug::believes_ready, "update"); }
TEST_F(Devices, NvmeProgrammedWhileEnabledIsFound) { finds("nvme", nvme::Bug::programs_enabled, "update"); }
TEST_F(Devices, NvmeComparedByHalfIsFound) { finds("nvme", nvme::Bug::compares_half, "boot"); }

TEST_F(Devices, FlashSurvivesEveryDeath) { survives("flash"); }
TEST_F(Devices, FlashThatIsNotErasedIsFound) { finds("flash", flash::Bug::never_erases, "update"); }
TEST_F(Devices, FlashLeftWritableIsFound) { finds("flash", flash::Bug::keeps_enabled, "rollback"); }
TEST_F(Devices, FlashComparedByItsFirstWordIsFound) { finds("flash", flash::Bug::compares_first, "boot"); }

}  // namespace
}  // namespace tests::devices
