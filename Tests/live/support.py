"""The program running on an interface, what it leaves behind, and the words to check that with."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

SOCKEYE = ""
# Whether captures are to look for owners only, without BPF.
WITHOUT_BPF = False
STATISTICS = re.compile(r"^(\d+) packets captured, (\d+) received by filter, (\d+) dropped by kernel$", re.MULTILINE)
# What a test waits for comes within milliseconds; this only ends what would never end.
PATIENCE = 20
_cleaning = []


class Skipped(Exception):
    """A test that cannot run here, with the reason."""


def at_end(action):
    """Has something undone when the test is over, whatever became of it; the last first."""
    _cleaning.append(action)


def clean_up():
    while _cleaning:
        _cleaning.pop()()


def expect(actual, wanted, what=""):
    assert actual == wanted, f"{what}: {actual!r}, not {wanted!r}"


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.005)


def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="sockeye-live-"))
    path.chmod(0o755)
    at_end(lambda: shutil.rmtree(path, ignore_errors=True))
    return path


def small_disk(size="64k"):
    """A file system that is soon full."""
    path = folder()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], check=True)
    at_end(lambda: subprocess.run(["umount", path], check=True))
    return path


class Outcome:
    """What a run left behind."""

    def __init__(self, status, output, errors):
        self.status, self.output, self.errors = status, output, errors

    def __repr__(self):
        return f"exit status {self.status}, {len(self.output)} octets of output, errors:\n{self.errors}"

    @property
    def lines(self):
        return self.output.decode().splitlines()

    @property
    def error_lines(self):
        return self.errors.splitlines()

    @property
    def packets(self):
        return [json.loads(line) for line in self.lines]

    @property
    def counts(self):
        """Captured, received and dropped, from the line at the end."""
        found = STATISTICS.search(self.errors)
        assert found, f"no statistics: {self!r}"
        return tuple(map(int, found.groups()))

    def succeeded(self):
        expect(self.status, 0, repr(self))
        return self

    def failed_with(self, status, *words):
        """The status, and one line of error that holds all the words."""
        expect(self.status, status, repr(self))
        found = [line for line in self.error_lines if line.startswith("sockeye: ")]
        expect(len(found), 1, f"lines that say what is wrong: {self!r}")
        for word in words:
            assert word in found[0], f"{word!r} is not in {found[0]!r}"
        return self


class Program:
    """Sockeye, running."""

    def __init__(
        self, *arguments, namespace=None, output=None, input=subprocess.DEVNULL, before=None, prefix=(), environment=None
    ):
        self._errors = tempfile.TemporaryFile()
        self._output = tempfile.TemporaryFile() if output is None else None

        def prepare():
            if namespace is not None:
                namespace.enter()
            if before is not None:
                before()

        self.process = subprocess.Popen(
            [*prefix, SOCKEYE, *map(str, arguments)], stdin=input, stderr=self._errors,
            stdout=self._output if output is None else output, preexec_fn=prepare,
            env={**os.environ, "TZ": "UTC", "TERM": "xterm", **(environment or {})},
        )  # fmt: skip
        at_end(self._end)

    def _end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._errors.close()
        if self._output is not None:
            self._output.close()

    def errors(self):
        return os.pread(self._errors.fileno(), 1 << 20, 0).decode()

    def output(self):
        return os.pread(self._output.fileno(), 1 << 26, 0) if self._output is not None else b""

    def listening(self):
        """Waits until everything that is sent from here on is captured."""
        wait_until(lambda: "listening on " in self.errors() or self.process.poll() is not None, "listening on")
        assert "listening on " in self.errors(), self.errors()
        return self

    def says(self, words, times=1):
        """Waits for words on standard error, until they stand there so many times."""
        wait_until(lambda: self.errors().count(words) >= times or self.process.poll() is not None, words)
        assert self.errors().count(words) >= times, f"{words!r} is not in {self.errors()!r} {times} times"

    def shows(self, count):
        """Waits for that many lines on standard output."""
        wait_until(lambda: self.output().count(b"\n") >= count or self.process.poll() is not None, f"{count} lines")

    def outcome(self):
        """Waits for its end."""
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            waits = pathlib.Path(f"/proc/{self.process.pid}/wchan").read_text()
            raise AssertionError(f"it does not end, and waits in {waits}: {self.errors()}") from None
        return Outcome(status, self.output(), self.errors())

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.outcome()


def capture(namespace, *arguments, **options):
    """A capture that has begun."""
    return Program("capture", *arguments, namespace=namespace, **options).listening()


def run(*arguments, **options):
    """A run to its end."""
    return Program(*arguments, **options).outcome()
