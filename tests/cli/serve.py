"""`haymaker serve` from outside: the socket, the signals, and cases solved from their text alone.

Usage: serve.py HAYMAKER [full]. Without "full" the lengths stop at 64K (for sanitizer builds).
"""

import http.client
import json
import re
import signal
import subprocess
import sys
import unittest

HAYMAKER = sys.argv[1]
FULL = sys.argv[2:3] == ["full"]


class Server:
    """A running `haymaker serve`."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([HAYMAKER, "serve", *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.line = self.process.stdout.readline()
        self.port = int(re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)\n", self.line)[1])

    def end(self, how=signal.SIGTERM):
        """The exit code, what else it printed, and what it said on stderr."""
        self.process.send_signal(how)
        rest, errors = self.process.communicate(timeout=60)
        return self.process.returncode, rest, errors

    def chat(self, model, messages):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", "/v1/chat/completions", json.dumps({"model": model, "messages": messages}))
        reply = json.load(connection.getresponse())
        connection.close()
        return reply["choices"][0]["message"]["content"]


def cases(*arguments):
    run = subprocess.run([HAYMAKER, "generate", *arguments], capture_output=True, check=True)
    for line in run.stdout.splitlines():
        case = json.loads(line)
        yield json.loads(case["prompt"]), case["answer"]


class Signals(unittest.TestCase):
    def test_ctrl_c_and_sigterm_end_it_as_asked(self):
        for how in (signal.SIGINT, signal.SIGTERM):
            server = Server()
            server.chat("empty", [{"role": "user", "content": "x"}])
            server.chat("empty", [{"role": "user", "content": "x"}])
            self.assertEqual(server.end(how), (0, "", "haymaker serve: 2 requests served\n"))

    def test_it_ends_at_once_with_a_request_under_way(self):
        server = Server("--prefill-rate", "1")
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        messages = [{"role": "user", "content": "word " * 5000}]
        connection.request("POST", "/v1/chat/completions",
                           json.dumps({"model": "perfect", "messages": messages, "stream": True}))
        response = connection.getresponse()
        self.assertEqual(response.status, 200)
        self.assertEqual(server.end(), (0, "", "haymaker serve: 1 requests served\n"))
        response.close()
        connection.close()


class Mistakes(unittest.TestCase):
    def fail(self, *arguments):
        run = subprocess.run([HAYMAKER, "serve", *arguments], capture_output=True, text=True, timeout=60)
        self.assertEqual(run.stdout, "")
        return run.returncode, run.stderr.splitlines()[0]

    def test_a_port_in_use_is_named(self):
        server = Server()
        self.assertEqual(self.fail("--port", str(server.port)),
                         (3, f"haymaker serve: cannot listen on 127.0.0.1:{server.port}: Address already in use"))
        server.end()

    def test_the_wrong_port_or_argument_is_a_usage_error(self):
        self.assertEqual(self.fail("--port", "65536"), (2, "haymaker serve: --port: 65536 is above 65535"))
        self.assertEqual(self.fail("here"), (2, "haymaker serve: unexpected argument 'here'"))


class Answers(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.end)

    def test_perfect_finds_every_gold_reply(self):
        lengths = "32k:1m" if FULL else "32k:64k"
        for messages, gold in cases("--needles", "1,2,8,30", "--lengths", lengths, "--samples", "2"):
            self.assertEqual(self.server.chat("perfect", messages), gold)
            self.assertEqual(self.server.chat("newline", messages), "\n\n" + gold)

    def test_wrong_needle_gives_another_needle_of_the_ask(self):
        for messages, gold in cases("--needles", "4", "--lengths", "16k", "--samples", "4"):
            reply = self.server.chat("wrong-needle", messages)
            ask = "write a " + re.search(r"indexed\) (.*)\. Do not", messages[-1]["content"])[1]
            needles = [messages[i + 1]["content"] for i, m in enumerate(messages) if m["content"] == ask]
            self.assertEqual(reply[:10], gold[:10])
            self.assertIn(reply[10:], needles)
            self.assertNotEqual(reply, gold)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
