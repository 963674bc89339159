#include "transports/dpi/rtl/lockstep/rtl_chip.hpp"

#include <Vheron_chip.h>
#include <verilated.h>

#include <cstdio>
#include <cstdlib>

namespace transports::dpi {

using model::BusStatus;

namespace {

constexpr std::uint32_t kPatience = 100'000;  // clocks; the longest known wait is a digest of the code memory

[[noreturn]] void stuck(const char* what) {
    std::fprintf(stderr, "RTL: %s does not end; look at heron_chip's quiet and pready\n", what);
    std::abort();
}

}  // namespace

struct RtlChip::Transfer {
    std::uint32_t address;
    bool write, consume, scan;
    std::uint32_t data;
};

RtlChip::RtlChip() : context_(new VerilatedContext), pins_(new Vheron_chip(context_.get())) {
    pins_->bready = 1;
    pins_->rready = 1;
    cold_reset();
}

RtlChip::~RtlChip() { pins_->final(); }

void RtlChip::clock() {
    pins_->clk = 0;
    pins_->eval();
    pins_->clk = 1;
    pins_->eval();
    ++clocks_;
}

void RtlChip::settle() {
    for (std::uint32_t n = 0; n < kPatience; ++n) {
        pins_->clk = 0;
        pins_->eval();
        if (pins_->quiet != 0) return;
        clock();
    }
    stuck("settling");
}

void RtlChip::cold_reset() {
    pins_->rst_n = 0;
    pins_->epoch = 0;
    clock();
    pins_->rst_n = 1;
    settle();
}

void RtlChip::warm_reset() {
    pins_->warm_reset = 1;
    clock();
    pins_->warm_reset = 0;
    settle();
}

// Inputs change after the rising edge, as registers' outputs do; answers are looked at before the next one.
BusStatus RtlChip::transfer(const Transfer& wanted, std::uint32_t& value) {
    pins_->psel = 1;
    pins_->penable = 0;
    pins_->pwrite = wanted.write;
    pins_->pconsume = wanted.consume;
    pins_->pscan = wanted.scan;
    pins_->paddr = wanted.address;
    pins_->pwdata = wanted.data;
    clock();
    pins_->penable = 1;
    std::uint32_t waits = 0;
    for (; waits < kPatience; ++waits) {
        pins_->clk = 0;
        pins_->eval();
        if (pins_->pready != 0) break;
        clock();
    }
    if (waits == kPatience) stuck("an access");
    if (waits > longest_wait_ && !wanted.scan) longest_wait_ = waits;
    const BusStatus status = pins_->pslverr == 0      ? BusStatus::ok
                             : pins_->pprotected != 0 ? BusStatus::protected_
                                                      : BusStatus::decode_error;
    value = pins_->prdata;
    clock();
    pins_->psel = 0;
    pins_->penable = 0;
    pins_->pscan = 0;
    return status;
}

BusStatus RtlChip::read(std::uint32_t address, std::uint32_t& value) {
    return transfer({address, false, false, false, 0}, value);
}

BusStatus RtlChip::consume(std::uint32_t address, std::uint32_t& value) {
    return transfer({address, false, true, false, 0}, value);
}

BusStatus RtlChip::write(std::uint32_t address, std::uint32_t value) {
    std::uint32_t ignored = 0;
    return transfer({address, true, false, false, value}, ignored);
}

std::uint32_t RtlChip::scan(std::uint32_t base, std::uint32_t number) {
    std::uint32_t value = 0;
    transfer({base + 4 * number, false, false, true, 0}, value);
    return value;
}

void RtlChip::claimed(std::uint32_t epoch) {
    settle();
    pins_->epoch = epoch;
    pins_->claimed = 1;
    clock();
    pins_->claimed = 0;
    settle();
}

std::uint32_t RtlChip::epoch() const { return pins_->epoch; }

void RtlChip::wait_until(hal::bus::Nanoseconds deadline) {
    if (deadline > now_ns_) let_pass(static_cast<std::uint32_t>((deadline - now_ns_ + 999) / 1000), true);
}

void RtlChip::let_pass(std::uint32_t us, bool to_event) {
    pins_->wait_valid = 1;
    pins_->wait_us = us;
    pins_->wait_to_event = to_event;
    for (std::uint32_t n = 0;; ++n) {
        pins_->clk = 0;
        pins_->eval();
        if (pins_->wait_done != 0) break;
        if (n == 100 * kPatience) stuck("a wait");
        clock();
    }
    now_ns_ += std::uint64_t{pins_->passed_us} * 1000;
    clock();
    pins_->wait_valid = 0;
    settle();
}

// What the SPI bridge does for the window. The grant reaches this chip as claimed(); the window waits meanwhile.
bool RtlChip::serve_claim(model::BridgeSession& session) {
    if (pins_->claim_request == 0) return false;
    struct Fence final : RegisterPort {
        std::uint32_t epoch_now = 0;
        bool granted = false;
        BusStatus read(std::uint32_t, std::uint32_t&) override { return BusStatus::decode_error; }
        BusStatus consume(std::uint32_t, std::uint32_t&) override { return BusStatus::decode_error; }
        BusStatus write(std::uint32_t, std::uint32_t) override { return BusStatus::decode_error; }
        void claimed(std::uint32_t next) override {
            epoch_now = next;
            granted = true;
        }
        std::uint32_t epoch() const override { return epoch_now; }
    } fence;
    fence.epoch_now = pins_->epoch;
    model::claim(fence, session, pins_->claim_expected, pins_->claim_nonce);
    if (fence.granted) {
        pins_->epoch = fence.epoch_now;
        pins_->claimed = 1;
        clock();
        pins_->claimed = 0;
    }
    pins_->owner_nonce = session.owner_nonce;
    pins_->claim_done = 1;
    clock();
    pins_->claim_done = 0;
    return true;
}

std::uint32_t RtlChip::load(std::uint32_t offset, model::BridgeSession& session) {
    pins_->owner_nonce = session.owner_nonce;
    pins_->arvalid = 1;
    pins_->araddr = offset;
    bool taken = false;
    for (std::uint32_t n = 0; n < kPatience; ++n) {
        pins_->clk = 0;
        pins_->eval();
        if (pins_->rvalid != 0) break;
        taken = taken || pins_->arready != 0;
        clock();
        if (taken) pins_->arvalid = 0;
    }
    if (pins_->rvalid == 0) stuck("a load");
    const std::uint32_t value = pins_->rdata;
    clock();
    settle();
    return value;
}

void RtlChip::store(std::uint32_t offset, std::uint32_t value, model::BridgeSession& session) {
    pins_->owner_nonce = session.owner_nonce;
    pins_->awvalid = 1;
    pins_->wvalid = 1;
    pins_->awaddr = offset;
    pins_->wdata = value;
    pins_->wstrb = 0xF;
    bool taken = false;
    for (std::uint32_t n = 0; n < kPatience; ++n) {
        pins_->clk = 0;
        pins_->eval();
        if (pins_->bvalid != 0) break;
        taken = taken || pins_->awready != 0;
        if (!serve_claim(session)) clock();
        if (taken) pins_->awvalid = pins_->wvalid = 0;
    }
    if (pins_->bvalid == 0) stuck("a store");
    clock();
    settle();
}

}  // namespace transports::dpi
