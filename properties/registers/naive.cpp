#include "properties/registers/naive.hpp"

#include <map>
#include <stdexcept>

namespace properties::registers {
namespace {

std::string text(const nlohmann::json& object, const char* key) {
    return object.contains(key) ? object.at(key).get<std::string>() : std::string();
}

bool flag(const nlohmann::json& object, const char* key) { return object.contains(key) && object.at(key) == true; }

NaiveField field(const nlohmann::json& described, const std::string& owner) {
    NaiveField f{};
    f.path = owner + "." + text(described, "name");
    f.lsb = described.at("lsb");
    f.msb = described.at("msb");
    const std::string sw = text(described, "sw");
    f.software_reads = sw == "rw" || sw == "r";
    f.software_writes = sw == "rw" || sw == "w";
    f.pulse = flag(described, "singlepulse");
    f.on_read = text(described, "onread");
    f.on_write = text(described, "onwrite");
    for (const char* key : {"swwe", "swwel"}) {
        if (!described.contains(key)) continue;
        f.lock = described.at(key).at("ref");
        f.locks_when_set = std::string(key) == "swwel";
    }
    f.sticky = described.at("udp").contains("hal_sticky") && described.at("udp").at("hal_sticky") == true;
    const std::uint32_t reset = described.contains("reset") ? described.at("reset").get<std::uint32_t>() : 0;
    for (unsigned bit = 0; bit <= f.msb - f.lsb; ++bit) f.reset.push_back(((reset >> bit) & 1u) != 0);
    f.kind = "sw=" + sw + (f.pulse ? " pulse" : "") + (f.on_write.empty() ? "" : " " + f.on_write) +
             (f.on_read.empty() ? "" : " " + f.on_read) +
             (f.lock.empty()     ? ""
              : f.locks_when_set ? " swwel"
                                 : " swwe") +
             (f.sticky ? " sticky" : "");
    return f;
}

bool bit_of(std::uint32_t word, unsigned bit) { return ((word >> bit) & 1u) != 0; }

/// One bit of a field, of which software writes `written` over `old`.
bool after_write(const NaiveField& f, bool old, bool written) {
    if (f.pulse) return old;
    if (f.on_write.empty()) return written;
    if (f.on_write == "woclr") return written ? false : old;
    if (f.on_write == "woset") return written ? true : old;
    if (f.on_write == "wot") return written ? !old : old;
    if (f.on_write == "wzc") return written ? old : false;
    if (f.on_write == "wzs") return written ? old : true;
    if (f.on_write == "wzt") return written ? old : !old;
    if (f.on_write == "wclr") return false;
    if (f.on_write == "wset") return true;
    throw std::runtime_error("onwrite " + f.on_write);
}

}  // namespace

NaiveBlock::NaiveBlock(const nlohmann::json& described) {
    std::map<std::string, std::size_t> numbers;
    for (const nlohmann::json& r : described.at("regs")) {
        NaiveRegister entry{r.at("path"), r.at("addr"), {}};
        for (const nlohmann::json& f : r.at("fields")) {
            entry.fields.push_back(field(f, entry.path));
            entry.fields.back().number = numbers.size();
            numbers.emplace(entry.fields.back().path, numbers.size());
        }
        registers_.push_back(entry);
    }
    for (NaiveRegister& r : registers_) {
        for (NaiveField& f : r.fields) f.lock_number = f.lock.empty() ? 0 : numbers.at(f.lock);
    }
    bits_.resize(numbers.size());
    reset(true);
}

std::uint32_t NaiveBlock::content(const NaiveRegister& r) const {
    std::uint32_t word = 0;
    for (const NaiveField& f : r.fields) {
        for (unsigned bit = f.lsb; bit <= f.msb; ++bit) {
            if (bits_[f.number][bit - f.lsb]) word |= 1u << bit;
        }
    }
    return word;
}

void NaiveBlock::set_content(const NaiveRegister& r, std::uint32_t word) {
    for (const NaiveField& f : r.fields) {
        for (unsigned bit = f.lsb; bit <= f.msb; ++bit) bits_[f.number][bit - f.lsb] = bit_of(word, bit);
    }
}

std::optional<std::uint32_t> NaiveBlock::read(const NaiveRegister& r) const {
    std::uint32_t word = 0;
    bool any = false;
    for (const NaiveField& f : r.fields) {
        if (!f.on_read.empty()) return {};
        if (!f.software_reads) continue;
        any = true;
        for (unsigned bit = f.lsb; bit <= f.msb; ++bit) {
            if (bits_[f.number][bit - f.lsb]) word |= 1u << bit;
        }
    }
    return any ? std::optional<std::uint32_t>(word) : std::nullopt;
}

std::optional<std::uint32_t> NaiveBlock::consume(const NaiveRegister& r) {
    std::uint32_t word = 0;
    bool any = false;
    for (const NaiveField& f : r.fields) {
        if (!f.software_reads) continue;
        any = true;
        for (unsigned bit = f.lsb; bit <= f.msb; ++bit) {
            const bool old = bits_[f.number][bit - f.lsb];
            if (old) word |= 1u << bit;
            if (f.on_read == "rclr") bits_[f.number][bit - f.lsb] = false;
            if (f.on_read == "rset") bits_[f.number][bit - f.lsb] = true;
        }
    }
    return any ? std::optional<std::uint32_t>(word) : std::nullopt;
}

bool NaiveBlock::locked(const NaiveField& f) const {
    if (f.lock.empty()) return false;
    const bool set = bits_[f.lock_number][0];
    return f.locks_when_set ? set : !set;
}

std::optional<std::uint32_t> NaiveBlock::write(const NaiveRegister& r, std::uint32_t word) {
    // Locks are looked at before anything changes: a register may hold its own.
    std::vector<bool> open;
    for (const NaiveField& f : r.fields) open.push_back(!locked(f));
    std::uint32_t pulses = 0;
    bool any = false;
    for (std::size_t k = 0; k < r.fields.size(); ++k) {
        const NaiveField& f = r.fields[k];
        if (!f.software_writes) continue;
        any = true;
        if (!open[k]) continue;
        for (unsigned bit = f.lsb; bit <= f.msb; ++bit) {
            const bool written = bit_of(word, bit);
            if (f.pulse && written) pulses |= 1u << bit;
            bits_[f.number][bit - f.lsb] = after_write(f, bits_[f.number][bit - f.lsb], written);
        }
    }
    return any ? std::optional<std::uint32_t>(pulses) : std::nullopt;
}

void NaiveBlock::reset(bool cold) {
    for (const NaiveRegister& r : registers_) {
        for (const NaiveField& f : r.fields) {
            if (cold || !f.sticky) bits_[f.number] = f.reset;
        }
    }
}

}  // namespace properties::registers
