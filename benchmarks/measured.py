"""Run a command and print what it took as a line of JSON: seconds, cpu, peak_mib, code.

A process of its own, and a small one: until a child has started, its memory counts as its parent's.

Run: python benchmarks/measured.py COMMAND...
"""

import json
import os
import subprocess
import sys
import time


def main() -> None:
    begun = time.perf_counter()
    process = subprocess.Popen(
        sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - begun,
                "cpu": usage.ru_utime + usage.ru_stime,
                "peak_mib": usage.ru_maxrss / 1024,
                "code": os.waitstatus_to_exitcode(status),
            }
        )
    )


if __name__ == "__main__":
    main()
