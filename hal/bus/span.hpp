// A view of contiguous objects: what std::span will be once the language level allows it.
#pragma once

#include <cstddef>

namespace hal::bus {

template <typename T>
class Span {
public:
    constexpr Span() = default;
    constexpr Span(T* data, std::size_t size) : data_(data), size_(size) {}
    template <std::size_t N>
    constexpr Span(T (&array)[N]) : data_(array), size_(N) {}  // NOLINT(google-explicit-constructor)
    // A view of mutable objects is also a view of constant ones.
    template <typename U>
    constexpr Span(const Span<U>& other) : data_(other.data()), size_(other.size()) {}  // NOLINT

    constexpr T* data() const { return data_; }
    constexpr std::size_t size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr T& operator[](std::size_t i) const { return data_[i]; }
    constexpr T* begin() const { return data_; }
    constexpr T* end() const { return data_ + size_; }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace hal::bus
