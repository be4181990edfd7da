"""Manual pages are clean and complete; completion works in real shells. Usage: pages.py HAYMAKER"""

import os
import re
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = sys.argv[1]
ENVIRONMENT = dict(os.environ, PATH=os.path.dirname(HAYMAKER) + ":" + os.environ["PATH"])


def run(*arguments, **more):
    return subprocess.run(arguments, capture_output=True, text=True, env=ENVIRONMENT, **more)


def haymaker(*arguments):
    done = run(HAYMAKER, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


COMMANDS = haymaker("completion", "--words", "commands").split()


class Manual(unittest.TestCase):
    def test_every_page_is_clean(self):
        for page in [[], *[[name] for name in COMMANDS]]:
            done = run("mandoc", "-Tlint", input=haymaker("man", *page))
            # Whether a page that is referred to is installed on this machine says nothing about ours.
            complaints = [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]
            self.assertEqual(complaints, [], page)

    def test_pages_refer_only_to_pages_that_exist(self):
        referred = set(re.findall(r"^(?:\.It )?\.?Xr (\S+) 1$", haymaker("man"), re.M))
        self.assertEqual(referred, {"haymaker-" + name for name in COMMANDS})

    def test_a_page_says_what_help_says(self):
        for name in COMMANDS:
            page = run("mandoc", "-Tutf8", "-O", "width=500", input=haymaker("man", name)).stdout
            page = re.sub(r".\x08", "", page)
            for option in re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", haymaker("help", name), re.M):
                self.assertRegex(page, re.escape(option) + r"\b", name)

    def test_an_unknown_page_is_a_mistake(self):
        self.assertEqual(run(HAYMAKER, "man", "swep").returncode, 2)


class Bash(unittest.TestCase):
    def complete(self, line):
        """What bash would offer: the words and point are those that readline makes."""
        script = """
            . /dev/stdin <<< "$1"; COMP_LINE=$2; COMP_POINT=${#2}
            read -r -a COMP_WORDS <<< "$2"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _haymaker; printf '%s\\n' "${COMPREPLY[@]}"
        """
        done = run("bash", "-c", script, "bash", haymaker("completion", "bash"), line)
        self.assertEqual(done.stderr, "", line)
        return done.stdout.split()

    def test_commands(self):
        self.assertEqual(self.complete("haymaker swe"), ["sweep"])
        self.assertLessEqual(set(COMMANDS), set(self.complete("haymaker ")))
        self.assertEqual(self.complete("haymaker help gra"), ["grade"])

    def test_options_and_their_words(self):
        self.assertIn("--lengths", self.complete("haymaker sweep --le"))
        self.assertEqual(self.complete("haymaker sweep --fill ex"), ["exact"])
        self.assertIn("mrcr", self.complete("haymaker sweep -t mr"))
        self.assertIn("openai-mrcr", self.complete("haymaker grade --grader openai-"))

    def test_models_of_the_catalogue(self):
        self.assertIn("openai/gpt-5.5", self.complete("haymaker sweep --model openai/gpt-5"))
        self.assertIn("sim/perfect", self.complete("haymaker sweep -m sim/p"))

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            open(os.path.join(folder, "result.json"), "w").close()
            self.assertEqual(self.complete(f"haymaker chart {folder}/res"), [f"{folder}/result.json"])


class Zsh(unittest.TestCase):
    def complete(self, line):
        """Types the line and a tab into an interactive zsh on a terminal of its own."""
        with tempfile.TemporaryDirectory() as home:
            with open(os.path.join(home, "haymaker.zsh"), "w") as script:
                script.write(haymaker("completion", "zsh"))
            driver = f"""
                zmodload zsh/zpty
                zpty shell "HOME={home} ZDOTDIR={home} TERM=dumb zsh -f -i"
                zpty -w shell 'PS1="" PS2=""; setopt no_beep; LISTMAX=0; COLUMNS=200'
                zpty -w shell 'autoload -U compinit; compinit -u -D; . {home}/haymaker.zsh; print READY'
                until [[ $seen == *$'READY\\r'* ]]; do zpty -r shell part || exit 1; seen+=$part; done
                zpty -w -n shell $'{line}\\t'
                zpty -w shell $'\\C-a#\\nprint -r DO""NE'
                until [[ $got == *DONE* ]]; do zpty -r shell part || exit 1; got+=$part; done
                print -r -- $got
            """
            return run("zsh", "-f", "-c", driver, timeout=60).stdout

    def test_a_single_candidate_is_filled_in(self):
        self.assertIn("haymaker sweep", self.complete("haymaker swe"))
        self.assertIn("--concurrency", self.complete("haymaker sweep --conc"))
        self.assertIn("openai/gpt-5.5-pro", self.complete("haymaker sweep --model openai/gpt-5.5-p"))


class Fish(unittest.TestCase):
    def complete(self, line):
        done = run("fish", "--no-config", "-c", "source (haymaker completion fish | psub); complete -C $argv[1]", line)
        self.assertEqual(done.stderr, "", line)
        return [candidate.split("\t")[0] for candidate in done.stdout.splitlines()]

    def test_commands_options_and_models(self):
        self.assertEqual(self.complete("haymaker swe"), ["sweep"])
        self.assertIn("--lengths", self.complete("haymaker sweep --le"))
        self.assertEqual(self.complete("haymaker sweep --fill ex"), ["exact"])
        self.assertIn("openai/gpt-5.5", self.complete("haymaker sweep --model openai/gpt-5"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
