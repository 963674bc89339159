// What a shard hands on: a part file. It has the form of a certificate: a line of JSON, compressed records, a digest.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "chaos/certificate/certificate.hpp"
#include "chaos/certificate/varint.hpp"
#include "chaos/explore.hpp"
#include "chaos/shards/shard.hpp"

namespace chaos::shards {

using Bytes = std::vector<std::uint8_t>;

inline constexpr certificate::Kind kPart{"reconverge_part", "part", 3};

/// Records of a part are made of numbers, texts and states.
using certificate::put;
void put(Bytes& out, const std::string& text);
void put(Bytes& out, const transports::model::Hash& hash);
void put(Bytes& out, const std::vector<Finding>& findings);

/// Reads them back. All throw certificate::Refused on what wasn't written like that.
class Record : public certificate::Varints {
public:
    explicit Record(const Bytes& bytes) : Varints(bytes.data(), bytes.size()) {}
    Record(const std::uint8_t* bytes, std::size_t size) : Varints(bytes, size) {}
    template <typename T>
    T below(std::uint64_t end) {
        return static_cast<T>(next(end - 1));
    }
    std::string text();
    /// So many bytes, as a record of their own.
    Record part(std::size_t size) { return Record(skip(size), size); }
    transports::model::Hash hash();
    std::vector<Finding> findings();
};

struct Part {
    std::string file;
    Shard shard;
    certificate::Certificate content;
};

/// All parts of one campaign, by shard.
struct Campaign {
    nlohmann::json subject;  ///< What was asked of every shard; see write_part().
    std::vector<Part> parts;

    /// Reads the files, in whatever order. Throws certificate::Refused, naming the file or shard, if one is damaged,
    /// missing, there twice, or of another campaign than the rest.
    static Campaign read(const std::vector<std::string>& files);
    /// Names what was shown: what was asked, and all records. Not how long it took, nor where.
    std::string digest() const;
    double effort(const char* what) const;  ///< Sum over parts, of "seconds" or "cpu_seconds".
};

/// `subject`: all that decides what is in the records of all parts together. Whole or not at all.
void write_part(const std::string& file, const nlohmann::json& subject, const Shard& shard, double seconds,
                double cpu_seconds, certificate::Writer& records);

/// Trials and recoveries as records, and back from the parts of a campaign. Every one of `jobs` must be there, once, in
/// the part that it falls to; a state that several shards met counts once.
void add(certificate::Writer& records, const Recording& recording);
Recording recording_of(const Campaign& campaign, const std::vector<Job>& jobs);

}  // namespace chaos::shards
