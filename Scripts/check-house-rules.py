#!/usr/bin/env python3
"""Checks rules that the compiler does not know: where `unsafe` stands and why, and that nothing traps by design."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "Sources"

UNSAFE = re.compile(r"(?<![\w@.])unsafe(?!\w)|@unsafe\b|\bunsafe[A-Z]\w*|\bunsafeBitCast\b")
TRAPS = re.compile(r"\btry!|\bas!|\b(fatalError|preconditionFailure|assertionFailure)\(")
LIBRARIES = ("Wire", "Linux", "Capture", "Flows", "Scrub", "Output")


def code_of(line):
    """The line without its comment and without what stands in quotes."""
    return re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]


def declarations(lines):
    """Yields the places of the lines of each declaration: what stands between blank lines, its body with it."""
    chunk = []
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if chunk and not lines[number - 1].strip() and line.strip() and indent <= 2:
            yield chunk
            chunk = []
        chunk.append(number)
    yield chunk


def problems_with_unsafe(name, lines, allowed):
    """A declaration gives its reasons, or is itself `@unsafe`: its callers then give them."""
    for chunk in declarations(lines):
        uses = [number for number in chunk if UNSAFE.search(code_of(lines[number]))]
        text = "\n".join(lines[number] for number in chunk)
        if not uses:
            continue
        where = f"Sources/{name}:{uses[0] + 1}"
        if not any(pathlib.PurePath(name).match(pattern) for pattern in allowed):
            yield f"{where}: unsafe outside of the files in Scripts/unsafe-files"
        elif "// SAFETY:" not in text and not re.search(r"^ *@unsafe\b", text, re.MULTILINE):
            yield f"{where}: unsafe without a // SAFETY: line in its declaration"


def problems_in(path, allowed):
    name = path.relative_to(SOURCES).as_posix()
    lines = path.read_text().splitlines()
    yield from problems_with_unsafe(name, lines, allowed)
    for number, line in enumerate(lines):
        where = f"Sources/{name}:{number + 1}"
        code = code_of(line)
        if TRAPS.search(code):
            yield f"{where}: this traps: {line.strip()}"
        if re.match(r"\s*(\w+ )?import Foundation", code) and name.split("/")[0] in LIBRARIES:
            yield f"{where}: Foundation has no place below the commands"
        if re.match(r"\s*(\w+ )?import \w", code) and name.startswith("Wire/"):
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
