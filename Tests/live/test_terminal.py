"""Standard output that is a terminal."""

import os
import pty
import statistics
import time

from network import Network
from support import Program, expect, wait_until


class Terminal:
    def __init__(self, network, *arguments, environment=None):
        self.leader, follower = pty.openpty()
        os.set_blocking(self.leader, False)
        self.running = Program("capture", "-i", "v0", *arguments, namespace=network.near, output=follower, environment=environment)
        os.close(follower)
        self.text = b""
        self.running.listening()

    def read(self):
        try:
            self.text += os.read(self.leader, 65536)
        except (BlockingIOError, OSError):
            pass
        return self.text

    def close(self):
        outcome = self.running.stop()
        self.read()
        os.close(self.leader)
        return outcome.succeeded()


def test_a_line_appears_soon_after_its_packet():
    network = Network()
    terminal = Terminal(network)
    delays = []
    for count in range(1, 11):
        start = time.monotonic()
        network.send([b"one"])
        # Nothing follows that could push it out.
        wait_until(lambda: terminal.read().count(b"\n") >= count, "the line")
        delays.append(time.monotonic() - start)
    terminal.close()
    print(f"live.terminal: a line came {statistics.median(delays) * 1000:.0f} ms (median), at most {max(delays) * 1000:.0f} ms after its packet")


def test_colors_are_for_terminals():
    network = Network()
    cases = [([], {}, True), (["--color", "never"], {}, False), (["--json"], {}, False), ([], {"NO_COLOR": "1"}, False)]
    cases += [([], {"TERM": "dumb"}, False)]
    for arguments, environment, colored in cases:
        terminal = Terminal(network, *arguments, environment=environment)
        network.send([b"x"])
        wait_until(lambda: b"\n" in terminal.read(), "a line")
        terminal.close()
        expect(b"\x1b[" in terminal.text, colored, f"{arguments} {environment}: {terminal.text!r}")


def test_hostile_octets_are_escaped():
    network = Network()
    hostile = b"GET /\x1b]0;owned\x07\x1b[2J HTTP/1.1\r\nHost: \x1b[31m\xc2\x9b31m\r\n\r\n"
    for arguments in ([], ["-v"], ["-x"], ["-v", "-x"], ["--json"]):
        terminal = Terminal(network, "--color", "never", *arguments)
        network.send([hostile, b"\x1b[2J\x9b\x00"], port=48080)
        wait_until(lambda: terminal.read().count(b"48080") >= 2, "two packets")
        terminal.close()
        bad = [octet for octet in terminal.text if (octet < 32 and octet not in b"\r\n") or 0x7F <= octet]
        expect(bad, [], f"{arguments}: {terminal.text!r}")


def test_a_capture_file_is_not_written_to_a_terminal():
    network = Network()
    leader, follower = pty.openpty()
    outcome = Program("capture", "-i", "v0", "-w", "-", namespace=network.near, output=follower).outcome()
    os.close(leader)
    os.close(follower)
    assert outcome.status in (64, 73, 74), repr(outcome)
    assert "terminal" in outcome.errors, repr(outcome)
