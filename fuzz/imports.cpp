// Every importer, before files of any bytes: the first byte chooses.
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

#include "fuzz/input.hpp"
#include "replay/imports/imported.hpp"

namespace {

/// A file in memory with a path, made once.
class MemoryFile {
public:
    MemoryFile() : descriptor_(::memfd_create("import", MFD_CLOEXEC)) {
        fuzz::demand(descriptor_ >= 0, "no file in memory");
    }
    std::string with(const std::uint8_t* data, std::size_t size) const {
        fuzz::demand(
            ::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, data, size, 0) == static_cast<::ssize_t>(size),
            "no file in memory");
        return "/proc/self/fd/" + std::to_string(descriptor_);
    }

private:
    const int descriptor_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const MemoryFile file;
    fuzz::Input input(data, size);
    const auto which = input.take<std::uint8_t>();
    const auto& rows = replay::imports::importers();
    replay::imports::Options options;
    if (which / 16 % 2 == 1) options.device = "adxl345";
    const std::string path = file.with(input.rest(), input.left());
    try {
        const auto all = replay::imports::read(path, rows[which % 16 % rows.size()].name, options);
        for (std::size_t i = 0; i < all.records.size(); ++i) {
            const auto record = all.records.at(i);
            fuzz::demand(record.width >= 1 && record.width <= 8, "a word of no width");
        }
        fuzz::demand(all.description.contains("buses"), "a trace without a bus");
    } catch (const std::invalid_argument& refused) {
        fuzz::demand(*refused.what() != '\0', "refused without a word");
    }
    return 0;
}
