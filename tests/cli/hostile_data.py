"""Files from strangers: results, journals, cases, datasets and replies that lie, or are made to do harm.

Every reader is given every kind of bad file. Each has to end by itself, soon, with one of its own exit codes and a
line that says what is wrong, and to write nothing it was not asked to. Usage: hostile_data.py HAYMAKER [full]
"""

import copy
import json
import os
import pathlib
import pty
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = os.path.abspath(sys.argv[1])
FULL = "full" in sys.argv[2:]
EVIL = "\x1b]0;owned\x07\x1b[2J\u009b31m</script><script>alert(1)</script>"
MEMORY_BYTES = 2 << 30
SOMEBODY = 12345

# What reads a file of each kind; {} is the file.
RESULT_READERS = [
    ["compare", "{}"], ["verify", "-q", "{}"], ["merge", "{}", "-o", "out.json"], ["chart", "{}", "-o", "out.html"],
    ["chart", "{}", "-o", "out.svg"], ["export", "{}", "--format", "csv", "-o", "out.csv"],
    ["export", "{}", "--format", "jsonl"]]
LINE_READERS = [
    ["grade", "-g", "niah", "{}"], ["count", "--jsonl", "text", "{}"], ["count", "--jsonl", "text", "--messages", "{}"],
    ["sweep", "-q", "--cases", "{}", "-m", "sim/perfect", "-o", "swept.json"],
    ["import", "openai-mrcr", "{}", "-o", "cases.jsonl"], ["import", "gdm-mrcr", "{}", "-o", "cases.jsonl"],
    ["import", "graphwalks", "{}", "-o", "cases.jsonl"], ["import", "ruler", "{}", "-o", "cases.jsonl"]]
READERS = RESULT_READERS + LINE_READERS

DEEP = 100_000
TEXTS = {
    "nothing": b"",
    "a line end": b"\n",
    "nul bytes": bytes(100),
    "not utf-8": b'{"kind":"\xff\xfe"}\n',
    "arrays nested 100,000 deep": b"[" * DEEP + b"]" * DEEP + b"\n",
    "objects nested 100,000 deep": b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"\n",
    "a member that is nested 100,000 deep": b'{"text":' + b"[" * DEEP + b"]" * DEEP + b"}\n",
    "a number of 100,000 digits": b'{"schema":' + b"9" * DEEP + b"}\n",
    "NaN as a number": b'{"schema":NaN,"text":NaN}\n',
    "1e999": b'{"schema":1e999,"text":1e999}\n',
    "an array": b"[]\n",
    "half an object": b'{"kind":"haymaker-result","schema":1,\n',
    "the same member twice": b'{"schema":1,"schema":2,"text":"a","text":"b"}\n',
}


def limit_memory():
    if FULL:  # AddressSanitizer's own address space is larger than any limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


class HostileData(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.made = os.path.join(folder.name, "r.json")
        subprocess.run([HAYMAKER, "sweep", "-q", "-m", "sim/perfect,sim/decay", "--lengths", "8k", "-n", "2", "--samples",
                        "2", "-o", cls.made], check=True, capture_output=True)
        cls.result = json.loads(pathlib.Path(cls.made).read_text())
        cls.journal = pathlib.Path(cls.made).with_suffix(".journal.jsonl").read_text()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_program(self, arguments, **options):
        return subprocess.run([HAYMAKER, *arguments], capture_output=True, cwd=self.folder, timeout=120,
                              stdin=subprocess.DEVNULL, preexec_fn=limit_memory, **options)

    def expect_refused(self, reader, path, codes=(1, 2, 3)):
        arguments = [argument.replace("{}", str(path)) for argument in reader]
        done = self.run_program(arguments)
        said = done.stderr.decode(errors="replace")
        self.assertIn(done.returncode, codes, f"{arguments}: {said}")
        self.assertTrue(done.returncode == 0 or said.strip() or done.stdout.strip(), arguments)
        self.assertLess(len(said), 4096, arguments)
        self.assertNotIn("\x1b", said)
        return done

    def write_result(self, change):
        result = copy.deepcopy(self.result)
        change(result)
        path = self.folder / "bad.json"
        path.write_text(json.dumps(result))
        return path

    def test_every_reader_refuses_every_bad_text(self):
        path = self.folder / "bad.jsonl"
        for name, text in TEXTS.items():
            path.write_bytes(text)
            for reader in READERS:
                with self.subTest(text=name, reader=reader):
                    # A stream of no lines, or of records whose fields are texts, may well be all right.
                    self.expect_refused(reader, path, (0, 1, 2, 3) if reader[0] in ("grade", "count", "import")
                                        else (1, 2, 3))

    def test_a_folder_or_nothing_given_as_input_is_named(self):
        for name in (self.folder, self.folder / "missing"):
            for reader in READERS:
                with self.subTest(path=name, reader=reader):
                    done = self.expect_refused(reader, name)
                    self.assertIn(str(name).encode(), done.stderr)

    def test_numbers_that_no_result_has_are_refused_or_shown_as_numbers(self):
        numbers = [2**63 - 1, 2**63, -1, 1e308, 0.5, "NaN", None] if FULL else [2**63 - 1, 1e308, "NaN"]
        fields = [("trials", name) for name in ("score", "sample", "length", "needles", "cost_dollars", "end_ms", "wanted",
                                                "prompt_tokens", "depth")]
        fields += [("summaries", name) for name in ("mean", "n", "planned", "cost_dollars", "low")]
        fields += [("plan", name) for name in ("samples", "seed", "probes", "lengths", "needles")]
        for part, name in fields:
            for number in numbers:
                def change(result):
                    record = result[part] if part == "plan" else result[part][0]
                    record[name] = [number] if part == "plan" and name in ("lengths", "needles") else number

                path = self.write_result(change)
                with self.subTest(part=part, name=name, number=number):
                    self.expect_refused(["compare", "{}"], path, (0, 1, 2, 3))

    def test_what_is_there_twice_is_found(self):
        path = self.write_result(lambda result: result["trials"].append(result["trials"][0]))
        self.assertIn(b"twice", self.expect_refused(["verify", "-q", "{}"], path).stderr)

    def test_a_strangers_text_does_not_reach_the_terminal_as_it_is(self):
        def change(result):
            for trial in result["trials"]:
                for name in ("reply", "error", "finish_reason", "served_model", "request_id", "dropped_parameters"):
                    trial[name] = EVIL
            for endpoint in result["endpoints"]:
                for name in ("price_source", "base_url", "protocol"):
                    endpoint[name] = EVIL
            result["program_version"] = EVIL

        def rename(result):
            change(result)
            text = json.dumps(result).replace("sim/decay", "sim/" + json.dumps(EVIL)[1:-1])
            result.clear()
            result.update(json.loads(text))

        for index, made in enumerate((change, rename)):
            path = self.write_result(made)
            for reader in (["compare", "{}"], ["verify", "-q", "{}"], ["merge", "{}", "-o", "out.json"],
                           ["compare", "{}", "--format", "csv"], ["export", "{}", "--format", "csv"],
                           ["export", "{}", "--format", "jsonl"], ["chart", "{}", "-o", "out.html"]):
                with self.subTest(reader=reader, index=index):
                    self.expect_clean_terminal([word.replace("{}", str(path)) for word in reader])

    def test_a_strangers_file_does_not_reach_the_terminal_as_it_is(self):
        rows = [{"text": EVIL, "reply": EVIL, "answer": EVIL, "prompt": EVIL, "kind": EVIL, EVIL: EVIL},
                {"text": 1, "reply": 1, "prompt": [{"role": EVIL, "content": EVIL}]}]
        path = self.folder / "bad.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        for reader in READERS:
            with self.subTest(reader=reader):
                self.expect_clean_terminal([word.replace("{}", str(path)) for word in reader])

    def expect_clean_terminal(self, arguments):
        """Runs with a terminal for its output."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([HAYMAKER, *arguments], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
                                   cwd=self.folder)
        os.close(theirs)
        said = b""
        while select.select([ours], [], [], 120)[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the last one to have it open has closed it
                break
            if not piece:
                break
            said += piece
        os.close(ours)
        self.assertIn(process.wait(120), (0, 1, 2, 3), said)
        for bad in (b"\x1b]0", b"\x1b[2J", b"\x07", b"\xc2\x9b"):
            self.assertNotIn(bad, said, arguments)

    def test_a_strangers_script_stays_text_in_the_page(self):
        def change(result):
            for trial in result["trials"]:
                trial["reply"] = EVIL
                trial["error"] = EVIL
            result["endpoints"][0]["price_source"] = EVIL

        self.expect_refused(["chart", "{}", "-o", "out.html"], self.write_result(change), (0,))
        page = (self.folder / "out.html").read_text()
        self.assertNotIn("<script>alert", page)

    def test_names_in_a_case_file_lead_to_no_file_outside(self):
        secret = self.folder / "secret"
        secret.write_text("SECRET-TEXT")
        cases = self.folder / "inner" / "cases.jsonl"
        cases.parent.mkdir()
        for name in ("../secret", str(secret), "/etc/passwd", "..", "a/../../secret", "secret\0.jsonl"):
            head = {"kind": "haymaker-cases", "schema": 1, "dataset": "openai/mrcr", "revision": "",
                    "files": [{"path": name, "name": name, "sha256": "0" * 64, "bytes": 11}]}
            cases.write_text(json.dumps(head) + "\n" + json.dumps({"file": 0, "row": 0, "length": 8192}) + "\n")
            with self.subTest(name=name):
                done = self.expect_refused(["sweep", "-q", "--cases", "{}", "-m", "sim/perfect", "-o", "swept.json"], cases)
                self.assertNotIn(b"SECRET-TEXT", done.stdout + done.stderr)

    def sweep(self, **options):
        return self.run_program(["sweep", "-q", "-m", "sim/perfect,sim/decay", "--lengths", "8k", "-n", "2", "--samples",
                                 "2", "-o", "r.json"], **options)

    def test_a_strangers_journal_is_refused_by_line_and_left_alone(self):
        lines = self.journal.splitlines()
        path = self.folder / "r.journal.jsonl"
        for name, line in (("deep", "[" * DEEP + "]" * DEEP), ("huge", '{"end":{"index":9223372036854775807}}'),
                           ("negative", '{"end":{"index":-1,"may_be_billed":true}}'),
                           ("beyond", '{"start":{"index":1000000,"attempt":1,"worst_dollars":1e308}}'),
                           ("strange", json.dumps({EVIL: {}}))):
            text = "\n".join([*lines[:2], line, *lines[2:]]) + "\n"
            path.write_text(text)
            with self.subTest(name=name):
                done = self.sweep()
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn(b"line 3", done.stderr)
                self.assertNotIn(b"\x1b", done.stderr)
                self.assertEqual(path.read_text(), text)
                self.assertFalse((self.folder / "r.json").exists())

    def test_what_stands_where_the_journal_goes_is_named_and_stays(self):
        path = self.folder / "r.journal.jsonl"
        os.mkfifo(path)
        done = self.sweep()
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(b"no regular file", done.stderr)
        path.unlink()
        path.mkdir()
        done = self.sweep()
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(b"r.journal.jsonl", done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a link away")
    def test_a_planted_link_is_not_written_through(self):
        precious = self.folder / "precious"
        for name in ("r.journal.jsonl", "r.json", "out.csv", "out.json"):
            precious.write_text("no line end, so it would be taken for a torn line")
            before = precious.read_bytes()
            link = self.folder / name
            link.symlink_to(precious)
            os.lchown(link, SOMEBODY, SOMEBODY)
            with self.subTest(name=name):
                done = self.sweep() if name.startswith("r.") else self.run_program(
                    ["export", self.made, "--format", "csv", "-o", name] if name == "out.csv" else
                    ["merge", self.made, "-o", name])
                self.assertNotEqual(done.returncode, 0)
                self.assertEqual(precious.read_bytes(), before)
            link.unlink()

    def test_files_that_hold_replies_are_the_users_alone(self):
        self.assertEqual(self.sweep(umask=0).returncode, 0)
        self.assertEqual(self.run_program(["export", "r.json", "--format", "csv", "-o", "r.csv"], umask=0).returncode, 0)
        for name in ("r.json", "r.journal.jsonl", "r.csv"):
            self.assertEqual((self.folder / name).stat().st_mode & 0o777, 0o600, name)

    @unittest.skipUnless(FULL, "LeakSanitizer cannot look into a process with other rights")
    @unittest.skipUnless(os.geteuid() == 0, "only root can make a program that runs as another user")
    def test_the_environment_chooses_no_files_for_a_program_with_other_rights(self):
        build = pathlib.Path(HAYMAKER).parent
        if os.statvfs(build).f_flag & os.ST_NOSUID:
            self.skipTest(f"{build} is mounted nosuid")
        with tempfile.TemporaryDirectory(dir=build) as folder:  # beside share/, where the data is looked for
            os.chmod(folder, 0o755)
            program = pathlib.Path(shutil.copy(HAYMAKER, folder))
            environment = {**os.environ, "HAYMAKER_DATA": "/nonexistent"}
            for mode, code in ((0o755, 3), (0o4755, 0)):
                os.chown(program, SOMEBODY, SOMEBODY)
                program.chmod(mode)
                done = subprocess.run([program, "models"], env=environment, capture_output=True, timeout=120)
                self.assertEqual(done.returncode, code, done.stderr)

    def test_a_folder_that_takes_no_file_is_named_before_anything_is_sent(self):
        done = self.run_program(["sweep", "-q", "-m", "sim/perfect", "--lengths", "8k", "-n", "2", "--samples", "2", "-o",
                                 "/proc/none/r.json"])
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"/proc/none", done.stderr)

    def test_a_full_disk_is_said_and_is_not_exit_0(self):
        for arguments in (["export", self.made, "--format", "csv"], ["compare", self.made], ["generate", "-n", "2",
                          "--lengths", "8k", "--samples", "1"], ["models"], ["count", self.made]):
            with self.subTest(arguments=arguments), open("/dev/full", "wb") as full:
                done = subprocess.run([HAYMAKER, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=120)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertTrue(done.stderr)

    @unittest.skipUnless(FULL, "a sanitizer needs several times the memory")
    def test_a_line_of_a_gigabyte_is_refused_in_bounded_memory(self):
        path = self.folder / "long.jsonl"
        with open(path, "wb") as file:
            file.write(b'{"text":"')
            file.truncate(1 << 30)  # NULs, of which none is on disk
        for reader in (RESULT_READERS[0], *LINE_READERS[:2], LINE_READERS[3]):
            with self.subTest(reader=reader):
                self.expect_refused(reader, path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
