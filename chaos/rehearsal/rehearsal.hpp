// Rehearsals with whole machines: a real kernel with the unmodified halctl in it dies in every way while it works on
// the chip, and a fresh one takes over. What is judged is what the in-process kills are judged by.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "chaos/rehearsal/chip_process.hpp"
#include "chaos/rehearsal/machine.hpp"
#include "chaos/rehearsal/stage.hpp"
#include "chaos/rehearsal/write_log.hpp"
#include "chaos/trial.hpp"

namespace chaos::rehearsal {

/// What dies, and how.
enum class Death : std::uint8_t {
    process,  ///< kill -9 of halctl; the machine lives on.
    panic,    ///< The kernel panics, and the machine restarts.
    reset,    ///< The machine's reset button.
    power,    ///< The machine is gone at that very access; another one is switched on.
    noise,    ///< Nothing dies; the link to the chip disturbs (Noise) for as long as halctl runs.
    stall,    ///< The chip stands still (SIGSTOP of its process) until the watchdog ends the machine; then it goes on.
    removal,  ///< The chip is gone (SIGKILL of its process). halctl must say so; another chip begins anew.
};
inline constexpr std::size_t kDeaths = 7;
const char* name(Death death);
/// Of the chip's process, not of the machine: then the chip isn't in this process.
inline bool of_chip(Death death) { return death >= Death::stall; }

/// One death: "boot@1/8@spi:power-120". At a moment of a run: 2n is before the n-th frame or access, 2n + 1 behind it.
/// The chip's process dies so many milliseconds after the command. Noise is drawn by it.
struct DeathPoint {
    std::string scenario;
    Path path;
    Death death;
    std::uint64_t moment;
};

/// What came of it.
struct Outcome {
    Verdict verdict = Verdict::survived;
    std::string what;            ///< In words, if it isn't survived.
    std::uint64_t behind = 0;    ///< Accesses that still reached the chip after the death was ordered.
    std::uint64_t struck = 0;    ///< Frames and accesses that noise has struck.
    std::uint64_t accesses = 0;  ///< Of the recovery.
    double restart_seconds = 0;  ///< Until a machine was ready again; 0 if it never died.
    std::uint64_t disturbances = 0;
};

/// A run of the real halctl that nobody disturbs.
struct Undisturbed {
    std::uint64_t moments = 0;  ///< At which it can die.
    std::uint64_t accesses = 0;
    std::uint64_t writes = 0, instances = 0;  ///< Words written, and to how many blocks.
    WriteDifferences differences;             ///< To the run in process.
    double seconds = 0;
};

struct Options {
    Image image;
    std::string scale = "1/8";
    std::string folder;  ///< For consoles; exists.
    std::chrono::seconds patience{
        60};                         ///< How long a machine may be silent before the watchdog ends it (Machine::line).
    std::chrono::seconds stall{15};  ///< The same where the chip is known to stand still.
};

class Rehearsal {
public:
    explicit Rehearsal(Options options);
    ~Rehearsal();

    /// Runs the real halctl once, judges its end, and compares what it writes to each block, in order, with what the
    /// HAL in process writes. Throws std::runtime_error, with a text for users, if it fails.
    const Undisturbed& undisturbed(const std::string& scenario, Path path);

    Outcome run(const DeathPoint& point);

    std::string id(const DeathPoint& point) const;
    /// Throws std::invalid_argument, with a text for users.
    DeathPoint parse(const std::string& id) const;

    /// The trace that halctl records of itself in the guest, of an undisturbed run, as a file's content.
    std::string recording(const std::string& scenario, Path path);

    /// Accesses of the dearest recovery of a scenario over a path: what its certificate says.
    std::uint64_t bound(const std::string& scenario, Path path);
    const std::string& qemu_version() const { return machine_.version(); }
    std::uint64_t boots() const { return boots_; }

private:
    class Striker;
    struct Ended {
        enum class How : std::uint8_t { exited, machine_gone, silent } how = How::silent;
        int status = -1;
        std::string output;  ///< The last line.
    };

    Scene& scene(const std::string& scenario, Path path);
    Scenario patient(const std::string& scenario, Path path) const;
    void boot();
    void wait_ready();
    std::string command(const Scene& scene) const;
    Ended converge(const Scene& scene, const std::string& more = "");
    std::string words(const Ended& ended) const;
    Ended follow(std::chrono::seconds patience, std::uint64_t most = 0);
    void strike(Death death);
    Outcome noisy(const DeathPoint& point);
    Outcome chip_dies(const DeathPoint& point);
    std::string after_stall(const Scene& scene, ChipProcess& chip);
    std::string after_removal(const Ended& ended) const;
    void boot_at(const ChipProcess& chip);
    void judge_recovery(Scene& scene, Outcome& outcome);

    const Options options_;
    const hal_chip size_;
    const transports::model::Layout layout_;
    std::map<std::pair<std::string, Path>, std::unique_ptr<Scene>> scenes_;
    std::map<std::pair<std::string, Path>, Undisturbed> undisturbed_;
    Stage stage_;
    Machine machine_;
    std::uint64_t number_ = 0, boots_ = 0;  // of the commands given to guests
};

}  // namespace chaos::rehearsal
