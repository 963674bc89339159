#!/usr/bin/env python3
"""Rolling update with drain: four chips of a rack are brought to the new release one after the other, under traffic.

First every chip gets the new release without a drain: what can change under traffic changes, the rest is deferred. Then
one chip at a time is drained for the rest. The first HAL of every chip dies half-way; its successor goes on. At no time
may more than one chip be without traffic, and nothing may be disturbed.

    PYTHONPATH=build/default/python python3 chaos/rehearsals/rolling_update.py
"""
from contextlib import ExitStack

import reconverge

INTENT = "training"
rack = [reconverge.Chip("1/8") for _ in range(4)]
old, new = reconverge.previous_release(), reconverge.Hal()

for chip in rack:
    assert chip.converge(INTENT, old).complete
    chip.run_workload()
    assert chip.traffic

with ExitStack() as watched:
    for chip in rack:
        watched.enter_context(chip.undisturbed())

    deferred = 0
    for chip in rack:
        half = chip.moments(INTENT, new) // 2
        assert chip.converge(INTENT, new, kill_at=half).died
        run = chip.converge(INTENT, new)
        assert not run.error and run.count("deferred") > 0, run
        assert chip.traffic, "without a drain traffic goes on"
        deferred += run.count("deferred")
    print(f"{len(rack)} chips have the new release; {deferred} blocks wait for a drain")

    for number, chip in enumerate(rack):
        steps = [other.steps for other in rack]
        half = chip.moments(INTENT, new, drain=True) // 2
        assert chip.converge(INTENT, new, drain=True, kill_at=half).died
        for other in rack:
            other.run_workload()
            assert other is chip or other.traffic, "only one chip at a time is without traffic"
        run = chip.converge(INTENT, new, drain=True)
        assert run.complete, run
        chip.expect_rest(INTENT, new)
        chip.run_workload()
        gained = [other.steps - before for other, before in zip(rack, steps)]
        assert all(gained), "the workload goes on everywhere"
        print(f"chip {number}: drained and complete; meanwhile the rack did {sum(gained)} phases of its workload")

print(f"Survived: {len(rack)} chips updated, 0 disturbances")
