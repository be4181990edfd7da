"""`haymaker serve` byte by byte: how each protocol's streams, errors and faults stand on the wire, read by Python's own
http.client, struct and zlib.

Usage: faults.py HAYMAKER
"""

import base64
import email.utils
import http.client
import json
import re
import socket
import struct
import subprocess
import sys
import time
import unittest
import zlib

HAYMAKER = sys.argv[1]

ASK = [{"role": "user", "content": "examples"}, {"role": "user", "content": "write a poem about tapirs"},
       {"role": "assistant", "content": "A tapir said: \"nö\"\nand left; a second one remained by the river."},
       {"role": "user", "content": "Prepend aB3dE6gH9j to the 1st (1 indexed) poem about tapirs. Do not include any "
                                   "other text in your response."}]
GOLD = "aB3dE6gH9j" + ASK[2]["content"]
CONTENTS = [{"role": "model" if m["role"] == "assistant" else "user", "parts": [{"text": m["content"]}]} for m in ASK]
TURNS = [{"role": m["role"], "content": [{"text": m["content"]}]} for m in ASK]
BEARER = {"Authorization": "Bearer k"}


def chat(model, **more):
    return "/v1/chat/completions", {"model": model, "messages": ASK, "stream": True, **more}


def responses(model, **more):
    return "/v1/responses", {"model": model, "input": ASK, "stream": True, **more}


def messages(model, **more):
    return "/v1/messages", {"model": model, "max_tokens": 999, "messages": ASK, "stream": True, **more}


def gemini(model, **more):
    return f"/v1beta/models/{model}:streamGenerateContent?alt=sse", {"contents": CONTENTS, **more}


def converse(model, **more):
    return f"/model/{model}/converse-stream", {"messages": TURNS, **more}


def invoke(model, **more):
    return f"/model/{model}/invoke-with-response-stream", {"max_tokens": 999, "messages": ASK, **more}


def events(text):
    """(event name or None, parsed data) of a stream that uses LF."""
    for block in text.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if fields:
            data = fields["data"]
            yield fields.get("event"), data if data == "[DONE]" else json.loads(data)


def frames(stream):
    """(headers, payload) of each frame, checksums verified."""
    while stream:
        total, headers_len, prelude_crc = struct.unpack(">III", stream[:12])
        frame, stream = stream[:total], stream[total:]
        assert zlib.crc32(frame[:8]) == prelude_crc
        assert struct.unpack(">I", frame[-4:])[0] == zlib.crc32(frame[:-4])
        rest, headers = frame[12:12 + headers_len], {}
        while rest:
            name_len = rest[0]
            name, kind = rest[1:1 + name_len].decode(), rest[1 + name_len]
            assert kind == 7
            value_len = struct.unpack(">H", rest[2 + name_len:4 + name_len])[0]
            headers[name] = rest[4 + name_len:4 + name_len + value_len].decode()
            rest = rest[4 + name_len + value_len:]
        yield headers, json.loads(frame[12 + headers_len:-4])


class Serving(unittest.TestCase):
    def setUp(self):
        self.server = subprocess.Popen([HAYMAKER, "serve"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        self.port = int(self.server.stdout.readline().rsplit(":", 1)[1])

    def stop(self):
        """Stops the server once; returns how many requests it has served."""
        if self.server.poll() is None:
            self.server.terminate()
            self.said = self.server.communicate(timeout=60)[1]
        self.assertEqual(self.server.returncode, 0, self.said)
        return int(re.search(r"(\d+) requests served", self.said)[1])

    def post(self, path, body, headers=BEARER, method="POST"):
        """The response, what came of its body as `content`, and whether the connection broke."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        try:
            response.content = response.read()
            response.broken = False
        except (http.client.IncompleteRead, ConnectionError) as problem:
            response.content = getattr(problem, "partial", b"")
            response.broken = True
        connection.close()
        return response


class Streams(Serving):
    def test_chat(self):
        response = self.post(*chat("perfect", stream_options={"include_usage": True}))
        heard = list(events(response.content))
        chunks = [data for _, data in heard[:-1]]
        self.assertEqual(response.getheader("content-type"), "text/event-stream")
        self.assertEqual(heard[-1], (None, "[DONE]"))
        self.assertEqual("".join(c["choices"][0]["delta"].get("content", "") for c in chunks[:-1]), GOLD)
        self.assertEqual(chunks[-2]["choices"][0]["finish_reason"], "stop")
        self.assertEqual(chunks[-1]["choices"], [])
        usage = chunks[-1]["usage"]
        self.assertEqual(usage["total_tokens"], usage["prompt_tokens"] + usage["completion_tokens"])
        self.assertEqual(response.getheader("x-request-id"), chunks[0]["id"])

    def test_responses(self):
        heard = list(events(self.post(*responses("perfect", reasoning={"effort": "low", "summary": "auto"})).content))
        names = [name for name, _ in heard]
        expected = ["response.created", "response.in_progress", "response.output_item.added",
                    "response.reasoning_summary_part.added", "response.reasoning_summary_text.delta",
                    "response.reasoning_summary_text.done", "response.reasoning_summary_part.done",
                    "response.output_item.done", "response.output_item.added", "response.content_part.added",
                    "response.output_text.delta", "response.output_text.done", "response.content_part.done",
                    "response.output_item.done", "response.completed"]
        self.assertEqual([n for i, n in enumerate(names) if i == 0 or names[i - 1] != n], expected)
        self.assertEqual([data["sequence_number"] for _, data in heard], list(range(len(heard))))
        self.assertTrue(all(data["type"] == name for name, data in heard))
        self.assertEqual([d["output_index"] for n, d in heard if n == "response.output_item.done"], [0, 1])
        final = heard[-1][1]["response"]
        self.assertEqual([item["type"] for item in final["output"]], ["reasoning", "message"])
        self.assertEqual(final["output"][1]["content"][0]["text"], GOLD)

    def test_messages(self):
        heard = list(events(self.post(*messages("perfect", thinking={"type": "enabled", "budget_tokens": 99})).content))
        names = [name for name, _ in heard]
        expected = ["message_start", "ping", "content_block_start", "content_block_delta", "content_block_stop",
                    "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"]
        self.assertEqual([n for i, n in enumerate(names) if i == 0 or names[i - 1] != n], expected)
        self.assertTrue(all(data["type"] == name for name, data in heard))
        deltas = [data["delta"] for name, data in heard if name == "content_block_delta"]
        self.assertEqual("".join(d["text"] for d in deltas if d["type"] == "text_delta"), GOLD)
        self.assertEqual([d["type"] for d in deltas if "text" not in d and "thinking" not in d], ["signature_delta"])

    def test_gemini(self):
        heard = [data for _, data in events(self.post(*gemini("perfect")).content)]
        parts = [part for chunk in heard for part in chunk["candidates"][0]["content"]["parts"]]
        self.assertEqual("".join(part["text"] for part in parts), GOLD)
        self.assertEqual([chunk["candidates"][0].get("finishReason") for chunk in heard],
                         [None] * (len(heard) - 1) + ["STOP"])

    def test_converse(self):
        response = self.post(*converse("perfect"))
        heard = list(frames(response.content))
        self.assertEqual(response.getheader("content-type"), "application/vnd.amazon.eventstream")
        self.assertEqual({h[":message-type"] for h, _ in heard}, {"event"})
        names = [h[":event-type"] for h, _ in heard]
        self.assertEqual([names[0]] + names[-3:], ["messageStart", "contentBlockStop", "messageStop", "metadata"])
        self.assertEqual("".join(p["delta"]["text"] for _, p in heard if "delta" in p), GOLD)

    def test_invoke(self):
        heard = list(frames(self.post(*invoke("perfect")).content))
        self.assertEqual({h[":event-type"] for h, _ in heard}, {"chunk"})
        inner = [json.loads(base64.b64decode(payload["bytes"])) for _, payload in heard]
        self.assertEqual("".join(e["delta"].get("text", "") for e in inner if "delta" in e), GOLD)
        self.assertIn("amazon-bedrock-invocationMetrics", inner[-1])


class Delays(Serving):
    def test_a_429_says_when_to_come_back_and_then_the_same_prompt_is_answered(self):
        def date_in_seconds(response):
            return email.utils.parsedate_to_datetime(response.getheader("retry-after")).timestamp() - time.time()

        checks = {
            "429": lambda r: (r.getheader("retry-after"), b"try again in" in r.content) == (None, False),
            "429-retry-after": lambda r: r.getheader("retry-after") == "1",
            "429-http-date": lambda r: 0 < date_in_seconds(r) <= 3,
            "429-retry-after-ms": lambda r: r.getheader("retry-after-ms") == "1200",
            "429-retry-info": lambda r: b'"retryDelay":"1.2s"' in r.content,
            "429-text": lambda r: b"try again in 1.2s" in r.content,
        }
        for fault, is_right in checks.items():
            for protocol in (chat, responses, messages, gemini, converse, invoke):
                if fault == "429-retry-info" and protocol is not gemini:
                    continue
                with self.subTest(fault=fault, protocol=protocol.__name__):
                    first = self.post(*protocol(f"perfect+{fault}"))
                    self.assertEqual(first.status, 429)
                    self.assertTrue(is_right(first), (first.getheaders(), first.content))
                    self.assertEqual(self.post(*protocol(f"perfect+{fault}")).status, 200)


class Faults(Serving):
    def test_errors_within_a_stream_have_each_protocols_form(self):
        self.assertEqual(list(events(self.post(*chat("perfect+stream-error")).content))[-1][1]["error"]["code"],
                         "server_is_overloaded")
        name, data = list(events(self.post(*responses("perfect+stream-error")).content))[-1]
        self.assertEqual((name, data["response"]["status"]), ("response.failed", "failed"))
        name, data = list(events(self.post(*messages("perfect+stream-error")).content))[-1]
        self.assertEqual((name, data["error"]["type"]), ("error", "overloaded_error"))
        bare = self.post(*gemini("perfect+stream-error")).content.split(b"\n\n")[-2]
        self.assertEqual(json.loads(bare)["error"]["status"], "UNAVAILABLE")
        for protocol in (converse, invoke):
            headers, _ = list(frames(self.post(*protocol("perfect+stream-error")).content))[-1]
            self.assertEqual((headers[":message-type"], headers[":exception-type"]),
                             ("exception", "serviceUnavailableException"))

    def test_a_cut_stream_and_a_cut_reply_break_the_connection(self):
        model = "perfect+cut=0"
        for path, body in (chat(model), responses(model), messages(model), gemini(model), converse(model),
                           chat(model, stream=False)):
            broken = self.post(path, body)
            self.assertTrue(broken.broken)
            self.assertEqual((broken.status, len(broken.content) > 50), (200, True))
        self.assertEqual(self.stop(), 6)

    def test_a_malformed_event_stands_between_good_ones(self):
        blocks = self.post(*chat("perfect+malformed")).content.decode().split("\n\n")
        bad = []
        for block in blocks[:-2]:
            try:
                json.loads(block.removeprefix("data: "))
            except ValueError:
                bad.append(block)
        self.assertEqual(len(bad), 1)
        self.assertEqual(blocks[-2:], ["data: [DONE]", ""])

    def test_a_wrong_checksum_is_the_only_fault_of_its_frame(self):
        stream = self.post(*converse("perfect+bad-crc")).content
        with self.assertRaises(AssertionError):
            list(frames(stream))
        bad = 0
        while stream:
            total = struct.unpack(">I", stream[:4])[0]
            bad += struct.unpack(">I", stream[total - 4:total])[0] != zlib.crc32(stream[:total - 4])
            stream = stream[total:]
        self.assertEqual(bad, 1)

    def test_a_page_of_html_comes_with_status_200(self):
        response = self.post(*messages("perfect+wrong-type"))
        self.assertEqual((response.status, response.getheader("content-type")), (200, "text/html"))
        self.assertIn(b"<!doctype html>", response.content)

    def test_crlf_one_byte_and_slow_bytes_change_nothing_else(self):
        plain = self.post(*messages("perfect")).content
        ends = self.post(*messages("perfect+crlf")).content
        self.assertEqual(ends.count(b"\r\n"), plain.count(b"\n"))
        self.assertEqual(len(list(events(ends.replace(b"\r\n", b"\n")))), len(list(events(plain))))
        begin = time.monotonic()
        slow = self.post(*messages("perfect+slow-bytes=10000")).content
        self.assertGreater(time.monotonic() - begin, len(slow) / 10000 * 0.8)
        self.assertEqual(len(list(events(slow))), len(list(events(plain))))
        path, body = messages("perfect+one-byte")
        raw = self.exchange_raw(path, json.dumps(body).encode())
        chunks, sizes = raw.split(b"\r\n\r\n", 1)[1], set()
        while chunks:
            size, chunks = chunks.split(b"\r\n", 1)
            sizes.add(int(size, 16))
            chunks = chunks[int(size, 16) + 2:]
        self.assertEqual(sizes, {0, 1})

    def exchange_raw(self, path, body):
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                               f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            received = b""
            while part := connection.recv(65536):
                received += part
        return received

    def test_a_413_comes_while_the_body_is_still_being_sent(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n"
                               b'{"model":"perfect+early-413","messages":[')
            head = connection.recv(65536)
        self.assertTrue(head.startswith(b"HTTP/1.1 413 "), head)
        self.assertIn(b"request_too_large", head)
        self.assertEqual(self.stop(), 1)

    def test_a_stalled_stream_ends_with_its_client(self):
        path, body = chat("perfect+stall")
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            body = json.dumps(body).encode()
            connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            with self.assertRaises(TimeoutError):
                while connection.recv(65536):
                    pass
        time.sleep(0.5)
        self.assertEqual(self.stop(), 1)

    def test_settings_are_refused_where_they_are_sent(self):
        self.assertEqual(self.post(*chat("perfect+unsupported=max_tokens")).status, 200)
        refused = json.loads(self.post(*chat("perfect+unsupported=max_tokens", max_tokens=9)).content)["error"]
        self.assertEqual((refused["code"], refused["param"]), ("unsupported_parameter", "max_tokens"))
        self.assertIn("Use 'max_completion_tokens' instead.", refused["message"])

    def test_a_part_of_the_prompt_is_all_that_is_counted(self):
        whole = json.loads(self.post(*chat("perfect", stream=False)).content)["usage"]["prompt_tokens"]
        for fault in ("keep-last=20", "keep-first=20"):
            part = json.loads(self.post(*chat(f"perfect+{fault}", stream=False)).content)
            self.assertLess(part["usage"]["prompt_tokens"], whole * 0.6)
        self.assertGreater(whole, 40)

    def test_every_fault_counts_as_one_request(self):
        listed = subprocess.run([HAYMAKER, "serve", "--help"], capture_output=True, text=True, check=True).stdout
        names = re.findall(r"^  (\S+) +\S", listed.split("\nFaults", 1)[1], re.M)
        names = [name for name in names if name != "stall"]
        self.assertGreater(len(names), 25)
        for name in names:
            self.post(*messages(f"perfect+{name}"))
        self.assertEqual(self.stop(), len(names))


class Signatures(Serving):
    GOOD = {"X-Amz-Date": "20261122T140418Z",
            "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/bedrock/aws4_request, "
                             "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64}

    def test_bedrock_wants_a_bearer_key_or_a_signature_that_looks_like_one(self):
        self.assertEqual(self.post(*converse("perfect"), headers=self.GOOD).status, 200)
        bad = [{}, {"Authorization": "Bearer "}, {**self.GOOD, "X-Amz-Date": "20261123T140418Z"},
               {**self.GOOD, "Authorization": self.GOOD["Authorization"].replace("bedrock", "s3")},
               {**self.GOOD, "Authorization": self.GOOD["Authorization"][:-1]},
               {**self.GOOD, "Authorization": self.GOOD["Authorization"].replace("AWS4", "AWS5")},
               {**self.GOOD, "x-amz-content-sha256": "0" * 64}]
        for headers in bad:
            with self.subTest(headers=headers):
                response = self.post(*converse("perfect"), headers=headers)
                self.assertEqual(response.status, 403)
                self.assertEqual(response.getheader("x-amzn-errortype"), "AccessDeniedException")


class Files(Serving):
    def test_uploads_that_are_no_forms_or_hold_no_file_are_refused(self):
        form = 'multipart/form-data; boundary="b"'
        for content_type, body in (("application/json", b"{}"), (form, b"--b--\r\n"), (form, b"nonsense")):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request("POST", "/v1/files", body, {"Content-Type": content_type})
            self.assertEqual(connection.getresponse().status, 400, body)
            connection.close()

    def test_uploads_that_break_off_leave_the_server_serving(self):
        for cut in range(0, 200, 20):
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
                head = (b"POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n"
                        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; "
                        b'name="file"; filename="x"\r\n\r\n{')
                connection.sendall(head[:cut] if cut < 180 else head)
        self.assertEqual(self.post("/v1/files/file-none", None, method="GET").status, 404)

    def test_an_upload_goes_on_where_it_is(self):
        start = self.post("/upload/v1beta/files", {"file": {"display_name": "x"}})
        path = start.getheader("x-goog-upload-url").split(str(self.port), 1)[1]

        def send(offset, command):
            return self.post(path, {}, {"X-Goog-Upload-Offset": str(offset), "X-Goog-Upload-Command": command})

        self.assertEqual(send(1, "upload").status, 400)
        self.assertEqual(send(0, "upload").getheader("x-goog-upload-status"), "active")
        self.assertEqual(send(0, "upload").status, 400)
        done = send(2, "upload, finalize")
        self.assertEqual(json.loads(done.content)["file"]["sizeBytes"], "4")
        self.assertEqual(send(4, "upload, finalize").status, 400)
        name = json.loads(done.content)["file"]["name"]
        self.assertEqual(self.post(f"/v1beta/{name}:download?alt=media", None, method="GET").content, b"{}{}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
