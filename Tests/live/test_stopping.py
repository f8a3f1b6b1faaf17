"""How a capture ends: by signals, by a count, by a reader that goes away, by a full disk."""

import os
import signal
import subprocess

from network import Network
from support import Program, capture, expect, folder, run, small_disk, wait_until


def file_packets(path):
    """How many packets tcpdump reads, which must be able to read all of the file."""
    done = subprocess.run(["tcpdump", "-n", "-r", path], capture_output=True, check=False)
    expect(done.returncode, 0, done.stderr.decode())
    return done.stdout.count(b" IP ")


def test_each_signal_ends_it_with_nothing_lost():
    network = Network()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        path = folder() / "written.pcap"
        running = capture(network.near, "-i", "v0", "-w", path)
        network.send([b"counted"] * 200)
        outcome = running.stop(number).succeeded()
        expect(outcome.counts, (200, 200, 0), "counts")
        expect(len(outcome.lines), 200, "lines")
        expect(file_packets(path), 200, "packets in the file")


def test_an_interrupt_ends_a_background_job():
    # A shell starts `sockeye &` in a script with SIGINT ignored.
    network = Network()
    running = capture(network.near, "-i", "v0", before=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    network.send([b"x"])
    expect(running.stop().succeeded().counts, (1, 1, 0), "counts")


def test_nohup_goes_on():
    network = Network()
    running = capture(network.near, "-i", "v0", before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    running.process.send_signal(signal.SIGHUP)
    network.send([b"x"])
    running.shows(1)
    expect(running.process.poll(), None, "still running")
    expect(running.stop().succeeded().counts, (1, 1, 0), "counts")


def test_two_signals_at_once():
    network = Network()
    for first, second in ((signal.SIGINT, signal.SIGINT), (signal.SIGINT, signal.SIGTERM), (signal.SIGTERM, signal.SIGHUP)):
        running = capture(network.near, "-i", "v0")
        network.send([b"x"] * 5)
        running.process.send_signal(first)
        outcome = running.stop(second)
        expect((outcome.status, outcome.counts), (0, (5, 5, 0)), repr(outcome))


def test_a_burst_until_the_signal():
    # Traffic does not stop for us: what was received is captured or counted as dropped.
    network = Network()
    path = folder() / "written.pcap"
    running = capture(network.near, "-i", "v0", "-w", path, "udp dst port 48000")
    network.udp(port=48000)
    code = (
        "import socket, sys\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "for _ in range(200000): s.sendto(b'x' * 64, ('10.77.0.1', 48000))\n"
    )
    sender = subprocess.Popen(["python3", "-c", code], preexec_fn=network.far.enter)
    try:
        running.shows(20000)
        outcome = running.stop().succeeded()
    finally:
        sender.kill()
        sender.wait()
    captured, received, dropped = outcome.counts
    expect(captured + dropped, received, "received = captured + dropped")
    expect(outcome.output.count(b"\n"), captured, "lines")
    expect(file_packets(path), captured, "packets in the file")


def test_a_count_ends_it():
    network = Network()
    for count in (1, 3, 10):
        path = folder() / "written.pcap"
        running = capture(network.near, "-i", "v0", "-c", count, "-w", path)
        network.send([b"x"] * 10)
        outcome = running.outcome().succeeded()
        expect(outcome.counts[0], count, "captured")
        expect(len(outcome.lines), count, "lines")
        expect(file_packets(path), count, "packets in the file")


def test_a_reader_that_goes_away():
    network = Network()
    reader = subprocess.Popen(["head", "-3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    running = capture(network.near, "-i", "v0", "--no-owners", output=reader.stdin)
    reader.stdin.close()
    network.send([b"x"] * 3)
    expect(reader.stdout.read().count(b"\n"), 3, "lines")
    reader.stdout.close()
    reader.wait()
    network.send([b"x"])
    outcome = running.outcome().succeeded()
    expect(len(outcome.error_lines), 2, f"the usual two lines: {outcome!r}")


def test_a_reader_of_the_capture_that_goes_away():
    network = Network()
    reader = subprocess.Popen(["head", "-c", "24"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    running = capture(network.near, "-i", "v0", "-q", "-w", "-", output=reader.stdin)
    reader.stdin.close()
    reader.wait()
    network.send([b"x"])
    outcome = running.outcome().succeeded()
    expect(len(outcome.error_lines), 2, f"the usual two lines: {outcome!r}")


def test_standard_output_closed_from_the_start():
    network = Network()
    running = capture(network.near, "-i", "v0", before=lambda: os.close(1))
    network.send([b"x"])
    running.outcome().failed_with(74, "standard output")
    # What is written then goes to the file, and to nothing else that happens to have the number 1.
    path = folder() / "written.pcap"
    running = capture(network.near, "-i", "v0", "-q", "-w", path, before=lambda: os.close(1))
    network.send([b"x"])
    expect(running.stop().succeeded().counts, (1, 1, 0), "counts")
    expect(file_packets(path), 1, "packets in the file")


def test_a_capture_file_on_a_full_disk():
    network = Network()
    path = small_disk() / "written.pcap"
    running = capture(network.near, "-i", "v0", "-q", "-w", path)
    for _ in range(20):
        if running.process.poll() is not None:
            break
        network.send([b"x" * 1000] * 10)
    outcome = running.outcome().failed_with(74, str(path), "No space left on device")
    captured, received, dropped = outcome.counts
    written = file_packets(path)
    assert 40 <= written <= captured, f"{written} in the file, {captured} captured"
    assert str(written) in outcome.errors, f"{written} packets in the file: {outcome!r}"


def test_a_capture_file_on_a_disk_that_is_full_before():
    network = Network()
    disk = small_disk()
    with open(disk / "filler", "wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
    outcome = run("capture", "-i", "v0", "-w", disk / "written.pcap", namespace=network.near)
    outcome.failed_with(74, "written.pcap", "No space left on device")


def test_standard_output_on_a_full_disk():
    network = Network()
    for options in ([], ["--json"], ["-v"]):
        path = small_disk() / "text"
        with open(path, "wb") as file:
            running = capture(network.near, "-i", "v0", *options, output=file)
        for _ in range(200):
            if running.process.poll() is not None:
                break
            network.send([b"x" * 1000] * 20)
        running.outcome().failed_with(74, "standard output", "No space left on device")
        text = path.read_bytes()
        assert len(text) > 50000 and text.endswith(b"\n"), f"{len(text)} octets, ends with {text[-30:]!r}"


def test_standard_output_that_is_always_full():
    network = Network()
    with open("/dev/full", "wb") as file:
        running = capture(network.near, "-i", "v0", output=file)
    network.send([b"x"])
    running.outcome().failed_with(74, "standard output", "No space left on device")


def test_capture_to_a_full_standard_output():
    network = Network()
    with open("/dev/full", "wb") as file:
        outcome = run("capture", "-i", "v0", "-q", "-w", "-", namespace=network.near, output=file)
    outcome.failed_with(74, "standard output", "No space left on device")


def test_a_file_that_is_a_terminal_or_a_directory():
    network = Network()
    outcome = run("capture", "-i", "v0", "-w", folder(), namespace=network.near)
    assert outcome.status in (66, 73, 74, 77), repr(outcome)
    expect(len(outcome.error_lines), 1, repr(outcome))
    outcome = run("capture", "-i", "v0", "-w", "/no/such/folder/x.pcap", namespace=network.near)
    assert outcome.status in (66, 73, 74), repr(outcome)
    assert "/no/such/folder/x.pcap: No such file or directory" in outcome.errors, repr(outcome)


def test_a_file_size_limit():
    import resource

    network = Network()
    path = folder() / "written.pcap"
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
    running = Program("capture", "-i", "v0", "-q", "-w", path, namespace=network.near, before=limit).listening()
    for _ in range(10):
        if running.process.poll() is not None:
            break
        network.send([b"x" * 1000] * 10)
    running.outcome().failed_with(74, str(path), "File too large")
    assert file_packets(path) >= 15
