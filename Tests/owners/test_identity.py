"""What is told of a process, and names that mean harm."""

import json
import os
import pwd
import time

from actors import Actor
from network import Network
from play import FAR, LOOPBACK, Echo, connect, packets_of, watch
from support import capture, expect
from test_spaces import loopback
from truth import Said, conversation, owner_of

PORT = 7006
HOSTILE = "\x1b[31m\nred\r\t\x07"


def hello(client, server, to):
    local = connect(client, "s", to)
    server.accept()
    client.do("s.sendall(b'hello')")
    server.turn("held[-1:]")
    client.do("s.recv(100)")
    return local


def pid_of(packet, key):
    return packet.get(key, {}).get("pid")


def started(pid):
    """When a process was started, in seconds since 1970."""
    with open(f"/proc/{pid}/stat") as file:
        ticks = int(file.read().rpartition(")")[2].split()[19])
    since_boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time() - since_boot + ticks / os.sysconf("SC_CLK_TCK")


def test_the_whole_identity():
    network = Network()
    far, actor = Echo("far", network.far, PORT), Actor("identity", network.near)
    actor.do("os.setgid(65534); os.setuid(65534)")
    running = watch(network.near, "v0")
    hello(actor, far, (FAR, PORT))
    inode = actor.do("inode(s)")
    with open(f"/proc/{actor.pid}/cmdline") as file:
        arguments = file.read().split("\0")[:-1]
    with open(f"/proc/{actor.pid}/cgroup") as file:
        groups = {line.rstrip("\n").split(":", 2)[2] for line in file}
    packets = packets_of(running)
    assert len(packets) >= 6, packets
    for packet in packets:
        process = packet.get("process", {})
        expect(
            {key: process.get(key) for key in ("pid", "name", "exe", "cmdline", "ppid", "uid", "user", "netns")},
            {
                "pid": actor.pid, "name": "identity", "exe": os.readlink(f"/proc/{actor.pid}/exe"), "cmdline": arguments,
                "ppid": os.getpid(), "uid": 65534, "user": pwd.getpwuid(65534).pw_name,
                "netns": os.stat(f"/proc/{actor.pid}/ns/net").st_ino,
            },
            "process",
        )  # fmt: skip
        # One of each hierarchy, where there are several.
        assert process.get("cgroup") in groups, f"control group {process.get('cgroup')!r} is none of {groups}"
        # The kernel counts the start in hundredths of a second since boot.
        assert abs(float(process["start_time"]) - started(actor.pid)) < 1.5, (process["start_time"], started(actor.pid))
        expect((packet["socket"]["inode"], packet["socket"]["type"]), (inode, "stream"), "socket")
        assert packet["socket"]["cookie"] > 0, packet["socket"]
        assert packet["attribution"] in ("exact", "cached"), packet["attribution"]
        assert "unattributed" not in packet and "process_candidates" not in packet, packet


def test_types_of_sockets():
    network = Network()
    far, actor = Echo("far", network.far, PORT), Actor("types", network.near)
    running = watch(network.near, "v0", "udp")
    connect(actor, "d", (FAR, PORT), kind="SOCK_DGRAM")
    actor.do("d.send(b'one')")
    far.datagrams(1)
    actor.do("d.recv(100)")
    wanted = {"inode": actor.do("inode(d)"), "type": "dgram"}
    for packet in packets_of(running):
        expect({key: packet["socket"][key] for key in wanted}, wanted, "socket")


def hostile_run(*options):
    namespace = loopback()
    server = Echo("server", namespace, PORT, LOOPBACK)
    # Its arguments hold the name too.
    client = Actor(HOSTILE, namespace)
    running = capture(namespace, "-i", "lo", *options)
    hello(client, server, (LOOPBACK, PORT))
    return client, server, running


def test_hostile_names_in_lines():
    for options in ((), ("-v",), ("--color", "never")):
        _, server, running = hostile_run(*options)
        outcome = running.stop().succeeded()
        # Whoever reads the summary has a terminal too.
        for what, octets in (("output", outcome.output), ("errors", outcome.errors.encode())):
            found = {octet for octet in octets if octet < 32 or octet == 127} - {10}
            expect(found, set(), f"control characters in the {what} with {options}")
        assert "red" in outcome.output.decode(), outcome
    _, server, running = hostile_run()
    lines = running.stop().succeeded().lines
    assert len(lines) >= 6 and all("In  127.0.0.1" in line for line in lines), lines
    for line in lines:
        owner = owner_of(line)
        assert owner and str(server) in owner and "\\x1b" in owner, line


def test_hostile_names_in_json():
    client, _, running = hostile_run("--json")
    packets = packets_of(running)
    ends = [packet[key] for packet in packets for key in ("process", "peer_process") if pid_of(packet, key) == client.pid]
    assert len(ends) >= 6, ends
    for process in ends:
        expect(process["name"], HOSTILE[:15], "name")
        expect(process["cmdline"][-1], HOSTILE, "arguments")


def test_names_that_are_no_utf8():
    namespace = loopback()
    server, client = Echo("server", namespace, PORT, LOOPBACK), Actor("plain", namespace)
    client.do("ctypes.CDLL(None).prctl(15, bytes([0xff, 0xfe, 0x1b, 0x5b, 0xc3, 0x28]), 0, 0, 0)")
    running = watch(namespace, "lo")
    hello(client, server, (LOOPBACK, PORT))
    # That it can be read as UTF-8 and as JSON at all is what is asked.
    ends = [(packet, key) for packet in packets_of(running) for key in ("process", "peer_process")]
    expect({packet[key]["name"] for packet, key in ends if pid_of(packet, key) == client.pid}, {"\ufffd\ufffd\x1b[\ufffd("}, "names")


def test_a_name_cannot_pose_as_another_owner():
    namespace = loopback()
    server, client = Echo("server", namespace, PORT, LOOPBACK), Actor("a[1] > b[2]  c", namespace)
    running = watch(namespace, "lo")
    hello(client, server, (LOOPBACK, PORT))
    packets = packets_of(running)
    for packet in packets:
        if conversation(packet)[1][1] != PORT:
            expect((Said(packet).pid, Said(packet, "peer_").pid), (client.pid, server.pid), json.dumps(packet))
