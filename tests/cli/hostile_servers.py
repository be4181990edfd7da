"""Servers that mean harm, in one table, and what one of them costs a sweep of two trials: each spoils the first trial, ends
it as documented, and the second one is answered as if nothing had happened. tests/cli/hostile.py checks it;
tests/bench/part_hostile.py prints what each one costs.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import zlib

MEMORY_MAX = 128 << 20
KEY = "key-that-nobody-else-may-see"

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
GOOD_EVENTS = (b'data: {"choices":[{"delta":{"content":"a fine poem"},"finish_reason":"stop"}]}\n\n'
               b'data: {"choices":[],"usage":{"prompt_tokens":3900,"completion_tokens":3}}\n\ndata: [DONE]\n\n')
GOOD = STREAM + GOOD_EVENTS
GOOD_REPLY = "a fine poem"
GIGABYTES = 10 << 30


def delta(text):
    return b'data: {"choices":[{"delta":{"content":"' + text + b'"}}]}\n\n'


def head_of(status, *fields):
    return b"\r\n".join([b"HTTP/1.1 " + status, *fields, b"", b""])


def says(*parts):
    """A misdeed: these bytes."""
    return lambda connection: connection.sendall(b"".join(parts))


def goes_on(start, part, pause_s=0.0):
    """A misdeed that ends by the exception that the client's hanging up causes, or after ten gigabytes."""
    def misdeed(connection):
        connection.sendall(start)
        sent = 0
        while sent < GIGABYTES:
            connection.sendall(part)
            sent += len(part)
            time.sleep(pause_s)
    return misdeed


def before_the_request_ends(reply):
    def misdeed(connection):
        connection.recv(1)
        connection.sendall(reply)
    return misdeed


def sleeps(_):
    time.sleep(30)


def gzip_bomb():
    """Ten gigabytes in ten megabytes: the same packed block again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    begin, block = (packer.compress(b"\0" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return says(head_of(b"200 OK", b"Content-Type: text/event-stream", b"Content-Encoding: gzip", b"Connection: close"),
                begin, block * (GIGABYTES >> 20))


@dataclasses.dataclass
class Hostile:
    """A row: what the server does to its first connection, and what has to come of it.

    `outcome` and `error` are patterns for the first trial, `reply` its text where it is known; `second` is the other
    trial's outcome, which is answered unless the endpoint as a whole is refused (None: not sent). `early` servers do not
    wait for the request. `codes` are the exit codes allowed, `said` a pattern for what the program says."""
    name: str
    misdeed: object
    outcome: str = "endpoint-error"
    error: str = ""
    reply: str = None
    second: str = GOOD_REPLY
    codes: tuple = (5,)
    said: bytes = b""
    connections: int = None
    early: bool = False
    scheme: str = "http"
    has_certificate: bool = False
    options: tuple = ()


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
    """Answers the first connection by the row's misdeed and all others well."""

    def __init__(self, row, tls=None):
        self.row, self.tls = row, tls
        self.connections = self.handshakes = 0
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
        with connection, contextlib.suppress(OSError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self.handshakes += 1
            if (is_first and self.row.early) or take_request(connection):
                self.row.misdeed(connection) if is_first else connection.sendall(GOOD)

    def close(self):
        self.listener.close()


# Where nobody may be sent.
TRAP = Server(Hostile("a trap", says(GOOD), early=True))


ANSWERED = {"outcome": ".+", "codes": (0,)}  # with any mark
ANY = {"outcome": ".+", "codes": (0, 5)}     # what becomes of the first trial is the server's affair
LONGER = ("--request-timeout", "60")  # a sanitizer takes its time
ELSEWHERE = {"outcome": ".*", "second": None, "codes": (4,), "connections": 1, "said": b"redirects are not followed"}


def redirect(place):
    return says(head_of(b"307 Elsewhere", b"Location: " + place, b"Content-Length: 0"))


def lying_length(length):
    return says(head_of(b"200 OK", b"Content-Type: text/event-stream", b"Content-Length: " + length, b"Connection: close"),
                GOOD_EVENTS)


def lying_wait(wait):
    return says(head_of(b"429 No", b"Retry-After: " + wait, b"retry-after-ms: " + wait, b"Content-Length: 0"))


NESTED = b'{"error":' * 100000 + b"1" + b"}" * 100000
ESCAPES = b"\x1b]0;owned\x07\x1b[2J\xc2\x9b31m"
BIG_NUMBER = b"9223372036854775807"
HUGE = b"Content-Length: %d" % GIGABYTES

SERVERS = [
    Hostile("a good one, to compare with", says(GOOD), reply=GOOD_REPLY, **ANSWERED),

    # Without end.
    Hostile("endless headers", goes_on(b"HTTP/1.1 200 OK\r\n", b"X-More: %b\r\n" % (b"a" * 1000)),
            error="header|broke|ended"),
    Hostile("one endless header", goes_on(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a" * 65536), error="headers are longer"),
    Hostile("headers that drip", goes_on(b"HTTP/1.1 200 OK\r\n", b"X-More: a\r\n", 0.2), "timeout", "3000 ms"),
    Hostile("interim responses that drip", goes_on(b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.2), "timeout", "3000 ms"),
    Hostile("interim responses without end", goes_on(b"", b"HTTP/1.1 102 Processing\r\nX-More: a\r\n\r\n" * 100),
            "endpoint-error|timeout", "."),
    Hostile("one endless event", goes_on(STREAM + b"data: ", b"a" * 65536), error="event"),
    Hostile("one endless event of many lines", goes_on(STREAM, b"data: a\n" * 8192), error="event", options=LONGER),
    Hostile("ten gigabytes of comments", goes_on(STREAM, b": still here\n\n" * 5000), "endpoint-error|timeout",
            "no end|longer than", options=LONGER),
    Hostile("ten gigabytes of reasoning",
            goes_on(STREAM, b'data: {"choices":[{"delta":{"reasoning_content":"%b"}}]}\n\n' % (b"hm " * 20000)),
            "endpoint-error|timeout", "no end|longer than", options=LONGER),
    Hostile("ten gigabytes of answer", goes_on(STREAM, delta(b"word " * 10000)), "cut", "longer than", codes=(0,)),
    Hostile("ten gigabytes of JSON",
            goes_on(JSON_HEAD.replace(b"Connection", HUGE + b"\r\nConnection") + b'{"choices":[', b'"a",' * 16384),
            error="JSON"),
    Hostile("an error of ten gigabytes", goes_on(head_of(b"500 No", b"Content-Type: text/plain", HUGE), b"no " * 20000),
            error="HTTP 500"),
    Hostile("a stream that drips comments", goes_on(STREAM, b":\n\n", 0.1), "timeout", "3000 ms"),
    Hostile("an event that drips", goes_on(STREAM + b"data: ", b"a", 0.1), "timeout", "3000 ms"),
    Hostile("a whole answer that never ends", goes_on(GOOD, b": more\n\n", 0.01), reply=GOOD_REPLY, **ANSWERED),
    Hostile("a whole answer and ten gigabytes more", goes_on(GOOD, b"data: {}\n\n" * 5000), reply=GOOD_REPLY, **ANSWERED),

    # Bytes that are not what they should be.
    Hostile("a gzip bomb", gzip_bomb(), error="event|broke|ended"),
    Hostile("JSON nested 100,000 deep in an event", says(STREAM, b"data: ", b"[" * 100000, b"\n\n"), error="not JSON"),
    Hostile("JSON nested 100,000 deep in an error",
            says(head_of(b"400 No", b"Content-Type: application/json", b"Content-Length: %d" % len(NESTED)), NESTED),
            error="HTTP 400"),
    Hostile("text that is not UTF-8", says(STREAM, delta(b"\xff\xc0\xaf"), GOOD_EVENTS),
            reply="\ufffd" * 3 + GOOD_REPLY, **ANSWERED),
    Hostile("lone surrogates", says(STREAM, delta(b"\\ud83d"), GOOD_EVENTS), reply="\ufffd" + GOOD_REPLY, **ANSWERED),
    Hostile("NUL in a text", says(STREAM, delta(b"a\\u0000b"), GOOD_EVENTS), **ANY),
    Hostile("NUL in a name", says(STREAM, b"data: {\"a\0\":1}\n\n"), error="not JSON"),
    Hostile("escape sequences", says(head_of(b"500 No", b"Content-Type: text/plain", b"Content-Length: %d" % len(ESCAPES),
                                             b"X-Request-Id: id\x1b[31m"), ESCAPES), error="HTTP 500"),
    Hostile("numbers that no counter holds",
            says(STREAM, b'data: {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":',
                 BIG_NUMBER, b',"completion_tokens":', BIG_NUMBER, b"}}\n\ndata: [DONE]\n\n"), reply="x", **ANSWERED,
            options=("--price", "in=1000,out=1000", "--yes", "--max-output-tokens", "100")),
    Hostile("a length of -1", lying_length(b"-1"), **ANY),
    Hostile("a length that no counter holds", lying_length(b"9" * 23), **ANY),
    Hostile("two lengths in one", lying_length(b"5, 6"), **ANY),
    Hostile("chunks that lie", says(STREAM.replace(b"Connection", b"Transfer-Encoding: chunked\r\nConnection"),
                                    b"FFFFFFFFFFFFFFFFFF\r\ndata"), error="broke|ended|chunk"),
    Hostile("a wait of 1e300 s", lying_wait(b"1e300"), **ANY),
    Hostile("a wait of -5 s", lying_wait(b"-5"), **ANY),
    Hostile("a wait of nan s", lying_wait(b"nan"), **ANY),
    Hostile("a wait that no counter holds", lying_wait(b"9" * 20), **ANY),
    Hostile("a wait to the year 9999999", lying_wait(b"Fri, 31 Dec 9999999 23:59:59 GMT"), **ANY),

    # Other places.
    Hostile("a redirect to a file", redirect(b"file:///etc/passwd"), **ELSEWHERE),
    Hostile("a redirect to another host", redirect(b"http://localhost:%d/v1/chat/completions" % TRAP.port), **ELSEWHERE),
    Hostile("a redirect to another protocol", redirect(b"gopher://127.0.0.1/"), **ELSEWHERE),
    Hostile("a certificate for another name", lambda c: c.recv(1), "|endpoint-error", second=None, codes=(4, 5),
            said=b"(?i)certificate", scheme="https", has_certificate=True, early=True),
    Hostile("a handshake that never ends", sleeps, "timeout", "no connection", second="timeout", scheme="https", early=True,
            options=("--connect-timeout", "1")),

    # At another time.
    Hostile("an answer before the request ends", before_the_request_ends(GOOD), early=True, **ANY),
    Hostile("an error before the request ends",
            before_the_request_ends(head_of(b"413 No", b"Content-Length: 2") + b"no"), early=True, **ANY),
    Hostile("an answer before any request", says(GOOD), early=True, **ANY),
    Hostile("a server that takes no byte", sleeps, "timeout", early=True, options=("--upload-timeout", "1")),
]


def tls_of_another_name(folder):
    key, certificate = (os.path.join(folder, name) for name in ("key.pem", "certificate.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=elsewhere.test",
                    "-addext", "subjectAltName=DNS:elsewhere.test", "-keyout", key, "-out", certificate], check=True,
                   capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    return tls


# A process of its own starts the program: Linux counts what a program's parent held in the program's peak.
RUN = """
import json, os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_maxrss * 1024]))
"""


@dataclasses.dataclass
class Run:
    """What came of a sweep against one server."""
    code: int
    peak: int
    seconds: float
    said: bytes
    trials: list
    connections: int
    handshakes: int

    def first(self):
        return next((t["outcome"] for t in self.trials if t["sample"] == 0), "")

    def second(self):
        trial = next((t for t in self.trials if t["sample"] == 1), {})
        return trial.get("reply") or trial.get("outcome", "not sent")

    def problems(self, row):
        """What is not as the row says, in lines."""
        trial = next((t for t in self.trials if t["sample"] == 0), {})
        if self.code not in row.codes:
            yield f"exit code {self.code}"
        if not re.fullmatch(row.outcome, self.first()):
            yield f"the first trial ended as {self.first()}"
        if not re.search(row.error, trial.get("error", "")):
            yield f"its error: {trial.get('error')}"
        if row.reply is not None and trial.get("reply") != row.reply:
            yield f"its reply: {trial.get('reply')}"
        if row.second is not None and self.second() != row.second:
            yield f"the next trial: {self.second()}"
        if row.connections is not None and self.connections != row.connections:
            yield f"{self.connections} connections"
        if TRAP.connections or (row.has_certificate and self.handshakes):
            yield "a server was spoken to that should not be"
        if not re.search(row.said, self.said):
            yield "what is said does not tell"
        if KEY.encode() in self.said:
            yield "the key was told"
        if any(bad in self.said for bad in (b"\x1b", b"\x07", b"\xc2\x9b")):
            yield "an escape sequence reached the terminal"


def run(haymaker, row):
    """A sweep of two trials against the row's server."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        server = Server(row, tls_of_another_name(folder) if row.has_certificate else None)
        stack.callback(server.close)
        out = pathlib.Path(folder, "r.json")
        command = [haymaker, "sweep", "-o", out, "--model", "compatible/m", "--base-url",
                   f"{row.scheme}://127.0.0.1:{server.port}/v1", "--needles", "2", "--lengths", "4k", "--samples", "2",
                   "--concurrency", "1", "--attempts", "1", "--idle-timeout", "2", "--first-byte-timeout", "2",
                   "--request-timeout", "3", *row.options]
        begin = time.monotonic()
        with open(os.path.join(folder, "said"), "w+b") as said:
            done = subprocess.run([sys.executable, "-I", "-S", "-c", RUN, *command], stdout=subprocess.PIPE, stderr=said,
                                  env={**os.environ, "COMPATIBLE_API_KEY": KEY}, check=True)
            seconds = time.monotonic() - begin
            said.seek(0)
            code, peak = json.loads(done.stdout.splitlines()[-1])
            trials = json.loads(out.read_text())["trials"] if out.exists() else []
            return Run(code, peak, seconds, said.read(), trials, server.connections, server.handshakes)
