// Rows of steps in which one or two repeat over and over, as moments of a run do: each such stretch is written once.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "chaos/shards/part.hpp"
#include "transports/recorder/format.hpp"

namespace chaos::shards {

template <std::size_t kColumns>
using Row = std::array<std::uint64_t, kColumns>;

/// What comes behind `from` and is mostly near it, before or after, in few bits; and back again.
inline std::uint64_t step(std::uint64_t from, std::uint64_t to) { return transports::recorder::zigzag(to - from); }
inline std::uint64_t stepped(std::uint64_t from, std::uint64_t step) {
    return from + transports::recorder::unzigzag(step);
}

/// Their number, then stretches: the length of what repeats, how often it is there, its rows.
template <std::size_t kColumns>
void put(Bytes& out, const std::vector<Row<kColumns>>& rows) {
    put(out, rows.size());
    for (std::size_t at = 0; at < rows.size();) {
        std::size_t length = 1, times = 1;
        for (const std::size_t tried : {1u, 2u}) {
            std::size_t same = at + tried;
            while (same < rows.size() && rows[same] == rows[same - tried]) ++same;
            const std::size_t there = (same - at) / tried;
            if (there < 2 || there * tried <= length * times) continue;
            length = tried;
            times = there;
        }
        put(out, length);
        put(out, times);
        for (std::size_t k = 0; k < length; ++k) {
            for (const std::uint64_t column : rows[at + k]) put(out, column);
        }
        at += length * times;
    }
}

/// make(row) of each, at most `most` of them. Throws certificate::Refused on what put() wouldn't have written.
template <std::size_t kColumns, typename F>
auto rows_of(Record& in, std::uint64_t most, F make) {
    constexpr std::uint64_t kExpected = 1 << 16;
    std::vector<decltype(make(Row<kColumns>()))> all;
    std::uint64_t left = in.next(most);
    all.reserve(std::min(left, kExpected));
    Row<kColumns> rows[2];
    while (left != 0) {
        const std::uint64_t length = in.next(2), times = in.next(most);
        if (length == 0 || times == 0 || length * times > left) throw certificate::Refused("it has no such rows");
        for (std::uint64_t k = 0; k < length; ++k) {
            for (std::uint64_t& column : rows[k]) column = in.next();
        }
        for (std::uint64_t k = 0; k < length * times; ++k) all.push_back(make(rows[k % length]));
        left -= length * times;
    }
    return all;
}

}  // namespace chaos::shards
