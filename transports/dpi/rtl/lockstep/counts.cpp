#include "transports/dpi/rtl/lockstep/counts.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iterator>

#include "hal/registers/names.hpp"
#include "transports/dpi/rtl/hand_written.hpp"
#include "transports/model/tables.hpp"

namespace transports::dpi {

namespace {

constexpr Access kAccesses[] = {Access::read,    Access::write,      Access::write_locked,
                                Access::consume, Access::cold_reset, Access::warm_reset};

bool is_hand_written(const std::string& path) {
    return std::any_of(std::begin(kHandWritten), std::end(kHandWritten), [&](const char* p) { return path == p; });
}

}  // namespace

const char* name(Access access) {
    switch (access) {
        case Access::read: return "read";
        case Access::write: return "write";
        case Access::write_locked: return "write, locked";
        case Access::consume: return "consume";
        case Access::cold_reset: return "cold reset";
        case Access::warm_reset: return "warm reset";
    }
    return "";
}

Counts::Counts(const model::Layout& layout) {
    const auto types = hal::registers::type_names();
    std::set<std::uint8_t> present;
    for (const auto& instance : layout.chip.instances) present.insert(instance.type);
    for (const std::uint8_t type : present) {
        const auto words = model::type_rows()[type].words;
        for (const hal::registers::RegisterName& reg : types[type].registers) {
            const bool by_hand = is_hand_written(std::string(types[type].name) + "." + reg.name);
            for (std::uint16_t e = 0; e < reg.count; ++e) {
                const std::uint32_t number = reg.index + std::uint32_t{e} * reg.index_stride;
                Row& row = rows_[{type, number}];
                row.hand_written = by_hand;
                row.internal = words[number].internal;
                row.lockable = words[number].locked != 0;
                for (const auto& field : reg.fields) {
                    const bool lockable = (words[number].locked >> field.lsb & 1) != 0;
                    row.kinds.insert(std::string(field.access) + (lockable ? ", lockable" : ""));
                }
                for (const std::string& kind : row.kinds) {
                    for (const Access access : kAccesses) {
                        const bool reset = access == Access::cold_reset || access == Access::warm_reset;
                        if (row.internal && !reset) continue;
                        const bool lockable = kind.find("lockable") != std::string::npos;
                        if (access == Access::write_locked && !lockable) continue;
                        wanted_[by_hand ? 1 : 0].insert({kind, access});
                    }
                }
            }
        }
    }
}

void Counts::accessed(std::uint8_t type, std::uint32_t number, Access access) {
    const Row& row = rows_.at({type, number});
    for (const std::string& kind : row.kinds) ++done_[row.hand_written ? 1 : 0][{kind, access}];
}

void Counts::compared(std::uint8_t type, std::uint32_t number, std::uint32_t content) {
    const bool by_hand = rows_.at({type, number}).hand_written;
    ++words_[by_hand ? 1 : 0];
    if (content != 0) ++non_zero_[by_hand ? 1 : 0];
}

std::size_t Counts::missing() const {
    std::size_t missing = 0;
    for (int half = 0; half < 2; ++half) {
        for (const Pair& pair : wanted_[half]) missing += done_[half].count(pair) == 0 ? 1 : 0;
    }
    return missing;
}

void Counts::print() const {
    for (int half = 0; half < 2; ++half) {
        const char* what = half == 0 ? "generated registers" : "hand-written registers";
        std::size_t covered = 0;
        for (const Pair& pair : wanted_[half]) covered += done_[half].count(pair);
        std::printf(
            "%s: %zu of %zu pairs of field kind and access; %llu stored words compared, %llu of them not zero\n", what,
            covered, wanted_[half].size(), static_cast<unsigned long long>(words_[half]),
            static_cast<unsigned long long>(non_zero_[half]));
        std::string kind;
        for (const Pair& pair : wanted_[half]) {
            if (pair.first != kind) std::printf("%s  %-16s", kind.empty() ? "" : "\n", pair.first.c_str());
            kind = pair.first;
            const auto at = done_[half].find(pair);
            std::printf(" %s %llu;", name(pair.second),
                        at == done_[half].end() ? 0ull : static_cast<unsigned long long>(at->second));
        }
        std::printf("\n");
    }
}

}  // namespace transports::dpi
