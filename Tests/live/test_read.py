"""`sockeye read` over pipes, cut files, files that may not be read, and back into files."""

import os
import pathlib
import shutil
import signal
import subprocess

import support
from support import Program, expect, folder, run, small_disk
from test_written import tshark_rows

FIXTURES = pathlib.Path(__file__).resolve().parent.parent.parent / "fixtures"
CAPTURE = FIXTURES / "captures/http-get.pcap"


def packets(path, *words):
    return len(run("read", path, *words).succeeded().lines)


def test_an_interrupt_while_a_pipe_is_silent():
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        reading, writing = os.pipe()
        path = folder() / "written.pcap"
        running = Program("read", "-w", path, "-", input=reading)
        os.close(reading)
        data = CAPTURE.read_bytes()
        # Three whole packets and a part of the next.
        end = 24
        for _ in range(3):
            end += 16 + int.from_bytes(data[end + 8 : end + 12], "little")
        os.write(writing, data[: end + 20])
        running.shows(3)
        outcome = running.stop(number)
        expect(outcome.status, status, repr(outcome))
        expect((len(outcome.lines), outcome.errors), (3, ""), "three lines and nothing else")
        os.close(writing)
        expect(packets(path), 3, "packets in the file")


def test_an_interrupt_before_the_first_octet():
    reading, writing = os.pipe()
    running = Program("read", "-", input=reading)
    os.close(reading)
    support.time.sleep(0.2)
    expect(running.stop().status, -signal.SIGINT, "ended by the signal")
    os.close(writing)


def test_packets_of_a_pipe_are_shown_before_the_next_come():
    reading, writing = os.pipe()
    running = Program("read", "-", input=reading)
    os.close(reading)
    data = CAPTURE.read_bytes()
    os.write(writing, data[:24])
    end = 24
    for number in range(1, 5):
        length = 16 + int.from_bytes(data[end + 8 : end + 12], "little")
        # Octet by octet where it is cut worst.
        os.write(writing, data[end : end + 7])
        os.write(writing, data[end + 7 : end + length])
        end += length
        running.shows(number)
        expect(running.output().count(b"\n"), number, "lines")
    os.close(writing)
    running.outcome().succeeded()


def test_standard_input_is_the_same_as_the_file():
    for path in sorted((FIXTURES / "captures").iterdir()):
        by_name = run("read", "--json", path)
        cat = subprocess.Popen(["cat", path], stdout=subprocess.PIPE)
        piped = run("read", "--json", "-", input=cat.stdout)
        cat.stdout.close()
        cat.wait()
        expect(piped.output, by_name.output, path.name)
        expect(piped.status, by_name.status, path.name)
        expect(piped.errors, by_name.errors.replace(str(path), "standard input"), path.name)


def test_standard_input_that_is_cut():
    data = CAPTURE.read_bytes()
    total = packets(CAPTURE)
    path = folder() / "cut.pcap"
    for length in (1, 4, 23, 30, 50, len(data) - 1):
        path.write_bytes(data[:length])
        with open(path, "rb") as file:
            outcome = run("read", "-", input=file).failed_with(65, "standard input")
        assert len(outcome.lines) < total
        if length >= 24:
            assert f"standard input: truncated at byte {length} (packet {len(outcome.lines) + 1})" in outcome.errors
    path.write_bytes(data[:-1])
    written = folder() / "written.pcap"
    run("read", "-w", written, path).failed_with(65, f"truncated at byte {len(data) - 1}")
    expect(packets(written), total - 1, "all whole packets are in the file")


def test_a_file_is_not_written_onto_itself():
    place = folder()
    path = place / "capture.pcap"
    shutil.copy(CAPTURE, path)
    before = path.read_bytes()
    os.link(path, place / "hard.pcap")
    os.symlink(path, place / "soft.pcap")
    for name in ("capture.pcap", "hard.pcap", "soft.pcap", "./capture.pcap"):
        outcome = run("read", "-q", "-w", place / name, path)
        assert outcome.status in (64, 73, 74, 66), repr(outcome)
        expect(len(outcome.error_lines), 1, repr(outcome))
        expect(path.read_bytes(), before, name)
    with open(path, "rb") as file:
        outcome = run("read", "-q", "-w", path, "-", input=file)
    assert outcome.status != 0, "onto standard input"
    expect(path.read_bytes(), before, "standard input")


def test_what_a_filter_keeps_is_written():
    cases = [("http-get.pcap", "tcp port 80", "tcp.port == 80"), ("dns-a-aaaa.pcap", "udp port 53", "udp.port == 53")]
    cases += [("vlan.pcap", "vlan", "vlan"), ("ndp.pcap", "icmp6", "icmpv6"), ("tcp.pcap", "tcp[13] & 2 != 0", "tcp.flags.syn == 1")]
    fields = ("frame.time_epoch", "frame.len", "frame.cap_len", "frame.protocols")
    for name, expression, display in cases:
        path = folder() / "written.pcap"
        outcome = run("read", "--json", "-w", path, FIXTURES / "captures" / name, expression).succeeded()
        command = ["tshark", "-n", "-r", FIXTURES / "captures" / name, "-Y", display, "-T", "fields"]
        done = subprocess.run(command + [w for f in fields for w in ("-e", f)], check=True, capture_output=True, text=True)
        wanted = [tuple(line.split("\t")) for line in done.stdout.splitlines()]
        expect(tshark_rows(path, *fields), wanted, name)
        expect(len(outcome.lines), len(wanted), name)
        assert wanted, name


def test_a_copy_has_the_same_octets():
    for name in ("file-little-nanoseconds.pcap", "any-sll2.pcap"):
        path = folder() / "written.pcap"
        run("read", "-q", "-w", path, FIXTURES / "captures" / name).succeeded()
        original = (FIXTURES / "captures" / name).read_bytes()
        expect(path.read_bytes()[24:], original[24:], name)


def test_a_count():
    for count in (1, 2, 5):
        path = folder() / "written.pcap"
        outcome = run("read", "-c", count, "-w", path, CAPTURE).succeeded()
        expect((len(outcome.lines), packets(path)), (count, count), "packets")
    expect(len(run("read", "-c", 100000, CAPTURE).lines), packets(CAPTURE), "all")
    # A count is of what the filter keeps.
    expect(len(run("read", "-c", 2, CAPTURE, "tcp[13] & 1 != 0").lines), 2, "with a filter")


def test_a_file_that_may_not_be_read():
    place = folder()
    program = place / "sockeye"
    shutil.copy(support.SOCKEYE, program)
    path = place / "secret.pcap"
    shutil.copy(CAPTURE, path)
    path.chmod(0o600)
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", program]
    done = subprocess.run([*user, "read", path], capture_output=True, text=True)
    expect((done.returncode, done.stdout), (77, ""), done.stderr)
    expect(done.stderr, f"sockeye: {path}: Permission denied\n", "one line")


def test_what_is_no_file():
    run("read", "/no/such/file.pcap").failed_with(66, "/no/such/file.pcap", "No such file")
    run("read", folder()).failed_with(66, "directory")
    run("read", "/dev/null").failed_with(65, "/dev/null", "empty")
    run("read", CAPTURE, "tcp prt 80").failed_with(64, "filter")


def test_a_full_disk():
    data = CAPTURE.read_bytes()
    path = folder() / "large.pcap"
    path.write_bytes(data[:24] + data[24:] * (400000 // len(data) + 1))
    written = small_disk() / "written.pcap"
    outcome = run("read", "-q", "-w", written, path).failed_with(74, str(written), "No space left on device")
    count = packets(written)
    assert count > 100 and str(count) in outcome.errors, repr(outcome)
    text = small_disk() / "text"
    with open(text, "wb") as file:
        run("read", path, output=file).failed_with(74, "standard output", "No space left on device")
    assert text.read_bytes().endswith(b"\n")
    lines = run("read", path).lines
    expect(text.read_text().splitlines(), lines[: text.read_bytes().count(b"\n")], "whole lines, from the first")


def test_a_reader_that_goes_away():
    data = CAPTURE.read_bytes()
    path = folder() / "large.pcap"
    path.write_bytes(data[:24] + data[24:] * 200)
    for options in ([], ["--json"], ["-v"], ["-x"]):
        head = subprocess.Popen(["head", "-3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        running = Program("read", *options, path, output=head.stdin)
        head.stdin.close()
        outcome = running.outcome().succeeded()
        expect(outcome.errors, "", "nothing to say")
        expect(head.stdout.read().count(b"\n"), 3, "lines")
        head.stdout.close()
        head.wait()
