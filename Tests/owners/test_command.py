"""`sockeye capture -- COMMAND`: a command's packets, and those of what it starts."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

from network import Network
from play import FAR, NEAR
from support import Program, at_end, expect, folder, run, wait_until
from talker import Talker, program
from truth import Truth, conversation, judge

PORT = 7008
# How its packets are shown, and apart from what the command says.
SAID = "said"


class Command:
    """A capture of a command in near, while a stranger speaks with the same server."""

    def __init__(self, script, *options, environment=None):
        self.network, self.truth, self.folder = Network(), Truth(), folder()
        self.folder.chmod(0o777)
        Talker(self.network.far, "prefork", PORT, 4, -1).ready()
        stranger = Talker(self.network.near, "spawn", 100, 2, FAR, PORT, 20)
        # Where the invoking user may run it.
        talker = shutil.copy(program(), self.folder / "talker")
        path = self.folder / "packets.pcapng"
        self.program = Program(
            "capture", "-i", "v0", "-q", "-w", path, "--redact", "none", *options,
            "--", "sh", "-c", script, "sh", talker, self.folder / SAID,
            namespace=self.network.near, environment=environment,
        )  # fmt: skip
        self.outcome = self.program.outcome()
        stranger.succeeds()
        self.strangers = stranger.lines()
        self.packets = run("read", "--json", path).succeeded().packets

    def judged(self, label, packets, count):
        """The lines that the command's processes wrote are right, and no packet is there that is not theirs."""
        lines = (self.folder / SAID).read_text()
        expect(self.truth.read(lines), count, "the programs' own lines")
        ours = {int(line.split()[3]) for line in lines.splitlines() if line.startswith("own")}
        theirs = {int(line.split()[3]) for line in self.strangers.splitlines()}
        assert theirs and not theirs & ours, (theirs, ours)
        found = {end[1] for packet in self.packets for end in conversation(packet)[1:] if end[0] == NEAR}
        expect(found - ours, set(), f"{label}: ports that are not the command's")
        return judge(label, self.packets, self.truth, {NEAR}).hold(packets=packets)


def test_only_its_packets():
    done = Command(f'sleep 0.1; exec "$1" client {FAR} {PORT} 50 >> "$2"')
    expect(done.outcome.status, 0, repr(done.outcome))
    tally = done.judged("-- COMMAND", 7, 1)
    (pid,) = tally.pids
    # What each process did is summed up at the end.
    found = [line for line in done.outcome.error_lines if f"talker[{pid}]" in line]
    expect(len(found), 1, f"lines about talker[{pid}] in {done.outcome.errors}")
    numbers = [int(number.replace(",", "")) for number in re.findall(r"\b\d[\d,]*", found[0].replace(f"[{pid}]", ""))]
    assert len(done.packets) in numbers, f"{len(done.packets)} packets are not in {found[0]!r}"


def test_its_descendants():
    # A child, a process in a session of its own whose parent ends at once, and forty short ones.
    script = f"""
sleep 0.1
"$1" client {FAR} {PORT} 50 >> "$2"
(setsid "$1" client {FAR} {PORT} 50 >> "$2" &)
"$1" spawn 40 4 {FAR} {PORT} 10 >> "$2"
sleep 0.3
"""
    done = Command(script)
    expect(done.outcome.status, 0, repr(done.outcome))
    lines = (done.folder / SAID).read_text()
    expect(done.truth.read(lines), 42, "the programs' own lines")
    tally = judge("-- COMMAND and 42 descendants", done.packets, done.truth, {NEAR}).hold(packets=42 * 6)
    assert len(tally.pids) >= 38, f"{len(tally.pids)} of 42 descendants"
    theirs = {int(line.split()[3]) for line in done.strangers.splitlines()}
    found = {end[1] for packet in done.packets for end in conversation(packet)[1:]}
    expect(found & theirs, set(), "a stranger's ports")


def test_exit_status():
    for script, status in (("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 128 + signal.SIGTERM)):
        network = Network()
        outcome = Program("capture", "-i", "v0", "-q", "--", "sh", "-c", script, namespace=network.near).outcome()
        expect(outcome.status, status, f"{script}: {outcome!r}")


def test_no_such_command():
    network = Network()
    outcome = Program("capture", "-i", "v0", "-q", "--", "no-such-command-here", namespace=network.near).outcome()
    assert outcome.status != 0 and "no-such-command-here" in outcome.errors, outcome


def test_its_output_and_input_are_its_own():
    network = Network()
    reading, writing = os.pipe()
    os.write(writing, b"through\n")
    os.close(writing)
    outcome = Program("capture", "-i", "v0", "-q", "--", "cat", namespace=network.near, input=reading).outcome()
    os.close(reading)
    expect((outcome.status, outcome.output), (0, b"through\n"), repr(outcome))


def test_as_the_invoking_user():
    """Under sudo the command is the invoking user's: user, group and no other group, and no capability is left."""
    network = Network()
    sudo = {"SUDO_UID": "65534", "SUDO_GID": "65534", "SUDO_USER": "nobody"}
    script = "id -u; id -ru; id -g; id -G; grep ^CapEff /proc/self/status"
    outcome = Program(
        "capture", "-i", "v0", "-q", "--", "sh", "-c", script, namespace=network.near, environment=sudo
    ).outcome()
    expect(outcome.status, 0, repr(outcome))
    expect(outcome.lines, ["65534", "65534", "65534", "65534", "CapEff:\t0000000000000000"], "who the command is")


def test_as_root_without_sudo():
    network = Network()
    outcome = Program("capture", "-i", "v0", "-q", "--", "id", "-u", namespace=network.near).outcome()
    expect((outcome.status, outcome.lines), (0, ["0"]), repr(outcome))


def test_packets_of_the_invoking_user():
    """The processes of another user than the one who captures."""
    sudo = {"SUDO_UID": "65534", "SUDO_GID": "65534", "SUDO_USER": "nobody"}
    done = Command(f'sleep 0.1; exec "$1" client {FAR} {PORT} 50 >> "$2"', environment=sudo)
    expect(done.outcome.status, 0, repr(done.outcome))
    done.judged("-- COMMAND as the invoking user", 7, 1)
    for packet in done.packets:
        expect(packet["process"]["uid"], 65534, "user")


def processes_with(argument):
    """The processes that have this among their arguments."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if argument.encode() in path.read_bytes().split(b"\0")[1:2]:
                found.append(int(path.parent.name))
        except OSError:
            pass  # it has ended
    return found


def test_an_interrupt_ends_both():
    network = Network()
    # A number that no other program has as its first argument.
    long = f"1000.{os.getpid()}"
    running = Program("capture", "-i", "v0", "-q", "--", "sleep", long, namespace=network.near)
    wait_until(lambda: processes_with(long), "the command")
    outcome = running.stop(signal.SIGTERM)
    assert "packets captured" in outcome.errors, outcome
    wait_until(lambda: not processes_with(long), "the command to end too")


def test_a_command_that_ends_with_its_first_packet():
    """ping asks once, has its answer and is gone: its socket is seen before it asks, mostly; and never is it another's."""
    network, named = Network(), 0
    stranger = subprocess.Popen(
        ["ping", "-q", "-i", "0.05", FAR], stdout=subprocess.DEVNULL, preexec_fn=network.near.enter,
    )  # fmt: skip
    at_end(stranger.kill)
    for _ in range(10):
        outcome = Program(
            "capture", "-i", "v0", "--json", "--", "ping", "-q", "-c", "1", FAR, namespace=network.near
        ).outcome().succeeded()
        packets = [json.loads(line) for line in outcome.output.splitlines() if line.startswith(b"{")]
        pids = {packet["process"]["pid"] for packet in packets}
        assert stranger.pid not in pids and len(pids) <= 1 and len(packets) <= 2, packets
        named += len(packets) == 2
    print(f"pings that end at once: {named} of 10 named", flush=True)
    assert named >= 2, f"{named} of 10 pings were named"
