#include "chaos/identity.hpp"

#include <cstring>

#include "chaos/certificate/sha256.hpp"

namespace chaos {

using certificate::Sha256;
using transports::model::Layout;

namespace {

void add_text(Sha256& sha, const char* text) {
    const std::size_t size = std::strlen(text);
    sha.add_number(size).add(text, size);
}

std::string digest_of(const Intended& intended) {
    Sha256 sha;
    sha.add_number(intended.words.size());
    for (const std::uint32_t word : intended.words) sha.add_number(word);
    sha.add_number(intended.groups.size()).add(intended.groups.data(), intended.groups.size());
    sha.add_number(intended.images.size());
    for (const hal::converge::Image& image : intended.images) {
        sha.add_number(image.version).add_number(image.count);
        for (std::uint32_t i = 0; i < image.count; ++i) sha.add_number(image.words[i]);
    }
    return certificate::hex(sha.finish());
}

void add_word(Sha256& sha, const transports::model::WordRow& w) {
    for (const std::uint32_t value :
         {w.reset,    w.readable, w.plain,      w.woclr,  w.woset,     w.wot,   w.wzc,    w.wzs,
          w.wzt,      w.wclr,     w.wset,       w.pulse,  w.rclr,      w.rset,  w.sticky, w.disruptive,
          w.left_out, w.host,     w.observable, w.locked, w.lock_mask, w.offset}) {
        sha.add_number(value);
    }
    sha.add_number(w.lock_word).add_number((w.locks_when_set ? 1 : 0) + (w.internal ? 2 : 0) + (w.timer ? 4 : 0));
}

std::string digest_of(const Layout& layout) {
    Sha256 sha;
    add_text(sha, layout.chip.name);
    sha.add_number(layout.chip.instances.size());
    for (std::size_t i = 0; i < layout.chip.instances.size(); ++i) {
        const hal::converge::InstanceRow& row = layout.chip.instances[i];
        add_text(sha, layout.type[i]->name);
        sha.add_number(layout.type[i]->repeated)
            .add_number(row.base)
            .add_number(row.index)
            .add_number(row.count)
            .add_number(row.parents);
        for (std::uint16_t k = 0; k < row.parents; ++k) sha.add_number(layout.chip.parents[row.first_parent + k]);
        for (const transports::model::WordRow& word : layout.type[i]->words) add_word(sha, word);
    }
    return certificate::hex(sha.finish());
}

}  // namespace

Identity identity_of(const Scenario& scenario, const Layout& layout) {
    const auto hal = [](const HalLibrary& library) -> std::string {
        return library.file().empty() ? kLinkedHal : certificate::hex(certificate::digest_of_file(library.file()));
    };
    Identity identity{{}, digest_of(layout), kLinkedModel};
    identity.starters.push_back(
        {scenario.starter, hal(scenario.hal), digest_of(scenario.intended), scenario.intent, scenario.policy.drain});
    for (const Starter& s : scenario.others) {
        identity.starters.push_back({s.name, hal(s.hal), digest_of(s.intended), s.intent, s.policy.drain});
    }
    return identity;
}

}  // namespace chaos
