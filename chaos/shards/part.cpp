#include "chaos/shards/part.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "transports/names/whole.hpp"

namespace chaos::shards {

using certificate::Certificate;
using certificate::Refused;
using transports::model::Hash;
using transports::names::whole;

void put(Bytes& out, const std::string& text) {
    put(out, text.size());
    out.insert(out.end(), text.begin(), text.end());
}

void put(Bytes& out, const Hash& hash) {
    put(out, hash.low);
    put(out, hash.high);
}

void put(Bytes& out, const std::vector<Finding>& findings) {
    put(out, findings.size());
    for (const Finding& finding : findings) {
        put(out, static_cast<std::uint64_t>(finding.oracle));
        put(out, finding.what);
    }
}

std::string Record::text() {
    constexpr std::uint64_t kLongest = 1 << 20;
    std::string text(next(kLongest), ' ');
    bytes(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
    return text;
}

Hash Record::hash() {
    const std::uint64_t low = next();
    return {low, next()};
}

std::vector<Finding> Record::findings() {
    constexpr std::uint64_t kMost = 1000;
    std::vector<Finding> findings(next(kMost));
    for (Finding& finding : findings) {
        finding.oracle = below<Oracle>(kOracles);
        finding.what = text();
    }
    return findings;
}

void write_part(const std::string& file, const nlohmann::json& subject, const Shard& shard, double seconds,
                double cpu_seconds, certificate::Writer& records) {
    records.write(file,
                  {{"subject", subject},
                   {"shard", shard.number},
                   {"shards", shard.of},
                   {"seconds", seconds},
                   {"cpu_seconds", cpu_seconds}},
                  kPart);
}

namespace {

Part read_part(const std::string& file) {
    Part part{file, {}, Certificate::read(file, kPart)};
    try {
        const nlohmann::json& header = part.content.header();
        part.shard = {whole<std::uint32_t>(header.at("shard")), whole<std::uint32_t>(header.at("shards"))};
        header.at("subject").at("mode").get<std::string>();
    } catch (const std::exception& error) {
        throw Refused(file + " has a header that is none: " + error.what());
    }
    try {
        part.content.each([](std::uint64_t, const std::uint8_t*, std::size_t) {});
    } catch (const Refused& why) {
        throw Refused(file + " is damaged: " + why.what() + "; run that shard again");
    }
    return part;
}

/// The first entry in which two subjects differ, with both values.
std::string difference(const nlohmann::json& a, const nlohmann::json& b) {
    for (const auto& [key, value] : a.items()) {
        if (!b.contains(key)) return key;
        if (b.at(key) == value) continue;
        if (value.is_object() && b.at(key).is_object()) return key + "." + difference(value, b.at(key));
        return fmt::format("{} ({} and {})", key, value.dump().substr(0, 60), b.at(key).dump().substr(0, 60));
    }
    return "an entry";
}

}  // namespace

Campaign Campaign::read(const std::vector<std::string>& files) {
    if (files.empty()) throw Refused("no parts given; name the files that the shards wrote");
    Campaign campaign;
    for (const std::string& file : files) campaign.parts.push_back(read_part(file));
    std::sort(campaign.parts.begin(), campaign.parts.end(), [](const Part& a, const Part& b) {
        return a.shard.number != b.shard.number ? a.shard.number < b.shard.number : a.file < b.file;
    });
    const Part& first = campaign.parts.front();
    campaign.subject = first.content.header().at("subject");
    for (const Part& part : campaign.parts) {
        const nlohmann::json& subject = part.content.header().at("subject");
        if (subject != campaign.subject) {
            throw Refused(fmt::format("{} and {} are of different campaigns: they differ in {}; merge those of one",
                                      first.file, part.file, difference(campaign.subject, subject)));
        }
        if (part.shard.of != first.shard.of) {
            throw Refused(fmt::format("{} is one of {} shards, {} one of {}; merge those of one campaign", first.file,
                                      first.shard.of, part.file, part.shard.of));
        }
    }
    std::uint32_t expected = 1;
    for (const Part& part : campaign.parts) {
        if (part.shard.number < expected || part.shard.number > first.shard.of) {
            throw Refused(fmt::format("shard {}/{} is there twice, or is none: {}; leave one out", part.shard.number,
                                      first.shard.of, part.file));
        }
        if (part.shard.number > expected) break;
        ++expected;
    }
    if (expected <= first.shard.of) {
        throw Refused(fmt::format("shard {}/{} is missing; add its part, or run it", expected, first.shard.of));
    }
    return campaign;
}

std::string Campaign::digest() const {
    certificate::Sha256 sha;
    const std::string asked = subject.dump();
    sha.add_number(asked.size()).add(asked.data(), asked.size());
    for (const Part& part : parts) sha.add(part.content.root().data(), part.content.root().size());
    return certificate::hex(sha.finish());
}

double Campaign::effort(const char* what) const {
    double sum = 0;
    for (const Part& part : parts) sum += part.content.header().value(what, 0.0);
    return sum;
}

namespace {

enum class Tag : std::uint8_t { trial, recovery };

void put_trial(Bytes& out, const Trial& trial) {
    put(out, static_cast<std::uint64_t>(trial.verdict));
    put(out, static_cast<std::uint64_t>(trial.outcome));
    put(out, trial.accesses);
    put(out, trial.findings);
}

Trial trial_of(Record& in) {
    Trial trial;
    trial.verdict = in.below<Verdict>(kVerdicts);
    trial.outcome = in.below<faults::Outcome>(faults::kOutcomes);
    trial.accesses = in.next();
    trial.findings = in.findings();
    return trial;
}

Recovery recovery_of(Record& in) {
    Recovery recovery;
    recovery.state = in.hash();
    recovery.fate = in.below<Recovery::Fate>(3);
    recovery.further = in.below<bool>(2);
    recovery.trial = trial_of(in);
    recovery.plan = in.text();
    return recovery;
}

void add_record(const Part& part, const Bytes& bytes, const std::vector<Job>& jobs, Recording& recording) {
    Record in(bytes);
    if (in.below<Tag>(2) == Tag::trial) {
        const std::uint64_t number = in.next(jobs.empty() ? 0 : jobs.size() - 1);
        if (jobs.empty() || !part.shard.has_turn(number, jobs.size())) throw Refused("it has a job of another shard");
        if (!recording.trials.emplace(number, trial_of(in)).second) throw Refused("it has a job twice");
    } else {
        const Recovery recovery = recovery_of(in);
        const auto [known, is_new] = recording.recoveries.emplace(recovery.state, recovery);
        if (!is_new && known->second.fate == Recovery::Fate::waiting) known->second = recovery;
        if (!is_new && known->second.further != recovery.further) throw Refused("it takes a state for another kind");
    }
    in.expect_end();
}

}  // namespace

void add(certificate::Writer& records, const Recording& recording) {
    Bytes out;
    put(out, recording.trials.size());
    put(out, recording.recoveries.size());
    records.add(out);
    for (const auto& [number, trial] : recording.trials) {
        out.clear();
        put(out, static_cast<std::uint64_t>(Tag::trial));
        put(out, number);
        put_trial(out, trial);
        records.add(out);
    }
    for (const auto& [state, recovery] : recording.recoveries) {
        out.clear();
        put(out, static_cast<std::uint64_t>(Tag::recovery));
        put(out, state);
        put(out, static_cast<std::uint64_t>(recovery.fate));
        put(out, static_cast<std::uint64_t>(recovery.further ? 1 : 0));
        put_trial(out, recovery.trial);
        put(out, recovery.plan);
        records.add(out);
    }
}

Recording recording_of(const Campaign& campaign, const std::vector<Job>& jobs) {
    Recording recording;
    for (const Part& part : campaign.parts) {
        try {
            part.content.each([&](std::uint64_t n, const std::uint8_t* bytes, std::size_t size) {
                if (n != 0) add_record(part, Bytes(bytes, bytes + size), jobs, recording);
            });
        } catch (const Refused& why) {
            throw Refused(part.file + " is no part of this campaign: " + why.what() + "; run that shard again");
        }
    }
    if (recording.trials.size() != jobs.size()) {
        throw Refused(fmt::format("the parts have {} of {} jobs; run the shards with this program again",
                                  recording.trials.size(), jobs.size()));
    }
    recording.seconds = campaign.effort("seconds");
    recording.cpu_seconds = campaign.effort("cpu_seconds");
    return recording;
}

}  // namespace chaos::shards
