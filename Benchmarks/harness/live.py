"""The cases that capture live: blast in one namespace, the capturing program in the other."""
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

from . import report
from .measure import Run
from .network import Network, ip
from .programs import CannotRun, peer, sockeye, tool

RING_KIB = 32 * 1024  # sockeye's default, given to tcpdump too


def unavailable():
    """What is missing for the live cases, or None."""
    if os.geteuid() != 0:
        return "root"
    if not shutil.which("ip"):
        return "iproute2"
    free = shutil.disk_usage("/dev/shm").free
    return None if free > 3 << 30 else "3 GiB free in /dev/shm"


class Outcome:
    """One capture: what was sent, what arrived, what the program kept and said."""

    def __init__(self, name):
        self.name, self.said = name, {}
        self.sent = self.arrived = self.kept = self.others = 0
        self.rate = 0.0
        self.run = None

    @property
    def lost(self):
        return self.arrived - self.kept

    @property
    def per_packet(self):
        return self.run.cpu / max(self.kept, 1)

    def row(self):
        said = self.said
        return [self.name, f"{self.rate:,.0f}", f"{self.sent:,}", f"{self.arrived:,}", f"{self.kept:,}",
                f"{self.lost:,}", f"{100 * self.lost / max(self.arrived, 1):.1f} %", said.get("received by filter", "?"),
                said.get("dropped by kernel", "?"), f"{self.per_packet:,.0f}", f"{self.run.rss / 1024:.1f}"]


COLUMNS = ["capture", "sent/s", "sent", "arrived", "kept", "lost", "", "said received", "said dropped",
           "CPU ns/packet", "peak MiB"]


def settle(path):
    """Waits until the program has stopped writing: for 1.5 s, longer than tcpdump's block timeout."""
    size, since, limit = -1, time.monotonic(), time.monotonic() + 60
    while time.monotonic() < limit:
        now = os.path.getsize(path) if os.path.exists(path) else 0
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > 1.5:
            return
        time.sleep(0.1)


def child_of(result):
    """The process that `timed` measures."""
    for _ in range(100):
        if os.path.exists(result):
            with open(result, encoding="ascii") as file:
                words = file.read().split()
            if len(words) >= 2:
                return int(words[1])
        time.sleep(0.05)
    raise CannotRun("the capturing program did not start")


def wait_until_listening(network, process, errors):
    for _ in range(200):
        if process.poll() is not None:
            break
        if network.listening():
            time.sleep(0.3)  # its own start-up after bind
            return
        time.sleep(0.05)
    process.terminate()
    process.wait()
    with open(errors, encoding="utf-8", errors="replace") as file:
        raise CannotRun(f"the capturing program does not listen: {file.read()[-500:]}")


def stop(process, result):
    os.kill(child_of(result), signal.SIGINT)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        os.kill(child_of(result), signal.SIGKILL)
        process.wait()
        raise CannotRun("the capturing program did not stop within 60 s of SIGINT") from None


def count_lines(path):
    """The lines of the file, without the empty one that tcpdump adds on SIGINT."""
    with open(path, "rb", buffering=0) as file:
        lines = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
        file.seek(max(0, os.path.getsize(path) - 2))
        return lines - (file.read(2) == b"\n\n")


def count_sequences(path):
    shown = subprocess.run([tool("count"), "sequences", path], capture_output=True, text=True, check=False)
    words = shown.stdout.split()
    if len(words) != 6:
        raise CannotRun(f"{path}: {shown.stderr.strip()}")
    ours, different, others = (int(word) for word in words[1::2])
    if ours != different:
        raise CannotRun(f"{path}: {ours - different} packets are there twice")
    return different, others


def capture(name, command, blast, writes, zone):
    """Runs command (a function of the file to write) while blast sends, with these options."""
    outcome = Outcome(name)
    environment = {key: value for key, value in os.environ.items() if key != "TZ"}
    if zone:
        environment["TZ"] = zone
    with Network() as network, tempfile.TemporaryDirectory(prefix="skb-", dir="/dev/shm") as folder:
        output, errors, result = (os.path.join(folder, name) for name in ("output", "errors", "result"))
        with open(errors, "wb") as complaints, open(os.devnull if writes else output, "wb") as text:
            process = subprocess.Popen(network.inside(network.receiver, tool("timed"), result, *command(output)),
                                       stdin=subprocess.DEVNULL, stdout=text, stderr=complaints,
                                       env=environment)
            try:
                wait_until_listening(network, process, errors)
                before = network.counters()
                sent = ip("netns", "exec", network.sender, tool("blast"), "-i", "skb0", *blast)
                settle(output)
                after = network.counters()
                stop(process, result)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        outcome.sent, outcome.rate = int(sent.split()[0]), float(re.search(r"s, (\d+) a second", sent).group(1))
        outcome.arrived = after["arrived"] - before["arrived"]
        with open(result, encoding="ascii") as file:
            outcome.run = Run(file.read().splitlines()[-1])
        with open(errors, encoding="utf-8", errors="replace") as file:
            said = file.read()
        for count, what in re.findall(r"(\d+) (?:packets? )?(captured|received by filter|dropped by kernel)", said):
            outcome.said[what] = f"{int(count):,}"
        outcome.kept, outcome.others = count_sequences(output) if writes else (count_lines(output), 0)
        if outcome.run.status:
            print(f"  {name} ended with status {outcome.run.status:#x}: {said.strip()[-300:]}")
        if outcome.said.get("captured") != f"{outcome.kept + outcome.others:,}":
            print(f"  {name} said {outcome.said.get('captured', 'nothing')} captured; {outcome.kept + outcome.others:,} found")
    return outcome


def tcpdump(*arguments):
    # -Z root: the file is on a tmpfs folder of root's, where the user tcpdump may not write.
    return [peer("tcpdump"), "-Z", "root", "-B", str(RING_KIB), "-i", "skb1", *arguments]


def compete(blast, pairs, contestants, writes):
    """The outcomes of each contestant (its name, command and time zone), run in turn."""
    outcomes = {name: [] for name, *_ in contestants}
    for _ in range(pairs):
        for name, command, zone in contestants:
            outcomes[name].append(capture(name, command, blast, writes, zone))
    report.table(COLUMNS, [outcome.row() for tries in zip(*outcomes.values()) for outcome in tries])
    return outcomes


def print_all(name, flows, quick):
    seconds, pairs = (1, 1) if quick else (3, 3)
    report.heading(f"{name}: print every packet to a file on tmpfs, 100,000 packets/s of {flows:,} flows "
                   f"for {seconds} s over veth, 32 MiB ring")
    contestants = [("tcpdump -n", lambda output: tcpdump("-n"), "UTC"),
                   ("tcpdump -n, TZ unset", lambda output: tcpdump("-n"), None)]
    if sockeye():
        contestants.insert(0, ("sockeye capture", lambda output: [sockeye(), "capture", "-i", "skb1"], "UTC"))
    blast = ["-r", "100000", "-d", str(seconds), "-f", str(flows)]
    outcomes = compete(blast, pairs, contestants, writes=False)
    if sockeye():
        lost = max(outcome.lost for outcome in outcomes["sockeye capture"])
        report.verdict(f"{name}, {flows:,} flows at 100,000 packets/s", lost == 0,
                       f"{lost:,} packets lost in the worst of {pairs} runs, target 0")


def text(files, quick):
    print_all("live-text", 400, quick)


def many(files, quick):
    print_all("live-many", 20_000, quick)


def write(files, quick):
    seconds, pairs = (1, 1) if quick else (3, 5)
    report.heading(f"live-write: -w to tmpfs, the generator at top speed for {seconds} s over veth, 32 MiB ring")
    contestants = [("tcpdump -w", lambda output: tcpdump("-w", output), "UTC")]
    if sockeye():
        contestants.insert(0, ("sockeye capture -w", lambda output: [sockeye(), "capture", "-q", "-i", "skb1", "-w", output], "UTC"))
    outcomes = compete(["-d", str(seconds)], pairs, contestants, writes=True)
    if sockeye():
        mine, theirs = outcomes["sockeye capture -w"], outcomes["tcpdump -w"]
        lost = max(outcome.lost for outcome in mine)
        report.verdict("live -w at top speed", lost == 0, f"{lost:,} packets lost in the worst of {pairs} runs, target 0")
        ratio = statistics.median(a.per_packet / b.per_packet for a, b in zip(mine, theirs))
        report.verdict("live -w, CPU per packet against tcpdump -w", ratio < 1, f"{ratio:.2f} of it, target below 1")
