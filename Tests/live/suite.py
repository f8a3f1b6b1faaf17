"""Runs the functions `test_*` in the files `test_*.py` of a folder, and counts them."""

import argparse
import importlib
import os
import pathlib
import re
import signal
import traceback

import support

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


# How a test says that something is wrong, and not only missing.
WRONG = re.compile(r"^wrong|\b[1-9][0-9]* wrong\b")


def program():
    for candidate in (ROOT / ".build/release/sockeye", ROOT / ".build/debug/sockeye"):
        if candidate.exists():
            return str(candidate)
    raise SystemExit("sockeye is not built: run `make build` first")


def tests(folder, patterns):
    for path in sorted(folder.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for name, function in list(vars(module).items()):
            whole = f"{path.stem.removeprefix('test_')}.{name.removeprefix('test_')}"
            if name.startswith("test_") and (not patterns or any(pattern in whole for pattern in patterns)):
                yield whole, function


def attempt(function, repeats, name):
    """Runs a test, and again where something was only missing; what is wrong is wrong at once."""
    for left in range(repeats, -1, -1):
        try:
            return function()
        except AssertionError as error:
            if left == 0 or WRONG.search(str(error)):
                raise
            print(f"repeated: {name}: {str(error).splitlines()[0][:200]}", flush=True)
            support.clean_up()


def run(folder, patterns, repeats, counts):
    """Runs the tests of a folder, and adds to the counts of those that passed, failed, and were skipped."""
    for name, function in tests(folder, patterns):
        try:
            attempt(function, repeats, name)
            counts["passed"] += 1
        except support.Skipped as reason:
            counts["skipped"] += 1
            print(f"skipped: {folder.name}.{name}: {reason}", flush=True)
        except Exception:
            counts["failed"] += 1
            print(f"failed: {folder.name}.{name}\n{traceback.format_exc()}", flush=True)
        finally:
            support.clean_up()


def main(folder, description, needs, repeats=0, without_bpf=()):
    """The status; `needs` says why a suite needs root, and `repeats` how often a test is repeated that missed something. The tests
    with one of the patterns `without_bpf` in their names are run again with `--no-bpf`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--sockeye", help="the program to test")
    parser.add_argument("--without-bpf", action="store_true", help="owners are looked for only: captures get --no-bpf")
    parser.add_argument("patterns", nargs="*", help="only tests with one of these in their names")
    arguments = parser.parse_args()
    # A program goes on where a signal was ignored when it began, as by nohup(1) or a script's `&`: that is not ours to hand on.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    counts = dict.fromkeys(("passed", "failed", "skipped"), 0)
    if os.geteuid() != 0:
        counts["skipped"] = len(list(tests(folder, arguments.patterns)))
        print(f"skipped: {counts['skipped']} tests of {folder.name}: they need root, {needs}")
    else:
        support.SOCKEYE = arguments.sockeye or program()
        support.WITHOUT_BPF = arguments.without_bpf
        run(folder, arguments.patterns, repeats, counts)
        if without_bpf and not arguments.without_bpf and not arguments.patterns:
            print("--- without BPF", flush=True)
            support.WITHOUT_BPF = True
            run(folder, without_bpf, repeats, counts)
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    return 1 if counts["failed"] else 0
