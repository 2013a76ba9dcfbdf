"""Damage every payload of the contract suite 10,000 times: no parser may lose or leak anything.

python benchmarks/fuzz_parsers.py [cases]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "sources")]

from mutations import mutate  # noqa: E402
from test_contract import FIXTURES, counted, data_lines, parse  # noqa: E402

from gridctl.errors import DataError  # noqa: E402
from gridctl.sources import SOURCES  # noqa: E402


def main(cases: int) -> None:
    for file in sorted(FIXTURES.glob("*/*")):
        if file.parent.name not in SOURCES:
            continue
        body, refused, begun = file.read_bytes(), 0, time.perf_counter()
        for seed in range(cases):
            damaged = mutate(body, Random(seed))
            try:
                parsed = parse(file, damaged)
            except DataError:
                refused += 1
                continue
            if file.suffix == ".csv" and counted(parsed) != data_lines(damaged):
                raise SystemExit(f"{file.name}: seed {seed}: a record is lost")
        took = time.perf_counter() - begun
        print(f"{file.parent.name}/{file.name}: {cases} cases, {refused} refused, {took:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
