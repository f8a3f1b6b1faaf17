#!/usr/bin/env python3
"""Compares the options that a program takes with those that its manual pages describe, both ways.

usage: compare-options.py PROGRAM MAN_DIRECTORY
"""

import json
import pathlib
import re
import subprocess
import sys

ANSWERED_EVERYWHERE = {"--help", "-h", "--version", "--generate-completion-script"}


def names_of(argument):
    return {("--" if name["kind"] == "long" else "-") + name["name"] for name in argument.get("names", [])}


def commands(command, prefix=""):
    """Yields each command's manual page, and its options as sets of names for the same thing."""
    page = prefix + command["commandName"]
    yield page, [names_of(a) for a in command.get("arguments", []) if a["kind"] != "positional"]
    for subcommand in command.get("subcommands", []):
        if subcommand["commandName"] != "help":
            yield from commands(subcommand, page + "-")


def described(text):
    """The options of each `.It Fl` line, in mdoc: `Fl i Ar name , Fl -interface Ar name`."""
    for line in re.findall(r"^\.It (Fl .*)$", text, re.MULTILINE):
        yield {"-" + name for name in re.findall(r"\bFl (\S+)", line)}


def compare(page, options, text):
    documented = list(described(text))
    for names in options:
        if names - ANSWERED_EVERYWHERE and names not in documented:
            yield f"{page}: {', '.join(sorted(names))} is taken, but has no such .It Fl line"
    for names in documented:
        if names not in options and not names <= ANSWERED_EVERYWHERE:
            yield f"{page}: {', '.join(sorted(names))} is described, but not taken"


def main():
    program, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    dump = json.loads(subprocess.run([program, "--experimental-dump-help"], capture_output=True, check=True).stdout)
    problems, pages = [], set()
    for page, options in commands(dump["command"]):
        path = directory / f"{page}.1"
        pages.add(path)
        if path.exists():
            problems += compare(path.name, options, path.read_text())
        else:
            problems.append(f"{path.name} is missing")
    problems += [f"{path.name} describes no command" for path in sorted(set(directory.glob("*.1")) - pages)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
