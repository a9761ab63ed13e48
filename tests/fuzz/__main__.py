"""``python -m tests.fuzz [--seconds N] [--target NAME] [--case NAME:NUMBER]``: look for faults."""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzz.run import TARGETS, run_case, run_target


def main() -> int:
    """Try the targets in turn; 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--target", choices=sorted(TARGETS), help="only this one")
    parser.add_argument("--case", help="only one case again, e.g. journals:1234")
    parser.add_argument("--first", type=int, default=int(time.time()), help="number to begin at")
    options = parser.parse_args()
    if options.case:
        name, _, number = options.case.partition(":")
        run_case(name, int(number))
        return 0
    names = [options.target] if options.target else list(TARGETS)
    found = [
        fault
        for name in names
        for fault in run_target(name, options.first, options.seconds / len(names))
    ]
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
