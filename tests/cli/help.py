"""Every command explains itself, and what a command says is what it takes. Usage: help.py HAYMAKER"""

import re
import subprocess
import sys
import unittest

HAYMAKER = sys.argv[1]


def run(*arguments):
    return subprocess.run([HAYMAKER, *arguments], capture_output=True, text=True)


class Help(unittest.TestCase):
    def commands(self):
        overview = run("help")
        self.assertEqual((overview.returncode, overview.stderr), (0, ""))
        return re.findall(r"^  ([a-z]+) +\S", overview.stdout.split("Commands")[1].split("\n\n")[0], re.M)

    def test_every_form_of_asking_gives_the_same_text_within_80_columns(self):
        names = self.commands()
        self.assertIn("sweep", names)
        for name in names:
            texts = {run("help", name).stdout, run(name, "--help").stdout, run(name, "-h").stdout}
            self.assertEqual(len(texts), 1, name)
            text = texts.pop()
            self.assertIn("Examples:\n  haymaker " + name, text)
            self.assertLessEqual(max(map(len, text.splitlines())), 80, name)

    def test_lists_explain_every_task_and_grader_within_80_columns(self):
        tasks = run("generate", "--list").stdout
        graders = run("grade", "--list").stdout
        for text in (tasks, graders):
            self.assertLessEqual(max(map(len, text.splitlines())), 80)
        names = re.split(r",\s+", run("help", "sweep").stdout.split("explains them):")[1].strip())
        self.assertEqual(re.findall(r"^(\S+)$", tasks, re.M), names)
        known = re.findall(r"^(\S+)$", graders, re.M)
        for grader in re.findall(r"Grader\s(\S+);", tasks):
            self.assertIn(grader, known)
        self.assertEqual(len(re.findall(r"^    source: \S", graders, re.M)), len(known))

    def test_options_of_examples_exist(self):
        for name in self.commands():
            text = run("help", name).stdout
            options = set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", text.split("Options:")[-1], re.M))
            for example in re.findall(r"haymaker " + name + r"[^|<>\n]*(?:\\\n[^|<>\n]*)*", text.split("Options:")[0]):
                for used in re.findall(r"(--[a-z-]+)", example):
                    self.assertIn(used, options, (name, example))

    def test_mistakes_in_the_command_are_told_on_stderr(self):
        self.assertEqual(run().returncode, 2)
        wrong = run("swep")
        self.assertEqual((wrong.returncode, wrong.stdout), (2, ""))
        self.assertIn("Did you mean 'haymaker sweep'?", wrong.stderr)
        self.assertEqual(run("sweep", "--modle", "x").returncode, 2)
        self.assertEqual(run("sweep", "extra").returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
