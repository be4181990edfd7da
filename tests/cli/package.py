"""What is installed is whole, hardened, and runs from wherever it is. Usage: package.py HAYMAKER [full]

With "full", the Debian package too: its contents, and that packing twice gives the same bytes.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HAYMAKER = sys.argv[1]
BUILD = os.path.dirname(HAYMAKER)
PNG_MODULE = os.path.join(BUILD, "lib/haymaker/haymaker-png.so")
FULL = "full" in sys.argv

INSTALLED = [
    "bin/haymaker",
    "lib/haymaker/haymaker-png.so",
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
            bare = {"HOME": folder, "PATH": "/usr/bin:/bin", "LSAN_OPTIONS": os.environ.get("LSAN_OPTIONS", "")}
            run(program, "sweep", "--lengths", "8k", "--samples", "1", "-q", "-o", folder + "/r.json", env=bare)
            with open(folder + "/r.json") as result:
                self.assertEqual(json.load(result)["summaries"][0]["mean"], 1.0)
            for form in ("html", "png"):
                run(program, "chart", folder + "/r.json", "-o", f"{folder}/r.{form}", env=bare)
            with open(folder + "/r.png", "rb") as picture:
                self.assertEqual(picture.read(8), b"\x89PNG\r\n\x1a\n")
            self.assertEqual(glob.glob(moved + "/**/*.stamp", recursive=True), [])

    def test_a_png_that_cannot_be_drawn_is_one_line_and_nothing_else_is_lost(self):
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            os.makedirs(folder + "/bin")
            os.makedirs(folder + "/lib/haymaker")
            shutil.copy(HAYMAKER, folder + "/bin")
            os.symlink(BUILD + "/share", folder + "/share")
            program = folder + "/bin/haymaker"
            result = folder + "/r.json"
            run(program, "sweep", "--lengths", "8k", "--samples", "1", "-q", "-o", result)

            def refused(saying):
                # Neither the working folder nor the data's has a say in what is loaded.
                done = subprocess.run(
                    [program, "chart", result, "-o", "r.png"], capture_output=True, text=True, check=False,
                    cwd=BUILD, env=dict(os.environ, HAYMAKER_DATA=BUILD + "/share/haymaker"))
                self.assertEqual(done.returncode, 3)
                self.assertRegex(done.stderr, "^haymaker chart: cannot draw a PNG.*" + saying + ".*\n$")
                self.assertFalse(os.path.exists(BUILD + "/r.png"))

            refused("haymaker-png.so is not in lib/haymaker or ../lib/haymaker of " + re.escape(folder))
            with open(folder + "/lib/haymaker/haymaker-png.so", "w", encoding="ascii") as module:
                module.write("no library")
            refused("haymaker-png.so: ")
            run(program, "chart", result, "-o", folder + "/r.svg")


@unittest.skipUnless(FULL, "of release builds")
class Release(unittest.TestCase):
    def test_the_program_names_no_folder_of_the_build(self):
        for built in (HAYMAKER, PNG_MODULE):
            with open(built, "rb") as program:
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

    def test_the_module_is_hardened_and_the_program_starts_without_its_libraries(self):
        headers = run("readelf", "--wide", "--program-headers", "--dynamic", PNG_MODULE)
        self.assertIn("GNU_RELRO", headers)
        self.assertRegex(headers, r"FLAGS_1.*NOW")
        self.assertRegex(headers, r"GNU_STACK.* RW ")
        self.assertIn("librsvg-2.so", headers)
        self.assertNotRegex(run("ldd", HAYMAKER), "librsvg|libcairo|libglib|libpango")

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
            for library in ("libcurl4", "libjansson4", "libxxhash0", "librsvg2-2", "ca-certificates"):
                self.assertIn(library, depends)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
