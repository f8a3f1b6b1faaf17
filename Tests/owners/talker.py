"""The C program whose processes live as long as a test says, and no longer."""

import os
import pathlib
import shutil
import subprocess

from support import PATIENCE, Skipped, at_end, folder, wait_until

SOURCE = pathlib.Path(__file__).resolve().parent / "talker.c"
PROGRAM = SOURCE.parent.parent.parent / ".build/tests/talker"


def program():
    """Compiled once, and again when its source has changed."""
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < SOURCE.stat().st_mtime:
        compiler = shutil.which("clang") or shutil.which("cc")
        if compiler is None:
            raise Skipped("no C compiler: clang of the Swift toolchain, or cc")
        PROGRAM.parent.mkdir(parents=True, exist_ok=True)
        part = f"{PROGRAM}.{os.getpid()}"
        subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-o", part, SOURCE], check=True)
        os.rename(part, PROGRAM)
    return str(PROGRAM)


class Talker:
    """The program running in a namespace, with its lines in a file."""

    def __init__(self, namespace, *words):
        self._said = folder() / "said"
        with open(self._said, "ab") as file:
            self.process = subprocess.Popen(
                [program(), *map(str, words)], stdin=subprocess.DEVNULL, stdout=file, preexec_fn=namespace.enter
            )
        at_end(self.end)

    def lines(self):
        return self._said.read_text()

    def ready(self):
        wait_until(lambda: "ready" in self.lines() or self.process.poll() is not None, "talker to listen")
        assert self.process.poll() is None, f"talker ended with status {self.process.returncode}"
        return self

    def succeeds(self):
        assert self.process.wait(PATIENCE * 3) == 0, f"talker ended with status {self.process.returncode}"
        return self.lines()

    def end(self):
        # Its workers end with it.
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
