"""Peak memory of `haymaker generate` at a million tokens. Usage: memory.py HAYMAKER [full]

Nothing is measured without "full": a sanitizer has memory of its own.
"""

import os
import subprocess
import sys
import unittest

HAYMAKER = sys.argv[1]
FULL = "full" in sys.argv

# script/bench holds it to 32. How much of a mapped file counts when one byte is read is the kernel's and the disk's
# choice; what grows with samples or length soon needs more than this.
MIB_MOST = 40
# One of each way to make a haystack.
TASKS = ["mrcr", "mrcr-v2", "niah", "aggregate", "latent", "graphwalks/bfs", "ruler/niah_single_2", "ruler/niah_multikey_2",
         "ruler/vt"]


def peak_mib(*arguments):
    """This process is small: what a child inherits until it is another program counts as the child's."""
    child = subprocess.Popen([HAYMAKER, *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, arguments
    return used.ru_maxrss / 1024


@unittest.skipUnless(FULL, "of release builds")
class Memory(unittest.TestCase):
    def test_a_million_tokens_of_any_task_need_little_for_any_number_of_samples(self):
        for task in TASKS:
            for samples in ("1", "4"):
                peak = peak_mib("generate", "--task", task, "--length", "1m", "--samples", samples, "-o", "/dev/null")
                self.assertLessEqual(peak, MIB_MOST, (task, samples))

    def test_most_needles_and_probes_need_no_more(self):
        for arguments in (["--task", "mrcr", "--needles", "8", "--probes", "8"],
                          ["--task", "niah", "--needles", "8", "--probes", "8", "--canary"]):
            peak = peak_mib("generate", *arguments, "--length", "1m", "--samples", "1", "-o", "/dev/null")
            self.assertLessEqual(peak, MIB_MOST, arguments)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
