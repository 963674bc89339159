// The real lane: the HAL in a Linux guest, on its devices through that guest's own kernel.
#pragma once

#include <memory>
#include <string>

#include "tests/devices/machine.hpp"
#include "tests/devices/rehearsal.hpp"

namespace tests::devices {

class GuestLane final : public Lane {
public:
    /// Boots a board with that device: `image` is what guest/image.py has made. `bug` is Device's; `folder` gets the
    /// machine's files. Throws std::runtime_error, with the guest's last words, when it doesn't come up.
    GuestLane(const std::string& device, unsigned bug, const std::string& image, const std::string& folder);
    GuestLane(const GuestLane&) = delete;
    GuestLane& operator=(const GuestLane&) = delete;
    ~GuestLane() override;

    void clear() override;
    std::string use(unsigned intent) override;
    Run run(unsigned intent) override;
    bool dies(unsigned intent, std::uint64_t at, Kind kind) override;

    std::uint64_t boots() const { return boots_; }

private:
    void power_on();
    void booted();
    std::string line();
    std::string answer();
    std::string ask(const std::string& words);

    const std::string device_;
    const Board board_;
    std::unique_ptr<Machine> machine_;
    std::string received_, last_words_;
    std::uint64_t number_ = 0, boots_ = 0;
};

}  // namespace tests::devices
