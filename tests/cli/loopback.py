"""Loopback endpoints for the tests: Loopback, where each POST is answered by a function and every body that came whole is
kept, and the program's own."""

import http.server
import subprocess
import threading


def serve(test, haymaker, *arguments):
    """The URL of a `haymaker serve` that ends with the test."""
    server = subprocess.Popen([haymaker, "serve", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    test.addCleanup(server.communicate, timeout=60)
    test.addCleanup(server.terminate)
    return server.stdout.readline().split()[-1]


def chat(text, **usage):
    """A streamed answer of the chat completions protocol."""
    said = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    stream = 'data: {"choices":[{"delta":{"content":"%s"},"finish_reason":"stop"}]}\n\n' % said
    if usage:
        stream += 'data: {"choices":[],"usage":{%s}}\n\n' % ",".join(f'"{name}":{count}' for name, count in usage.items())
    return 200, "text/event-stream", (stream + "data: [DONE]\n\n").encode()


class Loopback:
    """`answer` gets a request's headers and body, in a thread of its own, and returns (status, content type, bytes) and perhaps
    further headers."""

    def __init__(self, answer):
        server = self
        self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.requests.append(body)
                status, kind, text, *more = answer(self.headers, body)
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(text)))
                    for name, value in (more[0] if more else {}).items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:  # it went away meanwhile
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
