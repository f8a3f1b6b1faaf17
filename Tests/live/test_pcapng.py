"""Live captures to pcapng: interfaces of different link types, directions and counts, and the machine's tables."""

import json
import os
import socket
import subprocess

import support
from network import Network, tun, udp_packet
from support import Program, capture, expect, folder, small_disk


def rows(path, *fields):
    command = ["tshark", "-n", "-r", path, "-T", "fields"] + [word for field in fields for word in ("-e", field)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def sockets(path, *options):
    done = subprocess.run(
        [support.SOCKEYE, "sockets", "--json", *options, path], check=True, capture_output=True, text=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_different_link_types_keep_their_own():
    network = Network()
    device = tun(network.near)
    path = folder() / "mixed.pcapng"
    running = capture(network.near, "-i", "v0", "-i", "tun0", "-i", "lo", "--no-owners", "--json", "-w", path, "udp")
    network.send([b"ethernet"] * 5)
    sender = network.udp()
    receiver = network.udp(port=48005)
    for _ in range(4):
        sender.sendto(b"raw", ("10.78.0.9", 48000))
    for _ in range(3):
        sender.sendto(b"loop", ("127.0.0.1", 48005))
        receiver.recv(100)
    for _ in range(2):
        os.write(device, udp_packet(b"came in")[:12] + bytes([10, 78, 0, 9, 10, 78, 0, 1]) + udp_packet(b"came in")[20:])
    outcome = running.stop().succeeded()
    assert "LINUX_SLL2" not in outcome.errors, outcome.errors
    frames = [packet["frame"] for packet in outcome.packets]
    shown = [(frame["time_epoch"], str(frame["len"]), frame["interface_name"], frame["protocols"]) for frame in frames]
    expect(rows(path, "frame.time_epoch", "frame.len", "frame.interface_name", "frame.protocols"), shown, "tshark")
    directions = {"in": "0x00000001", "out": "0x00000002", None: ""}
    expect(
        [row[0] for row in rows(path, "frame.packet_flags_direction")],
        [directions[frame.get("direction")] for frame in frames],
        "directions",
    )
    told = subprocess.run(["capinfos", path], check=True, capture_output=True, text=True).stdout
    for words in ("Name = v0", "Name = tun0", "Name = lo", "Filter string = udp", "Number of stat entries = 1"):
        assert words in told, told
    again = subprocess.run([support.SOCKEYE, "read", "--json", path], check=True, capture_output=True, text=True)
    expect([json.loads(line) for line in again.stdout.splitlines()], outcome.packets, "sockeye read")


def test_a_pipe_to_tcpdump():
    network = Network()
    reader = subprocess.Popen(
        ["tcpdump", "--nano", "-tt", "-e", "-n", "-r", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)  # fmt: skip
    running = capture(network.near, "-i", "v0", "-q", "--format", "pcapng", "-w", "-", output=reader.stdin)
    reader.stdin.close()
    network.send([b"to tcpdump"] * 10)
    running.stop().succeeded()
    lines = reader.stdout.read().decode().splitlines()
    reader.stdout.close()
    expect((reader.wait(), len(lines)), (0, 10), "tcpdump")


def test_a_full_disk_leaves_whole_packets():
    network = Network()
    path = small_disk() / "full.pcapng"
    running = capture(network.near, "-i", "v0", "-q", "-w", path)
    network.send([bytes(1400)] * 100)
    outcome = running.outcome().failed_with(74, str(path), "No space left on device")
    held = int(outcome.errors.split("it holds ")[1].split()[0])
    expect(len(rows(path, "frame.number")), held, "whole packets")


def test_the_tables_of_then():
    network = Network()
    path = folder() / "tables.pcapng"
    listener = network.near.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 48090))
    listener.listen()
    running = capture(network.near, "-i", "lo", "-q", "-w", path)
    later = network.near.socket(socket.AF_INET, socket.SOCK_STREAM)
    later.bind(("127.0.0.1", 48091))
    later.listen()
    listener.close()
    running.stop().succeeded()
    for moment, port in (("start", 48090), ("end", 48091)):
        found = sockets(path, "--at", moment, "--listening", "--family", "inet")
        expect([one["local"]["port"] for one in found], [port], moment)
        expect([holder["pid"] for holder in found[0]["processes"]], [os.getpid()], "owner")
    later.close()
    # What tells of no process keeps no table either.
    bare = folder() / "bare.pcapng"
    capture(network.near, "-i", "lo", "-q", "-w", bare, "--redact", "all").stop().succeeded()
    Program("sockets", bare).outcome().failed_with(65, "keeps no table")
