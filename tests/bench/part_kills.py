"""Kills a real sweep at random moments, many times, and checks after each kill and at the end of each sweep that nothing
answered was lost and that no request was sent twice without saying so. Takes minutes, so it runs only when named.

The sweep talks to `haymaker serve` through a relay that counts the requests that arrived whole, by their bodies. After
each kill the sweep goes on: now and then as it is, which must leave alone what may have been paid for, else with
--retry-unknown. HAYMAKER_SEED chooses other moments.
"""

import collections
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import threading
import time

from rows import HAYMAKER, build, environment, row

SAMPLES = 24
KILLS, KILLS_QUICK = 200, 20
KILLS_OF_A_SWEEP = 12
LONGEST_S = 1.6  # until a kill; a sweep that is left alone takes about as long


class Relay:
    """Passes requests on to a server and counts each that arrived whole."""

    def __init__(self, port):
        relay = self
        self.changed = threading.Condition()
        self.seen = collections.Counter()
        self.busy = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                """The end of a queue: what connected before this has been taken."""
                self.close_connection = True
                self.send_response(204)
                self.end_headers()

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                self.close_connection = True
                body = self.rfile.read(length)
                if len(body) != length:
                    return
                with relay.changed:
                    relay.seen[hashlib.sha256(body).hexdigest()] += 1
                onward = http.client.HTTPConnection("127.0.0.1", port)
                try:
                    onward.request("POST", self.path, body, {"Content-Type": "application/json"})
                    response = onward.getresponse()
                    self.send_response(response.status)
                    self.send_header("Content-Type", response.getheader("content-type"))
                    self.send_header("Connection", "close")
                    self.end_headers()
                    while part := response.read1(65536):
                        self.wfile.write(part)
                finally:
                    onward.close()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def process_request(self, request, client_address):
                with relay.changed:
                    relay.busy += 1
                super().process_request(request, client_address)

            def process_request_thread(self, request, client_address):
                try:
                    super().process_request_thread(request, client_address)
                finally:
                    with relay.changed:
                        relay.busy -= 1
                        relay.changed.notify_all()

            def handle_error(self, *_):
                pass  # a killed sweep's connection

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def counts(self):
        """What has arrived, once nothing is on its way any more."""
        last = http.client.HTTPConnection("127.0.0.1", self.port)
        last.request("GET", "/")
        last.getresponse().read()
        last.close()
        with self.changed:
            assert self.changed.wait_for(lambda: self.busy == 0, timeout=60), "the relay does not come to rest"
            return collections.Counter(self.seen)


class Journal:
    """What the whole lines of a journal say; `unfinished` are the requests begun since line `since` of unknown end."""

    def __init__(self, path, since=0):
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        lines = [json.loads(line) for line in lines]
        self.line_count = len(lines)
        self.starts = sum("start" in line for line in lines)
        self.open, self.unfinished, self.trials = set(), 0, {}
        begun = collections.Counter()
        for at, line in enumerate(lines):
            if "start" in line:
                self.open.add(line["start"]["index"])
                begun[line["start"]["index"]] += at >= since
            elif "end" in line:
                self.open.discard(line["end"]["index"])
                begun[line["end"]["index"]] -= at >= since
            elif "trial" in line:
                index = line["trial"]["sample"]
                begun[index] -= at >= since and index in self.open
                self.open.discard(index)
                self.trials[index] = line["trial"]
        self.unfinished = sum(begun.values())


class Campaign:
    """Sweep after sweep against one server; `violations` says what did not hold."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tally = collections.Counter()
        self.violations = []
        self.server = subprocess.Popen([HAYMAKER, "serve", "--output-rate", "1500"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, env=environment(), text=True)
        self.relay = Relay(int(re.search(r":(\d+)", self.server.stdout.readline())[1]))

    def check(self, holds, what):
        if not holds:
            self.violations.append(what)
            print(f"violated after {self.tally['kills']} kills: {what}", flush=True)

    def command(self, out, seed):
        return [HAYMAKER, "sweep", "-q", "-o", out, "--model", "compatible/decay", "--base-url", self.relay.url,
                "--needles", "2", "--lengths", "4k", "--samples", str(SAMPLES), "--seed", str(seed), "--concurrency", "3",
                "--price", "in=1,out=1"]

    def live(self, command, journal_file, kill_after_s=None):
        """One process, killed unless it ends before, and what holds of each: nothing that was answered is lost, and the
        server has seen the requests that the journal has, but for those that a kill cut off. Its exit code, what it told
        of earlier requests, and the journals before and after."""
        before, seen = Journal(journal_file), self.relay.counts()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), text=True)
        try:
            _, said = process.communicate(timeout=kill_after_s or 600)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
        arrived = (self.relay.counts() - seen).total()
        after = Journal(journal_file, before.line_count)
        starts = after.starts - before.starts
        self.check(starts - after.unfinished <= arrived <= starts,
                   f"{arrived} requests arrived; the journal began {starts} and does not know the end of {after.unfinished}")
        self.check(process.returncode < 0 or after.unfinished == 0, f"{after.unfinished} requests are left open")
        self.check(all(after.trials.get(i) == trial for i, trial in before.trials.items()), "answers were lost")
        found = re.search(r"(\d+) requests? of an earlier run began", said)
        told = int(found[1]) if found else 0
        if process.returncode >= 0:
            self.check(told == len(before.open), f"{told} requests of unknown end were told, there were {len(before.open)}")
        self.tally.update({"kills": process.returncode < 0, "resumes": before.line_count != 0,
                           "requests of unknown end": after.unfinished})
        return process.returncode, told, before, after

    def check_unasked(self, command, journal_file):
        """Goes on without --retry-unknown: what may be paid for is told and left alone."""
        seen = self.relay.counts()
        code, _, before, after = self.live(command, journal_file)
        again = [body for body in self.relay.counts() - seen if body in seen]
        self.check(code == (5 if before.open else 0), f"exit code {code} with {len(before.open)} of unknown end")
        self.check(after.open == before.open, "what may be paid for was not left alone")
        self.check(len(after.trials) + len(after.open) == SAMPLES, "trials are missing")
        self.check(not again, f"{len(again)} requests were sent twice without being asked to")

    def check_end(self, out, reference, journal, counts, told):
        twice = sum(count - 1 for count in counts.values())
        self.check(len(counts) == len(journal.trials) == SAMPLES, f"{len(counts)} prompts for {SAMPLES} trials")
        self.check(twice <= told, f"{twice} requests were sent twice, {told} were told")
        same = ("sample", "fingerprint", "outcome", "score", "reply")
        ends = [[[trial[key] for key in same] for trial in json.loads(path.read_text())["trials"]]
                for path in (out, reference)]
        self.check(ends[0] == ends[1], "another result than without kills")
        self.tally.update({"sweeps": 1, "requests": counts.total(), "sent twice, as told": twice})

    def sweep(self, seed, kills_left):
        """One sweep, killed until it ends or no kills are left, beside one that nobody disturbs."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            out, reference, journal_file = (folder / file for file in ("r.json", "reference.json", "r.journal.jsonl"))
            command = self.command(out, seed)
            begun, goal, told, trials = self.relay.counts(), self.tally["kills"] + kills_left, 0, {}
            while self.tally["kills"] < goal and len(trials) < SAMPLES:
                code, more, _, after = self.live([*command, "--retry-unknown"], journal_file,
                                                 self.random.uniform(0.0, LONGEST_S))
                told, trials = told + more, after.trials
                if code < 0 and self.random.random() < 0.1:
                    self.check_unasked(command, journal_file)
                    trials = Journal(journal_file).trials
            code, more, _, after = self.live([*command, "--retry-unknown"], journal_file)
            self.check(code == 0, f"the last run ended with exit code {code}")
            counts = self.relay.counts() - begun
            subprocess.run(self.command(reference, seed), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env=environment())
            self.check_end(out, reference, after, counts, told + more)

    def close(self):
        self.relay.server.shutdown()
        self.server.terminate()
        self.server.communicate()


def measure(quick):
    build("haymaker")
    seed, kills = int(os.environ.get("HAYMAKER_SEED", "1")), KILLS_QUICK if quick else KILLS
    print(f"seed {seed}")
    begin, sweeps, campaign = time.monotonic(), 0, Campaign(seed)
    try:
        while campaign.tally["kills"] < kills:
            sweeps += 1
            campaign.sweep(seed * 1000 + sweeps, min(KILLS_OF_A_SWEEP, kills - campaign.tally["kills"]))
    finally:
        campaign.close()
    yield row("kills survived", campaign.tally["kills"], "", least=kills)
    for what in ("sweeps", "resumes", "requests", "requests of unknown end", "sent twice, as told"):
        yield row(what, campaign.tally[what], "")
    yield row("kills: seconds", time.monotonic() - begin, "s", higher_is_better=False)
    yield row("kills: violations", len(campaign.violations), "", most=0, higher_is_better=False)
