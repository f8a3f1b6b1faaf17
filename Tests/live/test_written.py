"""What is shown and what is written are the same packets, for tcpdump, for tshark, and for `sockeye read`."""

import os
import pathlib
import socket
import subprocess
import sys

from network import Network, frame, tun, udp_packet
from support import capture, expect, folder, run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import compare
import sockeye_side
import tshark_side

# What a pcap file does not hold.
LIVE_ONLY = {"frame.interface_name", "frame.interface_id", "frame.direction"}


def traffic(network):
    network.udp(port=48000)
    network.send_frames([frame(udp_packet(bytes(number)), tags=[(0x8100, number)]) for number in range(1, 30)])
    network.send([bytes([number]) * number * 40 for number in range(1, 30)], port=48002)
    with network.far:
        subprocess.run(["ping", "-q", "-c", "3", "-i", "0.01", "-s", "0", "10.77.0.1"], check=True, capture_output=True)
    listener = network.near.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("10.77.0.1", 48080))
    listener.listen()
    client = network.far.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.connect(("10.77.0.1", 48080))
    server, _ = listener.accept()
    client.sendall(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")
    expect(len(server.recv(1000)), 37, "request")
    server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    client.recv(1000)


def tshark_rows(path, *fields):
    command = ["tshark", "-n", "-r", path, "-T", "fields"] + [word for field in fields for word in ("-e", field)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def tcpdump_rows(path):
    """Time and length of each packet, as tcpdump reads them."""
    command = ["tcpdump", "--nano", "-tt", "-e", "-n", "-r", path]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if not line.startswith("\t")]
    return [(line.split()[0], line.partition("length ")[2].split(":")[0]) for line in lines]


def agree(shown, path, identical=True):
    """The packets shown live are those in the file, whoever reads it."""
    times = [packet["frame"]["time_epoch"] for packet in shown]
    lengths = [str(packet["frame"]["len"]) for packet in shown]
    captured = [str(packet["frame"]["cap_len"]) for packet in shown]
    expect(tshark_rows(path, "frame.time_epoch", "frame.len", "frame.cap_len"), list(zip(times, lengths, captured)), "tshark")
    rows = tcpdump_rows(path)
    expect([time for time, _ in rows], times, "tcpdump's times")
    if identical:
        expect([length for _, length in rows], lengths, "tcpdump's lengths")
    again = run("read", "--json", path).succeeded().packets
    for live, read in zip(shown, again):
        for key in ("interface_name", "interface_id", "direction"):
            live["frame"].pop(key, None)
            read["frame"].pop(key, None)
    # What the kernel knew of the checksums, the file does not hold.
    expect(len(again), len(shown), "sockeye read")
    for live, read in zip(shown, again):
        assert without_status(live) == without_status(read), f"live {live}\nread {read}"


def without_status(value):
    if isinstance(value, dict):
        return {key: without_status(item) for key, item in value.items() if not key.endswith("checksum.status")}
    return [without_status(item) for item in value] if isinstance(value, list) else value


def test_every_reader_sees_the_same():
    network = Network()
    path = folder() / "written.pcap"
    running = capture(network.near, "-i", "v0", "--no-owners", "--json", "-w", path)
    traffic(network)
    outcome = running.stop().succeeded()
    captured, received, dropped = outcome.counts
    expect((captured, dropped), (received, 0), "received = captured + dropped")
    expect(len(outcome.packets), captured, "lines")
    assert captured >= 29 + 29 + 6 + 7, captured
    agree(outcome.packets, path)


def test_every_field_agrees_with_tshark():
    network = Network()
    path = folder() / "written.pcap"
    running = capture(network.near, "-i", "v0", "--no-owners", "--json", "-w", path)
    traffic(network)
    ours = []
    for packet in running.stop().succeeded().packets:
        fields = {}
        sockeye_side.flatten_packet(packet, fields)
        # A checksum that the sender's device was to fill in is no error live, where the kernel says so.
        ours.append({
            name: values for name, values in fields.items()
            if name not in sockeye_side.OWN | LIVE_ONLY and not name.endswith("checksum.status")
        })  # fmt: skip
    result = compare.packets(ours, tshark_side.read(path), tshark_side.field_names(), set())
    assert not result.differences, "\n".join(map(str, result.differences))
    assert result.agreed > 1000, result.agreed


def test_writing_to_standard_output():
    network = Network()
    reader = subprocess.Popen(
        ["tcpdump", "--nano", "-tt", "-e", "-n", "-r", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)  # fmt: skip
    running = capture(network.near, "-i", "v0", "-w", "-", output=reader.stdin)
    reader.stdin.close()
    network.send([b"to tcpdump"] * 10)
    # The text goes to standard error.
    outcome = running.stop().succeeded()
    lines = reader.stdout.read().decode().splitlines()
    reader.stdout.close()
    expect(reader.wait(), 0, "tcpdump")
    expect((len(lines), outcome.counts), (10, (10, 10, 0)), "packets")
    shown = [line for line in outcome.error_lines if " > 10.77.0.1:48000 " in line]
    expect(len(shown), 10, outcome.errors)


def test_different_link_types_in_one_file():
    network = Network()
    device = tun(network.near)
    path = folder() / "mixed.pcap"
    running = capture(network.near, "-i", "v0", "-i", "tun0", "-i", "lo", "--no-owners", "--json", "-w", path)
    network.send([b"ethernet"] * 5)
    sender = network.udp()
    for _ in range(4):
        sender.sendto(b"raw", ("10.78.0.9", 48000))
    receiver = network.udp(port=48005)
    for _ in range(3):
        sender.sendto(b"loop", ("127.0.0.1", 48005))
        receiver.recv(100)

    # And two packets that come in by the tun device.
    for _ in range(2):
        os.write(device, udp_packet(b"came in")[:12] + bytes([10, 78, 0, 9, 10, 78, 0, 1]) + udp_packet(b"came in")[20:])
    outcome = running.stop().succeeded()
    assert "LINUX_SLL2" in outcome.errors, outcome.errors
    packets = outcome.packets
    names = [packet["frame"]["interface_name"] for packet in packets if "udp" in packet and "icmp" not in packet]
    expect({name: names.count(name) for name in names}, {"v0": 5, "tun0": 6, "lo": 3}, "packets by interface")
    agree(packets, path, identical=False)
    kinds = {row[0] for row in tshark_rows(path, "frame.encap_type")}
    expect(len(kinds), 1, "one link type")
    expect({"sll" in packet for packet in packets}, {True}, "cooked headers")


def test_a_raw_interface_alone():
    network = Network()
    tun(network.near)
    path = folder() / "raw.pcap"
    running = capture(network.near, "-i", "tun0", "--no-owners", "--json", "-w", path)
    sender = network.udp()
    for _ in range(4):
        sender.sendto(b"raw", ("10.78.0.9", 48000))
    outcome = running.stop().succeeded()
    expect(outcome.counts, (4, 4, 0), "counts")
    expect({packet["frame"]["protocols"] for packet in outcome.packets}, {"raw:ip:udp:data"}, "protocols")
    agree(outcome.packets, path, identical=False)


def test_several_interfaces_in_the_order_of_time():
    network = Network()
    running = capture(network.near, "--json", "udp")
    assert "lo (" in running.errors() and "v0 (" in running.errors(), running.errors()
    receiver, sender = network.udp(port=48000), network.udp(port=48001)
    for number in range(40):
        network.send([b"far"], port=48003, source=48004)
        sender.sendto(b"near", ("127.0.0.1", 48000))
        receiver.recv(100)
    outcome = running.stop().succeeded()
    expect(outcome.counts, (80, 80, 0), "counts")
    expect([p["frame"]["interface_name"] for p in outcome.packets], ["v0", "lo"] * 40, "in turns")
    times = [packet["frame"]["time_epoch"] for packet in outcome.packets]
    expect(times, sorted(times), "times")


def test_lines_name_interface_and_direction():
    network = Network()
    running = capture(network.near, "icmp")
    with network.far:
        subprocess.run(["ping", "-q", "-c", "1", "10.77.0.1"], check=True, capture_output=True)
    with network.near:
        subprocess.run(["ping", "-q", "-c", "1", "127.0.0.1"], check=True, capture_output=True)
    outcome = running.stop().succeeded()
    heads = [line.split()[1:4] for line in outcome.lines]
    wanted = [["v0", "In", "10.77.0.2"], ["v0", "Out", "10.77.0.1"], ["lo", "In", "127.0.0.1"], ["lo", "In", "127.0.0.1"]]
    expect(heads, wanted, outcome.lines)
