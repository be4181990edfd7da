"""`haymaker chart` from outside, with hostile names: what it writes is read by Python's own HTML,
XML and JSON parsers, so that a page cannot agree with itself only.

Usage: python3 tests/oracle/check_chart.py path/to/haymaker
"""
import base64
import hashlib
import html.parser
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HAYMAKER = sys.argv[1]

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "</title></style><script>alert(1)</script><!--",
    "{{script}} {{data}} ]]> &lt;b&gt; \\u003cscript\\u003e",
    "evil\u202ename\u2066\u0007\u0000\r\n\u2028\U0001F600\uFFFF",
    "javascript:alert(1) ${alert(1)} `x`",
]
LENGTHS = [8192, 65536, 1048576]
ELEMENTS = set(
    "html head meta title style body header h1 p button main noscript section h2 div figure "
    "figcaption details summary table caption thead tbody tr th td small footer script "
    "a nav ul li code".split()
)
ATTRIBUTES = set(
    "lang charset http-equiv content name id class type hidden role aria-label scope "
    "data-theme href tabindex aria-labelledby".split()
)


# A real result, whose fields are changed where this test needs it.
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "results", "example",
                       "mrcr.json"), encoding="utf-8") as example_file:
    EXAMPLE = json.load(example_file)


def trial(model, length, sample):
    return dict(
        EXAMPLE["trials"][0], model=model, needles=2, length=length, sample=sample,
        depth=sample / 5, fingerprint="00", haystack="00", outcome="scored", score=0.5,
        output_tokens=None, cost_dollars=None, first_text_ms=3.0, end_ms=4.0, finish_reason="stop",
        served_model=model, error=HOSTILE[0], reply=HOSTILE[0])


def cell(model, length):
    return dict(
        EXAMPLE["summaries"][0], model=model, needles=2, length=length, planned=5, ended=5, n=5,
        mean=0.5, low=0.1, high=0.9, answered=5, answered_mean=0.5, answered_low=0.1,
        answered_high=0.9, cost_dollars=None, outcomes={"scored": 5})


def result(models):
    plan = dict(EXAMPLE["plan"], models=models, grader=HOSTILE[0], needles=[2], lengths=LENGTHS,
                samples=5, seed=7)
    return dict(
        EXAMPLE, program_version=HOSTILE[2], created="2026-11-22T14:04:18Z", simulated=False,
        plan=plan, endpoints=[],
        summaries=[cell(model, length) for model in models for length in LENGTHS],
        trials=[trial(model, length, sample) for model in models for length in LENGTHS
                for sample in range(5)])


class Page(html.parser.HTMLParser):
    """Every element and attribute of a page, and the text of each script, as a browser sees them."""

    def __init__(self):
        super().__init__()
        self.elements = []
        self.scripts = []
        self.policy = None
        self.text = []

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        for name, value in attributes:
            assert name in ATTRIBUTES, f"attribute {name}={value!r} on <{tag}>"
            assert name != "href" or re.fullmatch("#[a-z]+", value), f"a link to {value!r}"
        if tag == "script":
            self.scripts.append((dict(attributes), ""))
        if dict(attributes).get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(attributes)["content"]

    def handle_data(self, data):
        if self.elements and self.elements[-1] == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        else:
            self.text.append(data)

    def handle_endtag(self, tag):
        if tag == "script":
            self.elements.append("/script")

    def handle_comment(self, data):
        raise AssertionError(f"comment {data[:60]!r}")


def run(*arguments, status=0, says=None):
    done = subprocess.run([HAYMAKER, "chart", "-q", *arguments], capture_output=True, text=True,
                          check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    if says is not None:
        first = done.stderr.splitlines()[0]
        assert says in first, (arguments, done.stderr)
    elif status == 0:
        assert done.stderr == "" and done.stdout == "", (done.stdout, done.stderr)


def check_page(path):
    with open(path, encoding="utf-8", newline="") as file:
        source = file.read()
    page = Page()
    page.feed(source)
    page.close()
    found = {element for element in page.elements if element != "/script"}
    assert found <= ELEMENTS, found - ELEMENTS
    assert len(page.scripts) == 5, len(page.scripts)

    charts = json.loads(page.scripts[0][1])
    assert page.scripts[0][0]["type"] == "application/json"
    # One picture each of accuracy, both times; a panel per model of depths and outcomes. Nobody said
    # what an answer cost or how many tokens it had, and no two prompts are known to be the same.
    assert len(charts) == 3 + 2 * len(HOSTILE), len(charts)
    trials = json.loads(page.scripts[1][1])
    assert page.scripts[1][0]["type"] == "application/json"
    assert len(trials["rows"]) == len(HOSTILE) * len(LENGTHS) * 5, len(trials["rows"])
    assert {text["reply"] for text in trials["texts"]} == {HOSTILE[0]}
    assert all("another prompt" in text["goldMissing"] for text in trials["texts"])
    names = charts[0]["light"]["baseOption"]["legend"]["data"]
    assert HOSTILE[0] + " · 2 needles" in names, names
    assert not re.search("[\u202e\u2066\u0007\u0000\n\u2028]", "".join(names))

    allowed = re.findall(r"'sha256-([^']+)'", page.policy.split(";")[1])
    actual = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
              for _, text in page.scripts[2:]]
    assert allowed == actual, (allowed, actual)
    assert page.policy.startswith("default-src 'none'; script-src 'sha256-"), page.policy
    assert "unsafe-eval" not in page.policy and "http" not in page.policy
    assert HOSTILE[0] in "".join(page.text), "the name is to be read, as text"
    assert not re.search(r"<(link|img|iframe|object|embed|base)\b", source.split("<script")[0])


def check_svg(path):
    root = xml.etree.ElementTree.parse(path).getroot()
    tags = {element.tag.split("}")[1] for element in root.iter()}
    assert tags <= set("svg title desc rect path text g defs clipPath style "
                        "linearGradient stop polygon".split()), tags
    for element in root.iter():
        assert not any(name.lower().startswith("on") for name in element.attrib), element.attrib
    texts = "".join(element.text or "" for element in root.iter())
    assert HOSTILE[0] in texts


def check_png(path, width, height):
    with open(path, "rb") as file:
        head = file.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    size = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    assert size == (2 * width, 2 * height), size


def check_good_input(folder):
    source = os.path.join(folder, "result.json")
    with open(source, "w", encoding="utf-8") as file:
        json.dump(result([name.replace("\0", "\x01") for name in HOSTILE]), file)
    page = os.path.join(folder, "page.html")
    run(source, "-o", page)
    check_page(page)
    run(source, "-o", page, "--title", HOSTILE[2], "--theme", "dark")
    check_page(page)
    svg = os.path.join(folder, "new", "chart.svg")
    run(source, "-o", svg, "--title", HOSTILE[0])
    check_svg(svg)
    run(source, "-o", svg, "--kind", "heatmap", "--theme", "dark")
    check_svg(svg)
    png = os.path.join(folder, "chart.png")
    run(source, "-o", png, "--width", "1100", "--height", "700")
    check_png(png, 1100, 700)
    options = os.path.join(folder, "chart.json")
    run(source, "-o", options, "--kind", "heatmap", "--model", HOSTILE[1])
    with open(options, encoding="utf-8") as file:
        assert len(json.load(file)["series"]) == 1
    return source


def check_bad_input(folder, source):
    out = os.path.join(folder, "never.svg")

    def written(name, text):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    impossible = result(["a/b"])
    impossible["summaries"][1]["mean"] = 7
    unscored = result(["a/b"])
    for summary in unscored["summaries"]:
        summary.update(n=0, mean=None, low=None, high=None)
    run(source, status=2, says="no output given")
    run("-o", out, status=2, says="no result file")
    run(source, "-o", os.path.join(folder, "chart.gif"), status=2, says=".svg, .png, .html or .json")
    run(source, "-o", out, "--kind", "pie", status=2, says="'pie' is not one of accuracy, differences, heatmap, outcomes, ttft, time, cost")
    run(source, "-o", out, "--kind", "cost", status=3, says="no trial has a price")
    run(source, "-o", out, "--theme", "pink", status=2, says="--theme")
    run(source, "-o", out, "--width", "12", status=2, says="--width: 12")
    run(source, "-o", out, "--needles", "x", status=2, says="--needles")
    run(source, "-o", out, "--model", "no/such", status=3, says="no summary matches")
    run(os.path.join(folder, "absent.json"), "-o", out, status=3, says="absent.json")
    run(written("text.json", "not JSON"), "-o", out, status=3, says="text.json")
    run(written("foreign.json", '{"results": []}'), "-o", out, status=3, says="not a Haymaker result")
    run(written("impossible.json", json.dumps(impossible)), "-o", out, status=3,
        says="summaries[1]: a score is not from 0 to 1")
    run(written("unscored.json", json.dumps(unscored)), "-o", out, status=3, says="no trial has been scored")
    assert not os.path.exists(out), "a failed command leaves no file"
    assert not [name for name in os.listdir(folder) if ".tmp-" in name]


with tempfile.TemporaryDirectory() as scratch:
    check_bad_input(scratch, check_good_input(scratch))
print("charts of hostile results stay charts")
