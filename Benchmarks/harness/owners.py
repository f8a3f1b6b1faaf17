"""The case that names owners: packets of local processes, captured with and without their names, and a flood of flows."""
import os
import re
import statistics
import subprocess
import tempfile

from . import report
from .live import count_lines, child_of, settle, stop, wait_until_listening
from .measure import Run
from .network import Network, ip
from .programs import CannotRun, sockeye, tool

# The addresses that blast and the routes below have: RFC 2544's, which nobody else has.
SENDER, RECEIVER = "198.18.0.1", "198.19.0.1"
# What blast sends to.
RECEIVER_MAC = "02:00:00:00:00:99"
PROCESSES, PORT, FLOWS, FEW = 4, 9000, 400, 8
# Brief connections a second, and the messages of each.
BRIEF_RATE, BRIEF_MESSAGES = 1000, 4
COLUMNS = ["capture", "sent/s", "sent", "passed", "kept", "lost", "CPU ns/packet", "start ms", "peak MiB"]


class Outcome:
    """One capture: what was sent and passed its interface, what the program kept, and its CPU time meanwhile."""

    def __init__(self, name):
        self.name, self.sent, self.passed, self.kept = name, 0, 0, 0
        self.rate, self.cpu, self.run = 0.0, 0, None

    @property
    def per_packet(self):
        return self.cpu / max(self.kept, 1)

    def row(self):
        # What its start and its end take does not grow with the packets, and stands apart.
        return [self.name, f"{self.rate:,.0f}", f"{self.sent:,}", f"{self.passed:,}", f"{self.kept:,}", f"{self.passed - self.kept:,}",
                f"{self.per_packet:,.0f}", f"{(self.run.cpu - self.cpu) / 1e6:,.0f}", f"{self.run.rss / 1024:.1f}"]


def address(network):
    """Gives both ends addresses, and routes to whatever the other sends from."""
    for namespace, end, mine, mac in ((network.sender, "skb0", SENDER, "02:00:00:00:00:01"),
                                      (network.receiver, "skb1", RECEIVER, RECEIVER_MAC)):
        ip("-n", namespace, "link", "set", end, "address", mac, "arp", "on")
        ip("-n", namespace, "addr", "add", f"{mine}/15", "dev", end)
    ip("-n", network.sender, "neigh", "replace", RECEIVER, "lladdr", RECEIVER_MAC, "dev", "skb0")
    ip("-n", network.receiver, "neigh", "replace", SENDER, "lladdr", "02:00:00:00:00:01", "dev", "skb1")


def passed(network):
    """The packets that have come in and gone out at the end where the capture is."""
    folder = "/sys/class/net/skb1/statistics"
    words = ip("netns", "exec", network.receiver, "cat", f"{folder}/rx_packets", f"{folder}/tx_packets").split()
    return sum(map(int, words))


def cpu_of(process):
    """Nanoseconds on a processor of all threads of a process: `timed` learns them at the end only."""
    total, folder = 0, f"/proc/{process}/task"
    for thread in os.listdir(folder):
        with open(f"{folder}/{thread}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total


def kept(output):
    """The packets of a file of lines, or of a capture file."""
    if not output.endswith(".pcapng"):
        return count_lines(output)
    shown = subprocess.run([tool("count"), "libpcap", output], capture_output=True, text=True, check=False)
    if shown.returncode:
        raise CannotRun(f"{output}: {shown.stderr.strip()}")
    return int(shown.stdout.split()[0])


def capture(name, options, traffic, processes, written):
    """Runs `sockeye capture` with options in the receiver while the traffic, a command in the sender, goes on."""
    outcome = Outcome(name)
    with Network() as network, tempfile.TemporaryDirectory(prefix="skb-", dir="/dev/shm") as folder:
        address(network)
        output, errors, result = (os.path.join(folder, one) for one in ("out.pcapng" if written else "out", "errors", "result"))
        command = [sockeye(), "capture", "-i", "skb1", *options, *(["-q", "-w", output] if written else [])]
        receive = [tool("exchange"), "receive", "-n", str(processes), "-p", str(PORT)]
        receiver = subprocess.Popen(network.inside(network.receiver, *receive), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with open(errors, "wb") as complaints, open(os.devnull if written else output, "wb") as text:
            process = None
            try:
                if receiver.stdout.readline() != b"ready\n":
                    raise CannotRun("exchange receive did not start")
                process = subprocess.Popen(network.inside(network.receiver, tool("timed"), result, *command), stdin=subprocess.DEVNULL,
                                           stdout=text, stderr=complaints, env={**os.environ, "TZ": "UTC"})
                wait_until_listening(network, process, errors)
                program = child_of(result)
                before, used = passed(network), cpu_of(program)
                sent = ip("netns", "exec", network.sender, *traffic)
                settle(output)
                after, outcome.cpu = passed(network), cpu_of(program) - used
                stop(process, result)
            finally:
                if process and process.poll() is None:
                    process.kill()
                    process.wait()
                receiver.stdin.close()
                receiver.wait()
                receiver.stdout.close()
        outcome.sent, outcome.rate = int(sent.split()[0]), float(re.search(r"s, (\d+) a second", sent).group(1))
        outcome.passed, outcome.kept = after - before, kept(output)
        with open(result, encoding="ascii") as file:
            outcome.run = Run(file.read().splitlines()[-1])
        if outcome.run.status:
            with open(errors, encoding="utf-8", errors="replace") as file:
                raise CannotRun(f"{name} ended with status {outcome.run.status:#x}: {file.read().strip()[-300:]}")
    return outcome


def compare(what, options, seconds, rate, pairs, written):
    """With owners and without, in turn."""
    traffic = [tool("exchange"), "send", "-n", str(PROCESSES), "-p", str(PORT), "-a", RECEIVER, *options, "-r", str(rate),
               "-d", str(seconds)]
    outcomes = []
    for _ in range(pairs):
        outcomes.append((capture(f"{what}, owners", [], traffic, PROCESSES, written),
                         capture(f"{what}, --no-owners", ["--no-owners"], traffic, PROCESSES, written)))
    report.table(COLUMNS, [outcome.row() for pair in outcomes for outcome in pair])
    lost = max(outcome.passed - outcome.kept for pair in outcomes for outcome in pair)
    report.verdict(f"owners, {what}: nothing lost", lost <= 0, f"{lost:,} packets lost in the worst of {2 * pairs} runs, target 0")
    ratio = statistics.median(one.per_packet / other.per_packet for one, other in outcomes)
    report.verdict(f"owners, {what}: CPU per packet against --no-owners", ratio <= 1.2, f"{ratio:.2f} of it, target 1.20")


def flood(seconds, rate, pairs):
    """Each packet is a flow of its own: four times as many must not cost more each."""
    report.heading(f"owners: a flood in which each packet is a flow of its own, {rate:,} packets/s for {seconds} and {4 * seconds} s, "
                   "to a UDP socket of a local process")
    outcomes = []
    for _ in range(pairs):
        few, many = (capture(f"{rate * length:,} flows", [], [tool("blast"), "-i", "skb0", "-r", str(rate), "-d", str(length), "-u"], 1, False)
                     for length in (seconds, 4 * seconds))
        outcomes.append((few, many))
    bare = capture(f"{rate * seconds:,} flows, --no-owners", ["--no-owners"],
                   [tool("blast"), "-i", "skb0", "-r", str(rate), "-d", str(seconds), "-u"], 1, False)
    report.table(COLUMNS, [outcome.row() for outcome in [one for pair in outcomes for one in pair] + [bare]])
    ratio = statistics.median(many.per_packet / few.per_packet for few, many in outcomes)
    report.verdict("owners, flood of flows: CPU per packet of four times as many", ratio <= 1.25, f"{ratio:.2f} of it, target 1.25")


def owners(files, quick):
    if not sockeye():
        print("  owners: nothing to measure without sockeye")
        return
    for flows, rate, long, many in (FLOWS, 20_000, 5, 5), (FLOWS, 100_000, 10, 3), (FEW, 100_000, 10, 3):
        seconds, pairs = (1, 1) if quick else (long, many)
        report.heading(f"owners: the packets of {flows} flows between {PROCESSES} and {PROCESSES} processes, {rate:,} messages/s for "
                       f"{seconds} s over veth, and the kernel's acknowledgments")
        for what, written in ("text", False), ("-q -w x.pcapng", True):
            compare(f"{flows} flows, {rate:,}/s, {what}", ["-f", str(flows)], seconds, rate, pairs, written)
    seconds, pairs = (1, 1) if quick else (5, 3)
    report.heading(f"owners: {BRIEF_RATE:,} connections a second to {PROCESSES} processes, each of {BRIEF_MESSAGES} messages, for {seconds} s")
    compare(f"brief connections, {BRIEF_RATE:,}/s, text", ["-m", str(BRIEF_MESSAGES)], seconds, BRIEF_RATE * BRIEF_MESSAGES, pairs, False)
    flood(1 if quick else 3, rate, 1 if quick else 3)
