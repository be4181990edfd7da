"""Kills a real sweep at random moments, many times, and checks after each kill and at the end of each sweep that nothing
answered was lost and that no request was sent twice without saying so.

The sweep talks to `haymaker serve` through a relay that counts the requests that arrived whole, by their bodies. After
each kill the sweep goes on: now and then as it is, which must leave alone what may have been paid for, else with
--retry-unknown.

Usage: kills.py HAYMAKER [--kills N] [--seed N]
"""

import argparse
import collections
import hashlib
import http.client
import http.server
import json
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import threading
import time

SAMPLES = 24


class Relay:
    """Passes requests on to a server and counts each that arrived whole."""

    def __init__(self, port):
        relay = self
        self.lock = threading.Lock()
        self.seen = collections.Counter()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                self.close_connection = True
                if len(body) != length:
                    return
                with relay.lock:
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
                except OSError:
                    pass  # the sweep was killed
                finally:
                    onward.close()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def counts(self):
        with self.lock:
            return collections.Counter(self.seen)


class Journal:
    """What the whole lines of a journal say."""

    def __init__(self, path):
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        lines = [json.loads(line) for line in lines]
        self.starts = sum("start" in line for line in lines)
        self.open, self.trials = set(), {}
        for line in lines:
            if "start" in line:
                self.open.add(line["start"]["index"])
            elif "end" in line:
                self.open.discard(line["end"]["index"])
            elif "trial" in line:
                self.open.discard(line["trial"]["sample"])
                self.trials[line["trial"]["sample"]] = line["trial"]


class Campaign:
    def __init__(self, haymaker, seed):
        self.random = random.Random(seed)
        self.haymaker = haymaker
        self.tally = collections.Counter()
        self.server = subprocess.Popen([haymaker, "serve", "--output-rate", "1500"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
        self.relay = Relay(int(re.search(r":(\d+)", self.server.stdout.readline())[1]))

    def command(self, out, seed):
        return [self.haymaker, "sweep", "-q", "-o", str(out), "--model", "compatible/decay", "--base-url", self.relay.url,
                "--needles", "2", "--lengths", "4k", "--samples", str(SAMPLES), "--seed", str(seed), "--concurrency", "3",
                "--price", "in=1,out=1"]

    def kill_once(self, command, longest_s):
        """Whether the kill came before the end; and how long the run took else."""
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            _, said = process.communicate(timeout=self.random.uniform(0.0, longest_s))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            _, said = process.communicate()
        return process.returncode == -signal.SIGKILL, time.monotonic() - begin, said

    def told(self, said):
        found = re.search(r"(\d+) requests? of an earlier run began", said)
        return int(found[1]) if found else 0

    def check_unasked(self, command, journal_file):
        """Goes on without --retry-unknown: what may be paid for is told and left alone."""
        before, seen = Journal(journal_file), self.relay.counts()
        run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=600)
        after, sent = Journal(journal_file), self.relay.counts() - seen
        assert self.told(run.stderr) == len(before.open), (run.stderr, before.open)
        assert run.returncode == (5 if before.open else 0), run.stderr
        assert after.open == before.open and len(after.trials) + len(after.open) == SAMPLES
        again = [body for body in sent if body in seen]
        assert not again, f"{len(again)} requests were sent twice without being asked to"
        self.tally["resumed as it is"] += 1
        self.tally["left alone"] += len(before.open)

    def sweep(self, seed, kills_left):
        """One sweep, killed until it ends or no kills are left."""
        with tempfile.TemporaryDirectory() as folder:
            out, journal_file = pathlib.Path(folder, "r.json"), pathlib.Path(folder, "r.journal.jsonl")
            command = self.command(out, seed)
            begun, sent_again, kills, answered = self.relay.counts(), 0, 0, {}
            while kills < kills_left and len(answered) < SAMPLES:
                killed, _, said = self.kill_once([*command, "--retry-unknown"], 1.6)
                sent_again += self.told(said)
                kills += killed
                journal = Journal(journal_file)
                arrived = sum((self.relay.counts() - begun).values())
                assert arrived <= journal.starts, f"{arrived} requests arrived, {journal.starts} are in the journal"
                lost = [i for i in answered if answered[i] != journal.trials.get(i)]
                assert not lost, f"answers {lost} were lost"
                answered = journal.trials
                if killed and self.random.random() < 0.1:
                    self.check_unasked(command, journal_file)
                    answered = Journal(journal_file).trials
            run = subprocess.run([*command, "--retry-unknown"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                 text=True, timeout=600)
            assert run.returncode == 0, run.stderr
            sent_again += self.told(run.stderr)
            counts = self.relay.counts() - begun
            twice = sum(count - 1 for count in counts.values())
            assert len(counts) == SAMPLES, f"{len(counts)} prompts for {SAMPLES} trials"
            assert twice <= sent_again, f"{twice} requests were sent twice, {sent_again} were told"
            assert Journal(journal_file).starts >= sum(counts.values())
            trials = json.loads(out.read_text())["trials"]
            reference = pathlib.Path(folder, "reference.json")
            subprocess.run(self.command(reference, seed), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            same = ("sample", "fingerprint", "outcome", "score", "reply")
            assert ([[t[k] for k in same] for t in trials] ==
                    [[t[k] for k in same] for t in json.loads(reference.read_text())["trials"]]), "another result"
            self.tally.update({"sweeps": 1, "kills": kills, "requests": sum(counts.values()), "sent twice": twice,
                               "told to be sent again": sent_again, "trials": len(trials)})
            return kills

    def close(self):
        self.relay.server.shutdown()
        self.server.terminate()
        self.server.communicate()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("haymaker")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    campaign = Campaign(arguments.haymaker, arguments.seed)
    begin, kills, number = time.monotonic(), 0, 0
    try:
        while kills < arguments.kills:
            number += 1
            kills += campaign.sweep(number, min(12, arguments.kills - kills))
            print(f"{kills} kills, {dict(campaign.tally)}", flush=True)
    finally:
        campaign.close()
    print(f"survived {kills} kills in {time.monotonic() - begin:.0f} s: no answer lost, no trial doubled, every repeated "
          f"request told beforehand (seed {arguments.seed})")
    for what, count in campaign.tally.items():
        print(f"  {count:6} {what}")


if __name__ == "__main__":
    main()
