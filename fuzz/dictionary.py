#!/usr/bin/env python3
"""dictionary.py JSON_FOLDER OUT: libFuzzer's dictionary: names of blocks, registers and fields, register addresses and
single-bit words as they stand in frames, and the words of the file formats."""
import json
import pathlib
import sys

WORDS = ["defaults", "instances", "groups", "firmware", "name", "description", "buses", "chip", "scale", "intent",
         "policy", "[last]", "[0..3]", "75%..100%", "regmap_reg_read:", "regmap_reg_write:", "reg=", "val=", "MAP ",
         "UNMAP ", "MARK ", "PCIDEV ", "$timescale", "$var wire 1 ! clk $end", "$enddefinitions $end", "$dumpvars",
         "Time [s],Packet ID,MOSI,MISO", " spi-1: ", "PK\x03\x04", "PK\x01\x02", "PK\x05\x06", "RVT1", "upset",
         "killed"]


def quoted(data):
    return '"' + "".join(f"\\x{byte:02x}" for byte in data) + '"'


def main(folder, out):
    entries = {word.encode("latin-1") for word in WORDS}
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        block = json.loads(path.read_text())
        entries.add(path.stem.encode())
        for register in block["regs"]:
            entries.add(register["path"].encode())
            entries.add(register["addr"].to_bytes(4, "little"))
            entries.update(field["name"].encode() for field in register["fields"])
    entries.update((1 << bit).to_bytes(4, "little") for bit in range(32))
    entries.add(b"\xff" * 4)
    target = pathlib.Path(out)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(quoted(entry) + "\n" for entry in sorted(entries) if entry))


if __name__ == "__main__":
    main(*sys.argv[1:])
