#!/usr/bin/env python3
"""Checks rules that the compiler does not know: where `unsafe` stands and why, and that nothing traps by design."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "Sources"

# A reason covers the statement below it and those right after; further away it is no reason any more.
REACH = 14
UNSAFE = re.compile(r"(?<![\w@.])unsafe(?!\w)|@unsafe\b|\bunsafe[A-Z]\w*|\bunsafeBitCast\b")
TRAPS = re.compile(r"\btry!|\bas!|\b(fatalError|preconditionFailure|assertionFailure)\(")
LIBRARIES = ("Wire", "Linux", "Capture", "Output")


def code_of(line):
    """The line without its comment and without what stands in quotes."""
    return re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]


def problems_in(path, allowed):
    name = path.relative_to(SOURCES).as_posix()
    lines = path.read_text().splitlines()
    last_reason = -REACH - 1
    for number, line in enumerate(lines):
        where = f"Sources/{name}:{number + 1}"
        if "// SAFETY:" in line:
            last_reason = number
        code = code_of(line)
        if UNSAFE.search(code):
            if not any(pathlib.PurePath(name).match(pattern) for pattern in allowed):
                yield f"{where}: unsafe outside of the files in Scripts/unsafe-files"
            elif number - last_reason > REACH:
                yield f"{where}: unsafe without a // SAFETY: line above it"
        if TRAPS.search(code):
            yield f"{where}: this traps: {line.strip()}"
        if re.match(r"\s*(\w+ )?import Foundation", code) and name.split("/")[0] in LIBRARIES:
            yield f"{where}: Foundation has no place below the commands"
        if re.match(r"\s*(\w+ )?import Glibc", code) and name.startswith("Wire/"):
            yield f"{where}: Wire imports nothing"
    if len(lines) > 400:
        yield f"Sources/{name}: {len(lines)} lines: split before 400"


def main():
    text = (ROOT / "Scripts/unsafe-files").read_text()
    allowed = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    files = sorted(SOURCES.rglob("*.swift"))
    problems = [problem for path in files for problem in problems_in(path, allowed)]
    for pattern in allowed:
        if not any(pathlib.PurePath(path.relative_to(SOURCES).as_posix()).match(pattern) for path in files):
            print(f"note: Scripts/unsafe-files: {pattern} names no file")
    print("\n".join(problems) or f"{len(files)} source files keep the rules")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
