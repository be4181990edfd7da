"""`haymaker models` seen from outside: rows, filters, the user's file. Usage: models.py HAYMAKER"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = os.path.realpath(sys.argv[1])


class Models(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_models(self, *arguments, config=None):
        environment = dict(os.environ, XDG_CONFIG_HOME=config or self.folder.name)
        if "--date" not in arguments:
            arguments = ("--date", "2026-11-22", *arguments)
        run = subprocess.run([HAYMAKER, "models", *arguments], capture_output=True, env=environment, text=True)
        return run.returncode, run.stdout, run.stderr

    def rows(self, *arguments, **settings):
        code, output, error = self.run_models(*arguments, **settings)
        self.assertEqual((code, error), (0, ""))
        return [line.split() for line in output.splitlines()[1:]]

    def ids(self, *arguments, **settings):
        return [row[0] for row in self.rows(*arguments, **settings)]

    def write(self, name, contents):
        path = os.path.join(self.folder.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(contents if isinstance(contents, str) else json.dumps({"schema": 1, **contents}))
        return path

    def test_a_row_says_window_price_tier_and_date(self):
        code, output, error = self.run_models("--provider", "openai", "gpt-5.5")
        self.assertEqual((code, error), (0, ""))
        self.assertEqual(
            [line.split() for line in output.splitlines()],
            [
                "MODEL INPUT OUTPUT $ IN $ OUT $ CACHED LONGER PROMPTS AS OF".split(),
                "openai/gpt-5.5 922,000 128,000 5 30 0.5 ≥272,000: 10/45/1 2026-09-23".split(),
                "openai/gpt-5.5-pro 922,000 128,000 30 180 3 ≥272,000: 60/270/6 2026-07-24".split(),
            ],
        )
        self.assertEqual(len({len(line) for line in output.splitlines()[1:]}), 1)

    def test_what_is_special_about_a_row_is_seen(self):
        self.assertEqual(
            self.rows("gemini-3-pro-preview"),
            ["google/gemini-3-pro-preview 1,048,576 65,535 2 12 0.2 >200,000: 4/18/0.4 2026-07-24, retired".split()],
        )
        self.assertEqual(
            self.rows("haiku-5-5"),
            ["anthropic/claude-haiku-5-5 1,000,000 128,000 ≥0.1 ≥0.5 - 2026-11-22".split()],
        )

    def test_prices_are_those_of_the_day(self):
        self.assertEqual([row[3] for row in self.rows("google/gemini-4-argon")], ["2"])
        self.assertEqual([row[3] for row in self.rows("google/gemini-4-argon", "--date", "2026-12-01")], ["4"])
        self.assertEqual([row[3:] for row in self.rows("anthropic/claude-opus-4-6", "--date", "2026-01-01")], [["-"] * 3])
        self.assertEqual(self.run_models("--date", "1.12.2026")[0], 2)

    def test_filters_narrow_together_and_ignore_case(self):
        everything = self.ids()
        self.assertGreater(len(everything), 100)
        self.assertEqual(self.ids("OPUS-4-7", "--provider", "anthropic"), ["anthropic/claude-opus-4-7"])
        self.assertEqual(self.ids("gpt-5.6", "--provider", "openai")[0], "openai/gpt-5.6-sol")
        long = self.ids("--min-context", "512k")
        self.assertIn("anthropic/claude-opus-4-7", long)
        self.assertNotIn("xai/grok-4.7", long)
        longer = self.ids("--min-context", "1m")
        self.assertIn("google/gemini-3.1-pro-preview", longer)
        self.assertNotIn("anthropic/claude-opus-4-7", longer)
        self.assertLess(set(longer), set(long))
        self.assertLess(set(long), set(everything))

    def test_nothing_found_is_said_and_not_a_success(self):
        self.assertEqual(self.run_models("no-such"), (
            1, "", "haymaker models: no model of the catalogue is like that (without filters all are listed)\n"))
        self.assertEqual(json.loads(self.run_models("no-such", "--json")[1]), [])

    def test_notes_stand_below_their_row(self):
        code, output, error = self.run_models("deepseek/deepseek-v4-pro", "--notes")
        self.assertEqual((code, error), (0, ""))
        lines = output.splitlines()
        self.assertTrue(lines[1].startswith("deepseek/"))
        self.assertIn("    price from 2026-08-17", lines)
        self.assertIn("    source of the price: genai-prices 0.1.8", lines)
        self.assertTrue(all(line.startswith("    ") for line in lines[2:]))

    def test_json_has_the_same_numbers_and_more(self):
        code, output, error = self.run_models("deepseek/deepseek-v4-pro", "--json")
        self.assertEqual((code, error), (0, ""))
        (model,) = json.loads(output)
        self.assertEqual((model["id"], model["provider"]), ("deepseek/deepseek-v4-pro", "deepseek"))
        self.assertEqual((model["window_input_tokens"], model["window_total_tokens"]), (1000000, None))
        price = model["price"]
        self.assertEqual((price["input"], price["output"], price["cache_read"]), (0.66, 1.98, 0.022))
        self.assertEqual(price["cache_write_5m"], None)
        self.assertEqual(price["peaks"][1], {"from_hour_utc": 6, "until_hour_utc": 10, "percent": 200})
        (old,) = json.loads(self.run_models("deepseek/deepseek-v4-pro", "--json", "--date", "2026-08-16")[1])
        self.assertEqual((old["price"]["cache_read"], old["price"]["until"]), (0.003625, "2026-08-16"))
        self.assertIn('"cache_read": 0.003625,', self.run_models("deepseek/deepseek-v4-pro", "--json", "--date", "2026-08-16")[1])
        (model,) = json.loads(self.run_models("--json", "openai/gpt-6-astra")[1])
        self.assertEqual(model["price"]["tiers"][0]["from_input_tokens"], 272000)

    def test_the_users_file_is_laid_over_ours(self):
        mine = {"models": [{"id": "azure/ours", "same_as": "openai/gpt-5.5", "price_percent": 110}]}
        path = self.write("mine.json", mine)
        row = "azure/ours 922,000 128,000 5.5 33 0.55 ≥272,000: 11/49.5/1.1 2026-09-23".split()
        self.assertEqual(self.rows("azure/ours", "--models-file", path), [row])
        self.assertEqual(self.run_models("azure/ours")[0], 1)
        self.write("config/haymaker/models.json", mine)
        self.assertEqual(self.rows("azure/ours", config=os.path.join(self.folder.name, "config")), [row])

    def test_a_model_of_an_unknown_window_is_listed_unless_a_window_is_asked_for(self):
        mine = self.write("mine.json", {"models": [{"id": "compatible/mine"}]})
        self.assertEqual(self.rows("compatible/mine", "--models-file", mine), [["compatible/mine", "-", "-", "-", "-", "-"]])
        code, _, error = self.run_models("compatible/mine", "--models-file", mine, "--min-context", "1k")
        self.assertEqual((code, error.count("\n")), (1, 1))
        self.assertIn("without filters all are listed", error)

    def test_mistakes_in_the_users_file_are_told_by_name(self):
        path = self.write("mine.json", {"models": [{"id": "azure/ours", "ouput": 5}]})
        self.assertEqual(
            self.run_models("--models-file", path),
            (3, "", f'haymaker models: {path}: model "azure/ours": unknown field "ouput"\n'),
        )
        code, output, error = self.run_models("--models-file", path + ".none")
        self.assertEqual((code, output), (3, ""))
        self.assertIn("mine.json.none: No such file", error)

    def test_an_unknown_provider_is_told_with_those_known(self):
        code, output, error = self.run_models("--provider", "opneai")
        self.assertEqual((code, output), (2, ""))
        self.assertIn("--provider: 'opneai' is not one of openai, anthropic, ", error)
        self.assertEqual(self.run_models("one", "two")[0], 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
