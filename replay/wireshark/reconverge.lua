-- Wireshark dissector for `reconverge convert --to packets`: one register access per packet, link type 148.
--
-- Copyright 2024 the Reconverge authors.
-- SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
-- (Wireshark's Lua interface is GPL; the rest of this project is Apache-2.0. See LICENSE.md beside this file.)
--
-- Use: wireshark -X lua_script:reconverge.lua FILE, or copy it into the personal Lua plugin folder.

local reconverge = Proto("reconverge", "Reconverge register access")

local kinds = {[0] = "read", "write", "guard", "consume", "write_fixed"}
local codes = {[0] = "bus_error", "guard_failed", "fenced", "claim_lost", "link_down", "protocol", "peer_gone",
               "unsupported", "bad_address", "wrong_chip", "invalid_argument", "workspace", "deadline"}

local f = {
    kind = ProtoField.uint8("reconverge.op", "Operation", base.DEC, kinds),
    width = ProtoField.uint8("reconverge.width", "Bytes per word"),
    failed = ProtoField.bool("reconverge.failed", "Failed", 8, nil, 0x01),
    unsure = ProtoField.bool("reconverge.unsure", "May have happened", 8, nil, 0x02),
    code = ProtoField.uint8("reconverge.error", "Error", base.DEC, codes),
    words = ProtoField.uint16("reconverge.words", "Words"),
    address = ProtoField.uint64("reconverge.address", "Address", base.HEX),
    value = ProtoField.uint64("reconverge.value", "Value", base.HEX),
}
reconverge.fields = f

function reconverge.dissector(buffer, packet, tree)
    if buffer:len() < 16 then return 0 end
    packet.cols.protocol = "register"
    local sub = tree:add(reconverge, buffer())
    local kind, width, flags = buffer(0, 1):uint(), buffer(1, 1):uint(), buffer(2, 1):uint()
    sub:add(f.kind, buffer(0, 1))
    sub:add(f.width, buffer(1, 1))
    sub:add(f.failed, buffer(2, 1))
    sub:add(f.unsure, buffer(2, 1))
    if flags % 2 == 1 then sub:add(f.code, buffer(3, 1)) end
    sub:add_le(f.words, buffer(4, 2))
    sub:add_le(f.address, buffer(8, 8))
    local info = string.format("%s 0x%08x", kinds[kind] or "?", buffer(8, 8):le_uint64():tonumber())
    local count = buffer(4, 2):le_uint()
    for i = 0, count - 1 do
        local at = 16 + i * width
        if width == 0 or width > 8 or at + width > buffer:len() then break end
        sub:add_le(f.value, buffer(at, width))
        info = info .. string.format(" 0x%0" .. 2 * width .. "x", buffer(at, width):le_uint64():tonumber())
    end
    if flags % 2 == 1 then info = info .. " " .. (codes[buffer(3, 1):uint()] or "failed") end
    packet.cols.info = info
    return buffer:len()
end

DissectorTable.get("wtap_encap"):add(wtap.USER1, reconverge)
