"""Valgrind's memcheck on every unit test program: reads of what was never set, reads and writes out of bounds, frees of
what is not owned, and memory that nothing points to at the end. Takes minutes, so it runs only when named; --quick takes
every eighth program.

The programs are those of the release build, since that is what people run. Each test has a process of its own, as always,
at whose end its leaks are seen (in one process what a failing test leaves behind would look like leaks). Tests that promise
a time or how much memory is taken are left out (HAYMAKER_MEMCHECK); so are those that want AVX-512, which valgrind's
processor has not: the tokenizer asks it, and takes AVX2. What is suppressed, and why, is in valgrind.supp.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from rows import BUILD, ROOT, row

SUPPRESSIONS = ROOT / "tests/bench/valgrind.supp"
TIMEOUT_S = 1800
# Of valgrind: a code that no test program returns, so that a failing test and a defect of memory can be told apart.
EXIT_DEFECT = 99
OPTIONS = ["--quiet", "--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite",
           f"--error-exitcode={EXIT_DEFECT}", "--num-callers=30", "--max-threads=1200", "--fair-sched=yes",
           f"--suppressions={SUPPRESSIONS}"]

Finding = collections.namedtuple("Finding", "name errors lost text is_failed")


def programs():
    """Name, command and environment of each unit test, as ctest runs them."""
    said = subprocess.run(["ctest", "--test-dir", BUILD, "-R", r"^unit[.]", "--show-only=json-v1"], check=True,
                          capture_output=True, text=True).stdout
    for test in json.loads(said)["tests"]:
        if test["name"].endswith("_avx512"):
            continue
        settings = {item["name"]: item["value"] for item in test["properties"]}
        yield test["name"], test["command"], dict(pair.split("=", 1) for pair in settings.get("ENVIRONMENT", []))


def check(program):
    name, command, settings = program
    with tempfile.TemporaryDirectory() as folder:
        full = ["valgrind", *OPTIONS, f"--log-file={folder}/%p", *command]
        try:
            run = subprocess.run(full, env={**os.environ, **settings, "HAYMAKER_MEMCHECK": "1",
                                            "CK_TIMEOUT_MULTIPLIER": "20"}, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                 timeout=TIMEOUT_S)
            code, said = run.returncode, run.stdout
        except subprocess.TimeoutExpired:
            code, said = -1, f"no end after {TIMEOUT_S} s"
        text = "".join(log.read_text(errors="replace") for log in sorted(pathlib.Path(folder).iterdir()))
    text = re.sub(r"(?m)^==\d+== ?", "", text)
    errors = len(re.findall(r"(?m)^(Invalid|Conditional jump|Use of uninit|Syscall param|Source and dest|Mismatched|"
                            r"Argument '|Process terminating|.* are definitely lost in loss record)", text))
    lost = sum(int(found.replace(",", "")) for found in
               re.findall(r"(?m)^([\d,]+)(?: \([^)]*\))? bytes in [\d,]+ blocks are definitely lost", text))
    # Check calls a test that valgrind ends with its own code an error; one that fails otherwise has failed.
    is_failed = code != 0 and (errors == 0 or bool(re.search(r"Failures: [1-9]", said)))
    return Finding(name, errors, lost, (said[-4000:] if code != 0 else "") + text, is_failed)


def measure(quick):
    if shutil.which("valgrind") is None:
        yield row("valgrind is not installed: programs checked", 0, "", least=1)
        return
    subprocess.run(["cmake", "--build", BUILD], check=True, stdout=subprocess.DEVNULL)
    known = list(programs())[::8 if quick else 1]
    found = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in concurrent.futures.as_completed([pool.submit(check, program) for program in known]):
            finding = done.result()
            found.append(finding)
            if finding.errors or finding.is_failed:
                print(f"--- {finding.name}\n{finding.text}", flush=True)
                yield row(f"{finding.name}{': its tests fail' if finding.is_failed else ''}"[:46], finding.errors, "errors",
                          most=0, higher_is_better=False)
    yield row("test programs under memcheck", len(found), "", least=len(known))
    yield row("with errors", sum(finding.errors != 0 for finding in found), "", most=0, higher_is_better=False)
    yield row("whose tests fail there", sum(finding.is_failed for finding in found), "", most=0, higher_is_better=False)
    yield row("errors", sum(finding.errors for finding in found), "", most=0, higher_is_better=False)
    yield row("bytes definitely lost", sum(finding.lost for finding in found), "B", most=0, higher_is_better=False)
