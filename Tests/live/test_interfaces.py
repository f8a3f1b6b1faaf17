"""Interfaces that come, go, and are not there; and users who may not capture."""

import os
import pathlib
import shutil
import subprocess

import support
from network import FAR_MAC, Network
from support import Program, capture, expect, folder, run


def up_again(network):
    network.near.ip("link", "set", "v0", "up")
    network.near.ip("neigh", "replace", "10.77.0.2", "lladdr", FAR_MAC, "dev", "v0")


def test_an_interface_that_goes_down_is_waited_for():
    network = Network()
    path = folder() / "written.pcap"
    running = capture(network.near, "-i", "v0", "-w", path)
    network.send([b"before"] * 3)
    for times in range(1, 4):
        network.near.ip("link", "set", "v0", "down")
        running.says("v0 is down: waiting until it is up again", times)
        up_again(network)
        running.says("v0 is up again", times)
        network.send([b"after"] * 3)
    outcome = running.stop().succeeded()
    expect(outcome.counts, (12, 12, 0), "counts")
    expect(outcome.errors.count("v0 is up again"), 3, outcome.errors)


def test_an_interface_that_is_down_at_the_start():
    network = Network()
    network.near.ip("link", "set", "v0", "down")
    running = capture(network.near, "-i", "v0")
    running.says("v0 is down: waiting until it is up again")
    up_again(network)
    running.says("v0 is up again")
    network.send([b"after"] * 3)
    expect(running.stop().succeeded().counts, (3, 3, 0), "counts")


def test_the_other_end_goes_down():
    # Then the interface has no carrier, but is up: nothing to say.
    network = Network()
    running = capture(network.near, "-i", "v0")
    network.far.ip("link", "set", "v1", "down")
    network.far.ip("link", "set", "v1", "up")
    network.far.ip("neigh", "replace", "10.77.0.1", "lladdr", "02:00:00:00:00:01", "dev", "v1")
    network.send([b"after"] * 3)
    outcome = running.stop().succeeded()
    expect(outcome.counts, (3, 3, 0), "counts")


def test_a_deleted_interface_ends_its_capture():
    network = Network()
    path = folder() / "written.pcap"
    running = capture(network.near, "-i", "v0", "-w", path)
    network.send([b"before"] * 5)
    network.near.ip("link", "del", "v0")
    outcome = running.outcome()
    assert "v0 is gone: its capture has ended" in outcome.errors, repr(outcome)
    expect(outcome.succeeded().counts, (5, 5, 0), "counts")
    expect(len(run("read", path).succeeded().lines), 5, "packets in the file")


def test_one_deleted_of_two():
    network = Network()
    running = capture(network.near, "-i", "v0", "-i", "lo")
    network.send([b"before"] * 5)
    network.near.ip("link", "del", "v0")
    running.says("v0 is gone: its capture has ended")
    receiver, sender = network.udp(port=48000), network.udp()
    sender.sendto(b"still here", ("127.0.0.1", 48000))
    receiver.recv(100)
    running.shows(6)
    outcome = running.stop().succeeded()
    expect(outcome.counts, (6, 6, 0), "counts")
    assert " is down" not in outcome.errors, outcome.errors


def test_every_interface_that_is_up():
    network = Network()
    for arguments in ([], ["-i", "any"]):
        running = capture(network.near, *arguments)
        first = running.errors().splitlines()[0]
        assert first.startswith("listening on ") and first.endswith("Control-C stops"), first
        for part in ("lo (EN10MB, snap length 262144)", "v0 (EN10MB, snap length 262144)"):
            assert part in first, first
        running.stop().succeeded()
    network.near.ip("link", "set", "lo", "down")
    running = capture(network.near)
    assert "lo (" not in running.errors(), running.errors()
    running.stop().succeeded()


def test_an_unknown_interface():
    network = Network()
    outcome = run("capture", "-i", "vo", namespace=network.near)
    outcome.failed_with(66, "no such interface: vo", "did you mean")
    run("capture", "-i", "v1", namespace=network.near).failed_with(66, "v1", "did you mean 'v0'?")
    run("capture", "-i", "v0", "-i", "x" * 40, namespace=network.near).failed_with(66, "no such interface")
    hostile = run("capture", "-i", "\x1b[31mred\n", namespace=network.near).failed_with(66)
    assert "\x1b" not in hostile.errors, repr(hostile.errors)


def test_no_interface_is_up():
    network = Network()
    for link in ("lo", "v0"):
        network.near.ip("link", "set", link, "down")
    run("capture", namespace=network.near).failed_with(66, "no interface is up")


def test_a_filter_with_a_syntax_error():
    network = Network()
    for expression in ("tcp prt 80", "host", "port 80 and", "ip6 host 10.0.0.1", "(tcp"):
        path = folder() / "written.pcap"
        outcome = run("capture", "-i", "v0", "-w", path, expression, namespace=network.near)
        outcome.failed_with(64, "filter")
        assert not path.exists(), "a file was made before the filter was understood"


def unprivileged_copy():
    copy = folder() / "sockeye"
    shutil.copy(support.SOCKEYE, copy)
    copy.chmod(0o755)
    return copy


NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]


def test_without_the_capability():
    network = Network()
    program = unprivileged_copy()
    path = folder() / "written.pcap"
    done = subprocess.run(
        [*NOBODY, program, "capture", "-i", "v0", "-w", path], preexec_fn=network.near.enter, capture_output=True, text=True
    )
    expect((done.returncode, done.stdout), (77, ""), done.stderr)
    for words in ("CAP_NET_RAW", "sudo sockeye", "make setcap"):
        assert words in done.stderr, done.stderr
    expect(done.stderr.count("\n"), 1, done.stderr)
    assert not path.exists()


def test_with_file_capabilities():
    network = Network()
    program = unprivileged_copy()
    done = subprocess.run(["setcap", "cap_net_raw,cap_net_admin=ep", program], capture_output=True, text=True)
    if done.returncode != 0:
        raise support.Skipped(f"no file capabilities on this file system: {done.stderr.strip()}")
    if "libswift" in subprocess.run(["ldd", program], capture_output=True, text=True).stdout:
        raise support.Skipped("this build loads Swift's library by a path, which file capabilities forbid")
    user = NOBODY[:4]
    before, support.SOCKEYE = support.SOCKEYE, str(program)
    try:
        running = capture(network.near, "-i", "v0", prefix=user)
    finally:
        support.SOCKEYE = before
    network.send([b"by nobody"] * 3)
    expect(running.stop().succeeded().counts, (3, 3, 0), "counts")


def test_a_file_that_may_not_be_written():
    network = Network()
    path = folder() / "written.pcap"
    path.write_bytes(b"keep this")
    os.chmod(path, 0o644)
    program = unprivileged_copy()
    # With the right to capture, but not to write there.
    arguments = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+net_raw,+net_admin"]
    arguments += ["--ambient-caps=-all,+net_raw,+net_admin"]
    before, support.SOCKEYE = support.SOCKEYE, str(program)
    try:
        outcome = Program("capture", "-i", "v0", "-w", path, namespace=network.near, prefix=arguments).outcome()
    finally:
        support.SOCKEYE = before
    outcome.failed_with(77, str(path), "Permission denied")
    expect(pathlib.Path(path).read_bytes(), b"keep this", "the file")
