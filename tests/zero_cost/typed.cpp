// Typed access; plain.cpp has the same functions, written by hand.
#include "hal/bus/mapped.hpp"
#include "tests/registers/kinds.hpp"

namespace k = hal::registers::kinds;
using hal::bus::Mapped;
using hal::bus::modify;
using hal::bus::Value;
using Word = std::uint32_t;
using Base = volatile std::uint32_t*;

extern "C" {

// --- computing field values
Word get_field(Word word) { return Value<k::Ctrl>(word).get<k::Ctrl::Mode>(); }
Word get_top_field(Word word) { return Value<k::OpenRo>(word).get<k::OpenRo::FTop>(); }
Word get_whole_word(Word word) { return Value<k::Word>(word).get<k::Word::Value>(); }
bool test_bit(Word word) { return Value<k::Ctrl>(word).get<k::Ctrl::Busy>() != 0; }
Word set_constant(Word word) { return Value<k::Ctrl>(word).with<k::Ctrl::Mode>(5).word(); }
Word set_variable(Word word, Word mode) { return Value<k::Ctrl>(word).with<k::Ctrl::Mode>(mode).word(); }
Word start_from_reset() { return Value<k::Ctrl>().with<k::Ctrl::Enable>(1).word(); }
Word modify_only(Word word) { return modify(Value<k::Ctrl>(word)).word(); }
Word modify_chain(Word word, Word mode) {
    return modify(Value<k::Ctrl>(word)).with<k::Ctrl::Enable>(1).with<k::Ctrl::Mode>(mode).with<k::Ctrl::Go>(1).word();
}
Word acknowledge(Word word) { return modify(Value<k::Ctrl>(word)).with<k::Ctrl::Event>(1).word(); }
bool matches(Word word, Word mode) {
    const auto seen = Value<k::Ctrl>(word);
    return seen == modify(seen).with<k::Ctrl::Enable>(1).with<k::Ctrl::Mode>(mode);
}

// --- a direct memory-mapped backend
Word load(Base base) { return Mapped(base).read<k::Ctrl>().word(); }
Word load_field(Base base) { return Mapped(base).read<k::Ctrl>().get<k::Ctrl::Mode>(); }
Word load_element(Base base, Word i) { return Mapped(base).read<k::Spread>(i).word(); }
Word load_effect(Base base) { return Mapped(base).consume<k::RclrF>(); }
void store(Base base, Word word) { Mapped(base).write(Value<k::Word>(word)); }
void store_element(Base base, Word i, Word word) { Mapped(base).write(Value<k::Table>(word), i); }
void store_constant(Base base) {
    Mapped(base).write(Value<k::Ctrl>(0).with<k::Ctrl::Enable>(1).with<k::Ctrl::Mode>(2));
}
void read_modify_write(Base base, Word mode) {
    const Mapped registers(base);
    registers.write(modify(registers.read<k::Ctrl>()).with<k::Ctrl::Enable>(1).with<k::Ctrl::Mode>(mode));
}
void wait_while_busy(Base base) {
    while (Mapped(base).read<k::Ctrl>().get<k::Ctrl::Busy>() != 0) {
    }
}
void fill(Base base, const Word* words) {
    for (Word i = 0; i < k::Table::kCount; ++i) Mapped(base).write(Value<k::Table>(words[i]), i);
}

}  // extern "C"
