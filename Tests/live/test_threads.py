"""A large file is formatted in several threads: what comes out is the same as from a pipe, which takes one."""

import os
import pathlib
import signal
import subprocess

import support
from support import expect, folder

CAPTURES = pathlib.Path(__file__).resolve().parent.parent.parent / "fixtures" / "captures"
LARGE = 6 << 20


def large_pcap():
    """Every packet of the captures that can stand in one file, over and over."""
    first, records = None, b""
    for path in sorted(CAPTURES.glob("*.pcap")):
        data = path.read_bytes()
        # Nanoseconds, little-endian, Ethernet.
        if data[:4] == bytes.fromhex("4d3cb2a1") and data[20:24] == b"\1\0\0\0" and len(data) < 1 << 17:
            first = first or data[:24]
            records += data[24:]
    path = folder() / "large.pcap"
    path.write_bytes(first + records * (LARGE // len(records) + 1))
    return path


def large_pcapng():
    """Sections with other interfaces, one after another: names come up and change while it is read."""
    names = ["any-dumpcap", "http-dumpcap", "pcapng-big", "pcapng-little", "pcapng-sections", "ethernet-and-raw-dumpcap"]
    data = b"".join((CAPTURES / f"{name}.pcapng").read_bytes() for name in names)
    path = folder() / "large.pcapng"
    path.write_bytes(data * (LARGE // len(data) + 1))
    return path


def both_ways(path, *words, expression=(), status=0):
    threads = subprocess.run([support.SOCKEYE, "read", *words, str(path), *expression], capture_output=True)
    with subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE) as cat:
        one = subprocess.run([support.SOCKEYE, "read", *words, "-", *expression], stdin=cat.stdout, capture_output=True)
        cat.stdout.close()
    expect(threads.returncode, status, f"{words}: {threads.stderr[:300]}")
    expect(one.returncode, status, f"{words}, from a pipe: {one.stderr[:300]}")
    assert len(threads.stdout) > 1000, "hardly anything was written"
    if threads.stdout != one.stdout:
        left, right = threads.stdout.splitlines(), one.stdout.splitlines()
        place = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
        raise AssertionError(f"{words}: line {place} of {len(left)} and {len(right)}: {left[place:place + 1]}, {right[place:place + 1]}")
    return threads.stdout


def test_text_tree_json_and_octets_are_the_same():
    path = large_pcap()
    for words in ([], ["-v"], ["--json"], ["-x"], ["--color", "always"], ["-c", "4321"]):
        both_ways(path, *words)


def test_a_filter_chooses_the_same():
    path = large_pcap()
    for expression in ("tcp", "udp port 53", "ip6"):
        both_ways(path, expression=expression.split())


def test_interfaces_that_come_up_later_are_named_the_same():
    path = large_pcapng()
    for words in ([], ["--json"]):
        both_ways(path, *words)


def test_a_cut_file_yields_every_whole_packet():
    path = large_pcap()
    os.truncate(path, path.stat().st_size - 7)
    threads = subprocess.run([support.SOCKEYE, "read", str(path)], capture_output=True, text=True)
    expect(threads.returncode, 65, threads.stderr)
    assert "truncated at byte" in threads.stderr, threads.stderr
    counted = subprocess.run(["tcpdump", "-nr", str(path)], capture_output=True, text=True)
    expect(len(threads.stdout.splitlines()), len(counted.stdout.splitlines()), "lines")


def test_a_reader_that_goes_away_ends_it_quietly():
    path = large_pcap()
    with subprocess.Popen([support.SOCKEYE, "read", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        line = running.stdout.readline()
        running.stdout.close()
        expect(running.wait(), 0, "status")
        expect(running.stderr.read(), b"", "standard error")
    assert line


def test_an_interrupt_keeps_whole_lines():
    path = large_pcap()
    with open(path, "ab") as file:
        file.write(path.read_bytes()[24:] * 20)
    with subprocess.Popen([support.SOCKEYE, "read", "-v", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        rest, errors = running.communicate()
    expect((running.returncode, errors), (130, b""), "ended by the signal")
    assert rest.endswith(b"\n"), rest[-100:]


def test_a_full_disk_is_told():
    disk = support.small_disk()
    path = large_pcap()
    with open(disk / "text", "wb") as file:
        outcome = subprocess.run([support.SOCKEYE, "read", "-v", str(path)], stdout=file, stderr=subprocess.PIPE, text=True)
    expect(outcome.returncode, 74, outcome.stderr)
    assert "standard output" in outcome.stderr and len(outcome.stderr.splitlines()) == 1, outcome.stderr
