#!/usr/bin/env python3
"""Brown-out loop of the microcontroller: its supply holds for so many accesses only, again and again, while it updates.

Every HAL dies after `uptime` moments; the next one starts from what the chip shows. Below some uptime none ever gets
anywhere: a fresh HAL has to look before it acts. From there on each leaves less to do than it found, and the loop ends.

    PYTHONPATH=build/default/python python3 chaos/rehearsals/brownout_loop.py
"""
import reconverge

MOST_LIVES = 500
chip = reconverge.Chip("1/8")
old, new = reconverge.previous_release(), reconverge.Hal()
assert chip.converge("training", old).complete
chip.run_workload()
start = chip.save()
whole = chip.moments("inference", new, drain=True)


def lives(uptime):
    """How many HALs it takes if each lives for `uptime` moments; None if they get nowhere."""
    chip.restore(start)
    with chip.undisturbed():
        for life in range(1, MOST_LIVES + 1):
            if not chip.converge("inference", new, drain=True, kill_at=uptime).died:
                chip.expect_rest("inference", new)
                return life
    return None


assert lives(whole + 1) == 1
sweep = chip.moments("inference", new)   # that looking at everything takes, with nothing left to do
assert lives(sweep // 2) is None, "half a look can't be enough"
least = next(uptime for uptime in range(sweep // 2, whole) if lives(uptime))
print(f"the update takes {whole} moments; a look at a chip that is as intended takes {sweep}")
print("uptime  HALs until all is as intended")
for uptime in (least, *range(least + 10, whole + 2, (whole - least) // 10)):
    count = lives(uptime)
    assert count is not None, "a longer life gets less far than a shorter one"
    print(f"{uptime:6}  {count}")
print(f"Survived: from {least} moments of uptime on, every brown-out loop ends")
