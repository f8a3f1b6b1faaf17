"""Known packets are sent, captured, and compared field by field."""

import socket
import struct
import subprocess
import threading

from network import FAR_MAC, FOREIGN_MAC, NEAR_MAC, Network, frame, udp_packet
from support import capture, expect, wait_until


def test_udp_every_field():
    network = Network()
    running = capture(network.near, "-i", "v0", "--json")
    payloads = [bytes([number]) * (number * 37 % 1400 + 1) for number in range(1, 41)]
    network.send(payloads)
    outcome = running.stop().succeeded()
    expect(outcome.counts, (40, 40, 0), "counts")
    for number, (packet, payload) in enumerate(zip(outcome.packets, payloads), start=1):
        length = len(payload)
        meta = packet["frame"]
        for key, wanted in {
            "number": number, "len": length + 42, "cap_len": length + 42, "interface_name": "v0", "direction": "in",
            "protocols": "eth:ethertype:ip:udp:data",
        }.items():  # fmt: skip
            expect(meta.get(key), wanted, f"packet {number}: frame.{key}")
        expect(packet["eth"], {**packet["eth"], "dst": NEAR_MAC, "src": FAR_MAC, "type": "0x0800"}, "eth")
        wanted = {
            "version": 4, "hdr_len": 20, "len": length + 28, "ttl": 64, "proto": 17, "src": "10.77.0.2", "dst": "10.77.0.1"
        }  # fmt: skip
        expect(packet["ip"], {**packet["ip"], **wanted}, "ip")
        wanted = {"srcport": 48001, "dstport": 48000, "length": length + 8}
        expect(packet["udp"], {**packet["udp"], **wanted}, "udp")
        expect(packet["data"].get("len"), length, "data.len")
    times = [packet["frame"]["time_epoch"] for packet in outcome.packets]
    expect(times, sorted(times), "times in order")
    assert all(len(time.partition(".")[2]) == 9 for time in times), "nine digits"


def test_tcp_connection():
    network = Network()
    running = capture(network.near, "-i", "v0", "--json", "tcp")
    listener = network.near.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("10.77.0.1", 48080))
    listener.listen()
    client = network.far.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.bind(("10.77.0.2", 48081))
    client.connect(("10.77.0.1", 48080))
    server, _ = listener.accept()
    client.sendall(b"known octets")
    expect(server.recv(100), b"known octets", "received")
    server.sendall(b"and an answer")
    expect(client.recv(100), b"and an answer", "received")
    client.close()
    expect(server.recv(100), b"", "end")
    server.close()
    # The last acknowledgment is the far side's: then both have closed.
    def closed():
        with network.near:
            listed = subprocess.run(["ss", "-Htan", "sport = :48080"], capture_output=True, text=True).stdout
        return not any("LISTEN" not in line for line in listed.splitlines())

    wait_until(closed, "the connection's end")
    outcome = running.stop().succeeded()
    packets = outcome.packets
    expect(len(packets), outcome.counts[0], "packets shown")
    flags = [packet["tcp"]["flags"] for packet in packets]
    expect(flags[:3], ["0x0002", "0x0012", "0x0010"], "the handshake")
    expect([packet["frame"]["direction"] for packet in packets[:3]], ["in", "out", "in"], "directions")
    first, second = packets[0]["tcp"], packets[1]["tcp"]
    expect((first["srcport"], first["dstport"], first["options"]["mss_val"]), (48081, 48080, 1460), "the first segment")
    expect(second["ack_raw"], (first["seq_raw"] + 1) % 2**32, "the acknowledgment")
    for start, side, text in ((first["seq_raw"], 48081, b"known octets"), (second["seq_raw"], 48080, b"and an answer")):
        found = [packet["tcp"] for packet in packets if packet["tcp"]["srcport"] == side and packet["tcp"]["len"]]
        expect([(tcp["seq_raw"], tcp["len"]) for tcp in found], [((start + 1) % 2**32, len(text))], "data")
    expect(sum(int(flag, 16) & 1 for flag in flags), 2, "FINs")


def test_echo_over_ipv4_and_ipv6():
    network = Network(ipv6=True)
    running = capture(network.near, "-i", "v0", "--json", "icmp or icmp6[0] == 128 or icmp6[0] == 129")
    with network.far:
        subprocess.run(["ping", "-q", "-c", "3", "-i", "0.01", "-s", "100", "10.77.0.1"], check=True, capture_output=True)
        subprocess.run(["ping", "-q", "-c", "3", "-i", "0.01", "-s", "64", "2001:db8:77::1"], check=True, capture_output=True)
    outcome = running.stop().succeeded()
    expect(outcome.counts, (12, 12, 0), "counts")
    packets = outcome.packets
    expect([packet["icmp"]["type"] for packet in packets[:6]], [8, 0] * 3, "echo and reply")
    expect([packet["icmp"]["seq"] for packet in packets[:6]], [1, 1, 2, 2, 3, 3], "sequence numbers")
    expect({packet["ip"]["len"] for packet in packets[:6]}, {128}, "ip.len")
    expect([packet["icmpv6"]["type"] for packet in packets[6:]], [128, 129] * 3, "echo and reply")
    expect({packet["ipv6"]["plen"] for packet in packets[6:]}, {72}, "ipv6.plen")
    expect(packets[6]["ipv6"]["src"], "2001:db8:77::2", "ipv6.src")
    expect(packets[6]["frame"]["protocols"], "eth:ethertype:ipv6:icmpv6:data", "protocols")


def test_udp_over_ipv6():
    network = Network(ipv6=True)
    running = capture(network.near, "-i", "v0", "--json", "ip6 and udp port 48000")
    receiver = network.udp(network.near, 48000, socket.AF_INET6, "2001:db8:77::1")
    sender = network.udp(network.far, 48001, socket.AF_INET6, "2001:db8:77::2")
    for number in range(20):
        sender.sendto(b"v6" * (number + 1), ("2001:db8:77::1", 48000))
        receiver.recv(1000)
    outcome = running.stop().succeeded()
    expect(outcome.counts, (20, 20, 0), "counts")
    for number, packet in enumerate(outcome.packets):
        expect((packet["ipv6"]["src"], packet["ipv6"]["dst"]), ("2001:db8:77::2", "2001:db8:77::1"), "addresses")
        expect(packet["udp"]["length"], 8 + 2 * (number + 1), "udp.length")


def test_vlan_tags_are_put_back():
    network = Network()
    running = capture(network.near, "-i", "v0", "--json")
    inside = udp_packet(b"tagged")
    sent = [
        frame(inside, tags=[(0x8100, 5)]),
        frame(inside, tags=[(0x8100, 0xB000 | 6)]),
        frame(inside, tags=[(0x88A8, 100), (0x8100, 200)]),
        frame(inside),
    ]
    # Somebody is at home, or the kernel would say otherwise by ICMP.
    network.udp(port=48000)
    network.send_frames(sent)
    outcome = running.stop().succeeded()
    expect(outcome.counts, (4, 4, 0), "counts")
    one, two, double, none = outcome.packets
    expect([packet["frame"]["len"] for packet in outcome.packets], [len(frame) for frame in sent], "lengths")
    expect((one["vlan"]["id"], one["vlan"]["priority"]), (5, 0), "a tag")
    expect((two["vlan"]["id"], two["vlan"]["priority"], two["vlan"]["dei"]), (6, 5, 1), "a tag with priority")
    tags = double["vlan"] if isinstance(double.get("vlan"), list) else [double.get("ieee8021ad"), double.get("vlan")]
    expect([tag["id"] for tag in tags], [100, 200], f"two tags: {double}")
    assert "vlan" not in none
    expect({packet["udp"]["dstport"] for packet in outcome.packets}, {48000}, "what is behind the tags")


def test_filters_run_in_the_kernel():
    network = Network(ipv6=True)
    inside = udp_packet(b"tagged")
    sent = [frame(inside, tags=[(0x8100, vlan)]) for vlan in (5, 6, 5)] + [frame(inside)]
    receiver = network.udp(port=48000)
    # The kernel has taken the tag off before the filter looks: as with tcpdump, what names no tag sees tagged packets.
    for expression, wanted in (
        ("vlan 5", 2), ("vlan", 3), ("vlan 5 and udp port 48000", 2), ("vlan and tcp", 0), ("udp port 48000", 4),
        ("udp and not vlan", 1), ("tcp port 80", 0), ("udp[8:4] = 0x74616767", 4),
    ):  # fmt: skip
        running = capture(network.near, "-i", "v0", "-q", expression)
        network.send_frames(sent)
        # What the filter keeps out is not counted as received either.
        expect(running.stop().succeeded().counts, (wanted, wanted, 0), expression)
    receiver.close()
    running = capture(network.near, "-i", "v0", "--json", "icmp6[0] == 128")
    with network.far:
        subprocess.run(["ping", "-q", "-c", "1", "2001:db8:77::1"], check=True, capture_output=True)
    network.send([b"not shown"])
    expect(running.stop().succeeded().counts, (1, 1, 0), "icmp6")


def test_promiscuous_mode():
    network = Network()
    stranger = frame(udp_packet(b"for somebody else"), destination=FOREIGN_MAC)

    def promiscuity():
        with network.near:
            shown = subprocess.run(["ip", "-d", "link", "show", "v0"], check=True, capture_output=True, text=True)
        return int(shown.stdout.partition("promiscuity ")[2].split()[0])

    expect(promiscuity(), 0, "promiscuity before")
    for options, wanted in (([], 1), (["-p"], 0)):
        running = capture(network.near, "-i", "v0", "--json", *options)
        expect(promiscuity(), wanted, "promiscuity")
        network.send_frames([stranger])
        outcome = running.stop().succeeded()
        # A veth device has no address filter: without the mode, the frame comes up marked as another host's.
        expect(outcome.counts[0], 1, "packets")
        expect(promiscuity(), 0, "promiscuity afterwards")


def test_large_packets():
    network = Network(mtu=9000)
    running = capture(network.near, "-i", "v0", "--json", "udp port 48000 or tcp port 48080")
    network.send([b"j" * 8900, b"f" * 8972])
    listener = network.near.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("10.77.0.1", 48080))
    listener.listen()
    client = network.far.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.connect(("10.77.0.1", 48080))
    server, _ = listener.accept()
    total = 4 << 20
    client.setblocking(True)
    sender = threading.Thread(target=client.sendall, args=(bytes(total),))
    sender.start()
    received = 0
    while received < total:
        received += len(server.recv(1 << 20))
    sender.join()
    outcome = running.stop().succeeded()
    captured, arrived, dropped = outcome.counts
    expect(captured + dropped, arrived, "received")
    expect(dropped, 0, "dropped")
    packets = outcome.packets
    expect([packet["udp"]["length"] for packet in packets[:2]], [8908, 8980], "jumbo frames")
    segments = [packet for packet in packets if "tcp" in packet and packet["frame"]["direction"] == "in"]
    expect(sum(packet["tcp"]["len"] for packet in segments), total, "octets of the stream")
    expect({packet["frame"]["cap_len"] == packet["frame"]["len"] for packet in packets}, {True}, "none cut")
    assert max(packet["frame"]["len"] for packet in segments) > 9014, "segments joined by the kernel"


def test_snapshot_length():
    network = Network()
    for length in (1, 14, 60, 100):
        running = capture(network.near, "-i", "v0", "--json", "-s", length)
        network.send([b"x" * 500, b"y"])
        outcome = running.stop().succeeded()
        expect([p["frame"]["len"] for p in outcome.packets], [542, 43], "lengths on the wire")
        expect([p["frame"]["cap_len"] for p in outcome.packets], [min(length, 542), min(length, 43)], "captured")
        assert f"snap length {length}" in outcome.errors
    # With a filter too, whose program the kernel returns the length from.
    running = capture(network.near, "-i", "v0", "--json", "-s", 60, "udp port 48000")
    network.send([b"x" * 500])
    expect([p["frame"]["cap_len"] for p in running.stop().packets], [60], "captured behind a filter")


def test_loopback_is_shown_once():
    network = Network()
    running = capture(network.near, "-i", "lo", "--json")
    receiver, sender = network.udp(port=48000), network.udp(port=48001)
    for number in range(10):
        sender.sendto(struct.pack("!I", number), ("127.0.0.1", 48000))
        receiver.recv(100)
    outcome = running.stop().succeeded()
    expect(outcome.counts, (10, 10, 0), "counts")
    expect([p["frame"]["number"] for p in outcome.packets], list(range(1, 11)), "numbers")
