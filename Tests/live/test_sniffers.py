"""Who is sniffing: packet sockets of real programs, their owners, interfaces and filters in words."""

import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess

import support
from network import ETH_P_ALL, Namespace, Network
from support import Skipped, at_end, expect, run, wait_until

SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC = 263, 1, 1
SO_ATTACH_FILTER = 26


def sniffers(namespace, *arguments, **options):
    outcome = run("sockets", "--sniffers", "--json", *arguments, namespace=namespace, **options).succeeded()
    return [json.loads(line) for line in outcome.lines]


def of(process, found):
    chosen = [one for one in found if any(owner["pid"] == process for owner in one["processes"])]
    expect(len(chosen), 1, f"sockets of {process} in {found}")
    return chosen[0]


def start(namespace, *command):
    """A program that sniffs, until the end of the test; waits until its packet socket is bound."""
    if shutil.which(command[0]) is None:
        raise Skipped(f"{command[0]} is not installed")
    errors = support.folder() / "errors"
    with errors.open("w") as file:
        process = subprocess.Popen(
            list(map(str, command)), preexec_fn=namespace.enter, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=file,
        )  # fmt: skip

    def end():
        process.kill()
        process.wait()

    at_end(end)
    wait_until(lambda: holds_packet_socket(process.pid), f"{command[0]} to sniff: {errors.read_text()}")
    # tcpdump says so, dumpcap too, when everything is set up.
    wait_until(lambda: errors.stat().st_size > 0, f"{command[0]} to say that it has begun")
    return process.pid


def holds_packet_socket(pid):
    packets = [line.split()[8] for line in pathlib.Path(f"/proc/{pid}/net/packet").read_text().splitlines()[1:]]
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            if os.readlink(f"/proc/{pid}/fd/{name}").strip("socket:[]") in packets:
                return True
        except FileNotFoundError:
            pass
    return False


def test_filters_of_tcpdump_are_named():
    network = Network()
    for words in ["tcp port 443", "udp and not port 53", "host 10.0.0.1", "vlan 5", "net 192.0.2.0/24", "arp or icmp",
                  "not port 22", "ether host 02:00:00:00:00:01", "portrange 8000-8010", "icmp6"]:  # fmt: skip
        pid = start(network.near, "tcpdump", "-i", "v0", "-w", "/dev/null", words)
        found = of(pid, sniffers(network.near, "--pid", pid))
        sniffer = found["sniffer"]
        expect(sniffer["filter"]["expression"], words, "expression")
        expect(sniffer["filter"]["snap_length"], 262144, "snap length")
        expect((sniffer["sees"], sniffer["interface"], sniffer["promiscuous"]), ("packets", "v0", True), words)
        expect(sniffer["ring_octets"], 2 << 20, "ring of libpcap's own size")
        expect(found["processes"][0]["name"], "tcpdump", "owner")


def test_the_same_expression_on_every_interface_and_without_optimizing():
    network = Network()
    pid = start(network.near, "tcpdump", "-i", "any", "-s", "96", "-w", "/dev/null", "udp and not port 53")
    sniffer = of(pid, sniffers(network.near, "--pid", pid))["sniffer"]
    expect(sniffer["interface"], None, "interface")
    expect((sniffer["filter"]["expression"], sniffer["filter"]["snap_length"]), ("udp and not port 53", 96), "filter")
    pid = start(network.near, "tcpdump", "-i", "v0", "-p", "-O", "-w", "/dev/null", "tcp port 22")
    sniffer = of(pid, sniffers(network.near, "--pid", pid))["sniffer"]
    expect((sniffer["filter"]["expression"], sniffer["promiscuous"]), ("tcp port 22", False), "not optimized")


def test_filters_of_dumpcap_are_named():
    network = Network()
    path = support.folder() / "written.pcapng"
    pid = start(network.near, "dumpcap", "-i", "any", "-w", path, "-f", "icmp or arp")

    def filtered():
        return (of(pid, sniffers(network.near, "--pid", pid)) or {}).get("sniffer", {}).get("filter")

    # dumpcap opens its socket before it sets the filter.
    wait_until(lambda: (filtered() or {}).get("expression") == "icmp or arp", "dumpcap's filter by its name")


def test_our_own_capture_is_named():
    network = Network()
    for interface in ("v0", "any"):
        running = support.capture(network.near, "-i", interface, "-p", "port", "8080")
        pid = running.process.pid
        found = [one for one in sniffers(network.near, "--pid", pid) if one["sniffer"]["filter"]]
        assert found, "our own packet sockets are not listed"
        # The sockets that look out for new flows have longer ones.
        assert "port 8080" in [one["sniffer"]["filter"].get("expression") for one in found], interface
        running.stop()
        running = support.capture(network.near, "-i", interface, "-p", "--no-owners", "port", "8080")
        found = [one for one in sniffers(network.near, "--pid", running.process.pid) if one["sniffer"]["filter"]]
        assert found, "our own packet sockets are not listed"
        for one in found:
            expect(one["sniffer"]["filter"]["expression"], "port 8080", interface)
        running.stop()


def filter_of(rows):
    return b"".join(struct.pack("=HBBI", *row) for row in rows)


def attach(made, rows):
    import ctypes

    octets = ctypes.create_string_buffer(filter_of(rows))
    made.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(rows), ctypes.addressof(octets)))


DHCP = [(0x28, 0, 0, 12), (0x15, 0, 8, 0x800), (0x30, 0, 0, 23), (0x15, 0, 6, 17), (0x28, 0, 0, 20),
        (0x45, 4, 0, 0x1FFF), (0xB1, 0, 0, 14), (0x48, 0, 0, 16), (0x15, 0, 1, 68), (6, 0, 0, 1500), (6, 0, 0, 0)]  # fmt: skip


def test_sockets_of_a_program_of_its_own():
    network = Network()
    made = network.near.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    with network.near:
        made.bind(("v0", ETH_P_ALL))
        index = socket.if_nametoindex("v0")
        made.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, struct.pack("iHH8s", index, PACKET_MR_PROMISC, 0, b""))
    attach(made, DHCP)
    inode = os.fstat(made.fileno()).st_ino
    found = [one for one in sniffers(network.near, "-v") if one["inode"] == inode]
    expect(len(found), 1, f"the socket in {found}")
    sniffer = found[0]["sniffer"]
    expect(sniffer["filter"]["gist"], "IPv4, UDP, not a later fragment, destination port 68", "gist")
    expect(sniffer["filter"]["instructions"], [list(row) for row in DHCP], "instructions")
    expect(sniffer["filter"]["snap_length"], 1500, "snap length")
    expect(sniffer["filter"]["listing"][8]["words"], "if destination port is 68: keep, else drop", "in words")
    expect((sniffer["promiscuous"], sniffer["interface_promiscuity"]), (True, 1), "promiscuity")
    expect(found[0]["processes"][0]["pid"], os.getpid(), "owner")
    started = sniffer["started"][0]["time_epoch"]
    boot = int([line.split()[1] for line in open("/proc/stat") if line.startswith("btime")][0])
    ticks = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19])
    assert abs(started - boot - ticks / os.sysconf("SC_CLK_TCK")) <= 2, f"started at {started}"
    text = run("sockets", "--sniffers", "-v", namespace=network.near).succeeded().output.decode()
    for words in ["promiscuous", "since ", "; if destination port is 68: keep, else drop", "ldxb     4*([14]&0xf)"]:
        assert words in text, f"{words!r} is not in {text}"


def test_no_filter_and_no_privilege():
    network = Network()
    made = network.near.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0806))
    with network.near:
        made.bind(("v0", 0x0806))
    inode = os.fstat(made.fileno()).st_ino
    found = [one for one in sniffers(network.near) if one["inode"] == inode]
    expect((found[0]["sniffer"]["filter_known"], found[0]["sniffer"]["filter"]), (True, None), "no filter")
    expect(found[0]["local"], {"interface": "v0", "protocol": "arp"}, "local")

    def drop():
        os.setgid(65534)
        os.setuid(65534)

    outcome = run("sockets", "--sniffers", "--json", namespace=network.near, before=drop).succeeded()
    found = [one for one in map(json.loads, outcome.lines) if one["inode"] == inode]
    expect((found[0]["sniffer"]["filter_known"], found[0]["processes"]), (False, []), "without privilege")
    assert "CAP_NET_ADMIN" in outcome.errors and "CAP_SYS_PTRACE" in outcome.errors, outcome.errors


def test_listeners_to_the_kernel():
    namespace = Namespace("n")
    with namespace:
        # A connector's group of process events: NETLINK_CONNECTOR 11, CN_IDX_PROC 1.
        try:
            made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 11)
        except OSError as error:
            raise Skipped(f"this kernel has no netlink connector: {error}") from None
        at_end(made.close)
        made.bind((0, 1))
    inode = os.fstat(made.fileno()).st_ino
    found = [one for one in sniffers(namespace) if one["inode"] == inode]
    expect({one["sniffer"]["sees"] for one in found}, {"process_events"}, f"{found}")


def test_nobody_sniffs():
    namespace = Namespace("n")
    outcome = run("sockets", "--sniffers", "--family", "packet", namespace=namespace).succeeded()
    expect(outcome.output, b"", "output")
    assert "nobody is sniffing" in outcome.errors, outcome.errors
