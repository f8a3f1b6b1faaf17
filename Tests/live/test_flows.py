"""Flows of live traffic: as objects, as a table that is kept up to date on a terminal, and at the end."""

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import termios
import threading
import time

from network import Network, frame, udp_packet
from support import Program, expect, wait_until

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


def flows(network, *arguments, **options):
    return Program("flows", "-i", "v0", *arguments, namespace=network.near, **options).listening()


def total(directions):
    return directions["forward"] + directions["reverse"]


def exchange(network, port, octets, answer, pause=0.0):
    """One TCP connection from far to near: a request, an answer, and, after a pause, its end.

    Returns the inode of the near end's socket.
    """
    server = network.near.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("10.77.0.1", port))
    server.listen()

    inodes = []

    def serve():
        connection, _ = server.accept()
        inodes.append(os.fstat(connection.fileno()).st_ino)
        with connection:
            taken = 0
            while taken < octets:
                taken += len(connection.recv(65536))
            connection.sendall(b"a" * answer)
            expect(connection.recv(1), b"", "the end")

    thread = threading.Thread(target=serve)
    thread.start()
    client = network.far.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.connect(("10.77.0.1", port))
    client.sendall(b"q" * octets)
    taken = 0
    while taken < answer:
        taken += len(client.recv(65536))
    time.sleep(pause)
    client.close()
    thread.join()
    server.close()
    return inodes[0]


def updates_of(running, port):
    objects = [json.loads(line) for line in running.output().splitlines()]
    return [found for found in objects if found["event"] == "update" and found["dst"].get("port") == port]


def test_objects_count_what_was_sent():
    network = Network()
    running = flows(network, "--json", "--interval", "0.1")
    for count in (10, 20, 30):
        network.send([b"x" * 100] * count)
        time.sleep(0.15)
    exchange(network, 48100, 20_000, 30_000)
    wait_until(lambda: sum(total(found["interval"]["packets"]) for found in updates_of(running, 48000)) == 60, "all updates")
    wait_until(lambda: [found for found in updates_of(running, 48100) if found["state"] == "closed"], "the closed connection")
    outcome = running.stop().succeeded()
    updates = updates_of(running, 48000)
    assert len(updates) >= 3, updates
    expect(sum(total(found["interval"]["bytes"]) for found in updates), 60 * 142, "octets of all intervals")
    # Each update has what has come so far.
    so_far = 0
    for found in updates:
        so_far += found["interval"]["packets"]["forward"]
        expect(found["packets"]["forward"], so_far, "packets so far")
        assert found["interval"]["seconds"] > 0, found
    ends = {found["dst"].get("port"): found for found in outcome.packets if found["event"] == "end"}
    expect(ends[48000]["packets"], {"forward": 60, "reverse": 0}, "datagrams")
    expect(ends[48000]["bytes"], {"forward": 60 * 142, "reverse": 0}, "their octets")
    expect(ends[48000]["payload_bytes"], {"forward": 6000, "reverse": 0}, "their payload")
    expect(ends[48100]["payload_bytes"], {"forward": 20_000, "reverse": 30_000}, "the stream")
    expect((ends[48100]["state"], ends[48100]["ended"]), ("closed", "fin"), "the connection")
    captured, received, dropped = outcome.counts
    expect((received, dropped), (captured, 0), "counts")
    everything = [found for found in outcome.packets if found["event"] == "end"]
    expect(sum(total(found["packets"]) for found in everything), captured, "packets of all flows")


def test_an_idle_flow_ends_though_no_packet_comes():
    network = Network()
    running = flows(network, "--json", "--interval", "0.1", "--udp-timeout", "0.3")
    network.send([b"x"])
    wait_until(lambda: b'"event":"end"' in running.output(), "its end")
    found = json.loads(running.output().splitlines()[-1])
    expect((found["event"], found["ended"], found["packets"]["forward"]), ("end", "timeout", 1), "the flow")
    expect(running.stop().succeeded().counts[0], 1, "packets")


def test_a_closed_connection_ends_after_some_seconds():
    network = Network()
    running = flows(network, "--json", "--interval", "0.2")
    exchange(network, 48100, 10, 10)
    closed = time.monotonic()
    wait_until(lambda: b'"event":"end"' in running.output(), "its end")
    assert 3 < time.monotonic() - closed < 12, time.monotonic() - closed
    expect(json.loads(running.output().splitlines()[-1])["ended"], "fin", "how")
    running.stop().succeeded()


def test_only_the_table_of_the_end_goes_into_a_file():
    network = Network()
    running = flows(network, "--interval", "0.1")
    network.send([b"x" * 8] * 5)
    time.sleep(0.5)
    expect(running.output(), b"", "before the end")
    outcome = running.stop().succeeded()
    # Whose it is may be found, though the socket lives for a millisecond only.
    wanted = rf"udp +10\.77\.0\.2:48001 +10\.77\.0\.1:48000 +(> python3\[{os.getpid()}\] +)?one way +5/0 +250/0"
    assert re.search(wanted, outcome.output.decode()), outcome.output
    assert outcome.lines[-1] == "1 flow, 5 packets, 250 octets", outcome.lines


def test_it_ends_after_packets_or_seconds():
    network = Network()
    running = flows(network, "-c", "3", "--json")
    network.send([b"x"] * 3)
    outcome = running.outcome().succeeded()
    expect([found["packets"]["forward"] for found in outcome.packets if found["event"] == "end"], [3], "packets")
    start = time.monotonic()
    running = flows(network, "--duration", "0.5", "-q")
    outcome = running.outcome().succeeded()
    assert 0.4 < time.monotonic() - start < 5, time.monotonic() - start
    expect(outcome.lines, ["0 flows, 0 packets, 0 octets"], "totals")


def test_groups_tell_of_each_interval():
    network = Network()
    running = flows(network, "--by", "host", "--json", "--interval", "0.1")
    network.send([b"x" * 8] * 7)
    wait_until(lambda: running.output().count(b"\n") >= 2, "two hosts")
    objects = running.stop().succeeded().packets
    updates = [found for found in objects if found["event"] == "update" and found["host"] == "10.77.0.2"]
    expect(sum(found["interval"]["packets"]["sent"] for found in updates), 7, "sent")
    ends = {found["host"]: found for found in objects if found["event"] == "end"}
    expect(ends["10.77.0.1"]["packets"], {"sent": 0, "received": 7}, "the receiver")


def test_flows_have_their_owners():
    """This process holds the sockets of both sides; the capture sees those of the near one."""
    network = Network()
    running = flows(network, "--json")
    inode = exchange(network, 48100, 2000, 3000, pause=0.3)
    outcome = running.stop().succeeded()
    found = next(found for found in outcome.packets if found["event"] == "end" and found["dst"].get("port") == 48100)
    expect((found["process"]["pid"], found["process_end"]), (os.getpid(), "dst"), "the server")
    expect((found["attribution"], found["socket"]["inode"], found["socket"]["type"]), ("exact", inode, "stream"), "its socket")
    assert found["socket"]["cookie"] > 0, found
    assert not {"peer_process", "peer_attribution", "peer_socket"} & set(found), found
    assert "owners found by" in outcome.errors, outcome.errors
    # A flow is chosen as a whole, by whichever packet told of its owner.
    running = flows(network, "--pid", os.getpid(), "--json", "--by", "process")
    exchange(network, 48101, 2000, 3000, pause=0.3)
    network.send_frames([frame(udp_packet(b"nobody's", destination=9))])
    outcome = running.stop().succeeded()
    ends = [found for found in outcome.packets if found["event"] == "end"]
    expect([(found["process"]["pid"], found["flows"]) for found in ends], [(os.getpid(), 1)], "groups")
    assert ends[0]["bytes"]["sent"] > 3000 and ends[0]["bytes"]["received"] > 2000, ends
    running = flows(network, "--no-owners", "--json")
    exchange(network, 48102, 10, 10)
    outcome = running.stop().succeeded()
    assert "owners found by" not in outcome.errors, outcome.errors
    assert outcome.packets and not {"attribution", "socket"} & set().union(*outcome.packets), outcome.packets


def test_both_ends_on_one_machine_have_their_sockets():
    network = Network()
    running = Program("flows", "-i", "lo", "--json", namespace=network.near).listening()
    server = network.near.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", 48103))
    server.listen()
    client = network.near.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.connect(("127.0.0.1", 48103))
    accepted, _ = server.accept()
    client.sendall(b"q")
    expect(accepted.recv(1), b"q", "the question")
    inodes = [os.fstat(end.fileno()).st_ino for end in (client, accepted)]
    time.sleep(0.3)
    accepted.sendall(b"a")
    expect(client.recv(1), b"a", "the answer")
    nobody = network.near.socket(socket.AF_INET, socket.SOCK_DGRAM)
    nobody.bind(("127.0.0.1", 48104))
    nobody.sendto(b"x", ("127.0.0.1", 48105))
    time.sleep(0.3)
    for end in (client, accepted, server, nobody):
        end.close()
    ends = [found for found in running.stop().succeeded().packets if found["event"] == "end"]
    found = next(found for found in ends if found["dst"].get("port") == 48103)
    expect((found["attribution"], found["peer_attribution"]), ("exact", "exact"), "how they were found")
    expect([found["socket"]["inode"], found["peer_socket"]["inode"]], inodes, "the sockets")
    found = next(found for found in ends if found["dst"].get("port") == 48105)
    expect((found["attribution"], found["socket"]["type"]), ("port", "dgram"), "the sender")
    assert "no socket" in found["peer_unattributed"], found


def test_what_the_kernel_dropped_is_counted():
    network = Network()
    running = flows(network, "-B", "2", "--json", "--interval", "0.2")
    running.process.send_signal(signal.SIGSTOP)
    sent = 4000
    # Somebody listens, so that the kernel answers nothing.
    network.udp(port=48000)
    network.send_frames(frame(udp_packet(b"x" * 1400, source=1000 + count % 50)) for count in range(sent))
    running.process.send_signal(signal.SIGCONT)
    outcome = running.stop().succeeded()
    captured, received, dropped = outcome.counts
    assert dropped > 0, repr(outcome)
    expect((captured + dropped, received), (sent, sent), "counts")
    ends = [found for found in outcome.packets if found["event"] == "end"]
    expect(sum(total(found["packets"]) for found in ends), captured, "packets of all flows")


def lines_of(painting):
    # The terminal makes CR LF of each LF.
    lines = re.sub(r"\x1b\[\d*m", "", painting.decode()).replace("\r", "").split("\n")
    return [line.replace("\x1b[K", "") for line in lines]


class Screen:
    """The program on a terminal of its own, which controls it."""

    def __init__(self, network, *arguments, rows=24, columns=100, environment=None):
        self.leader, follower = pty.openpty()
        os.set_blocking(self.leader, False)
        self.resize(rows, columns, None)
        self.before = termios.tcgetattr(follower)
        self.text = b""
        self.looked = 0

        def take():
            os.setsid()
            fcntl.ioctl(follower, termios.TIOCSCTTY, 0)

        self.running = flows(network, *arguments, output=follower, input=follower, before=take, environment=environment)
        self.follower = follower

    def resize(self, rows, columns, number=signal.SIGWINCH):
        self.rows, self.columns = rows, columns
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        try:
            while True:
                self.text += os.read(self.leader, 65536)
        except (BlockingIOError, OSError):
            pass
        return self.text

    @property
    def paintings(self):
        """The lines of each painting that is whole, in their order, without colors."""
        return [lines_of(whole.split(b"\x1b[H")[-1]) for whole in self.read().split(b"\x1b[J")[:-1]]

    @property
    def painted(self):
        """The lines that were painted last."""
        return self.paintings[-1] if self.paintings else []

    def stop(self, number=signal.SIGINT):
        """Its end, by a signal or a key; what it writes is read meanwhile, or it would wait for that."""
        if number is None:
            os.write(self.leader, b"q")
        else:
            self.running.process.send_signal(number)
        wait_until(lambda: (self.read(), self.running.process.poll())[1] is not None, "its end")
        return self.running.outcome().succeeded()

    def shows(self, pattern):
        """A line like this is painted, in the painting where the last one was found or a later one: a rate may be over before it is looked for."""

        def found():
            later = self.paintings[self.looked :]
            place = next((place for place, lines in enumerate(later) if any(re.search(pattern, line) for line in lines)), None)
            self.looked += place or 0
            return place is not None

        try:
            wait_until(found, pattern)
        except AssertionError as error:
            raise AssertionError(f"{error}, painted last: {self.painted}") from None

    def restored(self):
        """What came behind the screen; the terminal is as it was."""
        self.read()
        expect(self.text.count(ENTER), 1, "screens taken")
        expect(self.text.count(LEAVE), 1, "screens given back")
        screen, behind = self.text.split(LEAVE)
        assert b"\x1b[?25h" in screen and b"\x1b[?7h" in screen, "no cursor, or no long lines"
        expect(termios.tcgetattr(self.follower), self.before, "the terminal's modes")
        os.close(self.follower)
        os.close(self.leader)
        return behind.decode()


def test_the_screen_is_kept_up_to_date_and_given_back():
    network = Network()
    # Who receives has its socket for a moment only, and is named where that was long enough.
    owner = r"(?: +> python3\[\d+\])?"
    for ending in (signal.SIGINT, signal.SIGTERM, None):
        screen = Screen(network, "--interval", "0.2")
        screen.shows(r"^sockeye flows on v0 ")
        network.send([b"x" * 58] * 30)
        screen.shows(rf"^[\d.]+[kM]?/0{owner} +udp +10\.77\.0\.2:48001 +10\.77\.0\.1:48000 +3\.00k/0 +one way")
        screen.shows(r"^1 flow, 1 active +30 packets, \d+/s +3\.00k octets, [\d.]+[kM]?/s +0 dropped$")
        # Nothing comes any more.
        screen.shows(rf"^-{owner} +udp +10\.77\.0\.2:48001")
        screen.shows(r"^1 flow, 0 active +30 packets, 0/s")
        outcome = screen.stop(ending)
        expect(outcome.counts, (30, 30, 0), "counts")
        behind = screen.restored()
        assert re.search(r"FLOW +START.*\r\n1 .* 30/0 +3\.00k/0", behind), behind
        assert "1 flow, 30 packets, 3000 octets" in behind, behind


def test_the_screen_fits_every_window():
    network = Network()
    screen = Screen(network, "--interval", "0.1", rows=10, columns=60)
    network.udp(port=48000)
    network.send_frames(frame(udp_packet(b"x", source=port)) for port in range(2000, 2100))
    for rows, columns in ((10, 60), (30, 140), (5, 20), (2, 9), (24, 80)):
        screen.resize(rows, columns)
        marker = len(screen.read())
        wait_until(lambda: len(screen.read()[marker:].split(b"\x1b[J")) > 3, "some paintings")
        lines = screen.painted
        expect(len(lines) <= rows, True, f"rows of {rows}: {lines}")
        expect([line for line in lines if len(line) > columns], [], f"lines of {columns}")
        if rows > 4:
            expect(len([line for line in lines if line.strip()]) >= min(rows - 1, 100), True, f"{rows}: {lines}")
    screen.stop()
    screen.restored()


def test_without_a_terminal_that_can_there_is_no_screen():
    network = Network()
    leader, follower = pty.openpty()
    running = flows(network, "--interval", "0.1", output=follower, environment={"TERM": "dumb"})
    network.send([b"x"])
    time.sleep(0.4)
    running.stop().succeeded()
    text = os.read(leader, 65536)
    assert b"\x1b" not in text and b"1 flow, 1 packet" in text, text
    os.close(follower)
    os.close(leader)
