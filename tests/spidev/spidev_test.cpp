// The unmodified halctl-static on the model over "spidev", with every error that the kernel may answer given to it at
// the boundary of its system calls: it ends as if nothing had been, or says so in one line.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "chaos/judge.hpp"
#include "hal/chip/heron.hpp"
#include "tests/spidev/supervisor.hpp"
#include "transports/intent/intent.hpp"
#include "transports/model/bridge.hpp"
#include "transports/model/live.hpp"
#include "transports/unix/temporary_folder.hpp"

namespace tests::spidev {
namespace {

constexpr const char* kLink = "spidev:/dev/spidev0.0";

/// The standard intent, with a watchdog that isn't in a hurry on a busy computer.
std::string patient_intent(const std::string& folder) {
    std::ifstream standard(RECONVERGE_SOURCE_DIR "/hal/chip/intents/training.json");
    nlohmann::json document = nlohmann::json::parse(standard);
    document["defaults"]["watchdog"]["timeout_ms"] = 600'000;
    std::string path = folder + "/intent.json";
    std::ofstream(path) << document;
    return path;
}

chaos::Scenario boot(const std::string& intent) {
    chaos::Scenario scenario = chaos::make_scenario("boot", 1, 8);
    scenario.intended = transports::intent::load(intent, {sizeof(hal_chip), 1, 8}).intended;
    return scenario;
}

class Spidev : public testing::Test {
protected:
    void SetUp() override {
        intent = patient_intent(folder.path());
        scenario = boot(intent);
        judge.emplace(scenario, layout, chaos::OracleSet().set());
        judge->ignore_phase_of_traffic();
        judge->reference();
        switch_on();
    }

    void switch_on() {
        chaos::Rig& rig = judge->rig();
        rig.chip.restore(judge->start());
        rig.chip.monitor = {};
        rig.forget_sessions();
        bridge.emplace(rig.chip, rig.session);
        bridge_wire.emplace(*bridge, rig.chip);
        live.emplace(rig.chip);
        wire.emplace(*live, *bridge_wire);
    }

    Supervisor::Ended converge(const std::function<Fate(std::uint64_t)>& fate = {}) {
        Supervisor supervisor(*wire);
        supervisor.fate = fate;
        return supervisor.run({HALCTL, "--link", kLink, "--scale", "1/8", "converge", "--intent", intent});
    }

    void expect_as_intended(const std::string& after) {
        const auto alone = live->enter();
        for (const chaos::Finding& finding : judge->judge_end({})) ADD_FAILURE() << after << ": " << finding.what;
    }

    /// Every third message is struck; halctl isn't disturbed.
    void survives(const std::string& name, const Fate& fate) {
        SCOPED_TRACE(name);
        switch_on();
        const auto ended = converge([&](std::uint64_t message) { return message % 3 == 2 ? fate : Fate{}; });
        EXPECT_EQ(ended.status, 0) << ended.output;
        EXPECT_GT(ended.struck, 10u);
        expect_as_intended(name);
        std::printf("%s: %llu of %llu messages struck\n", name.c_str(), static_cast<unsigned long long>(ended.struck),
                    static_cast<unsigned long long>(ended.messages));
    }

    const transports::model::Layout layout{*hal::chip::heron(1, 8)};
    const transports::unix_socket::TemporaryFolder folder{"spidev"};
    std::string intent;
    chaos::Scenario scenario;
    std::optional<chaos::Judge> judge;
    std::optional<transports::model::Bridge> bridge;
    std::optional<transports::model::BridgeWire> bridge_wire;
    std::optional<transports::model::Live> live;
    std::optional<transports::model::LiveWire> wire;
};

/// False where processes may not be supervised: some sandboxes.
bool supervised(const std::function<void()>& look) {
    try {
        look();
    } catch (const std::runtime_error& problem) {
        std::printf("SKIPPED: %s\n", problem.what());
        return false;
    }
    return true;
}

TEST_F(Spidev, ErrorsOfTheKernelAreRepeatedAndNothingHappensTwice) {
    if (!supervised([this] { converge(); })) GTEST_SKIP();
    expect_as_intended("nothing");
    constexpr struct {
        const char* name;
        int error;
    } kErrors[] = {{"EINTR", EINTR}, {"EIO", EIO}, {"ETIMEDOUT", ETIMEDOUT}, {"ENOMEM", ENOMEM}};
    for (const auto& [name, error] : kErrors) {
        survives(std::string(name) + ", not sent", {error, false, 0, false});
        survives(std::string(name) + ", the chip has seen it", {error, true, 0, false});
    }
    survives("EMSGSIZE", {EMSGSIZE, false, 0, false});
    survives("few bytes", {0, true, 9, false});
}

TEST_F(Spidev, KilledWithinASystemCallAFreshOneGoesOn) {
    if (!supervised([this] { converge(); })) GTEST_SKIP();
    int deaths = 0;
    for (const std::uint64_t at : {3u, 10u, 25u, 40u}) {
        for (const bool reaches : {false, true}) {
            const std::string name = "killed at message " + std::to_string(at) + (reaches ? ", sent" : "");
            switch_on();
            const auto dead = converge([&](std::uint64_t n) { return n == at ? Fate{0, reaches, 0, true} : Fate{}; });
            EXPECT_EQ(dead.status, 128 + SIGKILL) << name << dead.output;
            const auto fresh = converge();
            EXPECT_EQ(fresh.status, 0) << name << fresh.output;
            expect_as_intended(name);
            ++deaths;
        }
    }
    EXPECT_EQ(deaths, 8);
}

TEST_F(Spidev, ADeviceThatIsGoneOrFailsForGoodIsOneLine) {
    if (!supervised([this] { converge(); })) GTEST_SKIP();
    for (const int error : {ESHUTDOWN, ENODEV, EIO, EMSGSIZE}) {
        switch_on();
        const auto ended = converge([&](std::uint64_t message) {
            return message >= 12 ? Fate{error, false, 0, false} : Fate{};
        });
        EXPECT_EQ(ended.status, 3) << ended.output;
        EXPECT_EQ(ended.output.rfind("halctl: ", 0), 0u) << ended.output;
        EXPECT_EQ(ended.output.find('\n'), ended.output.size() - 1) << ended.output;
        std::printf("%s", ended.output.c_str());
        EXPECT_EQ(converge().status, 0) << "a fresh one, once it is back";
        expect_as_intended(std::strerror(error));
    }
}

}  // namespace
}  // namespace tests::spidev
