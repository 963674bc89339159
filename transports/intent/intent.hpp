// Intended configurations as data: a JSON file says what the chip shall do, in the units of its blocks.
//
//   {"name": "...", "description": "...",
//    "defaults":  {"pll": {"output_khz": 1600000}},                  every instance of a type
//    "instances": {"pll[last]": {"output_khz": 1000000}},            some of them, over the defaults
//    "groups":    {"clocks": ["pll", "cru[0..3]"]},                  deferring one member defers all
//    "firmware":  {"odc": 258}}                                      a synthetic image of that version
//
// What is not mentioned has the product's initial value. docs/command-line.md has the whole format. So that one file
// fits the chip at every scale, instances may be chosen by share: hbm_channel[75%..100%] is the last quarter.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "hal/api/hal.h"
#include "hal/converge/converge.hpp"

namespace transports::intent {

/// The intended configuration and the memory it lives in.
struct Intended {
    std::vector<std::uint32_t> words;                                         ///< hal_intent_words() of them.
    std::vector<std::uint8_t> groups;                                         ///< Per instance, or empty.
    std::vector<hal::converge::Image> images;                                 ///< Per block type, or empty.
    std::vector<std::shared_ptr<const std::vector<std::uint32_t>>> firmware;  ///< What `images` point to.

    /// Gives block type number `type` of `types` a synthetic image of that version (transports/intent/firmware.hpp).
    void give_firmware(std::size_t type, std::size_t types, std::uint32_t version);

    /// For the C++ interface; inline, because digest() is no part of libhal.so. Valid while this object is unchanged.
    hal::converge::Intent view() const {
        hal::converge::Intent intent;
        intent.words = {words.data(), words.size()};
        intent.groups = {groups.data(), groups.size()};
        intent.images = {images.data(), images.size()};
        intent.digest = hal::converge::digest(intent);
        return intent;
    }

    /// For the C interface. Valid while this object is unchanged.
    hal_intent c_view() const;
};

struct Document {
    std::string name, description;
    Intended intended;
};

/// What is wrong with an intent: one line, where, what, and what to do. Programs end with the exit code of bad input.
class Error : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

/// The product's initial values, no groups, no images. Throws Error if the chip isn't known.
Intended initial(const hal_chip& chip);

/// Reads an intent for `chip` from JSON. `source` names it in errors. Throws Error.
Document parse(const std::string& text, const std::string& source, const hal_chip& chip);

/// The intent of that name if it is one of the standard ones (they are part of the program), else that of a file.
/// Throws Error.
Document load(const std::string& name_or_file, const hal_chip& chip);

struct Standard {
    const char* name;
    const char* text;  ///< The JSON as in hal/chip/intents.
};

/// The intents that every program carries, by name. Generated at build time.
const std::vector<Standard>& standard();

}  // namespace transports::intent
