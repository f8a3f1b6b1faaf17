"""Runs the functions `test_*` in the files `test_*.py` of a folder, and counts them."""

import argparse
import importlib
import os
import pathlib
import traceback

import support

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


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


def main(folder, description, needs):
    """The status; `needs` says why a suite needs root."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--sockeye", help="the program to test")
    parser.add_argument("patterns", nargs="*", help="only tests with one of these in their names")
    arguments = parser.parse_args()
    passed, failed, skipped = 0, 0, 0
    if os.geteuid() != 0:
        skipped = len(list(tests(folder, arguments.patterns)))
        print(f"skipped: {skipped} tests of {folder.name}: they need root, {needs}")
    else:
        support.SOCKEYE = arguments.sockeye or program()
        for name, function in tests(folder, arguments.patterns):
            try:
                function()
                passed += 1
            except support.Skipped as reason:
                skipped += 1
                print(f"skipped: {folder.name}.{name}: {reason}", flush=True)
            except Exception:
                failed += 1
                print(f"failed: {folder.name}.{name}\n{traceback.format_exc()}", flush=True)
            finally:
                support.clean_up()
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0
