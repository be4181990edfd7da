"""The HTML report in a real browser: what models wrote stays text, everything can be reached by
keyboard, every picture is drawn and is also a table, and ten thousand trials stay quick.

Usage: python3 tests/cli/report_page.py path/to/haymaker. Without a Chromium the test is skipped,
unless HAYMAKER_BROWSER is "required".
"""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import browser  # noqa: E402 (our own, found by the line above)

HAYMAKER = sys.argv[1]
SKIPPED = 77

# Each tries to set window.owned, to load something, or to look like something else.
HOSTILE = [
    "</script><script>window.owned=1</script>",
    "<img src=x onerror=\"window.owned=1\">",
    "\"><svg onload=\"window.owned=1\"><a xlink:href=\"javascript:window.owned=1\">",
    "'};window.owned=1;//<!--<script>",
    "line\u2028separated\u2029by more than line ends",
    "abc\u202edcba\u2066\u2069\u200bzero\ufeffwidth\u00adsoft",
    "\x1b[31mred\x1b[0m \x9b2J \x07 \x7f",
    "&lt;b&gt; &amp; {{script}} ]]> <![CDATA[ x",
    "</title></style></textarea><iframe src=http://127.0.0.1:9/></iframe>",
    "long " + 200000 * "x",
    "\U000e0041\U000e0042 tags \ufffd replaced",
]


def sweep(folder, *arguments):
    path = os.path.join(folder, "result.json")
    subprocess.run([HAYMAKER, "sweep", "-q", "--samples", "2", "--seed", "3", "--price",
                    "in=2,out=8", "-o", path, *arguments], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write_page(folder, name, result, *arguments):
    source = os.path.join(folder, name + ".json")
    page = os.path.join(folder, name + ".html")
    with open(source, "w", encoding="utf-8") as file:
        json.dump(result, file)
    subprocess.run([HAYMAKER, "chart", source, "-o", page, *arguments], check=True)
    return page


def renamed(result, old, new):
    """The same result with one model under another name."""
    for part in (result["trials"], result["summaries"], result["endpoints"]):
        for item in part:
            if item["model"] == old:
                item["model"] = new
    result["plan"]["models"] = [new if name == old else name for name in result["plan"]["models"]]


def contrast(one, other):
    """WCAG 2.2's contrast ratio of two "rgb(r, g, b)"."""
    def luminance(colour):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
                 for part in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


OPEN_ALL = """(() => { for (const button of document.querySelectorAll('.trials tbody button')) {
    if (button.getAttribute('aria-expanded') === 'false') button.click(); } })()"""


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        folder = cls.scratch.name
        plain = sweep(folder, "--model", "sim/perfect,sim/decay,sim/cut,sim/refuse", "--lengths",
                      "8k,16k", "--needles", "2,4")
        cls.plain = write_page(folder, "plain", plain)
        hostile = copy.deepcopy(plain)
        for number, trial in enumerate(hostile["trials"]):
            trial["reply"] = HOSTILE[number % len(HOSTILE)]
            for name in ("error", "finish_reason", "served_model", "request_id"):
                trial[name] = HOSTILE[number % 9]
        for number, name in enumerate(plain["plan"]["models"]):
            renamed(hostile, name, HOSTILE[number])
        hostile["plan"].update(grader=HOSTILE[0], parameters=[HOSTILE[1]], needle=HOSTILE[2],
                               question=HOSTILE[3], expect=HOSTILE[8])
        hostile["program_version"] = HOSTILE[1]
        cls.hostile = write_page(folder, "hostile", hostile, "--title", HOSTILE[8])
        cls.plain_result = plain
        cls.browser = browser.Browser(browser.find())

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()
        cls.scratch.cleanup()

    def open(self, page, width=1280, height=900, dark=False):
        self.browser.dark(dark)
        self.browser.size(width, height)
        self.browser.open(page)

    def evaluate(self, expression):
        return self.browser.evaluate(expression)

    def assert_quiet(self):
        """No exception, no refused script, nothing asked of a network, no window of its own."""
        loud = [event for event in self.browser.events if event["method"] in
                ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded",
                 "Page.javascriptDialogOpening")]
        self.assertEqual(loud, [])
        asked = [event["params"]["request"]["url"] for event in self.browser.events
                 if event["method"] == "Network.requestWillBeSent"]
        self.assertEqual([url for url in asked if not url.startswith("file:")], [])
        self.assertEqual(len(asked), 1)

    def test_what_models_wrote_stays_text(self):
        self.open(self.hostile)
        self.evaluate(OPEN_ALL)
        self.assertEqual(self.evaluate("typeof window.owned"), "undefined")
        self.assertEqual(self.evaluate(
            "document.querySelectorAll('img, iframe, object, embed, link, base, [src], [onload], "
            "[onerror], form, textarea').length"), 0)
        self.assertEqual(self.evaluate("document.scripts.length"), 5)
        self.assertEqual(self.evaluate(
            "[...document.links].filter(a => !a.getAttribute('href').startsWith('#')).length"), 0)
        shown = self.evaluate("[...document.querySelectorAll('.side pre')].map(p => p.textContent)")
        for text in HOSTILE[:4]:
            self.assertTrue(any(text in reply for reply in shown), text)
        everything = "".join(shown)
        for code in ("U+202E", "U+2066", "U+2028", "U+001B", "U+009B", "U+200B", "U+FEFF",
                     "U+00AD", "U+E0041"):
            self.assertIn(code, everything)
        self.assertNotRegex(everything, "[\u202e\u2066\u2028\x1b\x9b\u200b\U000e0041]")
        self.assertEqual(self.evaluate("document.querySelectorAll('.side pre script, .side pre svg')"
                                       ".length"), 0)
        self.assert_quiet()

    def test_long_lines_widen_nothing(self):
        for width in (390, 1280):
            self.open(self.hostile, width=width)
            self.evaluate(OPEN_ALL)
            self.assertLessEqual(self.evaluate("document.documentElement.scrollWidth"), width)
            self.assertIn("more bytes of the reply are in the result file",
                          self.evaluate("document.body.textContent"))

    def test_the_policy_lets_no_other_script_run(self):
        self.open(self.plain)
        self.evaluate("""(() => { const script = document.createElement('script');
            script.textContent = 'window.owned = 1'; document.body.append(script);
            const box = document.createElement('div');
            box.innerHTML = '<img src="data:," onerror="window.owned = 1">';
            document.body.append(box); })()""")
        time.sleep(0.2)
        self.assertEqual(self.evaluate("typeof window.owned"), "undefined")
        self.assertEqual(self.evaluate(
            "(() => { try { return eval('1') } catch (error) { return error.name } })()"),
            "EvalError")
        self.assertEqual(self.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', "
                                       "error => error.name)"), "TypeError")
        blocked = [event["params"]["entry"]["text"] for event in self.browser.events
                   if event["method"] == "Log.entryAdded"]
        self.assertTrue(any("Content Security Policy" in text for text in blocked), blocked)

    def test_every_picture_is_drawn_and_is_a_table_too(self):
        self.open(self.plain, height=20000)
        self.browser.wait_for("[...document.querySelectorAll('.chart')].every("
                              "chart => chart.querySelector('svg path') !== null)")
        sections = self.evaluate("""[...document.querySelectorAll('section')].map(section => ({
            id: section.id, charts: section.querySelectorAll('.chart').length,
            tables: section.querySelectorAll('details table tbody tr').length}))""")
        self.assertEqual([section["id"] for section in sections],
                         ["summary", "reach", "accuracy", "differences", "heatmap", "outcomes",
                          "ttft", "time", "cost", "value", "tokens", "trials", "method"])
        for section in sections[2:11]:
            self.assertGreater(section["charts"], 0, section)
            self.assertGreater(section["tables"], 0, section)
        self.assert_quiet()

    def test_verdicts_stand_beside_what_was_measured(self):
        claims = {"schema": 1, "about": "a test", "claims": [{
            "name": "Claimed <b>", "models": ["claimed"], "said_by": "vendor", "effort": "high",
            "task": "mrcr", "needles": 2, "dataset": "a <i>set</i>", "tokenizer": "o200k_base",
            "read_on": "2026-11-22", "source": HOSTILE[0], "caveats": [HOSTILE[1]],
            "bins": [{"above": 4095, "up_to": 8192, "percent": 3.0}]}]}
        folder = self.scratch.name
        with open(os.path.join(folder, "claims.json"), "w", encoding="utf-8") as file:
            json.dump(claims, file)
        page = os.path.join(folder, "verdicts.html")
        done = subprocess.run(
            [HAYMAKER, "chart", os.path.join(folder, "plain.json"), "-o", page,
             "--require", "sim/refuse: mrcr 2 needles overall >= 90",
             "--require", "sim/perfect: mrcr 2 needles overall >= 5",
             "--claims-file", os.path.join(folder, "claims.json"),
             "--claims-as", "sim/perfect=claimed"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.open(page, height=5000)
        self.assertEqual(self.evaluate("[...document.querySelectorAll('#verdicts td:last-child')]"
                                       ".map(td => td.className)"), ["text failed", "text passed"])
        said = self.evaluate("document.querySelector('#claims').textContent")
        for text in ("Claimed <b>", "a <i>set</i>", HOSTILE[0], HOSTILE[1], "4k to 8k", "3.0"):
            self.assertIn(text, said)
        self.browser.wait_for("document.querySelector('#accuracy svg') !== null")
        self.assertIn("published claims", self.evaluate(
            "document.querySelector('#accuracy p').textContent"))
        self.assertIn("A is sim/perfect", self.evaluate(
            "document.querySelector('#differences').textContent"))
        self.assertEqual(self.evaluate("typeof window.owned"), "undefined")
        self.assert_quiet()

    def test_a_reply_is_shown_against_its_gold_answer(self):
        self.open(self.plain)
        self.evaluate(OPEN_ALL)
        said = self.evaluate("[...document.querySelectorAll('.detail')].map(d => d.textContent)")
        whole = [text for text in said if "letter for letter" in text]
        exact = [trial for trial in self.plain_result["trials"] if trial["exact"]]
        self.assertEqual(len(said), len(self.plain_result["trials"]))
        self.assertEqual(len(whole), len(exact))
        self.assertGreater(len(exact), 0)
        self.assertFalse([text for text in said if "gold answer is not shown" in text])
        # The gold side is the gold answer, whatever is marked in it: that of an exact trial of the
        # same prompt.
        cut = next(trial for trial in self.plain_result["trials"] if trial["model"] == "sim/cut")
        gold = next(trial["reply"] for trial in exact
                    if trial["fingerprint"] == cut["fingerprint"])
        sides = self.evaluate("[...document.querySelectorAll('.sides')].map(sides => "
                              "[...sides.querySelectorAll('pre')].map(pre => pre.textContent))")
        self.assertIn([gold, cut["reply"]], sides)
        self.assertGreater(self.evaluate("document.querySelectorAll('.side del').length"), 0)

    def test_trials_are_found_by_filter_and_by_word(self):
        self.open(self.plain)

        def count():
            return int(self.evaluate("document.querySelector('.count').textContent").split()[0])

        def choose(index, text):
            self.evaluate(f"""(() => {{ const select = document.querySelectorAll('.controls select')
                [{index}]; select.value = [...select.options].find(option => option.text.includes(
                {json.dumps(text)})).value; select.dispatchEvent(new Event('change')); }})()""")

        total = len(self.plain_result["trials"])
        self.assertEqual(count(), total)
        choose(2, "refused")
        self.assertEqual(count(), total // 4)
        choose(1, "16k")
        self.assertEqual(count(), total // 8)
        choose(2, "all")
        choose(1, "all")
        word = max(re.findall("[a-z]+", self.plain_result["trials"][0]["reply"]), key=len)
        self.evaluate(f"""(() => {{ const input = document.querySelector('input[type=search]');
            input.value = {json.dumps(word.upper())}; input.dispatchEvent(new Event('input')); }})()""")
        self.browser.wait_for(f"!document.querySelector('.count').textContent.startsWith('{total} ')")
        self.assertGreater(count(), 0)

    def test_the_keyboard_reaches_everything_and_everything_has_a_name(self):
        self.open(self.plain)
        self.browser.press("Tab", 9)
        self.assertEqual(self.evaluate("document.activeElement.className"), "skip")
        self.evaluate("document.querySelector('.trials tbody button').focus()")
        self.browser.press("Enter", 13)
        self.assertEqual(self.evaluate("document.activeElement.getAttribute('aria-expanded')"),
                         "true")
        nodes = self.browser.call("Accessibility.getFullAXTree")["nodes"]
        named = {"button", "link", "combobox", "searchbox", "image", "region", "navigation",
                 "heading", "table"}
        nameless = [node["role"]["value"] for node in nodes if not node.get("ignored") and
                    node["role"]["value"] in named - {"table"} and not node["name"]["value"]]
        self.assertEqual(nameless, [])
        self.assertEqual(self.evaluate("document.documentElement.lang"), "en")
        levels = self.evaluate("[...document.querySelectorAll('h1, h2')].map(h => h.tagName)")
        self.assertEqual(levels, ["H1"] + 13 * ["H2"])

    def test_both_themes_can_be_read(self):
        for dark in (False, True):
            self.open(self.plain, dark=dark)
            colours = self.evaluate("""(() => { const of = (selector, name) => getComputedStyle(
                document.querySelector(selector))[name]; return {
                background: of('body', 'backgroundColor'), text: of('body', 'color'),
                faint: of('header p', 'color'), link: of('nav a', 'color'),
                note: of('header p.simulated', 'backgroundColor')}; })()""")
            for name in ("text", "faint", "link"):
                self.assertGreaterEqual(contrast(colours[name], colours["background"]), 4.5, name)
            self.assertGreaterEqual(contrast(colours["text"], colours["note"]), 4.5)
            before = colours["background"]
            self.evaluate("document.getElementById('theme').click()")
            after = self.evaluate("getComputedStyle(document.body).backgroundColor")
            self.assertNotEqual(before, after)

    def test_paper_has_the_pictures_and_the_tables(self):
        self.open(self.plain)
        path = os.path.join(self.scratch.name, "page.pdf")
        self.browser.pdf(path)
        with open(path, "rb") as file:
            pages = len(re.findall(rb"/Type\s*/Page[^s]", file.read()))
        self.assertGreater(pages, 4)
        self.assertLess(pages, 40)
        self.assertEqual(self.evaluate("document.body.dataset.theme"), "auto")

    def test_ten_thousand_trials_stay_quick(self):
        big = copy.deepcopy(self.plain_result)
        copies = 10000 // len(big["trials"]) + 1
        big["trials"] = [dict(trial, sample=trial["sample"] + 2 * number)
                         for number in range(copies) for trial in big["trials"]][:10000]
        page = write_page(self.scratch.name, "big", big, "--replies", "500")
        self.assertLess(os.path.getsize(page), 6e6)
        start = time.monotonic()
        self.open(page)
        took = time.monotonic() - start
        self.assertIn("10,000 of 10,000 trials, the first 50 shown",
                      self.evaluate("document.querySelector('.count').textContent"))
        self.assertLessEqual(self.evaluate("document.querySelectorAll('.trials tr').length"), 51)
        self.assertEqual(self.evaluate("JSON.parse(document.getElementById('trial-data')"
                                       ".textContent).texts.length"), 500)
        self.assertLess(took, 10)
        self.assert_quiet()


if browser.find() is None:
    print("no Chromium: set CHROMIUM or install Debian's package", file=sys.stderr)
    sys.exit(1 if os.environ.get("HAYMAKER_BROWSER") == "required" else SKIPPED)
unittest.main(argv=sys.argv[:1])
