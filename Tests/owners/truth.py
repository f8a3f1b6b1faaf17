"""Whose each connection was, as the programs themselves said, and what a capture said of it."""

import collections
import re

Claim = collections.namedtuple("Claim", "pids names since until")
ALWAYS = float("inf")


class Said:
    """What a packet's object says of one of its ends; `peer_` is the prefix of the other end's members."""

    def __init__(self, packet, prefix=""):
        self.process = packet.get(prefix + "process")
        self.holders = [one["pid"] for one in packet.get(prefix + "process_holders", [])]
        self.candidates = [one["pid"] for one in packet.get(prefix + "process_candidates", [])]
        self.method = packet.get(prefix + "attribution")
        self.reason = packet.get(prefix + "unattributed")

    @property
    def pid(self):
        return self.process and self.process["pid"]


def first(layer):
    return layer[0] if isinstance(layer, list) else layer


def conversation(packet):
    """Protocol, source and destination; None for what has no ports."""
    network = first(packet.get("ip") or packet.get("ipv6"))
    for protocol in ("tcp", "udp"):
        transport = first(packet.get(protocol))
        if network and transport and "srcport" in transport:
            return protocol, (network["src"], transport["srcport"]), (network["dst"], transport["dstport"])
    return None


class Truth:
    """Claims by protocol, local end and remote end; None as remote end is whoever sends or is sent to."""

    def __init__(self):
        self._claims = collections.defaultdict(list)

    def own(self, pids, protocol, local, remote=None, since=-ALWAYS, until=ALWAYS, names=None):
        pids = {pids} if isinstance(pids, int) else set(pids)
        self._claims[protocol, tuple(local), remote and tuple(remote)].append(Claim(pids, names, since, until))

    def read(self, text, addresses=(), from_the_start=False):
        """The lines of talker. Who waits at a port, waits there on all of the addresses.

        What belongs to a process from accept(2) on, was its own before if the kernel chose its listener.
        """
        owned = 0
        for line in text.splitlines():
            kind, *words = line.split()
            if kind == "own":
                pid, local, port, remote, remote_port, since, until = words
                self.own(
                    int(pid), "tcp", (local, int(port)), (remote, int(remote_port)),
                    -ALWAYS if from_the_start else float(since), ALWAYS if until == "-" else float(until),
                )  # fmt: skip
                owned += 1
            elif kind == "pool":
                for address in addresses:
                    self.own(map(int, words[1:]), "tcp", (address, int(words[0])))
        return owned

    def claims(self, protocol, local, remote, time):
        """Those that hold at the time: those of the connection, else those of the port.

        A connection that waits to be accepted is its listener's, and may be called the next one's who will have it: owners are
        looked for after the packet.
        """
        ours = self._claims.get((protocol, local, remote), [])
        found = [claim for claim in ours if claim.since <= time <= claim.until]
        if found:
            # The same addresses and ports may be used again, by who says so only at accept(2).
            after = min((claim.since for claim in ours if claim.since > time), default=ALWAYS)
            endless = any(claim.until == ALWAYS for claim in found)
            return found + [claim for claim in ours if endless and claim.since == after]
        found = [claim for claim in self._claims.get((protocol, local, None), []) if claim.since <= time <= claim.until]
        # The same addresses and ports may be used again: it is the next one's.
        following = min((claim.since for claim in ours if claim.since > time), default=-ALWAYS)
        return found + [claim for claim in ours if found and claim.since == following]

    def waiting(self, protocol, local):
        """Who waits at the port: all of them may be named as candidates."""
        return {pid for claim in self._claims.get((protocol, local, None), ()) for pid in claim.pids}


class Tally:
    """What was said of the ends that a truth knows, against it."""

    def __init__(self, label):
        self.label = label
        self.packets = self.named = self.candidates = self.kernel = 0
        self.flows, self.named_flows = set(), set()
        self.methods, self.reasons = collections.Counter(), collections.Counter()
        self.pids = set()
        self.wrong = []

    def judge(self, said, claims, flow, waiting, inherited, number):
        self.packets += 1
        self.flows.add(flow)
        allowed = set().union(*(claim.pids for claim in claims), waiting if inherited else ())
        where = f"packet {number}, {flow}"
        if said.process is not None:
            self.named += 1
            self.named_flows.add(flow)
            self.methods[said.method or "in the file"] += 1
            self.pids.add(said.pid)
            names = [claim.names for claim in claims if claim.names is not None and said.pid in claim.pids]
            if said.pid not in allowed:
                self.wrong.append(f"{where}: {said.process.get('name')}[{said.pid}] ({said.method}), not {allowed}")
            elif names and said.process.get("name") not in set().union(*names):
                self.wrong.append(f"{where}: name {said.process.get('name')!r} of {said.pid}, not {names}")
            elif not set(said.holders) <= allowed:
                self.wrong.append(f"{where}: holders {said.holders}, not {allowed}")
        elif said.candidates:
            self.candidates += 1
            if not allowed & set(said.candidates):
                self.wrong.append(f"{where}: candidates {said.candidates} without {allowed}")
            elif not inherited and not set(said.candidates) <= allowed | waiting:
                self.wrong.append(f"{where}: candidates {said.candidates}, not {allowed | waiting}")
        elif said.method == "kernel":
            self.kernel += 1
        else:
            self.reasons[said.reason] += 1

    @property
    def rate(self):
        return self.named / max(self.packets, 1)

    @property
    def flow_rate(self):
        return len(self.named_flows) / max(len(self.flows), 1)

    def __str__(self):
        methods = ", ".join(f"{count} {name}" for name, count in self.methods.most_common()) or "none"
        parts = [f"{self.named}/{self.packets} packets named ({methods})", f"{len(self.named_flows)}/{len(self.flows)} flows"]
        parts += [f"{self.candidates} with candidates"] if self.candidates else []
        parts += [f"{self.kernel} the kernel's"] if self.kernel else []
        parts += [f"{count} not: {reason}" for reason, count in self.reasons.most_common()]
        return f"{self.label}: {', '.join(parts)}, {len(self.wrong)} wrong"

    def hold(self, packets, rate=0.9, flow_rate=None):
        """Prints the line; a wrong name always fails, and so does too little of it: nine in ten are what is promised of sockets
        that live for ten milliseconds, and all of those that live long."""
        print(self, flush=True)
        assert not self.wrong, f"{len(self.wrong)} wrong in {self.label}:\n" + "\n".join(self.wrong[:20])
        assert self.packets >= packets, f"{self}: fewer than {packets} packets to judge"
        assert self.rate >= rate, f"{self}: named {self.rate:.1%} of the packets, not {rate:.0%}"
        wanted = rate if flow_rate is None else flow_rate
        assert self.flow_rate >= wanted, f"{self}: named {self.flow_rate:.1%} of the flows, not {wanted:.0%}"
        return self


def judge(label, packets, truth, local, chosen=lambda protocol, source, destination: True, inherited=False):
    """Both ends of each packet, where they are at `local` addresses and the truth knows whose they are then.

    Where sockets are inherited, a child has the listener for a moment until it closes it, and is a candidate as well; a connection
    is its parent's until the child has it, and until the parent has closed it.
    """
    tally = Tally(label)
    for packet in packets:
        found = conversation(packet)
        if found is None or not chosen(*found):
            continue
        protocol, source, destination = found
        number, time = packet["frame"]["number"], float(packet["frame"]["time_epoch"])
        ends = [(source, destination), (destination, source)]
        here = [(mine, other) for mine, other in ends if mine[0] in local]
        said = [Said(packet), Said(packet, "peer_")]
        if len(here) < 2 and (said[1].process is not None or said[1].candidates):
            tally.wrong.append(f"packet {number}: a peer, but {[mine for mine, _ in ends if mine[0] not in local]} is elsewhere")
        for (mine, other), one in zip(here, said):
            claims = truth.claims(protocol, mine, other, time)
            if claims:
                tally.judge(one, claims, (protocol, mine, other), truth.waiting(protocol, mine), inherited, number)
    return tally


def only(packets, protocol):
    """The packets that have this layer."""
    return [packet for packet in packets if protocol in packet]


OWNER = re.compile(r"^.*  (\?|\[kernel\]|\S.*\[\d+\].*)$")


def owner_of(line):
    """What stands at the end of a line: the owner, behind two spaces; None where there is none."""
    found = OWNER.match(line)
    return found and found.group(1)
