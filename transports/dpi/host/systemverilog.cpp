// What reconverge_pkg (transports/dpi/sv) imports: one host per simulation, one process of the HAL at a time.
#include <cstring>
#include <memory>
#include <string>

#include "hal/api/convert.hpp"
#include "transports/dpi/host/process.hpp"
#include "transports/dpi/host/wires.hpp"
#include "transports/names/chip_names.hpp"

namespace transports::dpi {
namespace {

constexpr const char* kStates[] = {"converged", "off", "deferred", "needs reset", "broken", "blocked", "pending"};

struct Bench {
    std::unique_ptr<names::ChipNames> names;
    intent::Intended intended;
    Host host;
    std::unique_ptr<Process> process;
    bool ended = true, failed = false;  // of a peek or poke
    std::uint32_t value = 0, nonce = 0;
    std::string why, complaint;
};

// Static, because DPI functions have no object; the simulator calls them from one thread.
Bench& bench() {
    static Bench one;
    if (Host::current == nullptr) Host::current = &one.host;
    return one;
}

int refuse(const std::string& why) {
    bench().why = why;
    bench().failed = true;
    return 1;
}

/// Catches what would otherwise end the simulator.
template <typename F>
int start(F what) {
    Bench& b = bench();
    if (!b.names) return refuse("hal_open() comes first");
    if (!b.host.idle()) return refuse("a process of the HAL is still running; wait for hal_busy() to be 0");
    b.why.clear();
    b.failed = false;
    b.process.reset();
    try {
        what(b);
    } catch (const std::exception& error) {
        return refuse(error.what());
    }
    return 0;
}

int converge(const char* intent, bool drain, bool plan_only) {
    return start([=](Bench& b) {
        b.intended = intent::load(intent, b.names->chip()).intended;
        hal_policy policy = default_policy();
        policy.drain = drain ? 1 : 0;
        policy.plan_only = plan_only ? 1 : 0;
        b.process = std::make_unique<Process>(b.host, b.names->chip(), b.intended);
        b.process->start(++b.nonce, policy);
    });
}

std::string explain(const hal_error& error) {
    return std::string(hal::bus::name(static_cast<hal::bus::Code>(error.code))) + " at " + names::hex(error.address) +
           " (" + hal::bus::name(static_cast<hal::bus::Effect>(error.effect)) + " of it took effect)";
}

void end(Bench& b, const hal::bus::Result<void>& done) {
    b.ended = true;
    b.failed = !done;
    if (!done) b.why = explain(hal::api::to_c(done.error()));
}

int peek(const char* path) {
    return start([=](Bench& b) {
        const names::Place place = b.names->find(path);
        if (place.reg == nullptr) throw std::invalid_argument(std::string(path) + ": name a register or a field");
        b.ended = false;
        b.host.start([&b, place] {
            PinWire wire(b.host);
            spi::Link link(wire, spi::Link::Mode::observer);
            const auto word = link.read(b.names->address(place));
            if (word) b.value = place.field != nullptr ? names::content(*place.field, *word) : *word;
            end(b, word ? hal::bus::Result<void>{} : hal::bus::fail(word.error()));
        });
    });
}

int poke(const char* path, std::uint32_t value) {
    return start([=](Bench& b) {
        const names::Place place = b.names->find(path);
        if (place.reg == nullptr || place.field != nullptr) {
            throw std::invalid_argument(std::string(path) + ": name a register; fields would need a read first");
        }
        b.ended = false;
        const std::uint32_t nonce = ++b.nonce;
        b.host.start([&b, place, value, nonce] {
            PinWire wire(b.host);
            spi::Link link(wire, spi::Link::Mode::managed);
            const auto claimed = link.claim(nonce);
            end(b, claimed ? link.write(b.names->address(place), value) : hal::bus::fail(claimed.error()));
        });
    });
}

int open(const char* scale) {
    try {
        bench().names = std::make_unique<names::ChipNames>(names::parse_scale(scale));
    } catch (const std::exception& error) {
        return refuse(error.what());
    }
    return 0;
}

const char* complaint(std::uint32_t i) {
    Bench& b = bench();
    b.complaint.clear();
    if (b.process && i < b.process->states.size() && b.process->states[i].state > HAL_OFF) {
        const hal_instance_state& state = b.process->states[i];
        b.complaint = b.names->name(i) + ": " + kStates[state.state] + ": " + state.why;
    }
    return b.complaint.c_str();
}

const char* why() {
    Bench& b = bench();
    if (b.why.empty() && b.process && b.process->failed) b.why = explain(b.process->error);
    return b.why.c_str();
}

}  // namespace
}  // namespace transports::dpi

namespace dpi = transports::dpi;

extern "C" {

int reconverge_sv_open(const char* scale);
int reconverge_sv_converge(const char* intent, int drain);
int reconverge_sv_plan(const char* intent);
int reconverge_sv_peek(const char* path);
int reconverge_sv_poke(const char* path, unsigned value);
int reconverge_sv_busy();
int reconverge_sv_failed();
const char* reconverge_sv_why();
unsigned reconverge_sv_value();
unsigned reconverge_sv_as_intended();
unsigned reconverge_sv_pending();
unsigned reconverge_sv_writes();
unsigned reconverge_sv_instances();
const char* reconverge_sv_complaint(unsigned i);
void reconverge_sv_kill();
void reconverge_sv_reset_host();

int reconverge_sv_open(const char* scale) { return dpi::open(scale); }
int reconverge_sv_converge(const char* intent, int drain) { return dpi::converge(intent, drain != 0, false); }
int reconverge_sv_plan(const char* intent) { return dpi::converge(intent, false, true); }
int reconverge_sv_peek(const char* path) { return dpi::peek(path); }
int reconverge_sv_poke(const char* path, unsigned value) { return dpi::poke(path, value); }
int reconverge_sv_busy() { return dpi::bench().host.idle() ? 0 : 1; }

int reconverge_sv_failed() {
    const dpi::Bench& b = dpi::bench();
    // A process that was killed has neither succeeded nor said why.
    const bool killed = b.process ? !b.process->ended : !b.ended;
    return b.failed || killed || (b.process && b.process->failed) ? 1 : 0;
}

const char* reconverge_sv_why() { return dpi::why(); }
unsigned reconverge_sv_value() { return dpi::bench().value; }

unsigned reconverge_sv_as_intended() {
    const auto& process = dpi::bench().process;
    return process && process->ended && !process->failed ? process->report.converged + process->report.off : 0;
}

unsigned reconverge_sv_pending() {
    const auto& process = dpi::bench().process;
    return process ? process->report.pending : 0;
}

unsigned reconverge_sv_writes() {
    const auto& process = dpi::bench().process;
    return process ? process->report.writes : 0;
}

unsigned reconverge_sv_instances() { return dpi::bench().names ? dpi::bench().names->size() : 0; }
const char* reconverge_sv_complaint(unsigned i) { return dpi::complaint(i); }
void reconverge_sv_kill() { dpi::bench().host.kill(); }
void reconverge_sv_reset_host() { dpi::bench().host.reset(); }

}  // extern "C"
