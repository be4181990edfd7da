"""`haymaker sweep` against servers that mean harm: each spoils one trial of two. Memory and time stay bounded, the trial
ends as documented, and the next one is answered as if nothing had happened.

Prints what each server cost at most (peak resident memory and seconds).

Usage: hostile.py HAYMAKER [full]
"""

import concurrent.futures
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zlib

HAYMAKER = sys.argv[1]
MEMORY_IS_MEASURED = "full" in sys.argv[2:]  # a sanitizer's shadow is not the program's memory
MEMORY_MAX = 128 << 20
LANES = 6
SECONDS_MAX = 30 if MEMORY_IS_MEASURED else 90

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
GOOD = (STREAM + b'data: {"choices":[{"delta":{"content":"a fine poem"},"finish_reason":"stop"}]}\n\n'
        b'data: {"choices":[],"usage":{"prompt_tokens":3900,"completion_tokens":3}}\n\ndata: [DONE]\n\n')
GIGABYTES = 10 << 30


def delta(text):
    return b'data: {"choices":[{"delta":{"content":"' + text + b'"}}]}\n\n'


def send_for_ever(connection, start, part, pause_s=0.0):
    """Ends by the exception that the client's hanging up causes, or after ten gigabytes."""
    connection.sendall(start)
    sent = 0
    while sent < GIGABYTES:
        connection.sendall(part)
        sent += len(part)
        time.sleep(pause_s)


def take_request(connection):
    """Reads one whole request; false when the client went away first."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return False
        received += part
    head, body = received.split(b"\r\n\r\n", 1)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    left = length - len(body)
    while left > 0:
        part = connection.recv(min(left, 1 << 20))
        if not part:
            return False
        left -= len(part)
    return True


class Server:
    """Answers the first connection by `misdeed(connection)` and all others well. With `is_early` the misdeed starts
    while the request still comes."""

    def __init__(self, misdeed, is_early=False, tls=None):
        self.misdeed, self.is_early, self.tls = misdeed, is_early, tls
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.answer, args=(connection, self.connections == 1), daemon=True).start()

    def answer(self, connection, is_first):
        try:
            with connection:
                if self.tls is not None:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                if not (is_first and self.is_early) and not take_request(connection):
                    return
                if is_first:
                    self.misdeed(connection)
                else:
                    connection.sendall(GOOD)
        except OSError:
            pass

    def close(self):
        self.listener.close()


class Hostile(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = os.path.join(self.folder.name, "r.json")

    def sweep(self, server, *arguments, scheme="http"):
        """The exit code, the trials, and what was said on stderr."""
        self.addCleanup(server.close)
        for old in pathlib.Path(self.folder.name).glob("r.*"):
            old.unlink()
        command = [HAYMAKER, "sweep", "-o", self.out, "--model", "compatible/m", "--base-url",
                   f"{scheme}://127.0.0.1:{server.port}/v1", "--needles", "2", "--lengths", "4k", "--samples", "2",
                   "--concurrency", "1", "--attempts", "1", "--idle-timeout", "2", "--first-byte-timeout", "2",
                   "--request-timeout", "3", *arguments]
        begin = time.monotonic()
        with open(os.path.join(self.folder.name, "said"), "w+b") as said:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said,
                                       env={**os.environ, "COMPATIBLE_API_KEY": "key-that-nobody-else-may-see"})
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            self.said = said.read()
        seconds = time.monotonic() - begin
        peak = usage.ru_maxrss * 1024
        print(f"{self.id().rsplit('.test_', 1)[1]}: peak {peak / 2**20:.0f} MiB, {seconds:.1f} s", flush=True)
        if MEMORY_IS_MEASURED:
            self.assertLess(peak, MEMORY_MAX)
        self.assertLess(seconds, SECONDS_MAX)
        self.assertNotIn(b"key-that-nobody", self.said)
        trials = json.loads(pathlib.Path(self.out).read_text())["trials"] if os.path.exists(self.out) else []
        return process.returncode, trials

    def spoils_one(self, misdeed, outcome, error, *arguments):
        """The first trial ends as `outcome` with `error` in its line; the second one is answered."""
        code, trials = self.sweep(Server(misdeed), *arguments)
        self.assertEqual([t["sample"] for t in trials], [0, 1], self.said)
        self.assertRegex(trials[0]["outcome"], f"^({outcome})$", trials[0])
        self.assertRegex(trials[0].get("error", ""), error)
        self.assertEqual((code, trials[1].get("reply")), (0 if outcome == "cut" else 5, "a fine poem"), self.said)
        return trials[0]

    # Without end.

    def test_endless_headers(self):
        self.spoils_one(lambda c: send_for_ever(c, b"HTTP/1.1 200 OK\r\n", b"X-More: %b\r\n" % (b"a" * 1000)),
                        "endpoint-error", "header|broke|ended")

    def test_one_endless_header(self):
        self.spoils_one(lambda c: send_for_ever(c, b"HTTP/1.1 200 OK\r\nX-Long: ", b"a" * 65536),
                        "endpoint-error", "headers are longer")

    def test_headers_that_drip(self):
        self.spoils_one(lambda c: send_for_ever(c, b"HTTP/1.1 200 OK\r\n", b"X-More: a\r\n", 0.2), "timeout", "3000 ms")

    def test_interim_responses_that_drip(self):
        self.spoils_one(lambda c: send_for_ever(c, b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.2), "timeout", "3000 ms")

    def test_interim_responses_without_end(self):
        self.spoils_one(lambda c: send_for_ever(c, b"", b"HTTP/1.1 102 Processing\r\nX-More: a\r\n\r\n" * 100),
                        "endpoint-error|timeout", ".")

    def test_one_endless_event(self):
        self.spoils_one(lambda c: send_for_ever(c, STREAM + b"data: ", b"a" * 65536), "endpoint-error", "event")

    def test_one_endless_event_of_many_lines(self):
        self.spoils_one(lambda c: send_for_ever(c, STREAM, b"data: a\n" * 8192), "endpoint-error", "event",
                        "--request-timeout", "12")

    def test_ten_gigabytes_of_comments(self):
        self.spoils_one(lambda c: send_for_ever(c, STREAM, b": still here\n\n" * 5000), "endpoint-error|timeout",
                        "no end|longer than", "--request-timeout", "12")

    def test_ten_gigabytes_of_reasoning(self):
        part = b'data: {"choices":[{"delta":{"reasoning_content":"%b"}}]}\n\n' % (b"hm " * 20000)
        self.spoils_one(lambda c: send_for_ever(c, STREAM, part), "endpoint-error|timeout", "no end|longer than",
                        "--request-timeout", "12")

    def test_ten_gigabytes_of_answer(self):
        self.spoils_one(lambda c: send_for_ever(c, STREAM, delta(b"word " * 10000)), "cut", "longer than")

    def test_ten_gigabytes_of_json(self):
        head = JSON_HEAD.replace(b"Connection", b"Content-Length: %d\r\nConnection" % GIGABYTES)
        self.spoils_one(lambda c: send_for_ever(c, head + b'{"choices":[', b'"a",' * 16384), "endpoint-error", "JSON")

    def test_an_error_of_ten_gigabytes(self):
        head = b"HTTP/1.1 500 No\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % GIGABYTES
        self.spoils_one(lambda c: send_for_ever(c, head, b"no " * 20000), "endpoint-error", "HTTP 500")

    def test_a_stream_that_drips_comments(self):
        self.spoils_one(lambda c: send_for_ever(c, STREAM, b":\n\n", 0.1), "timeout", "3000 ms")

    def test_an_event_that_drips(self):
        self.spoils_one(lambda c: send_for_ever(c, STREAM + b"data: ", b"a", 0.1), "timeout", "3000 ms")

    def test_a_whole_answer_that_never_ends(self):
        def misdeed(connection):
            connection.sendall(GOOD)
            send_for_ever(connection, b"", b": more\n\n", 0.01)
        code, trials = self.sweep(Server(misdeed))
        self.assertEqual((code, [t["reply"] for t in trials]), (0, ["a fine poem"] * 2), self.said)

    def test_a_whole_answer_and_ten_gigabytes_more(self):
        code, trials = self.sweep(Server(lambda c: send_for_ever(c, GOOD, b"data: {}\n\n" * 5000)))
        self.assertEqual((code, [t["reply"] for t in trials]), (0, ["a fine poem"] * 2), self.said)

    # Bytes that are not what they should be.

    def test_a_gzip_bomb(self):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(256)) + packer.flush()
        head = STREAM.replace(b"Connection", b"Content-Encoding: gzip\r\nConnection")
        self.spoils_one(lambda c: c.sendall(head + bomb), "endpoint-error", "event|broke|ended")

    def test_json_nested_100000_deep(self):
        self.spoils_one(lambda c: c.sendall(STREAM + b"data: " + b"[" * 100000 + b"\n\n"), "endpoint-error", "not JSON")
        nested = b'{"error":' * 100000 + b"1" + b"}" * 100000
        head = b"HTTP/1.1 400 No\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(nested)
        self.spoils_one(lambda c: c.sendall(head + nested), "endpoint-error", "HTTP 400")

    def test_text_that_is_not_utf8(self):
        _, trials = self.sweep(Server(lambda c: c.sendall(STREAM + delta(b"\xff\xc0\xaf") + GOOD[len(STREAM):])))
        self.assertEqual([t["reply"] for t in trials], ["\ufffd" * 3 + "a fine poem", "a fine poem"], self.said)

    def test_lone_surrogates(self):
        _, trials = self.sweep(Server(lambda c: c.sendall(STREAM + delta(b"\\ud83d") + GOOD[len(STREAM):])))
        self.assertEqual([t["reply"] for t in trials], ["\ufffda fine poem", "a fine poem"], self.said)

    def test_nul_bytes(self):
        code, trials = self.sweep(Server(lambda c: c.sendall(STREAM + delta(b"a\\u0000b") + GOOD[len(STREAM):])))
        self.assertEqual((len(trials), trials[1]["reply"]), (2, "a fine poem"), self.said)
        self.spoils_one(lambda c: c.sendall(STREAM + b"data: {\"a\0\":1}\n\n"), "endpoint-error", "not JSON")

    def test_escape_sequences_do_not_reach_the_terminal(self):
        evil = b"\x1b]0;owned\x07\x1b[2J\xc2\x9b31m"
        head = b"HTTP/1.1 500 No\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nX-Request-Id: %b\r\n\r\n"
        self.spoils_one(lambda c: c.sendall(head % (len(evil), b"id\x1b[31m") + evil), "endpoint-error", "HTTP 500")
        for bad in (b"\x1b", b"\x07", b"\xc2\x9b"):
            self.assertNotIn(bad, self.said)

    def test_numbers_that_no_counter_holds(self):
        usage = (b'data: {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":'
                 b'9223372036854775807,"completion_tokens":9223372036854775807}}\n\ndata: [DONE]\n\n')
        code, trials = self.sweep(Server(lambda c: c.sendall(STREAM + usage)), "--price", "in=1000,out=1000", "--yes",
                                  "--max-output-tokens", "100")
        self.assertEqual((code, trials[0]["reply"], trials[1]["reply"]), (0, "x", "a fine poem"), self.said)

    def test_lengths_that_lie(self):
        for length in (b"-1", b"99999999999999999999999", b"5, 6"):
            with self.subTest(length=length):
                head = STREAM.replace(b"Connection", b"Content-Length: %b\r\nConnection" % length)
                _, trials = self.sweep(Server(lambda c, head=head: c.sendall(head + GOOD[len(STREAM):])))
                self.assertEqual((len(trials), trials[1]["reply"]), (2, "a fine poem"), self.said)

    def test_chunks_that_lie(self):
        head = STREAM.replace(b"Connection", b"Transfer-Encoding: chunked\r\nConnection")
        self.spoils_one(lambda c: c.sendall(head + b"FFFFFFFFFFFFFFFFFF\r\ndata"), "endpoint-error", "broke|ended|chunk")

    def test_waits_that_no_clock_holds(self):
        for wait in (b"1e300", b"-5", b"nan", b"99999999999999999999", b"Fri, 31 Dec 9999999 23:59:59 GMT"):
            with self.subTest(wait=wait):
                reply = b"HTTP/1.1 429 No\r\nRetry-After: %b\r\nretry-after-ms: %b\r\nContent-Length: 0\r\n\r\n" % (wait, wait)
                _, trials = self.sweep(Server(lambda c, reply=reply: c.sendall(reply)))
                self.assertEqual((len(trials), trials[-1].get("reply")), (2, "a fine poem"), self.said)

    # Other places.

    def test_redirects_are_not_followed(self):
        trap = Server(lambda c: None)
        self.addCleanup(trap.close)
        for place in ("file:///etc/passwd", f"http://localhost:{trap.port}/v1/chat/completions", "gopher://127.0.0.1/"):
            with self.subTest(place=place):
                reply = f"HTTP/1.1 307 Elsewhere\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode()
                server = Server(lambda c, reply=reply: c.sendall(reply))
                code, _ = self.sweep(server)
                self.assertEqual((code, server.connections, trap.connections), (4, 1, 0))
                self.assertIn(b"redirects are not followed", self.said)

    def test_a_certificate_for_another_name_gets_no_byte(self):
        key, certificate = (os.path.join(self.folder.name, name) for name in ("key.pem", "certificate.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=elsewhere.test", "-addext", "subjectAltName=DNS:elsewhere.test", "-keyout", key, "-out",
                        certificate], check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        got = []
        server = Server(lambda c: got.append(c.recv(1)), is_early=True, tls=tls)
        code, _ = self.sweep(server, scheme="https")
        self.assertIn(code, (4, 5))
        self.assertEqual(got, [])
        self.assertRegex(self.said, b"(?i)certificate")

    def test_a_server_that_never_finishes_the_handshake(self):
        code, trials = self.sweep(Server(lambda c: time.sleep(30), is_early=True), "--connect-timeout", "1", scheme="https")
        self.assertEqual((code, [t["outcome"] for t in trials]), (5, ["timeout"] * 2))
        self.assertIn("no connection", trials[0]["error"])

    # At another time.

    def test_an_answer_before_the_request_ends(self):
        def misdeed(connection):
            connection.recv(1)
            connection.sendall(GOOD)
        _, trials = self.sweep(Server(misdeed, is_early=True))
        self.assertEqual((len(trials), trials[1]["reply"]), (2, "a fine poem"), self.said)

    def test_an_error_before_the_request_ends(self):
        def misdeed(connection):
            connection.recv(1)
            connection.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno")
        _, trials = self.sweep(Server(misdeed, is_early=True))
        self.assertEqual((len(trials), trials[1]["reply"]), (2, "a fine poem"), self.said)

    def test_an_answer_before_any_request(self):
        _, trials = self.sweep(Server(lambda c: c.sendall(GOOD), is_early=True))
        self.assertEqual((len(trials), trials[-1]["reply"]), (2, "a fine poem"), self.said)

    def test_a_server_that_takes_no_byte(self):
        code, trials = self.sweep(Server(lambda c: time.sleep(30), is_early=True), "--upload-timeout", "1")
        self.assertEqual((code, trials[0]["outcome"], trials[1]["reply"]), (5, "timeout", "a fine poem"), self.said)


def run_side_by_side():
    """All tests; most of them wait for a timer."""
    def run(test):
        result = unittest.TestResult()
        test.run(result)
        return result
    with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
        results = list(lanes.map(run, unittest.defaultTestLoader.loadTestsFromTestCase(Hostile)))
    problems = [problem for result in results for problem in result.failures + result.errors]
    for test, text in problems:
        print(f"FAIL: {test.id()}\n{text}")
    print(f"{sum(result.testsRun for result in results)} tests, {len(problems)} failures")
    return 0 if results and not problems else 1


if __name__ == "__main__":
    sys.exit(run_side_by_side())
