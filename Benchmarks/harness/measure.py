"""Runs programs under `timed`, in turn, and keeps wall time, CPU time and memory of each run."""
import os
import statistics
import subprocess
import tempfile

from .programs import CannotRun, tool


class Run:
    """Nanoseconds of one run, and its peak resident memory in KiB."""

    def __init__(self, text):
        words = text.split()
        values = dict(zip(words[::2], words[1::2]))
        self.wall, self.cpu = int(values["wall"]), int(values["cpu"])
        self.rss, self.status = int(values["rss"]), int(values["status"])


class Program:
    """A command line, how it is called in the table, how many packets it reads, its environment."""

    def __init__(self, name, command, packets, zone="UTC"):
        self.name, self.command, self.packets, self.runs = name, command, packets, []
        self.environment = {key: value for key, value in os.environ.items() if key != "TZ"}
        if zone:
            self.environment["TZ"] = zone

    def run(self):
        with tempfile.TemporaryDirectory() as folder:
            result = os.path.join(folder, "result")
            with open(os.path.join(folder, "errors"), "w+b") as errors:
                subprocess.run([tool("timed"), result, *self.command], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=errors, env=self.environment, check=False)
                errors.seek(0)
                said = errors.read().decode(errors="replace").strip()
            with open(result, encoding="ascii") as file:
                run = Run(file.read())
        if run.status:
            raise CannotRun(f"{' '.join(self.command)}: status {run.status:#x}: {said[-500:]}")
        self.runs.append(run)

    def values(self, kind):
        """Nanoseconds per packet of each run; kind is "wall" or "cpu"."""
        return [getattr(run, kind) / self.packets for run in self.runs]

    def median(self, kind):
        return statistics.median(self.values(kind))

    def lines(self):
        """The lines that one run prints (not timed)."""
        with subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=self.environment) as process:
            return sum(piece.count(b"\n") for piece in iter(lambda: process.stdout.read(1 << 20), b""))


def alternate(programs, runs):
    """A B A B ...: what else the machine does then falls on all of them alike."""
    for _ in range(runs):
        for program in programs:
            program.run()


def ratio(above, below, kind):
    """The median over the pairs of runs."""
    pairs = zip(above.values(kind), below.values(kind))
    return statistics.median(a / b for a, b in pairs)
