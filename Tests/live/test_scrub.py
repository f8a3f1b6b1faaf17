"""Files made fit to share: what must not get through does not, whatever the file holds, and mistakes leave files whole."""

import os
import pathlib
import struct
import subprocess

import support
from support import expect, folder, run, small_disk
from test_processes import FIXTURES, owners, tshark


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


SECRET = b"SECRET-"


def telling(path):
    """A file of which everything but its packet tells something, each with the same word."""
    packet = bytes.fromhex("ffffffffffff02000000000a0806000108000604000102000000000ac0000201000000000000c0000202")
    head = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    head += b"".join(option(code, SECRET + b"section") for code in (1, 2, 3, 4)) + option(0, b"")
    interface = struct.pack("<HHI", 1, 0, 0) + option(1, SECRET + b"comment") + option(2, b"eth-private")
    interface += option(3, SECRET + b"description") + option(4, bytes([192, 0, 2, 1, 255, 255, 255, 0]))
    interface += option(6, bytes([2, 0, 0, 0, 0, 10])) + option(11, b"\0host 192.0.2.1") + option(0, b"")
    record = struct.pack("<IIIII", 0, 0x60000, 0, len(packet), len(packet)) + packet + bytes(-len(packet) % 4)
    record += option(1, SECRET + b"of a packet") + option(2989, struct.pack("<I", 1) + SECRET) + option(0, b"")
    names = struct.pack("<HH", 1, 4 + 16) + bytes([192, 0, 2, 1]) + SECRET + b"name.com\0" + bytes(8)
    path.write_bytes(
        block(0x0A0D0D0A, head) + block(1, interface) + block(4, names)
        + block(10, struct.pack("<II", 0x544C534B, 7) + SECRET) + block(9, SECRET + b"journal")
        + block(0xBAD, struct.pack("<I", 1) + SECRET) + block(0x80000001, SECRET) + block(6, record)
        + block(5, struct.pack("<III", 0, 0, 0) + option(1, SECRET) + option(4, bytes(8)) + option(0, b""))
    )
    return path


def test_nothing_but_packets_gets_through():
    source, path = telling(folder() / "in.pcapng"), folder() / "out.pcapng"
    for options in ([], ["--anonymise-addresses", "key"], ["--redact", "all"]):
        run("scrub", source, "-o", path, *options).succeeded()
        octets = path.read_bytes()
        assert SECRET not in octets, f"something got through with {options}"
        expect(b"eth-private" in octets, options != ["--redact", "all"], "the interface's name")
        expect(len(tshark(path, "frame.number")), 1, "packets with " + " ".join(options))
    assert bytes([192, 0, 2, 1]) in source.read_bytes()
    run("scrub", source, "-o", path, "--anonymise-addresses", "key").succeeded()
    for address in (bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]), bytes([2, 0, 0, 0, 0, 10])):
        assert address not in path.read_bytes(), address


def test_processes_as_redact_says():
    path = folder() / "out.pcapng"
    for name in ("processes-darwin", "processes-ptcpdump", "processes-wireshark"):
        source = FIXTURES / f"{name}.pcapng"
        run("scrub", source, "-o", path, "--redact", "none").succeeded()
        expect(owners(path), owners(source), f"owners of {name}")
        run("scrub", source, "-o", path).succeeded()
        assert all("cmdline" not in process for pair in owners(path) for process in pair if process), name
        run("scrub", source, "-o", path, "--redact", "all").succeeded()
        expect(owners(path), [(None, None)] * len(owners(source)), "owners")
    source = FIXTURES / "processes-pktap-mixed.pcapng"
    names = {cell for row in tshark(source, "pktap.cmdname", "pktap.ifname") for cell in row if cell}
    assert names
    run("scrub", source, "-o", path, "--redact", "all").succeeded()
    assert not any(name.encode() in path.read_bytes() for name in names), names


def test_one_key_is_one_key():
    """From the command line, a file and standard input."""
    here, source = folder(), FIXTURES / "dns-a-aaaa.pcap"
    (here / "key").write_text("a key\n")
    found = []
    for key, given in (("a key", None), (f"@{here}/key", None), ("-", b"a key")):
        path = here / f"{len(found)}.pcap"
        command = [support.SOCKEYE, "scrub", source, "-o", path, "--anonymize-addresses", key]
        subprocess.run(command, check=True, input=given, capture_output=True)
        found.append(path.read_bytes())
    expect([one == found[0] for one in found], [True] * 3, "the same octets")
    run("scrub", source, "-o", here / "other.pcap", "--anonymise-addresses", "another").succeeded()
    assert (here / "other.pcap").read_bytes() != found[0]


def test_keys_that_cannot_be():
    path, source = folder() / "out.pcap", FIXTURES / "ping.pcap"
    run("scrub", source, "-o", path, "--anonymise-addresses", "@/nonexistent/key").failed_with(66, "key", "/nonexistent")
    empty = folder() / "empty"
    empty.write_bytes(b"\n")
    run("scrub", source, "-o", path, "--anonymise-addresses", f"@{empty}").failed_with(65, "no key", str(empty))
    run("scrub", source, "-o", path, "--anonymise-addresses", "@/dev/zero").failed_with(65, "too long")
    assert not path.exists(), "the output was touched"


def test_what_is_said():
    path = folder() / "out.pcap"
    done = run("scrub", FIXTURES / "http-get.pcap", "-o", path, "--anonymise-addresses", "key")
    assert "addresses changed" in done.errors and "--snap headers" in done.errors, done.errors
    done = run("scrub", FIXTURES / "http-get.pcap", "-o", path, "--anonymise-addresses", "key", "--snap", "headers")
    assert "--snap" not in done.errors and "cut" in done.errors, done.errors
    expect(len(done.errors.splitlines()), 1, "lines")
    assert b"HTTP" not in path.read_bytes()


def test_pipes():
    source, path = FIXTURES / "tcp.pcap", folder() / "out.pcap"
    run("scrub", source, "-o", path, "--snap", "headers").succeeded()
    with source.open("rb") as octets:
        done = subprocess.run(
            [support.SOCKEYE, "scrub", "-", "-o", "-", "--snap", "headers"], stdin=octets, capture_output=True, check=True
        )
    expect(done.stdout, path.read_bytes(), "octets")


def test_files_stay_whole():
    source, here = FIXTURES / "http-get.pcap", folder()
    copy = here / "copy.pcap"
    copy.write_bytes(source.read_bytes())
    run("scrub", copy, "-o", copy).failed_with(64, "being read")
    expect(copy.read_bytes(), source.read_bytes(), "the input")
    copy.write_bytes(source.read_bytes()[:-3])
    run("scrub", copy, "-o", here / "out.pcap").failed_with(65, "truncated")
    expect(len(tshark(here / "out.pcap", "frame.number")), len(tshark(source, "frame.number")) - 1, "whole packets")
    run("scrub", here / "none.pcap", "-o", here / "other.pcap").failed_with(66, "none.pcap")
    run("scrub", FIXTURES / "processes-pktap-mixed.pcapng", "-o", here / "a.pcap").failed_with(65, "link type")


def test_a_full_disk():
    big, disk = folder() / "big.pcap", small_disk()
    octets = (FIXTURES / "http-get.pcap").read_bytes()
    big.write_bytes(octets[:24] + octets[24:] * 60)
    for name in ("out.pcap", "out.pcapng"):
        run("scrub", big, "-o", disk / name, "--anonymise-addresses", "key").failed_with(74, "No space left", "whole packet")
        assert 0 < len(tshark(disk / name, "frame.number")) < len(tshark(big, "frame.number"))
        os.unlink(disk / name)


def test_both_ends_of_a_connection_still_belong_together():
    """Two captures, one key: the addresses of one are those of the other."""
    here = folder()
    seen = []
    for name in ("tcp", "tcp-reset"):
        path = pathlib.Path(here / f"{name}.pcap")
        run("scrub", FIXTURES / f"{name}.pcap", "-o", path, "--anonymise-addresses", "key", "--snap", "64").succeeded()
        seen.append({cell for row in tshark(path, "ip.src", "ip.dst") for cell in row})
    expect(seen[0], seen[1], "addresses")
