"""The generated capture files, made once and kept in .build/bench."""
import os
import subprocess

from .programs import BUILD, CannotRun, tool

SEED = 1


class Captures:
    """Files by their number of packets and flows; about 0.6 GB for a million packets."""

    def __init__(self, quick):
        self.scale = 10 if quick else 1
        self.packets = 1_000_000 // self.scale
        self.flows = 50_000 // self.scale

    def main(self):
        return self.make(self.packets, self.flows)

    def slice(self):
        """The first packets of main(): the same seed and flows give the same beginning."""
        return self.make(50_000 // self.scale, self.flows)

    def make(self, packets, flows, spread="wide"):
        path = os.path.join(BUILD, f"{packets}-{flows}-{spread}.pcap")
        stale = os.path.exists(path) and os.path.getmtime(path) < os.path.getmtime(tool("make-capture"))
        if not os.path.exists(path) or stale:
            command = [tool("make-capture"), "-n", str(packets), "-f", str(flows), "-s", str(SEED),
                       "-a", spread, "-o", path + ".part"]
            if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:
                raise CannotRun(f"{path}: cannot be made (disk full?)")
            os.rename(path + ".part", path)
        warm(path)
        return Capture(path, packets, flows)


class Capture:
    def __init__(self, path, packets, flows):
        self.path, self.packets, self.flows = path, packets, flows


def warm(path):
    """Reads the file, so that every program finds it in the page cache."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass
