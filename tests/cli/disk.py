"""Disks that are full, read-only or broken, two processes on one run, a clock that runs backwards: nothing answered is lost,
nothing is paid twice, and the error says what to do.

The disks are real: file systems in memory, mounted in name spaces of our own. Where the machine forbids that those tests are
skipped, and say so; limits on file sizes, /dev/full and a library between the program and its calls need no privilege.

Usage: disk.py HAYMAKER FOLDER-OF-bad_disk.so-AND-bad_clock.so
"""

import email.utils
import errno
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

from loopback import Loopback, chat, serve

HAYMAKER = os.path.abspath(sys.argv[1])
BAD_DISK, BAD_CLOCK = (os.path.join(os.path.abspath(sys.argv[2]), name) for name in ("bad_disk.so", "bad_clock.so"))
NAMESPACES = ["unshare", "--user", "--map-root-user", "--mount", "--propagation", "private"]
INSIDE = "HAYMAKER_TEST_MAY_MOUNT"
MAY_MOUNT = INSIDE in os.environ
REPLY_BYTES = 60000


def answer(_, body):
    """A long answer that follows from the prompt; a sweep that was disturbed must end with the same ones."""
    print_of_it = hashlib.sha256(body).hexdigest()
    return chat((print_of_it + " ") * (REPLY_BYTES // 65), prompt_tokens=4000, completion_tokens=20000)


class Disk(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.disk = self.folder / "disk"
        self.disk.mkdir()

    def mount(self, size):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=True)

    def remount(self, options):
        subprocess.run(["mount", "-o", "remount," + options, self.disk], check=True)

    def fill(self, leave=0):
        """A file that takes all of the disk but `leave` bytes."""
        with open(self.disk / "filler", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError as problem:
                self.assertEqual(problem.errno, errno.ENOSPC)
        os.truncate(self.disk / "filler", max(0, os.path.getsize(self.disk / "filler") - leave))

    def run_it(self, *arguments, code=0, **how):
        run = subprocess.run([HAYMAKER, *map(str, arguments)], stderr=subprocess.PIPE, text=True, timeout=300,
                             stdin=subprocess.DEVNULL, **{"stdout": subprocess.PIPE, **how})
        self.assertEqual(run.returncode, code, run.stderr)
        return run

    def behind(self, library, **settings):
        """How to run with a library between the program and its calls."""
        return {"env": {**os.environ, "LD_PRELOAD": library, "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0", **settings}}

    def bad(self, call, number, part, after=0):
        return self.behind(BAD_DISK, BAD_DISK=f"{call} {number} {part}", BAD_DISK_AFTER=str(after))

    def start_server(self, how=answer):
        server = Loopback(how)
        self.addCleanup(server.close)
        return server

    def sweep_of(self, server, folder, samples):
        return ["sweep", "-q", "-o", folder / "r.json", "--model", "compatible/m", "--base-url", server.url, "--needles", "2",
                "--lengths", "4k", "--samples", samples, "--concurrency", "2", "--price", "in=1,out=1"]

    def journal(self, folder=None):
        text = ((folder or self.disk) / "r.journal.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def check_journal(self, server):
        """Every request that was begun was sent once, and its answer is there."""
        lines = self.journal()
        started = [line["start"]["index"] for line in lines if "start" in line]
        self.assertEqual(len(started), len(set(started)))
        self.assertEqual(len(started), len(server.requests))
        self.assertEqual(sum("trial" in line for line in lines), len(started))
        self.assertEqual(len(set(server.requests)), len(server.requests))

    def facts(self, path):
        """What must be the same in a sweep that nothing disturbed: all but times."""
        result = json.loads(path.read_text())
        trials = [{name: trial[name] for name in ("sample", "outcome", "score", "reply", "fingerprint")}
                  for trial in result["trials"]]
        return trials, [(cell["planned"], cell["n"], cell["mean"], cell["cost_dollars"]) for cell in result["summaries"]]

    def undisturbed(self, samples):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.run_it(*self.sweep_of(self.start_server(), folder, samples))
        return self.facts(folder / "r.json")

    def check_no_leftovers(self, folder):
        self.assertEqual([path.name for path in folder.iterdir() if ".tmp-" in path.name], [])


@unittest.skipUnless(MAY_MOUNT, "SKIPPED: nothing can be mounted here")
class FullSweep(Disk):
    def test_a_disk_that_fills_up_during_a_sweep_loses_no_answer(self):
        samples = 40
        self.mount("3m")
        server = self.start_server()
        sweep = self.sweep_of(server, self.disk, samples)
        said = self.run_it(*sweep, code=5).stderr
        self.assertRegex(said, r"no room for an answer, so nothing more is sent: \S+/r\.journal\.jsonl: No space left on "
                               "device: make room there, then run the same command again")
        self.assertIn("To go on:", said)
        self.assertGreater(len(server.requests), 4)
        self.assertLess(len(server.requests), samples)
        self.check_journal(server)
        self.assertEqual(len(self.facts(self.disk / "r.json")[0]), len(server.requests))
        self.check_no_leftovers(self.disk)
        self.remount("size=64m")
        self.run_it(*sweep)
        self.assertEqual(len(server.requests), samples)
        self.check_journal(server)
        self.assertEqual(self.facts(self.disk / "r.json"), self.undisturbed(samples))
        self.assertIn("it is what a sweep wrote", self.run_it("verify", self.disk / "r.json").stdout)

    def test_answers_on_their_way_have_room_on_a_disk_that_others_fill(self):
        gate, is_first = threading.Event(), threading.Lock()

        def how(*request):
            gate.wait()
            if not is_first.acquire(blocking=False):
                # With both answers there at once one more request would have the room of one of them.
                while b'{"trial":' not in (self.disk / "r.journal.jsonl").read_bytes():
                    time.sleep(0.01)
            return answer(*request)

        server = self.start_server(how)
        self.addCleanup(gate.set)
        self.mount("8m")
        sweep = self.sweep_of(server, self.disk, 6)
        process = subprocess.Popen([HAYMAKER, *map(str, sweep)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while len(server.requests) < 2:
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        self.fill()
        gate.set()
        _, said = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 5, said)
        self.assertIn("No space left on device", said)
        self.assertEqual(len(server.requests), 2)
        self.check_journal(server)
        (self.disk / "filler").unlink()
        self.run_it(*sweep)
        self.assertEqual(len(server.requests), 6)
        self.check_journal(server)
        self.assertEqual(self.facts(self.disk / "r.json"), self.undisturbed(6))

    def test_room_that_was_not_needed_is_given_back(self):
        self.mount("64m")
        self.run_it(*self.sweep_of(self.start_server(), self.disk, 3))
        info = os.stat(self.disk / "r.journal.jsonl")
        self.assertLess(info.st_blocks * 512, info.st_size + 8192)

    def test_an_old_result_stays_when_the_new_one_has_no_room(self):
        self.mount("8m")
        server = self.start_server()
        sweep = self.sweep_of(server, self.disk, 4)
        self.run_it(*sweep)
        before = (self.disk / "r.json").read_bytes()
        self.fill(leave=4096)
        said = self.run_it(*sweep, code=5).stderr
        self.assertRegex(said, r"/r\.json: No space left on device: make room there")
        self.assertIn("To go on:", said)
        self.assertEqual((self.disk / "r.json").read_bytes(), before)
        self.check_no_leftovers(self.disk)
        (self.disk / "filler").unlink()
        self.run_it(*sweep)
        self.assertEqual((self.disk / "r.json").read_bytes(), before)
        self.assertEqual(len(server.requests), 4)

    def test_a_simulated_sweep_goes_on_as_well(self):
        self.mount("200k")
        sweep = ["sweep", "-q", "-o", self.disk / "r.json", "--model", "sim/perfect", "--needles", "2", "--lengths", "4k",
                 "--samples", "150"]
        self.assertIn("No space left on device: make room", self.run_it(*sweep, code=5).stderr)
        kept = [line for line in self.journal() if "trial" in line]
        self.assertGreater(len(kept), 10)
        self.check_no_leftovers(self.disk)
        self.remount("size=16m")
        self.run_it(*sweep)
        self.assertEqual([line for line in self.journal() if "trial" in line][:len(kept)], kept)
        trials, _ = self.facts(self.disk / "r.json")
        self.assertEqual([(t["sample"], t["score"]) for t in trials], [(i, 1.0) for i in range(150)])


class Written(Disk):
    """Every command that writes."""

    @classmethod
    def setUpClass(cls):
        cls.sources = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.sources.cleanup)
        cls.source = pathlib.Path(cls.sources.name)
        plan = ["--model", "sim/perfect", "--needles", "2", "--lengths", "4k", "--samples", "4"]
        for arguments in (["sweep", "-q", *plan, "-o", cls.source / "r.json"],
                          ["sweep", "-q", *plan, "--shard", "1/2", "-o", cls.source / "1.json"],
                          ["sweep", "-q", *plan, "--shard", "2/2", "-o", cls.source / "2.json"],
                          ["generate", "--needles", "2", "--lengths", "4k", "-o", cls.source / "cases.jsonl"],
                          ["export", "--format", "openai-mrcr", "--needles", "2", "--lengths", "8k",
                           "-o", cls.source / "rows.jsonl"]):
            subprocess.run([HAYMAKER, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        (cls.source / "replies.jsonl").write_text('{"response": "a", "answer": "a", "random_string_to_prepend": ""}\n' * 2000)

    def to_files(self, folder):
        result = self.source / "r.json"
        return {
            folder / "a.svg": ["chart", result, "-o"],
            folder / "a.png": ["chart", result, "-o"],
            folder / "a.html": ["chart", result, "-o"],
            folder / "chart.json": ["chart", result, "-o"],
            folder / "cases.jsonl": ["generate", "--needles", "2", "--lengths", "8k", "-o"],
            folder / "imported.jsonl": ["import", "openai-mrcr", self.source / "rows.jsonl", "-o"],
            folder / "rows.jsonl": ["export", "--format", "inspect", "--needles", "2", "--lengths", "4k", "-o"],
            folder / "trials.csv": ["export", result, "--format", "csv", "-o"],
            folder / "words.txt": ["compare", result, "-o"],
            folder / "all.json": ["merge", self.source / "1.json", self.source / "2.json", "-o"],
        }

    def to_stdout(self):
        result = self.source / "r.json"
        return [
            ["generate", "--needles", "2", "--lengths", "4k"], ["export", result], ["compare", result],
            ["compare", result, "--json"], ["compare", result, "--csv"], ["plan", "--model", "sim/perfect"],
            ["plan", "--model", "sim/perfect", "--json"], ["count", self.source / "cases.jsonl"], ["models"],
            ["models", "--json"], ["grade", "--grader", "openai-mrcr", self.source / "replies.jsonl"], ["verify", result],
            ["help"], ["help", "sweep"], ["man"], ["completion", "bash"], ["chart", "--list"], ["generate", "--list"],
            ["grade", "--list"], ["--version"], ["import", "openai-mrcr", self.source / "rows.jsonl"],
            ["merge", self.source / "1.json", self.source / "2.json", "-o", self.folder / "all.json"],
        ]

    def check_files(self, folder, says, code=3):
        old = {}
        for path in self.to_files(folder):
            old[path] = path.read_bytes() if path.exists() else None
        for path, command in self.to_files(folder).items():
            with self.subTest(command=command[0], file=path.name):
                said = self.run_it(*command, path, code=code).stderr
                self.assertRegex(said, f"{re.escape(str(path))}: {says}")
                self.assertEqual(path.read_bytes() if path.exists() else None, old[path])
                self.check_no_leftovers(folder)

    @unittest.skipUnless(MAY_MOUNT, "SKIPPED: nothing can be mounted here")
    def test_no_command_leaves_half_a_file_on_a_full_disk(self):
        self.mount("64k")
        for path in self.to_files(self.disk):
            path.write_text("old")
        self.fill()
        self.check_files(self.disk, "No space left on device: make room there, then run the same command again")

    @unittest.skipUnless(MAY_MOUNT, "SKIPPED: nothing can be mounted here")
    def test_a_read_only_disk_can_be_read_and_writing_says_why_not(self):
        self.mount("16m")
        server = self.start_server()
        sweep = self.sweep_of(server, self.disk, 4)
        self.run_it(*sweep)
        shutil.copytree(self.source, self.disk / "source")
        self.remount("ro")
        self.check_files(self.disk, "Read-only file system: write to another place")
        sweep[sweep.index("--samples") + 1] = 8
        for command in (sweep, self.sweep_of(server, self.disk / "new", 4)):
            said = self.run_it(*command, code=3).stderr
            self.assertRegex(said, "Read-only file system: write to another place")
        self.assertEqual(len(server.requests), 4)
        result = self.disk / "source" / "r.json"
        self.assertIn("it is what a sweep wrote", self.run_it("verify", result).stdout)
        self.run_it("compare", result, result)
        self.run_it("export", result)
        self.run_it("count", self.disk / "source" / "cases.jsonl")
        for ending in ("svg", "html"):
            self.run_it("chart", result, "-o", self.folder / f"a.{ending}")
        self.run_it("merge", self.disk / "source" / "1.json", self.disk / "source" / "2.json", "-o", self.folder / "all.json")

    def test_only_files_that_hold_replies_are_their_owner_s_alone(self):
        before = os.umask(0o027)
        self.addCleanup(os.umask, before)
        holds_replies = {"a.html", "trials.csv", "all.json"}
        for path, command in self.to_files(self.folder).items():
            with self.subTest(command=command[0], file=path.name):
                self.run_it(*command, path)
                self.assertEqual(path.stat().st_mode & 0o777, 0o600 if path.name in holds_replies else 0o640)
        page = self.folder / "a.html"
        reply = self.facts(self.source / "r.json")[0][0]["reply"][:40]
        self.assertIn(reply, page.read_text())
        for option in (["--replies", "0"], ["--kind", "accuracy"]):
            self.run_it("chart", self.source / "r.json", *option, "-o", page)
            self.assertNotIn(reply, page.read_text())
            self.assertEqual(page.stat().st_mode & 0o777, 0o640)

    def test_standard_output_that_takes_nothing_is_an_error(self):
        for command in self.to_stdout():
            with self.subTest(command=command), open("/dev/full", "wb") as full:
                said = self.run_it(*command, code=3, stdout=full).stderr
                self.assertIn("cannot write to standard output: No space left on device: make room there", said)
                self.assertEqual(said.count("No space left"), 1)
                self.assertNotIn("memory", said)

    @unittest.skipUnless(MAY_MOUNT, "SKIPPED: nothing can be mounted here")
    @unittest.skipIf(HAYMAKER.startswith("/tmp/"), "SKIPPED: the program would be hidden by another /tmp")
    def test_a_terminal_is_shown_nothing_where_temporary_files_have_no_room(self):
        """A text for a terminal waits in a temporary file until it is whole."""
        script = 'exec 3<"$1" && mount -t tmpfs -o size=4k tmpfs /tmp && exec "$0" export /proc/self/fd/3'
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        run = subprocess.run(["unshare", "--mount", "sh", "-c", script, HAYMAKER, self.source / "r.json"], stdout=theirs,
                             stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(run.returncode, 3, run.stderr)
        self.assertIn("a temporary file in /tmp: No space left on device: make room there", run.stderr)
        os.set_blocking(ours, False)
        with self.assertRaises(BlockingIOError):
            os.read(ours, 1)
        os.close(theirs)

    def test_a_device_that_takes_nothing_is_an_error(self):
        for path, command in self.to_files(self.folder).items():
            with self.subTest(command=command[0]):
                path.symlink_to("/dev/full")
                self.assertIn(f"{path}: No space left on device", self.run_it(*command, path, code=3).stderr)
                self.assertTrue(path.is_symlink())

    def test_a_limit_on_file_sizes_is_an_error_and_no_signal(self):
        limited = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))}
        for path, command in self.to_files(self.folder).items():
            with self.subTest(command=command[0]):
                said = self.run_it(*command, path, code=3, **limited).stderr
                self.assertIn(f"{path}: File too large: raise the limit on the size of files", said)
                self.assertFalse(path.exists())
                self.check_no_leftovers(self.folder)


class Broken(Disk):
    """Without any privilege."""

    def test_a_limit_on_file_sizes_stops_a_sweep_that_then_goes_on(self):
        server = self.start_server()
        sweep = self.sweep_of(server, self.disk, 6)
        limited = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2200000, 2200000))}
        said = self.run_it(*sweep, code=5, **limited).stderr
        self.assertIn("File too large: raise the limit on the size of files", said)
        self.assertIn("To go on:", said)
        self.assertIn(len(server.requests), range(1, 6))
        self.check_journal(server)
        self.run_it(*sweep)
        self.assertEqual(len(server.requests), 6)
        self.check_journal(server)
        self.assertEqual(self.facts(self.disk / "r.json"), self.undisturbed(6))

    def test_a_quota_that_is_used_up_stops_before_anything_is_sent(self):
        server = self.start_server()
        sweep = self.sweep_of(server, self.disk, 4)
        said = self.run_it(*sweep, code=5, **self.bad("fallocate", errno.EDQUOT, "r.journal.jsonl")).stderr
        self.assertRegex(said, r"r\.journal\.jsonl: Disk quota exceeded: make room within the quota")
        self.assertEqual(len(server.requests), 0)
        self.run_it(*sweep)
        self.check_journal(server)

    def test_where_no_room_can_be_taken_a_sweep_goes_on_without(self):
        server = self.start_server()
        self.run_it(*self.sweep_of(server, self.disk, 4), **self.bad("fallocate", errno.EOPNOTSUPP, "r.journal.jsonl"))
        self.check_journal(server)

    def test_a_disk_that_breaks_tells_what_may_be_paid_and_sends_nothing_more(self):
        for call in ("write", "fsync"):
            with self.subTest(call=call):
                two_arrived = threading.Barrier(2)
                server = self.start_server(lambda *request: (two_arrived.wait(60), answer(*request))[1])
                folder = self.folder / call
                sweep = self.sweep_of(server, folder, 6)
                # The run's line and two starts are good; the first answer is not.
                said = self.run_it(*sweep, code=5, **self.bad(call, errno.EIO, "r.journal.jsonl", after=3)).stderr
                self.assertRegex(said, r"r\.journal\.jsonl: cannot \w+: Input/output error")
                sent = len(server.requests)
                self.assertLess(sent, 6)
                answered = sum("trial" in line for line in self.journal(folder))
                unknown = sent - answered
                self.assertEqual((sent, unknown), (2, 2))
                said = self.run_it(*sweep, code=5).stderr
                self.assertIn("2 requests of an earlier run began", said)
                self.run_it(*sweep, "--retry-unknown")
                self.assertEqual(len(server.requests), 6 + unknown)
                self.assertEqual(self.facts(folder / "r.json"), self.undisturbed(6))

    def test_a_result_that_cannot_be_renamed_leaves_the_old_one(self):
        server = self.start_server()
        sweep = self.sweep_of(server, self.disk, 2)
        self.run_it(*sweep)
        before = (self.disk / "r.json").read_bytes()
        for call in ("fsync", "rename"):
            said = self.run_it(*sweep, code=5, **self.bad(call, errno.EIO, "r.json")).stderr
            self.assertRegex(said, r"/r\.json: Input/output error")
            self.assertEqual((self.disk / "r.json").read_bytes(), before)
            self.check_no_leftovers(self.disk)


class Batches(Disk):
    """A batch that was handed over is paid: it must be collected, and never handed over again."""

    def start_serve(self):
        url = serve(self, HAYMAKER)

        def batches():
            with urllib.request.urlopen(url + "/v1/batches?limit=100") as answer:
                return len(json.load(answer)["data"])

        return url, batches

    def batch_of(self, url, folder, samples):
        return ["sweep", "-q", "-o", folder / "r.json", "--model", "compatible/perfect", "--base-url", url + "/v1", "--batch",
                "--batch-poll", "0", "--price", "in=5,out=30", "--needles", "2", "--lengths", "8k", "--samples", samples]

    def check_all_answered(self, folder, samples):
        self.assertEqual([trial["score"] for trial in self.facts(folder / "r.json")[0]], [1.0] * samples)
        self.assertEqual(sorted(path.name for path in folder.iterdir()), ["r.journal.jsonl", "r.json"])

    @unittest.skipUnless(MAY_MOUNT, "SKIPPED: nothing can be mounted here")
    def test_a_file_of_requests_without_room_is_not_handed_over(self):
        self.mount("256k")
        url, batches = self.start_serve()
        batch = self.batch_of(url, self.disk, 12)
        said = self.run_it(*batch, code=5).stderr
        self.assertRegex(said, r"r\.batch-0001\.jsonl: No space left on device: make room there")
        self.assertIn("To go on:", said)
        self.assertEqual(batches(), 0)
        self.remount("size=64m")
        self.run_it(*batch)
        self.check_all_answered(self.disk, 12)

    @unittest.skipUnless(MAY_MOUNT, "SKIPPED: nothing can be mounted here")
    def test_answers_without_room_are_collected_when_there_is_some(self):
        for pages in (0, 1, 4, 6):
            with self.subTest(pages=pages):
                self.mount("2m")
                url, batches = self.start_serve()
                batch = self.batch_of(url, self.disk, 12)
                self.run_it(*batch, "--batch-wait", "0", code=5)
                self.fill(leave=pages * 4096)
                for _ in range(2):
                    self.assertIn("No space left on device: make room there", self.run_it(*batch, code=5).stderr)
                (self.disk / "filler").unlink()
                self.run_it(*batch)
                self.assertEqual(batches(), 1)
                self.check_all_answered(self.disk, 12)

    def test_a_journal_that_breaks_anywhere_hands_over_no_batch_twice(self):
        for call in ("write", "fsync"):
            for good in range(10):
                with self.subTest(call=call, good=good):
                    folder = self.folder / f"{call}-{good}"
                    url, batches = self.start_serve()
                    batch = self.batch_of(url, folder, 3)
                    said = self.run_it(*batch, code=5 if good else 3,
                                       **self.bad(call, errno.EIO, "r.journal.jsonl", after=good)).stderr
                    self.assertRegex(said, r"r\.journal\.jsonl: cannot \w+: Input/output error")
                    self.run_it(*batch)
                    self.assertEqual(batches(), 1)
                    self.check_all_answered(folder, 3)


class TwoProcesses(Disk):
    def test_a_second_process_on_a_run_is_locked_out_and_sends_nothing(self):
        gate = threading.Event()
        server = self.start_server(lambda *request: (gate.wait(), answer(*request))[1])
        self.addCleanup(gate.set)
        sweep = self.sweep_of(server, self.disk, 3)
        first = subprocess.Popen([HAYMAKER, *map(str, sweep)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while len(server.requests) < 2:
            self.assertIsNone(first.poll())
            time.sleep(0.01)
        before = (self.disk / "r.journal.jsonl").read_bytes()
        said = self.run_it(*sweep, code=2).stderr
        self.assertIn("another haymaker is working on this sweep", said)
        self.assertEqual(((self.disk / "r.journal.jsonl").read_bytes(), len(server.requests)), (before, 2))
        gate.set()
        _, said = first.communicate(timeout=120)
        self.assertEqual(first.returncode, 0, said)
        self.check_journal(server)
        self.run_it(*sweep)
        self.assertEqual(len(server.requests), 3)

    def test_a_killed_process_leaves_no_lock_behind(self):
        gate = threading.Event()
        server = self.start_server(lambda *request: (gate.wait(), answer(*request))[1])
        self.addCleanup(gate.set)
        sweep = self.sweep_of(server, self.disk, 3)
        first = subprocess.Popen([HAYMAKER, *map(str, sweep)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(server.requests) < 2:
            self.assertIsNone(first.poll())
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
        first.wait()
        gate.set()
        self.run_it(*sweep, "--retry-unknown")
        self.assertEqual(len(self.facts(self.disk / "r.json")[0]), 3)

    def test_a_file_system_without_locks_is_told_before_anything_is_sent(self):
        server = self.start_server()
        sweep = self.sweep_of(server, self.disk, 2)
        for number in (errno.ENOLCK, errno.EOPNOTSUPP):
            said = self.run_it(*sweep, code=3, **Broken.bad(self, "flock", number, "r.journal.jsonl")).stderr
            self.assertRegex(said, r"r\.journal\.jsonl: cannot be locked: No locks available: write to a file system that has")
        self.assertEqual(len(server.requests), 0)


class Backwards(Disk):
    """A wall clock that goes back 100 seconds each second, and further back between two runs."""

    def wrong(self, behind):
        return self.behind(BAD_CLOCK, BAD_CLOCK_BEHIND=str(behind))

    def test_a_sweep_that_is_interrupted_goes_on_in_its_own_past(self):
        server = self.start_server(lambda *request: (time.sleep(0.4), answer(*request))[1])
        sweep = self.sweep_of(server, self.disk, 6)
        process = subprocess.Popen([HAYMAKER, *map(str, sweep)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **self.wrong(0))
        while len(server.requests) < 3:
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, said)
        kept = [line["trial"] for line in self.journal() if "trial" in line]
        self.assertGreater(len(kept), 0)
        self.run_it(*sweep, **self.wrong(400 * 24 * 3600))
        result = json.loads((self.disk / "r.json").read_text())
        self.assertEqual([t["sample"] for t in result["trials"]], list(range(6)))
        self.assertEqual(len(set(server.requests)), 6)
        for trial in result["trials"]:
            self.assertGreaterEqual(trial["first_byte_ms"], 400)
            self.assertLess(trial["end_ms"], 60000)
        self.assertEqual(self.facts(self.disk / "r.json"), self.undisturbed(6))

    def test_a_server_s_dates_are_read_by_its_own_clock(self):
        waits = []

        def how(*request):
            waits.append(time.monotonic())
            if len(waits) > 1:
                return answer(*request)
            later = email.utils.formatdate(time.time() + 3, usegmt=True)
            return 429, "application/json", b'{"error": {"message": "slow down"}}', {"Retry-After": later}

        sweep = self.sweep_of(self.start_server(how), self.disk, 1)
        self.run_it(*sweep, **self.wrong(400 * 24 * 3600))
        self.assertLess(waits[1] - waits[0], 30)
        self.assertGreater(waits[1] - waits[0], 1.5)


def enter_name_spaces():
    """Starts this test again where it may mount, if there is such a place."""
    probe = subprocess.run([*NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/tmp"], capture_output=True, text=True)
    if probe.returncode == 0:
        os.environ[INSIDE] = "1"
        os.execvp(NAMESPACES[0], [*NAMESPACES, sys.executable, *sys.argv])
    print(f"SKIPPED: tests on disks of their own: {probe.stderr.strip()}", flush=True)


if __name__ == "__main__":
    if not MAY_MOUNT:
        enter_name_spaces()
    unittest.main(argv=sys.argv[:1])
