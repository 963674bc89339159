// Values, modify() and the retry helpers, on registers written out by hand: what the generator gives, in small.
#include "hal/bus/registers.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "hal/bus/mapped.hpp"

namespace hal::bus {
namespace {

// 31..24 reserved, 23..16 mode (plain), 12 go (pulse), 9 alarm (write 0 clears), 8 event (write 1 clears), 0 busy (ro).
struct Ctrl {
    static constexpr std::uint32_t kOffset = 0x10, kStride = 8;
    static constexpr std::uint32_t kReset = 0x00110000, kPreserve = 0xFFFFECFE, kNoopOnes = 0x00000200;
    static constexpr bool kReadable = true, kWritable = true, kModifiable = true, kReadSideEffect = false;
    static constexpr bool kWriteIdempotent = true;
    struct Mode : Field<Ctrl, 16, 8, OnWrite::plain, true> {};
    struct Go : Field<Ctrl, 12, 1, OnWrite::pulse, true> {};
    struct Alarm : Field<Ctrl, 9, 1, OnWrite::wzc, true> {};
    struct Event : Field<Ctrl, 8, 1, OnWrite::woclr, true> {};
    struct Busy : Field<Ctrl, 0, 1, OnWrite::none, true> {};
    struct All : Field<Ctrl, 0, 32, OnWrite::plain, true> {};
};
using Word = Value<Ctrl>;

static_assert(Word().word() == 0x00110000 && Word().get<Ctrl::Mode>() == 0x11);
static_assert(Ctrl::All::kMask == 0xFFFFFFFF && Ctrl::Mode::kMask == 0x00FF0000 && Ctrl::Mode::kMax == 0xFF);
static_assert(address<Ctrl>(0x1000, 2) == 0x1020);
static_assert(Word(5) == Word(5) && Word(5) != Word(4));

/// What the hardware does with a write to Ctrl.
std::uint32_t after_write(std::uint32_t old, std::uint32_t value) {
    std::uint32_t next = (old & 0x00001301u) | (value & 0xFFFFECFEu);  // plain and reserved bits are stored
    if ((value & 0x100u) != 0) next &= ~0x100u;
    if ((value & 0x200u) == 0) next &= ~0x200u;
    return next;
}

TEST(Value, FieldsComeAndGo) {
    const Word word(0xAB340301);
    EXPECT_EQ(word.get<Ctrl::Mode>(), 0x34u);
    EXPECT_EQ(word.get<Ctrl::Busy>(), 1u);
    EXPECT_EQ(word.get<Ctrl::All>(), 0xAB340301u);
    EXPECT_EQ(word.with<Ctrl::Mode>(0x56).word(), 0xAB560301u);
    EXPECT_EQ(word.with<Ctrl::Mode>(0x1FF).word(), 0xABFF0301u);  // bits beyond the field are dropped
    EXPECT_EQ(word.with<Ctrl::All>(7).word(), 7u);
}

TEST(Modify, HurtsNoSibling) {
    for (std::uint32_t seed = 0; seed < 4096; ++seed) {
        const std::uint32_t old = seed * 2654435761u;
        const std::uint32_t written = modify(Word(old)).with<Ctrl::Mode>(seed & 0xFF).word();
        const std::uint32_t now = after_write(old, written);
        EXPECT_EQ(now & 0xFF00FFFFu, old & 0xFF00FFFFu) << old;  // events, alarms and reserved bits as they were
        EXPECT_EQ(written & Ctrl::Go::kMask, 0u) << old;         // and nothing starts
        EXPECT_EQ((now >> 16) & 0xFF, seed & 0xFF);
    }
}

TEST(Modify, ClearsOnlyWhatIsNamed) {
    const std::uint32_t old = 0x5A000300;
    EXPECT_EQ(after_write(old, modify(Word(old)).with<Ctrl::Event>(1).word()), 0x5A000200u);
    EXPECT_EQ(after_write(old, modify(Word(old)).with<Ctrl::Alarm>(0).word()), 0x5A000100u);
    EXPECT_EQ(after_write(old, modify(Word(old)).word()), old);
}

/// Fails `failures` times, then answers; remembers what it was asked.
class Flaky final : public Transport {
public:
    Result<void> execute(Span<const Access> batch) override {
        for (const Access& access : batch) {
            asked.push_back(access.address);
            if (failures > 0) {
                --failures;
                Error error;
                error.code = code;
                return fail(error);
            }
            if (access.op == Op::read) access.into[0] = content;
            if (access.op == Op::write) content = access.from[0];
        }
        return {};
    }
    Nanoseconds now() override { return 0; }
    void wait_until(Nanoseconds) override {}

    unsigned failures = 0;
    Code code = Code::link_down;
    std::uint32_t content = 0;
    std::vector<std::uint32_t> asked;
};

TEST(Transport, OneRegister) {
    Flaky transport;
    EXPECT_TRUE(transport.write(0x20, 77).has_value());
    EXPECT_EQ(transport.read(0x24).value(), 77u);
    EXPECT_EQ(transport.asked, (std::vector<std::uint32_t>{0x20, 0x24}));
    transport.failures = 2;
    EXPECT_EQ(transport.read(0).error().code, Code::link_down);
    EXPECT_EQ(transport.write(0, 1).error().code, Code::link_down);
}

TEST(Typed, ReadsAndWritesElements) {
    Flaky transport;
    ASSERT_TRUE(write(transport, 0x1000, Word(9), 2).has_value());
    EXPECT_EQ(read<Ctrl>(transport, 0x1000, 1)->word(), 9u);
    EXPECT_EQ(transport.asked, (std::vector<std::uint32_t>{0x1020, 0x1018}));
}

TEST(Retry, GoesOnAfterLinkErrorsOnly) {
    for (const unsigned failures : {0u, 1u, 2u, 3u, 4u}) {
        Flaky transport;
        transport.failures = failures;
        EXPECT_EQ(read<Ctrl>(transport, 0, 0, 3).has_value(), failures < 3) << failures;
        EXPECT_EQ(transport.asked.size(), failures < 3 ? failures + 1 : 3u);
        transport = Flaky();
        transport.failures = failures;
        EXPECT_EQ(write_again(transport, 0, Word(1), 0, 3).has_value(), failures < 3) << failures;
        EXPECT_EQ(transport.asked.size(), failures < 3 ? failures + 1 : 3u);
    }
    for (const Code code : {Code::bus_error, Code::fenced, Code::peer_gone, Code::protocol, Code::guard_failed}) {
        Flaky transport;
        transport.failures = 1;
        transport.code = code;
        EXPECT_EQ(read<Ctrl>(transport, 0, 0, 3).error().code, code);
        transport.failures = 1;
        EXPECT_EQ(write_again(transport, 0, Word(1), 0, 3).error().code, code);
        EXPECT_EQ(transport.asked.size(), 2u) << name(code);
    }
    Flaky transport;
    transport.failures = 1;
    EXPECT_FALSE(read<Ctrl>(transport, 0).has_value());  // once, unless told otherwise
    EXPECT_EQ(transport.asked.size(), 1u);
}

TEST(Errors, HaveNames) {
    const char* const codes[] = {"bus_error",        "guard_failed", "fenced",      "claim_lost",  "link_down",
                                 "protocol",         "peer_gone",    "unsupported", "bad_address", "wrong_chip",
                                 "invalid_argument", "workspace",    "deadline",    "stopped",     "old_library"};
    for (std::size_t k = 0; k < std::size(codes); ++k) EXPECT_STREQ(name(static_cast<Code>(k)), codes[k]);
    EXPECT_STREQ(name(static_cast<Code>(std::size(codes))), "?");
    const char* const effects[] = {"none", "done", "unknown", "?"};
    for (std::size_t k = 0; k < std::size(effects); ++k) EXPECT_STREQ(name(static_cast<Effect>(k)), effects[k]);
    EXPECT_EQ(Error{}.effect, Effect::unknown);  // nothing known unless said
    EXPECT_EQ(Error{}.instance, kNoInstance);
    static_assert(std::is_trivially_copyable_v<Error> && sizeof(Error) == 32);
}

TEST(Span, ViewsWhatItIsGiven) {
    int three[] = {1, 2, 3};
    const Span<int> view(three);
    const Span<const int> constant = view;
    EXPECT_EQ(view.size(), 3u);
    EXPECT_EQ(constant[2], 3);
    view[2] = 7;
    int sum = 0;
    for (const int each : constant) sum += each;
    EXPECT_EQ(sum, 10);
    EXPECT_TRUE((Span<int>().empty() && Span<int>().begin() == Span<int>().end()));
    EXPECT_FALSE(view.empty());
    EXPECT_EQ(Span<int>(three + 1, 2).data(), three + 1);
}

TEST(Mapped, LoadsAndStoresElements) {
    std::uint32_t memory[12] = {};
    const Mapped registers(memory);
    registers.write(Word(5).with<Ctrl::Mode>(6), 1);
    EXPECT_EQ(memory[6], 0x00060005u);
    EXPECT_EQ(registers.read<Ctrl>(1).get<Ctrl::Mode>(), 6u);
    EXPECT_EQ(registers.read<Ctrl>(2).word(), 0u);
}

}  // namespace
}  // namespace hal::bus
