"""Files that are merged: tshark sees what mergecap makes of them, and processes keep their packets."""

import json
import re
import struct
import subprocess

import support
from support import expect, folder, run
from test_processes import FIXTURES, owners, tshark

FILES = [FIXTURES / f"{name}" for name in ("processes-ptcpdump.pcapng", "ethernet-and-raw-dumpcap.pcapng", "ping.pcap")]


def test_as_mergecap_does():
    ours, theirs = folder() / "ours.pcapng", folder() / "theirs.pcapng"
    run("merge", *FILES, "-o", ours).succeeded()
    subprocess.run(["mergecap", "-w", theirs, *FILES], check=True)
    fields = ("frame.time_epoch", "frame.len", "frame.protocols", "frame.interface_name")
    expect(tshark(ours, *fields), tshark(theirs, *fields), "packets")


def test_processes_are_renumbered():
    path = folder() / "all.pcapng"
    names = ("processes-ptcpdump", "processes-wireshark", "processes-darwin")
    run("merge", *(FIXTURES / f"{name}.pcapng" for name in names), "-o", path, "--redact", "none").succeeded()
    told = [json.dumps(own) for name in names for own in owners(FIXTURES / f"{name}.pcapng")]
    expect(sorted(map(json.dumps, owners(path))), sorted(told), "owners")


def test_what_cannot_be_merged():
    path = folder() / "a.pcap"
    run("merge", FIXTURES / "ping.pcap", FIXTURES / "arp.pcap", "-o", path).succeeded()
    before = path.read_bytes()
    run("merge", FIXTURES / "arp.pcap", path, "-o", path).failed_with(64, "being read", str(path))
    expect(path.read_bytes(), before, "the file that is read")
    run("merge", FIXTURES / "ping.pcap", FIXTURES / "loop.pcap", "-o", folder() / "b.pcap").failed_with(65, "link type")
    run("merge", FIXTURES / "none.pcap", "-o", path).failed_with(66, "none.pcap")
    # All whole packets of a broken file are kept.
    cut = folder() / "cut.pcap"
    cut.write_bytes((FIXTURES / "ping.pcap").read_bytes()[:-5])
    whole = len(tshark(FIXTURES / "ping.pcap", "frame.number"))
    run("merge", cut, "-o", path).failed_with(65, "truncated")
    expect(len(tshark(path, "frame.number")), whole - 1, support.SOCKEYE)


def options(order, *pairs):
    """Options of a block, with their end."""
    octets = b""
    for code, value in pairs:
        octets += struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)
    return octets + bytes(4)


def block(order, kind, body):
    length = 12 + len(body)
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)


def annotated(order):
    """A file with all that people and programs add to packets."""
    frame = bytes.fromhex("020000000002020000000001") + b"\x08\x00" + bytes.fromhex("450000140001000040110000c0000201c0000202")
    interface = options(order, (2, b"eth7"), (3, b"uplink, left"), (8, struct.pack(order + "Q", 10**9)), (15, b"card"))
    owner = b"PID: 4242\nCmd: /usr/bin/owner\nArgs: owner"
    packets = [
        options(order, (1, b"first"), (2, struct.pack(order + "I", 1)), (4, struct.pack(order + "Q", 7)), (1, b"again")),
        b"",
        options(order, (1, owner), (1, b"beside an owner"), (6, struct.pack(order + "I", 3))),
    ]
    octets = block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    octets += block(order, 1, struct.pack(order + "HHI", 1, 0, 0) + interface)
    name = b"\xc0\x00\x02\x01sender.example\x00"
    octets += block(order, 4, struct.pack(order + "HH", 1, len(name)) + name + bytes(-len(name) % 4) + bytes(4))
    secret = b"CLIENT_RANDOM 00 11\n"
    octets += block(order, 10, struct.pack(order + "II", 0x544C534B, len(secret)) + secret)
    for number, rest in enumerate(packets):
        head = struct.pack(order + "IIIII", 0, 0, 1_000_000 + number, len(frame), len(frame))
        octets += block(order, 6, head + frame + bytes(-len(frame) % 4) + rest)
    entry = b"__REALTIME_TIMESTAMP=1000000\nMESSAGE=hello\n"
    return octets + block(order, 9, entry + bytes(-len(entry) % 4))


ADDED = ["frame.comment", "frame.interface_description", "frame.drop_count", "frame.packet_flags_direction", "ip.src_host"]


def added(path):
    """What tshark tells of the packets, with names from the file."""
    fields = [word for name in ADDED for word in ("-e", name)]
    command = ["tshark", "-r", path, "-N", "n", "-Y", "eth", "-T", "fields", *fields]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def kinds(path):
    """The types of all blocks."""
    octets, offset, found = path.read_bytes(), 0, []
    while offset < len(octets):
        kind, length = struct.unpack_from("<II", octets, offset)
        found.append(kind)
        offset += length
    return found


def test_what_was_added_stays():
    """Comments, names, secrets and the like, from files of either byte order."""
    for order in "<", ">":
        source, kept, both = folder() / "source.pcapng", folder() / "kept.pcapng", folder() / "both.pcapng"
        source.write_bytes(annotated(order))
        wanted = added(source)
        assert "sender.example" in wanted[0] and "again" in wanted[0], wanted
        run("read", "-q", "-w", kept, source).succeeded()
        # Whose a packet is stands elsewhere now.
        expect(added(kept), [re.sub("PID: .*,(?=beside)", "", line) for line in wanted], f"{order}: kept")
        for kind in 4, 9, 10:
            expect(kinds(kept).count(kind), 1, f"{order}: blocks of type {kind}")
        # A filter takes a comment away with its packet, and gives it to no other.
        run("read", "-q", "-c", "2", "-w", kept, source).succeeded()
        expect(["first" in line for line in added(kept)], [True, False], f"{order}: two packets")
        run("merge", source, source, "-o", both).succeeded()
        texts = [line.split("\t")[0] for line in added(both)]
        expect([texts.count(text) for text in ("first,again", "", "beside an owner")], [2, 2, 2], f"{order}: merged {texts}")
        run("read", "-q", "-w", kept, "--redact", "all", source).succeeded()
        expect([kind for kind in kinds(kept) if kind in (4, 9, 10)], [], f"{order}: nothing that tells of people")
        expect([line.split("\t")[:2] for line in added(kept)], [["", ""]] * 3, f"{order}: no comments")
