// The bugs that the chip's RTL can be told to have (rtl/planted.svh), one per class of mistake, and where they must
// show. Number 15 is the bridge's: a sequence number that isn't checked (tests/dpi/bridge_correlate_rtl_test.cpp).
#pragma once

namespace transports::dpi {

struct Planted {
    int number;
    const char* what;
    const char* type;   ///< Random steps around this block type bring it out.
    const char* shows;  ///< In the first difference that names a register.
};

inline constexpr Planted kPlanted[] = {
    {1, "write-one-to-clear clears whatever is written", "ucie", ".error_status."},
    {2, "a lock holds while it should not, and the reverse", "pll", ".divider."},
    {3, "a field one bit too narrow", "cru", ".guard.tolerance"},
    {4, "a reset value off by one", "hbm_phy", "hbm_phy.lane[0].vref"},
    {5, "a wait state lost: the bus answers before the block does", "sysctl", "sysctl.identity."},
    {6, "a digest that leaves out the first word", "odc", "odc.digest.word"},
    {7, "the phase of a shadow pair survives other writes", "firewall", ".pair."},
    {8, "a commit that forgets the last entry", "noc_router", ".active[31]."},
    {9, "a transition too short", "vr", "vr.ramp_timer."},
    {10, "a read that has lost its side effect", "mailbox", "mailbox.status.holder"},
    {11, "a claim that doesn't abort an unlock", "watchdog", "watchdog."},
    {12, "a block that is gated answers", "hbm_channel", "status of hbm_channel"},
    {13, "a machine that stops and does not forget", "ucie", ".taken."},
    {14, "a sticky field is lost in a warm reset", "sysctl", "sysctl.scratch.value"},
};

}  // namespace transports::dpi
