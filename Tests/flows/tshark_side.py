"""What tshark says of the conversations in a capture."""

import collections
import re
import subprocess

# The findings that both count, by their names behind `tcp.analysis.`.
FINDINGS = [
    "retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "lost_segment",
    "ack_lost_segment", "duplicate_ack", "zero_window", "zero_window_probe", "zero_window_probe_ack",
    "window_update", "window_full", "keep_alive", "keep_alive_ack", "reused_ports",
]
FIELDS = (
    ["frame.len", "tcp.stream", "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport", "communityid"]
    + ["tcp.analysis.initial_rtt", "tcp.analysis.ack_rtt", "tcp.connection.rst"]
    + ["tcp.analysis." + name for name in FINDINGS]
)
# The port of VXLAN that Linux takes where nobody says another.
DECODE_AS = ["-d", "udp.port==8472,vxlan"]
ROW = re.compile(
    r"^(\S+)\s+<-> (\S+)\s+(\d+) (\d+ \S+)\s+(\d+) (\d+ \S+)\s+(\d+) (\d+ \S+)\s+[-\d.]+\s+[-\d.]+$"
)


def conversations(capture):
    """Rows of `-z conv`: protocol, the two ends, packets and octets as tshark writes them, from the first and to it."""
    command = ["tshark", "-n", "-q", "-r", str(capture), *DECODE_AS, "-z", "conv,tcp", "-z", "conv,udp"]
    done = subprocess.run(command, capture_output=True, check=False, text=True, errors="replace")
    rows, protocol = [], None
    for line in done.stdout.splitlines():
        if line in ("TCP Conversations", "UDP Conversations"):
            protocol = line[:3].lower()
        found = ROW.match(line)
        if found:
            first, second, to, to_bytes, of, of_bytes = found.groups()[:6]
            rows.append((protocol, first, second, int(of), of_bytes, int(to), to_bytes))
    return rows


def size(octets):
    """A number of octets as tshark 4.0 writes it in that table."""
    for unit, power in (("GB", 3), ("MB", 2), ("kB", 1)):
        if octets // 1000**power >= 10:
            return f"{octets // 1000**power} {unit}"
    return f"{octets} bytes"


class Analysis:
    def __init__(self):
        # (ends, name) -> how often; ends are a sorted pair of texts.
        self.findings = collections.Counter()
        self.communities = set()
        self.handshakes = collections.defaultdict(set)
        self.fastest = {}


def end(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def reversed_each(lists):
    return [list(reversed(values)) for values in lists]


def analysis(capture, known):
    """`known` are the pairs of ends that there are: of a tunnel's addresses tshark tells only that there are several."""
    command = ["tshark", "-n", "-r", str(capture), *DECODE_AS, "--enable-protocol", "communityid", "-T", "fields", "-E", "occurrence=a"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, check=False, text=True, errors="replace")
    result = Analysis()
    for line in done.stdout.splitlines():
        values = dict(zip(FIELDS, line.split("\t")))
        result.communities.update(filter(None, values.get("communityid", "").split(",")))
        if not values.get("tcp.stream"):
            continue
        addresses = [
            [address for version in ("ip", "ipv6") for address in values[f"{version}.{side}"].split(",") if address]
            for side in ("src", "dst")
        ]
        ports = [values[f"tcp.{side}port"].split(",")[-1] for side in ("src", "dst")]
        pairs = [
            tuple(sorted(end(address, port) for address, port in zip(pair, ports))) for pair in zip(*reversed_each(addresses))
        ]
        ends = next((pair for pair in pairs if pair in known), pairs[0])
        for name in FINDINGS:
            if values.get("tcp.analysis." + name):
                result.findings[ends, name] += 1
        if values.get("tcp.connection.rst"):
            result.findings[ends, "reset"] += 1
        if values.get("tcp.analysis.initial_rtt"):
            result.handshakes[ends].add(values["tcp.analysis.initial_rtt"])
        if values.get("tcp.analysis.ack_rtt"):
            rtt = float(values["tcp.analysis.ack_rtt"])
            result.fastest[ends] = min(rtt, result.fastest.get(ends, rtt))
    return result
