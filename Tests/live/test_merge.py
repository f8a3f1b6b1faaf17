"""Files that are merged: tshark sees what mergecap makes of them, and processes keep their packets."""

import json
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
