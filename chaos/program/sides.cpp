#include "chaos/program/sides.hpp"

#include "hal/chip/chip.hpp"
#include "transports/names/chip_names.hpp"

namespace chaos::program {

void add_sides(CLI::App& command, Sides& sides) {
    command.add_option("--old", sides.older, "The library that runs now (default: the one of this program)")
        ->check(CLI::ExistingFile);
    command.add_option("--new", sides.newer, "The library to come (default: the one of this program)")
        ->check(CLI::ExistingFile);
    command.add_option("--intent", sides.intent, "The intent to come: a standard one or a JSON file")
        ->capture_default_str();
    command.add_option("--old-intent", sides.old_intent, "The one that is kept now (default: the same)");
}

update::Update update_of(const Sides& sides, const std::string& scale, const std::string& link) {
    const hal_chip size = transports::names::parse_scale(scale);
    update::Update update;
    update.chip = hal::chip::at_scale(size.scale_numerator, size.scale_denominator);
    update.path = link == "spi" ? Path::spi : Path::pcie;
    const auto side = [&](const char* name, const std::string& file, const std::string& intent) {
        Starter starter;
        starter.name = name;
        if (!file.empty()) starter.hal = HalLibrary::load(file);
        const auto document = transports::intent::load(intent, size);
        starter.intent = document.name;
        starter.intended = document.intended;
        return starter;
    };
    update.newer = side("new", sides.newer, sides.intent);
    update.older = side("old", sides.older, sides.old_intent.empty() ? sides.intent : sides.old_intent);
    return update;
}

}  // namespace chaos::program
