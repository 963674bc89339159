#include "transports/qemu/qtest.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "transports/qemu/stream.hpp"

namespace transports::qemu {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kConfigAddress = 0xCF8, kConfigData = 0xCFC;

std::string hex(std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, " 0x%llx", static_cast<unsigned long long>(value));
    return text;
}

std::uint32_t word(const std::string& answer) {
    return static_cast<std::uint32_t>(std::strtoull(answer.c_str(), nullptr, 16));
}

}  // namespace

Qtest::~Qtest() { ::close(fd_); }

std::string Qtest::ask(const std::string& line) {
    const std::string sent = line + "\n";
    if (!send(fd_, sent.data(), sent.size())) throw std::runtime_error("QEMU is gone");
    return answer(line);
}

// "OK VALUE"; "IRQ ..." may come in between.
std::string Qtest::answer(const std::string& to) {
    for (;;) {
        const std::size_t end = received_.find('\n');
        if (end == std::string::npos) {
            char part[4096];
            const std::size_t size = receive_some(fd_, part, sizeof part);
            if (size == 0) throw std::runtime_error("QEMU is gone");
            received_.append(part, size);
            continue;
        }
        const std::string said = received_.substr(0, end);
        received_.erase(0, end + 1);
        if (said.rfind("IRQ", 0) == 0) continue;
        if (said.rfind("OK", 0) != 0) {
            std::string what = "QEMU answers '";
            throw std::runtime_error(what.append(said).append("' to '").append(to).append("'"));
        }
        return said.size() > 3 ? said.substr(3) : "";
    }
}

std::vector<std::uint32_t> Qtest::run(const std::vector<Step>& steps) {
    std::string lines;
    for (const Step& step : steps) {
        lines += step.store ? "writel" + hex(step.address) + hex(step.value) : "readl" + hex(step.address);
        lines += '\n';
    }
    if (!send(fd_, lines.data(), lines.size())) throw std::runtime_error("QEMU is gone");
    std::vector<std::uint32_t> words;
    for (const Step& step : steps) {
        const std::string said = answer("one of several accesses");
        if (!step.store) words.push_back(word(said));
    }
    return words;
}

std::uint32_t Qtest::load(std::uint64_t address) { return word(ask("readl" + hex(address))); }
void Qtest::store(std::uint64_t address, std::uint32_t value) { ask("writel" + hex(address) + hex(value)); }
std::uint32_t Qtest::in(std::uint16_t port) { return word(ask("inl" + hex(port))); }
void Qtest::out(std::uint16_t port, std::uint32_t value) { ask("outl" + hex(port) + hex(value)); }

std::vector<std::uint8_t> Qtest::memory(std::uint64_t address, std::size_t size) {
    const std::string text = ask("read" + hex(address) + hex(size));  // 0x, then two digits a byte
    if (text.size() != 2 + 2 * size) throw std::runtime_error("QEMU's memory comes in another size than asked for");
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(word(text.substr(2 + 2 * i, 2)));
    return bytes;
}

void Qtest::set_memory(std::uint64_t address, const std::vector<std::uint8_t>& bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    std::string text = " 0x";
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    ask("write" + hex(address) + hex(bytes.size()) + text);
}

std::uint32_t Qtest::config(unsigned device, unsigned offset) {
    out(kConfigAddress, 0x80000000u | device << 11 | offset);
    return in(kConfigData);
}

void Qtest::set_config(unsigned device, unsigned offset, std::uint32_t value) {
    out(kConfigAddress, 0x80000000u | device << 11 | offset);
    out(kConfigData, value);
}

hal::bus::Nanoseconds now() {
    return static_cast<hal::bus::Nanoseconds>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count());
}

void wait_until(hal::bus::Nanoseconds deadline) {
    const hal::bus::Nanoseconds start = now();
    if (deadline > start) std::this_thread::sleep_for(std::chrono::nanoseconds(deadline - start));
}

}  // namespace transports::qemu
