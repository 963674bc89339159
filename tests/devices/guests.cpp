// devices_guests DEVICE IMAGE: a device that nobody here wrote, in a Linux guest behind that guest's own kernel.
// Survives every death; each of its driver's planted mistakes is found. Exit code: 0 all survived and found, 1 not so,
// 2 wrong arguments, 3 not measured.
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

#include "tests/devices/guest_lane.hpp"
#include "transports/unix/temporary_folder.hpp"

namespace tests::devices {
namespace {

constexpr std::size_t kWithMachine = 4;  // a guest takes its time to boot
constexpr unsigned kMistakes = 3;        // that are planted in each driver

void progress(const std::string& text) {
    if (::isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "\r\033[K%s", text.c_str());
}

// False: lost, or not found.
bool rehearse(const std::string& device, unsigned bug, const std::string& image, const std::string& folder) {
    GuestLane lane(device, bug, image, folder);
    std::string what = plain(lane);
    Score score;
    if (what.empty()) {
        score = deaths(lane, bug == 0 ? kWithMachine : 0, "",
                       [&](const Score& so_far) { progress(device + ": " + so_far.text()); });
        if (!score.lost.empty()) what = score.lost.front();
    }
    progress("");
    if (bug == 0) {
        std::printf("%s in a guest: %s, %llu boots\n", device.c_str(), score.text().c_str(),
                    static_cast<unsigned long long>(lane.boots()));
        if (!what.empty()) std::printf("  lost: %s\n", what.c_str());
    } else {
        std::printf("  planted mistake %u: %s\n", bug, what.empty() ? "not found" : ("found: " + what).c_str());
    }
    std::fflush(stdout);
    return what.empty() == (bug == 0);
}

int run(const std::string& device, const std::string& image) {
    const transports::unix_socket::TemporaryFolder folder("devices");
    bool good = true;
    for (unsigned bug = 0; bug <= kMistakes; ++bug) good = rehearse(device, bug, image, folder.path()) && good;
    return good ? 0 : 1;
}

}  // namespace
}  // namespace tests::devices

int main(int count, char** arguments) {
    if (count != 3) {
        std::fprintf(stderr, "usage: devices_guests edu|nvme|flash IMAGE-FOLDER\n");
        return 2;
    }
    try {
        return tests::devices::run(arguments[1], arguments[2]);
    } catch (const std::invalid_argument& problem) {
        std::fprintf(stderr, "devices_guests: %s\n", problem.what());
        return 2;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "devices_guests: %s: %s\n", arguments[1], problem.what());
        return 3;
    }
}
