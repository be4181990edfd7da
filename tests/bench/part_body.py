"""Request bodies: escape, fingerprint and copy, against memcpy of the same bytes."""

from rows import BUILD, build, json_lines, row


def measure(quick):
    build("bench_body", "sotu_corpus", "writers_corpus")
    for found in json_lines([BUILD / "tests/bench/bench_body", "5" if quick else "21"]):
        target = {"least_ratio": ("memcpy", 0.5)} if found["is_target"] else {}
        yield row(found["name"], found["gb_per_s"], "GB/s", peers={"memcpy": found["memcpy_gb_per_s"]}, **target)
