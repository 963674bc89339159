// A fuzz target: its interface, and the bytes of its input, taken one after the other; zeros when there are no more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

// What libFuzzer calls, and what it gives to mutators.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room, unsigned seed);
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t room);

namespace fuzz {

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

    std::size_t left() const { return size_; }
    const std::uint8_t* rest() const { return data_; }
    template <typename T>
    T take() {
        T value{};
        take(&value, sizeof value);
        return value;
    }
    void take(void* to, std::size_t size) {
        const std::size_t part = size < size_ ? size : size_;
        if (part != 0) std::memcpy(to, data_, part);
        data_ += part;
        size_ -= part;
    }
    std::string text() const { return {reinterpret_cast<const char*>(data_), size_}; }

private:
    const std::uint8_t* data_;
    std::size_t size_;
};

/// Ends the program so that the fuzzer keeps the input.
[[noreturn]] inline void found(const std::string& what) {
    std::fprintf(stderr, "found: %s\n", what.c_str());
    std::abort();
}
inline void demand(bool kept, const char* what) {
    if (!kept) found(what);
}

}  // namespace fuzz
