"""`haymaker count` seen from outside: output, errors and exit codes. Usage: count.py HAYMAKER"""

import os
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = os.path.realpath(sys.argv[1])

FILES = {
    "two.txt": b"hello world",
    "seven.txt": b"<|endoftext|>",
    "empty.txt": b"",
    "bytes.txt": b"one \377\376 two\n",
    # The text is decoded before it is counted; blank lines are none; CRLF ends a line too.
    "lines.jsonl": b'{"text": "hello\\u0020world", "n": 1}\r\n\n'
    b'{"text": ""}\n{"n": 3, "text": "\\ud83d\\udc68\\u200d\\ud83d\\udc69"}',
    "number.jsonl": b'{"text": "a"}\n{"text": 1}\n',
    # Messages as JSON text like openai/mrcr's, as a list, with parts, with null, none at all.
    "chat.jsonl": b'{"m": "[{\\"content\\": \\"hello world\\"}, {\\"content\\": \\" hello\\"}]"}\n'
    b'{"m": [{"content": [{"text": "hello world"}, {"type": "image"}]}, {"content": null}]}\n'
    b'{"m": []}\n',
}


class Count(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for name, contents in FILES.items():
            with open(os.path.join(self.folder.name, name), "wb") as file:
                file.write(contents)

    def run_count(self, *arguments, stdin=b""):
        run = subprocess.run(
            [HAYMAKER, "count", *arguments], input=stdin, capture_output=True, cwd=self.folder.name
        )
        return run.returncode, run.stdout.decode(), run.stderr.decode()

    def expect(self, lines, *arguments, stdin=b""):
        output = "".join(line + "\n" for line in lines)
        self.assertEqual(self.run_count(*arguments, stdin=stdin), (0, output, ""))

    def refuse(self, code, message, *arguments, stdin=b"", lines=()):
        output = "".join(line + "\n" for line in lines)
        error = f"haymaker count: {message}\n"
        if code == 2:
            error += "Try 'haymaker help count'.\n"
        self.assertEqual(self.run_count(*arguments, stdin=stdin), (code, output, error))

    def test_standard_input_alone_gives_a_bare_count(self):
        self.expect(["2"], stdin=b"hello world")
        self.expect(["0"])

    def test_each_file_has_its_count_and_several_a_total(self):
        self.expect(["2\ttwo.txt"], "two.txt")
        self.expect(["2\ttwo.txt", "7\tseven.txt", "0\tempty.txt", "9\ttotal"], "two.txt", "seven.txt", "empty.txt")
        self.expect(["1\t-", "2\ttwo.txt", "3\ttotal"], "-", "two.txt", stdin=b"hello")

    def test_ids_take_the_place_of_counts(self):
        self.expect(["24912 2375", "", "27 91 419 1440 919 91 29"], "--ids", "two.txt", "empty.txt", "seven.txt")
        self.expect(["15339 1917"], "-i", "-e", "cl100k_base", "two.txt")

    def test_ids_of_a_long_text_are_all_there(self):
        code, output, _ = self.run_count("--ids", stdin=b"hello world" + b" hello world" * 50000)
        self.assertEqual((code, len(output.split()), output.count("\n")), (0, 100002, 1))

    def test_bytes_that_are_no_utf8_are_counted(self):
        code, output, _ = self.run_count("bytes.txt")
        self.assertEqual((code, output.split("\t")[1]), (0, "bytes.txt\n"))

    def test_a_pipe_is_a_file_too(self):
        read, write = os.pipe()
        os.write(write, b"hello world")
        os.close(write)
        run = subprocess.run([HAYMAKER, "count", f"/dev/fd/{read}"], capture_output=True, pass_fds=[read])
        os.close(read)
        self.assertEqual(run.stdout.decode(), f"2\t/dev/fd/{read}\n")

    def test_a_field_is_counted_on_each_line(self):
        lines = ["2\tlines.jsonl:1", "0\tlines.jsonl:3", "5\tlines.jsonl:4"]
        self.expect(lines, "--jsonl", "text", "lines.jsonl")
        self.expect(["1", "1"], "--jsonl", "text", stdin=b'{"text": "a"}\n{"text": "b"}\n')
        self.expect(["24912 2375", "", "28823 101 2524 28823 102"], "--ids", "--jsonl", "text", "lines.jsonl")
        self.expect([*lines, "1\t-:1", "8\ttotal"], "--jsonl", "text", "lines.jsonl", "-", stdin=b'{"text": "a"}')

    def test_large_texts_are_counted_in_parts_that_add_up(self):
        line = b"Hello world, hello world.\n"  # 6 tokens, and the next line starts with a letter
        times = 1_800_000 // len(line)
        with open(os.path.join(self.folder.name, "large.txt"), "wb") as file:
            file.write(line * times)
        self.expect([str(6 * times)], stdin=line * times)
        for threads in ["1", "3"]:
            names = ["large.txt", "two.txt", "large.txt"]
            counts = [f"{6 * times}\tlarge.txt", "2\ttwo.txt", f"{6 * times}\tlarge.txt", f"{12 * times + 2}\ttotal"]
            self.expect(counts, "--threads", threads, *names)
        code, output, _ = self.run_count("--ids", "large.txt")
        self.assertEqual((code, len(output.split()), output.count("\n")), (0, 6 * times, 1))

    def test_a_bad_line_in_a_later_part_is_named(self):
        line = b'{"text": "hello world, hello world, hello world"}\n'
        good = 1_800_000 // len(line)
        code, output, error = self.run_count("--jsonl", "text", stdin=line * good + b"{}\n" + line * good)
        self.assertEqual((code, output.count("\n")), (3, good))
        self.assertEqual(error, f"haymaker count: standard input: line {good + 1}: no field 'text'\n")

    def test_many_files_are_counted_in_their_order(self):
        names = ["two.txt", "empty.txt", "seven.txt"] * 200
        counts = ["2\ttwo.txt", "0\tempty.txt", "7\tseven.txt"] * 200
        self.expect([*counts, "1800\ttotal"], *names)

    def test_messages_are_summed_over_their_contents(self):
        self.expect(["3\tchat.jsonl:1", "2\tchat.jsonl:2", "0\tchat.jsonl:3"], "-m", "--jsonl", "m", "chat.jsonl")

    def test_files_that_cannot_be_read_are_named(self):
        self.refuse(3, "none.txt: No such file or directory", "two.txt", "none.txt", lines=["2\ttwo.txt"])
        self.refuse(3, ".: Is a directory", ".")

    def test_bad_lines_are_named_and_the_lines_before_are_kept(self):
        where = "number.jsonl: line 2"
        kept = ["1\tnumber.jsonl:1"]
        self.refuse(3, f"{where}: field 'text' is not a string", "--jsonl", "text", "number.jsonl", lines=kept)
        for line, problem in [
            (b"[]", "not an object with a field 'text'"),
            (b"{}", "no field 'text'"),
            (b'{"text": "\\ud800"}', "not JSON: "),
            (b'{"text": "b', "not JSON: "),
            (b'{"text": "\xff"}', "not JSON: "),
        ]:
            code, output, error = self.run_count("--jsonl", "text", stdin=b'{"text": "a"}\n' + line)
            self.assertEqual((code, output), (3, "1\n"))
            self.assertTrue(error.startswith(f"haymaker count: standard input: line 2: {problem}"), error)
            self.assertEqual(error.count("\n"), 1)

    def test_what_is_no_list_of_messages_is_refused(self):
        for line, problem in [
            (b'{"m": "{}"}', "field 'm' is not a list of messages"),
            (b'{"m": 5}', "field 'm' is not a list of messages"),
            (b'{"m": [{"role": "user"}]}', "field 'm': a message without content"),
            (b'{"m": ["hello"]}', "field 'm': a message without content"),
        ]:
            self.refuse(3, f"standard input: line 1: {problem}", "--jsonl", "m", "--messages", stdin=line)
        code, _, error = self.run_count("--jsonl", "m", "--messages", stdin=b'{"m": "[{]"}')
        self.assertEqual(code, 3)
        self.assertIn("line 1: field 'm' is not JSON text: ", error)

    def test_wrong_options_are_told(self):
        self.refuse(2, "--encoding: 'gpt2' is not one of o200k_base, o200k_harmony, cl100k_base", "--encoding", "gpt2")
        self.refuse(2, "--messages needs --jsonl FIELD", "--messages", "two.txt")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
