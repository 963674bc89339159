#include "chaos/certificate/certificate.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "chaos/certificate/leaves.hpp"
#include "chaos/certificate/varint.hpp"
#include "transports/names/whole.hpp"

namespace chaos::certificate {

using transports::names::whole;

namespace {

constexpr std::size_t kLargestHeader = 1 << 20;

/// Whole or not at all: a name beside it, then the name itself.
void replace(const std::string& file, std::initializer_list<std::string_view> pieces) {
    const std::string part = file + ".part";
    const int fd = open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool safe = fd >= 0;
    for (std::string_view piece : pieces) {
        while (safe && !piece.empty()) {
            const ssize_t written = ::write(fd, piece.data(), piece.size());
            if (written < 0 && errno == EINTR) continue;
            safe = written > 0;
            piece.remove_prefix(safe ? static_cast<std::size_t>(written) : 0);
        }
    }
    safe = safe && fsync(fd) == 0;
    if (fd < 0 || close(fd) != 0 || !safe || std::rename(part.c_str(), file.c_str()) != 0) {
        const std::string why = std::strerror(errno);
        unlink(part.c_str());
        throw std::invalid_argument("cannot write " + file + " (" + why + "); choose another place");
    }
}

}  // namespace

void expect_writable(const std::string& file) {
    const std::string part = file + ".part";
    const int fd = open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        throw std::invalid_argument("cannot write " + file + " (" + std::strerror(errno) + "); choose another place");
    }
    close(fd);
    unlink(part.c_str());
}

struct Writer::Stream {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    std::vector<char> buffer = std::vector<char>(ZSTD_CStreamOutSize());
    explicit Stream(int level) { ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level); }
    ~Stream() { ZSTD_freeCCtx(context); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
};

Writer::Writer(int level) : stream_(std::make_unique<Stream>(level)) {}
Writer::~Writer() = default;

void Writer::compress(const void* bytes, std::size_t size, bool last) {
    ZSTD_inBuffer in{bytes, size, 0};
    for (;;) {
        ZSTD_outBuffer out{stream_->buffer.data(), stream_->buffer.size(), 0};
        const std::size_t left = ZSTD_compressStream2(stream_->context, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left) != 0) throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(left));
        compressed_.append(stream_->buffer.data(), out.pos);
        if (in.pos == in.size && (!last || left == 0)) return;
    }
}

void Writer::add(const std::vector<std::uint8_t>& leaf) {
    tree_.add(leaf.data(), leaf.size());
    std::vector<std::uint8_t> size;
    put(size, leaf.size());
    compress(size.data(), size.size(), false);
    compress(leaf.data(), leaf.size(), false);
    raw_ += size.size() + leaf.size();
}

void Writer::write(const std::string& file, nlohmann::json header, const Kind& kind) {
    compress(nullptr, 0, true);
    header[kind.key] = kind.version;
    header["leaves"] = {
        {"count", tree_.size()}, {"root", hex(tree_.root())}, {"bytes", raw_}, {"compressed", compressed_.size()}};
    const std::string line = header.dump() + "\n";
    const Digest digest = Sha256().add(line.data(), line.size()).add(compressed_.data(), compressed_.size()).finish();
    replace(file, {line, compressed_, {reinterpret_cast<const char*>(digest.data()), digest.size()}});
}

Certificate Certificate::read(const std::string& file, const Kind& kind) {
    std::ifstream in(file, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (in.bad() || !in.is_open()) throw Refused("cannot read " + file + "; give a " + kind.noun + " that exists");
    const std::size_t line = bytes.find('\n');
    if (bytes.compare(0, 1, "{") != 0 || line > kLargestHeader || bytes.size() < line + 1 + sizeof(Digest)) {
        throw Refused(file + " is no " + kind.noun + ", or only its beginning; get the whole file again");
    }
    Certificate certificate;
    const std::size_t covered = bytes.size() - sizeof(Digest);
    std::memcpy(certificate.id_.data(), bytes.data() + covered, sizeof(Digest));
    if (Sha256().add(bytes.data(), covered).finish() != certificate.id_) {
        throw Refused(file + " is damaged: its bytes don't have the digest at its end; get the whole file again");
    }
    try {
        certificate.header_ = nlohmann::json::parse(bytes.substr(0, line));
        if (!certificate.header_.contains(kind.key)) throw Refused(file + " is no " + kind.noun);
        const auto version = whole<std::uint32_t>(certificate.header_.at(kind.key));
        if (version != kind.version) {
            throw Refused(file + " is a " + kind.noun + " of version " + std::to_string(version) +
                          ", this program reads " + std::to_string(kind.version) + "; use the release that wrote it");
        }
        certificate.leaves_ = whole<std::uint64_t>(certificate.header_.at("leaves").at("count"));
        certificate.root_ = certificate.header_.at("leaves").at("root");
    } catch (const Refused&) {
        throw;
    } catch (const std::exception& e) {
        throw Refused(file + " has a header that is none: " + e.what());
    }
    if (certificate.leaves_ == 0 || certificate.leaves_ > 0xFFFF'FFFF) throw Refused(file + " has no leaves");
    bytes.resize(covered);
    bytes.erase(0, line + 1);
    certificate.compressed_ = std::move(bytes);
    return certificate;
}

void Certificate::each(const std::function<void(std::uint64_t, const std::uint8_t*, std::size_t)>& f) const {
    Leaves leaves(compressed_);
    MerkleTree tree;
    std::vector<std::uint8_t> leaf;
    while (leaves.next(leaf)) {
        if (tree.size() == leaves_) throw Refused("there are more leaves than the certificate says");
        tree.add(leaf.data(), leaf.size());
        f(tree.size() - 1, leaf.data(), leaf.size());
    }
    if (tree.size() != leaves_) {
        throw Refused("there are " + std::to_string(tree.size()) + " leaves where the certificate says " +
                      std::to_string(leaves_));
    }
    if (hex(tree.root()) != root_) throw Refused("the leaves don't have the Merkle root that the certificate says");
}

}  // namespace chaos::certificate
