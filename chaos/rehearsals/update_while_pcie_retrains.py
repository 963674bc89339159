#!/usr/bin/env python3
"""Update while PCIe retrains: the host's link goes down at every moment of an update, over both ways into the chip.

The link comes up again by itself; the new HAL may find it anywhere in between. It must neither wait for ever, nor write
to a link that trains, nor give it up.

    PYTHONPATH=build/default/python python3 chaos/rehearsals/update_while_pcie_retrains.py
"""
import reconverge

old, new = reconverge.previous_release(), reconverge.Hal()
STRIDE = {"spi": 1, "pcie": 37}   # of the moments; a window has two for every load and store

for link in ("spi", "pcie"):
    chip = reconverge.Chip("1/8", link)
    assert chip.converge("training", old).complete
    chip.run_workload()
    start = chip.save()
    moments = range(0, chip.moments("training", new), STRIDE[link])
    down = 0
    for moment in moments:
        chip.restore(start)
        lost = []

        def at(now, _):
            if now == moment:
                lost.append(chip.befall("pcie_ctrl[0]", "link_lost"))

        run = chip.converge("training", new, at=at)
        assert not run.error, f"moment {moment}: {run}"
        down += sum(lost)
        run = chip.converge("training", new, drain=True)
        assert run.complete, f"moment {moment}: {run}"
        chip.expect_rest("training", new)
        assert chip.violations == 0, chip.trouble
    assert down == len(moments), "the link didn't go down: nothing was rehearsed"
    print(f"Survived: over {link}, {down} updates with the host's link lost at one of {len(moments)} moments each")
