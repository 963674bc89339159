#include "replay/imports/open.hpp"

#include <fstream>

#include "replay/imports/device.hpp"

namespace replay::imports {

Source::Source(const std::string& file, const std::string& importer, const Options& options) {
    std::ifstream in(file, std::ios::binary);
    char start[4] = {};
    in.read(start, 4);
    // A recording begins like pcapng, or (cut in front) like nothing that an importer knows.
    if (importer.empty()) {
        const std::string text = in ? contents(file).substr(0, 100'000) : "";
        for (const Importer& row : importers()) {
            if (format_ == "trace" && !text.empty() && row.recognises(text, file)) format_ = row.name;
        }
    } else {
        format_ = importer;
    }
    if (format_ == "trace") {
        reader_ = std::make_unique<trace::Reader>(file);
        if (options.device.empty()) return;
        imported_ = decode_frames(*reader_, options.device);
    } else {
        imported_ = read(file, format_, options);
    }
    schema_ = std::make_unique<trace::Schema>(imported_.description.dump());
}

bool Source::next(trace::Record& record) {
    if (schema_ == nullptr) return reader_->next(record);
    if (at_ >= imported_.records.size()) return false;
    record = imported_.records.at(at_++);
    return true;
}

}  // namespace replay::imports
