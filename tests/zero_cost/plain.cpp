// Masks and shifts by hand; typed.cpp has the same functions with typed registers.
#include <cstdint>

using Word = std::uint32_t;
using Base = volatile std::uint32_t*;

extern "C" {

// --- computing field values
Word get_field(Word word) { return (word >> 4) & 0x7u; }
Word get_top_field(Word word) { return word >> 31; }
Word get_whole_word(Word word) { return word; }
bool test_bit(Word word) { return (word & 0x20000u) != 0; }
Word set_constant(Word word) { return (word & ~0x70u) | 0x50u; }
Word set_variable(Word word, Word mode) { return (word & ~0x70u) | ((mode << 4) & 0x70u); }
Word start_from_reset() { return 0x31u; }
Word modify_only(Word word) { return (word & 0xFFFCE0FFu) | 0x1E00u; }
Word modify_chain(Word word, Word mode) { return (word & 0xFFFCE08Eu) | 0x11E01u | ((mode << 4) & 0x70u); }
Word acknowledge(Word word) { return (word & 0xFFFCE0FFu) | 0x1F00u; }
bool matches(Word word, Word mode) { return word == ((word & 0xFFFCE08Eu) | 0x1E01u | ((mode << 4) & 0x70u)); }

// --- a direct memory-mapped backend
Word load(Base base) { return base[0x300 / 4]; }
Word load_field(Base base) { return (base[0x300 / 4] >> 4) & 0x7u; }
Word load_element(Base base, Word i) { return base[0x200 / 4 + i * 4]; }
Word load_effect(Base base) { return base[0x01C / 4]; }
void store(Base base, Word word) { base[0x05C / 4] = word; }
void store_element(Base base, Word i, Word word) { base[0x280 / 4 + i] = word; }
void store_constant(Base base) { base[0x300 / 4] = 0x21u; }
void read_modify_write(Base base, Word mode) {
    const Word word = base[0x300 / 4];
    base[0x300 / 4] = (word & 0xFFFCE08Eu) | 0x1E01u | ((mode << 4) & 0x70u);
}
void wait_while_busy(Base base) {
    while ((base[0x300 / 4] & 0x20000u) != 0) {
    }
}
void fill(Base base, const Word* words) {
    for (Word i = 0; i < 5; ++i) base[0x280 / 4 + i] = words[i];
}

}  // extern "C"
