"""What is installed is whole, hardened, and runs from wherever it is. Usage: package.py HAYMAKER [full]

With "full", the Debian package too: its contents, and that packing twice gives the same bytes.
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = sys.argv[1]
BUILD = os.path.dirname(HAYMAKER)
FULL = "full" in sys.argv

INSTALLED = [
    "bin/haymaker",
    "share/bash-completion/completions/haymaker",
    "share/doc/haymaker/copyright",
    "share/fish/vendor_completions.d/haymaker.fish",
    "share/haymaker/cl100k_base.image",
    "share/haymaker/echarts.min.js",
    "share/haymaker/models.json",
    "share/haymaker/o200k_base.image",
    "share/man/man1/haymaker-sweep.1",
    "share/man/man1/haymaker.1",
    "share/zsh/vendor-completions/_haymaker",
]


def run(*arguments, **more):
    done = subprocess.run(arguments, capture_output=True, text=True, **more)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


# Work is done in the build folder: a machine's temporary folder may be mounted so that no program in it runs.
class Install(unittest.TestCase):
    def test_an_installed_tree_runs_from_where_it_was_moved(self):
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            staged = os.path.join(folder, "staged")
            run("cmake", "--install", BUILD, env=dict(os.environ, DESTDIR=staged))
            (prefix,) = glob.glob(staged + "/**/bin/haymaker", recursive=True)
            moved = os.path.join(folder, "elsewhere")
            os.rename(os.path.dirname(os.path.dirname(prefix)), moved)
            for name in INSTALLED:
                self.assertTrue(os.path.exists(os.path.join(moved, name)), name)
            program = os.path.join(moved, "bin/haymaker")
            bare = {"HOME": folder, "PATH": "/usr/bin:/bin"}
            run(program, "sweep", "--lengths", "8k", "--samples", "1", "-q", "-o", folder + "/r.json", env=bare)
            with open(folder + "/r.json") as result:
                self.assertEqual(json.load(result)["summaries"][0]["mean"], 1.0)
            run(program, "chart", folder + "/r.json", "-o", folder + "/r.html", env=bare)
            self.assertEqual(glob.glob(moved + "/**/*.stamp", recursive=True), [])


@unittest.skipUnless(FULL, "of release builds")
class Release(unittest.TestCase):
    def test_the_program_names_no_folder_of_the_build(self):
        with open(HAYMAKER, "rb") as program:
            named = re.findall(re.escape(os.path.dirname(os.path.dirname(BUILD)).encode()) + rb"/[ -~]*", program.read())
        self.assertEqual(named[:10], [])

    def test_the_program_is_hardened(self):
        headers = run("readelf", "--wide", "--file-header", "--program-headers", "--dynamic", HAYMAKER)
        self.assertIn("DYN (Position-Independent Executable file)", headers)
        self.assertIn("GNU_RELRO", headers)
        self.assertRegex(headers, r"FLAGS_1.*NOW")
        self.assertRegex(headers, r"GNU_STACK.* RW ")
        symbols = run("readelf", "--wide", "--dyn-syms", HAYMAKER)
        self.assertIn("__stack_chk_fail", symbols)
        self.assertIn("__memcpy_chk", symbols)

    def test_packing_twice_gives_the_same_package(self):
        packages = []
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            for name in ("first", "second"):
                target = os.path.join(folder, name)
                run(
                    "cpack", "--config", BUILD + "/CPackConfig.cmake", "-B", target,
                    env=dict(os.environ, SOURCE_DATE_EPOCH="1700000000"), cwd=folder,
                )
                (package,) = glob.glob(target + "/*.deb")
                with open(package, "rb") as file:
                    packages.append(file.read())
            self.assertEqual(packages[0], packages[1])
            listed = run("dpkg-deb", "--contents", package)
            for name in INSTALLED:
                self.assertIn(" ./usr/" + name + "\n", listed)
            depends = run("dpkg-deb", "--field", package, "Depends")
            for library in ("libcurl4", "libjansson4", "libxxhash0", "ca-certificates"):
                self.assertIn(library, depends)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
