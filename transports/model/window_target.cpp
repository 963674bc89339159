#include "transports/model/window_target.hpp"

namespace transports::model {

using namespace pcie;  // NOLINT(google-build-using-namespace): constants only

struct WindowTarget::Place {
    enum class Kind { nowhere, window, open, closed, mailbox } kind;
    std::uint32_t at;  // register address, or offset in the mailbox
};

WindowTarget::Place WindowTarget::decode(std::uint32_t offset) const {
    using Kind = Place::Kind;
    if (offset % 4 != 0) return {Kind::nowhere, 0};
    if (offset < layout_.aperture_size) return {Kind::window, offset};
    if (offset >= layout_.mailbox_base && offset - layout_.mailbox_base < kMailboxSize) {
        return {Kind::mailbox, offset - layout_.mailbox_base};
    }
    const std::uint32_t index = (offset - layout_.aperture_base) / layout_.aperture_size;
    if (offset < layout_.aperture_base || index >= kApertures) return {Kind::nowhere, 0};
    const std::uint32_t epoch = shown_epoch();
    const bool open = epoch != 0 && epoch % kApertures == index;
    return {open ? Kind::open : Kind::closed, (offset - layout_.aperture_base) % layout_.aperture_size};
}

std::uint32_t WindowTarget::load(std::uint32_t offset) {
    const Place place = decode(offset);
    std::uint32_t value = 0;
    switch (place.kind) {
        case Place::Kind::nowhere: return kAllOnes;
        case Place::Kind::mailbox: return load_mailbox(place.at);
        case Place::Kind::closed: ++session_.dropped; return kAllOnes;
        case Place::Kind::open:
            if (port_.consume(place.at, value) == BusStatus::ok) return value;
            refuse(place.at);
            return kAllOnes;
        case Place::Kind::window: break;
    }
    if (port_.read(place.at, value) != BusStatus::ok) {
        session_.refused_read = place.at;
        return kAllOnes;
    }
    if (session_.refused_read == place.at) session_.refused_read = kNoRefusedRead;
    return value;
}

void WindowTarget::store(std::uint32_t offset, std::uint32_t value) {
    const Place place = decode(offset);
    switch (place.kind) {
        case Place::Kind::mailbox: return store_mailbox(place.at, value);
        case Place::Kind::open:
            if (port_.write(place.at, value) != BusStatus::ok) refuse(place.at);
            return;
        default: ++session_.dropped;
    }
}

std::uint32_t WindowTarget::load_mailbox(std::uint32_t offset) const {
    switch (offset) {
        case kExpected: return session_.expected;
        case kNonce: return session_.nonce;
        case kEpoch: return shown_epoch();
        case kOwner: return owner_.owner_nonce;
        case kStatus: return shown_epoch() << 16 | session_.refused;
        case kRefusedAddress: return session_.refused_address;
        case kDropped: return session_.dropped;
        case kRefusedRead: return session_.refused_read;
        default: return 0;
    }
}

void WindowTarget::store_mailbox(std::uint32_t offset, std::uint32_t value) {
    if (offset == kExpected) session_.expected = value;
    if (offset == kNonce) session_.nonce = value;
    if (offset != kDoorbell || session_.nonce == 0) return;
    // Halves of two claimants don't fit each other's doorbell.
    if (value != (kDoorbellKey ^ session_.expected ^ session_.nonce)) return;
    claim(port_, owner_, session_.expected, session_.nonce);
}

// All-ones, after an upset, would look like a dead link.
std::uint32_t WindowTarget::shown_epoch() const {
    const std::uint32_t epoch = port_.epoch();
    return epoch == kAllOnes ? kAllOnes - 1 : epoch;
}

void WindowTarget::refuse(std::uint32_t address) {
    session_.refused = (session_.refused + 1) % kRefusedModulo;
    session_.refused_address = address;
}

}  // namespace transports::model
