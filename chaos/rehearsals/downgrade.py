#!/usr/bin/env python3
"""Downgrade: back to the previous release, from every moment of a failed update; and what a downgrade can't undo.

The new release is killed at every moment of its update, or left running beside the old one, which takes over again and
fences it. Then the part that no software can take back: a write-once lock that the new intent has set differs from the
old one, and is reported as in need of a reset, before anybody does it to a fleet.

    PYTHONPATH=build/default/python python3 chaos/rehearsals/downgrade.py
"""
import reconverge

old, new = reconverge.previous_release(), reconverge.Hal()
chip = reconverge.Chip("1/8")
assert chip.converge("training", old).complete
chip.run_workload()
start = chip.save()
moments = chip.moments("inference", new, drain=True)

killed = fenced = 0
for moment in range(moments):
    chip.restore(start)
    with chip.undisturbed():
        assert chip.converge("inference", new, drain=True, kill_at=moment).died
        run = chip.converge("training", old, drain=True)
        assert run.complete, f"moment {moment}: {run}"
        chip.expect_rest("training", old)
        killed += 1

    chip.restore(start)
    taken_over = []

    def at(now, _):
        if now == moment:
            taken_over.append(chip.converge("training", old, drain=True))

    with chip.undisturbed():
        outgoing = chip.converge("inference", new, drain=True, at=at)
        assert taken_over[0].complete, f"moment {moment}: {taken_over[0]}"
        if outgoing.error == "fenced":
            fenced += 1
            chip.expect_rest("training", old)   # it has written nothing since
        else:   # it had not claimed yet, or had nothing left to ask the chip: then it is the owner, or done
            assert not outgoing.error or outgoing.error == "claim_lost", f"moment {moment}: {outgoing}"
assert killed == moments and fenced > moments / 2
print(f"Survived: {killed} downgrades after a kill, {fenced} that fence the new release off, at {moments} moments")

# Write-once locks: other firewall windows are locked, and only a reset opens them.
wider = {"name": "wider", "defaults": {"firewall": {"window_mib": 256}}, "firmware": {"odc": 258}}
chip.reset(cold=True)
assert chip.converge(wider, new).complete
chip.run_workload()
with chip.undisturbed():
    back = chip.converge("training", old, drain=True)
locked = [block for block in back.blocks if block.state == "needs_reset"]
assert locked and all(block.name.startswith("firewall") for block in locked), back
assert chip.differs("training"), "the lock holds"
print(f"as it must be: {len(locked)} blocks need a reset for the way back; {locked[0].name}: {locked[0].why}")
chip.reset(cold=True)
assert chip.converge("training", old).complete
chip.expect_rest("training", old)
print("Survived: after a cold reset the previous release is back")
