#!/usr/bin/env python3
"""Update during an HBM error storm: channels report errors all the while, and the new HAL dies at every moment.

For every moment of the update's run: from the chip as the previous release left it, errors strike one channel after the
other before each moment, and at that one the new HAL is killed. A fresh one takes over, gets over the errors, and
leaves what needs a drain to one that may. What an error does to the workload by itself, a twin without a HAL suffers
too.

    PYTHONPATH=build/default/python python3 chaos/rehearsals/update_during_hbm_storm.py
"""
import reconverge

chip = reconverge.Chip("1/8")
old, new = reconverge.previous_release(), reconverge.Hal()
channels = [block.name for block in chip.converge("training", old).blocks if block.name.startswith("hbm_channel")]
chip.run_workload()
start = chip.save()
moments = chip.moments("training", new)


def storm(struck):
    """An error strikes the next channel, as often as this is called."""
    struck.append(chip.befall(channels[len(struck) % len(channels)], "ecc_error"))


takeovers = errors = 0
for moment in range(moments):
    chip.restore(start)
    before, struck = chip.disturbances, []

    def at(now, _):
        storm(struck)
        return now < moment

    assert chip.converge("training", new, at=at).died
    for drain, retry in ((False, False), (True, False), (True, True)):
        run = chip.converge("training", new, drain=drain, retry=retry)
        assert not run.error, run
        if run.complete:
            break
    assert run.complete, f"moment {moment}: {run}"
    chip.expect("training")
    suffered, violations = chip.disturbances - before, chip.violations

    chip.restore(start)   # the twin: the same errors, and nobody who does anything
    before, alone = chip.disturbances, []
    for _ in struck:
        storm(alone)
    chip.advance(1000)
    assert suffered <= chip.disturbances - before, f"moment {moment}: the HAL adds to what the errors do"
    assert violations == 0
    takeovers += 1
    errors += sum(struck)

assert takeovers == moments and errors > moments, "nothing struck: nothing was rehearsed"
print(f"Survived: {takeovers} takeovers, one at every moment of the update, under {errors} memory errors")
