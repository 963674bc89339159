#!/usr/bin/env python3
"""halctl converge --watch: the production loop, against a served chip. Nothing here depends on how fast it is: every
step waits for the line that the program prints."""
import json
import os
import re
import signal
import socket
import subprocess
import unittest
from pathlib import Path

import bench

ROOT = Path(__file__).resolve().parents[2]


class Watch:
    """A watching halctl; its log is read line by line."""

    def __init__(self, command, **environment):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **environment})
        self.seen = []

    def until(self, event):
        """The next line that tells of `event`."""
        for line in self.process.stdout:
            self.seen.append(json.loads(line))
            if self.seen[-1]["event"] == event:
                return self.seen[-1]
        raise AssertionError(f"it ended without '{event}': {self.seen[-3:]} {self.process.stderr.read()}")

    def tell(self, how):
        self.process.send_signal(how)

    def end(self):
        """(exit code, the lines that were left, what it said on standard error)"""
        out, err = self.process.communicate(timeout=bench.PATIENCE)
        return self.process.returncode, [json.loads(line) for line in out.splitlines()], err


def samples(file):
    """{'reconverge_blocks{state="off"}': 3, ...}; raises if a line is none that Prometheus reads."""
    values, families = {}, set()
    for line in Path(file).read_text().splitlines():
        comment = re.fullmatch(r"# (HELP (?P<helped>\w+) .+|TYPE (?P<typed>\w+) (counter|gauge))", line)
        if comment:
            families.add(comment["helped"] or comment["typed"])
            continue
        sample = re.fullmatch(r'((\w+)(\{\w+="(?:[^"\\\n]|\\[\\n"])*"\})?) (\d+)', line)
        assert sample and sample[2] in families, line
        values[sample[1]] = int(sample[4])
    return values


class WatchTest(bench.ProgramTest):
    def watch(self, intent="training", *more, **environment):
        watch = Watch(self.command("converge", "--intent", str(intent), "--watch", "--json", "--period", "0.01", *more),
                      **environment)
        self.addCleanup(watch.process.stdout.close)
        self.addCleanup(watch.process.stderr.close)
        self.addCleanup(watch.process.wait)
        self.addCleanup(watch.process.kill)
        return watch

    def intent(self, **content):
        file = Path(self.folder.name, "my.json")
        whole = file.with_suffix(".new")
        whole.write_text(json.dumps({"name": "my", **content}))
        whole.replace(file)
        return file


class Loop(WatchTest):
    def test_it_boots_the_chip_and_keeps_it_until_it_is_told_to_stop(self):
        served = self.serve()
        watch = self.watch()
        self.assertEqual(watch.until("started")["epoch"], 1)
        first = watch.until("round")
        self.assertTrue(first["as_intended"], first)
        self.assertGreater(first["report"]["writes"], 0)
        watch.tell(signal.SIGTERM)
        code, rest, err = watch.end()
        self.assertEqual((code, err), (0, ""))
        self.assertEqual([line["event"] for line in rest], ["stopped"], "a chip as intended is no news")
        summary = served.stop()
        self.assertEqual((summary["disturbances"], summary["violations"]), (0, 0), summary)

    def test_what_changes_behind_its_back_is_put_right_and_counted(self):
        served = self.serve(scenario="resume")
        metrics = Path(self.folder.name, "halctl.prom")
        watch = self.watch("training", "--drain", "--metrics", str(metrics))
        self.assertEqual(watch.until("round")["repaired"], [])
        served.process.send_signal(signal.SIGUSR1)
        repaired = watch.until("round")
        self.assertTrue(repaired["as_intended"], repaired)
        self.assertGreater(len(repaired["repaired"]), 10, "a block of nearly every type")
        watch.tell(signal.SIGTERM)
        self.assertEqual(watch.end()[0], 0)
        seen = samples(metrics)
        self.assertEqual(seen["reconverge_faults_total"], len(repaired["repaired"]))
        self.assertEqual(seen["reconverge_writes_total"], repaired["report"]["writes"])
        self.assertEqual(seen['reconverge_intent_info{intent="training"}'], 1)
        self.assertEqual(seen['reconverge_blocks{state="converged"}'], served.ready["blocks"])
        self.assertEqual(served.stop()["violations"], 0)   # the upsets themselves disturb

    def test_rounds_end_it(self):
        self.serve()
        watch = self.watch("training", "--rounds", "5")
        self.assertEqual(watch.until("stopped")["rounds"], 5)
        self.assertEqual(watch.end()[0], 0)

    def test_people_read_lines(self):
        self.serve()
        status, out, err = self.halctl("converge", "--intent", "training", "--watch", "--rounds", "2", "--period",
                                       "0.001")
        self.assertEqual((status, err), (0, ""))
        words = [line.split(" ")[1] for line in out.splitlines()]
        self.assertEqual(words, ["started:", "round:", "stopped:"])
        self.assertIn("as intended", out)
        self.assertNotIn("\x1b", out)


class Takeover(WatchTest):
    def test_the_old_one_is_fenced_and_exits_0_and_the_new_one_stays(self):
        served = self.serve(scenario="resume")
        old = self.watch()
        old.until("round")
        new = self.watch()
        self.assertEqual(new.until("started")["epoch"], 3)
        self.assertEqual(old.until("fenced")["owner_epoch"], 3)
        self.assertEqual(old.end()[::2], (0, ""))
        self.assertTrue(new.until("round")["as_intended"])
        new.tell(signal.SIGTERM)
        self.assertEqual(new.end()[0], 0)
        summary = served.stop()
        self.assertEqual((summary["writes"], summary["disturbances"]), (0, 0), summary)

    def test_a_chip_that_is_gone_is_trouble(self):
        served = self.serve()
        watch = self.watch()
        watch.until("round")
        served.stop()
        code, _, err = watch.end()
        self.assertEqual(code, 3)
        self.assert_one_line(err, "peer")


class Reload(WatchTest):
    def test_a_new_intent_is_taken_and_what_needs_a_drain_is_deferred(self):
        served = self.serve()
        file = self.intent()
        watch = self.watch(file)
        self.assertTrue(watch.until("round")["as_intended"])
        self.halctl("status")   # observers don't disturb it
        self.intent(defaults={"pll": {"output_khz": 1_000_000}})
        watch.tell(signal.SIGHUP)
        self.assertEqual(watch.until("intent")["intent"], "my")
        changed = watch.until("round")
        self.assertFalse(changed["as_intended"])
        self.assertGreater(changed["report"]["deferred"], 0, "a clock of a running workload")
        self.assertEqual(changed["report"]["writes"], 0)
        self.assertIn("pll", [row["instance"] for row in changed["not_as_intended"]])
        watch.tell(signal.SIGTERM)
        self.assertEqual(watch.end()[0], 0)
        self.assertEqual(served.stop()["disturbances"], 0)

    def test_a_bad_intent_is_refused_and_the_old_one_stays(self):
        self.serve()
        file = self.intent()
        metrics = Path(self.folder.name, "halctl.prom")
        watch = self.watch(file, "--metrics", str(metrics))
        watch.until("round")
        for bad in ('{"name": "my", "defaults": {"pll": {"output_khz": 1}}}', "{", '{"defaults": {"nothing": {}}}'):
            file.write_text(bad)
            watch.tell(signal.SIGHUP)
            refused = watch.until("refused")
            self.assertEqual(refused["intent"], "my")
            self.assertIn("my.json", refused["what"])
        watch.tell(signal.SIGTERM)
        code, rest, err = watch.end()
        self.assertEqual((code, err), (0, ""))
        self.assertEqual([line["event"] for line in rest], ["stopped"], "nothing changed")
        seen = samples(metrics)
        self.assertEqual(seen['reconverge_reloads_total{result="refused"}'], 3)
        self.assertEqual(seen['reconverge_reloads_total{result="taken"}'], 0)

    def test_what_cannot_start_says_so_and_claims_nothing(self):
        self.serve()
        nowhere = os.path.join(self.folder.name, "no", "file")
        for arguments, says in (
                (("--intent", "training", "--watch", "--metrics", nowhere), "--metrics"),
                (("--intent", "nosuch", "--watch"), "nosuch"),
                (("--intent", "training", "--period", "1"), "--watch"),
                (("--intent", "training", "--watch", "--period", "0"), "--period")):
            status, _, err = self.halctl("converge", *arguments)
            self.assertEqual(status, 2, err)
            self.assert_one_line(err, says)
        self.assertEqual(self.json("peek", "mgmt_port.epoch.value")["value"], 0)


class Supervised(WatchTest):
    def setUp(self):
        super().setUp()
        self.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.heard.close)
        self.heard.settimeout(bench.PATIENCE)
        self.notify = os.path.join(self.folder.name, "notify")
        self.heard.bind(self.notify)

    def until(self, line):
        """Datagrams up to the one that holds `line`."""
        heard = []
        while not any(line in text.splitlines() for text in heard):
            heard.append(self.heard.recv(4096).decode())
        return heard

    def test_systemd_hears_what_it_has_to(self):
        self.serve()
        watch = self.watch("training", NOTIFY_SOCKET=self.notify, WATCHDOG_USEC="1000000")
        heard = self.until("READY=1")
        self.assertTrue(any("WATCHDOG=1" in text for text in heard), "a long boot isn't taken for a hang")
        self.assertIn("STATUS='training'", heard[-1])
        watch.tell(signal.SIGHUP)
        self.assertTrue(self.until("RELOADING=1")[-1].splitlines()[1].startswith("MONOTONIC_USEC="))
        self.until("READY=1")
        self.until("WATCHDOG=1")
        watch.tell(signal.SIGTERM)
        self.until("STOPPING=1")
        self.assertEqual(watch.end()[0], 0)

    def test_an_unusable_environment_is_refused(self):
        self.serve()
        for environment, says in (({"NOTIFY_SOCKET": "nothing"}, "NOTIFY_SOCKET"),
                                  ({"NOTIFY_SOCKET": self.folder.name + "/gone"}, "NOTIFY_SOCKET"),
                                  ({"NOTIFY_SOCKET": self.notify, "WATCHDOG_USEC": "soon"}, "WATCHDOG_USEC"),
                                  ({"NOTIFY_SOCKET": self.notify, "WATCHDOG_USEC": "15000"}, "--period")):
            code, lines, err = self.watch(**environment).end()
            self.assertEqual((code, lines), (2, []))
            self.assert_one_line(err, says)

    def test_the_unit_that_is_installed_starts_it(self):
        self.serve(scale="1")
        unit = (bench.HALCTL.parents[1] / "halctl-watch@.service").read_text().replace("\\\n", " ")
        said = dict(re.findall(r"^(\w+)=(.*)$", unit, re.M))
        self.assertEqual((said["Type"], said["Restart"]), ("notify", "on-failure"), "a fenced one stays down")
        started = said["ExecStart"].replace("${LINK}", f"unix:{self.socket}").replace("${INTENT}", "training")
        started = started.replace("/run/reconverge-%i", self.folder.name)
        words = started.split()
        self.assertTrue(words[0].endswith("/bin/halctl"), words[0])
        watch = Watch([bench.HALCTL, *words[1:]], NOTIFY_SOCKET=self.notify,
                      WATCHDOG_USEC=str(int(said["WatchdogSec"]) * 1_000_000))
        self.addCleanup(watch.process.kill)
        self.until("READY=1")
        self.assertTrue(watch.until("round")["as_intended"])
        watch.tell(signal.SIGTERM)
        self.assertEqual(watch.end()[0], 0)
        self.assertGreater(samples(Path(self.folder.name, "halctl.prom"))["reconverge_writes_total"], 0)


if __name__ == "__main__":
    bench.main(__name__)
