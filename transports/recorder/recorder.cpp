#include "transports/recorder/recorder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "transports/names/text.hpp"

namespace transports::recorder {

using hal::bus::Access;
using hal::bus::Effect;
using hal::bus::Nanoseconds;
using hal::bus::Op;
using hal::bus::Result;
using hal::bus::Span;

namespace {

const char* name(Op op) {
    switch (op) {
        case Op::read: return "read";
        case Op::write: return "write";
        case Op::guard: return "guard";
        case Op::consume: return "consume";
        case Op::write_fixed: return "write_fixed";
    }
    return "?";
}

// `filled`: the words of a read are there.
std::string words_of(const Access& access, bool filled) {
    if (access.op == Op::guard)
        return fmt::format(R"(,"mask":"{:#010x}","value":"{:#010x}")", access.from[0], access.from[1]);
    const bool reads = access.op == Op::read || access.op == Op::consume;
    if (reads && !filled) return fmt::format(R"(,"count":{})", access.count);
    const std::uint32_t* const words = reads ? access.into : access.from;
    std::string text = R"(,"words":[)";
    for (std::uint32_t i = 0; i < access.count; ++i) {
        text += fmt::format(R"({}"{:#010x}")", i == 0 ? "" : ",", words[i]);
    }
    return text + "]";
}

}  // namespace

Recorder::Recorder(hal::bus::Transport& below, const names::ChipNames& names, const std::string& file)
    : below_(below), names_(names), path_(names::printable(file)), file_(std::fopen(file.c_str(), "we")) {
    if (file_ == nullptr) {
        throw std::invalid_argument(path_ + ": " + std::strerror(errno) + "; choose a file that can be written");
    }
    put(fmt::format(R"({{"trace":"reconverge accesses","version":1,"chip":"heron","scale":"{}","blocks":{}}})",
                    names.scale(), names.size()));
}

Recorder::~Recorder() { finish(); }

void Recorder::put(const std::string& line) {
    if (file_ == nullptr || !trouble_.empty()) return;
    if (std::fwrite(line.data(), 1, line.size(), file_) != line.size() || std::fputc('\n', file_) == EOF) {
        trouble_ = path_ + ": " + std::strerror(errno) + "; the recording is incomplete";
        return;
    }
    ++lines_;
}

Result<void> Recorder::execute(Span<const Access> batch) {
    const Result<void> done = below_.execute(batch);
    if (!trouble_.empty()) return done;
    const Nanoseconds time = below_.now();
    const std::size_t completed = done ? batch.size() : done.error().completed;
    // What is behind the failing access did not happen, unless nothing is known of it.
    const bool unknown = !done && done.error().effect == Effect::unknown;
    for (std::size_t i = 0; i < batch.size() && (i <= completed || unknown); ++i) {
        const Access& access = batch[i];
        const auto place = names_.at(access.address);
        std::string line =
            fmt::format(R"({{"t":{},"op":"{}","address":"{:#010x}","name":"{}"{})", time, name(access.op),
                        access.address, place ? names_.name(*place) : "", words_of(access, i < completed));
        if (i >= completed) {
            line += fmt::format(R"(,"effect":"{}","error":"{}")", hal::bus::name(done.error().effect),
                                hal::bus::name(done.error().code));
        }
        put(line + "}");
    }
    return done;
}

void Recorder::wait_until(Nanoseconds deadline) {
    const Nanoseconds before = below_.now();
    below_.wait_until(deadline);
    put(fmt::format(R"({{"t":{},"op":"wait","until":{},"now":{}}})", before, deadline, below_.now()));
}

std::string Recorder::finish() {
    if (file_ == nullptr) return trouble_;
    const bool written = std::fflush(file_) == 0;
    const int error = errno;
    std::fclose(file_);
    file_ = nullptr;
    if (!written && trouble_.empty()) trouble_ = path_ + ": " + std::strerror(error) + "; the recording is incomplete";
    return trouble_;
}

}  // namespace transports::recorder
