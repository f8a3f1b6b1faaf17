"""Two network namespaces with a veth pair between them, and sockets inside."""

import ctypes
import itertools
import os
import socket
import struct
import subprocess

from support import Skipped, at_end

NEAR_MAC, FAR_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
FOREIGN_MAC = "02:00:00:00:00:99"
ETH_P_ALL = 3
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count(1)


def octets(address):
    return bytes.fromhex(address.replace(":", ""))


def ip(*arguments):
    subprocess.run(["ip", *map(str, arguments)], check=True, capture_output=True)


class Namespace:
    def __init__(self, letter):
        self.name = f"skl{os.getpid()}-{next(_numbers)}{letter}"
        ip("netns", "add", self.name)
        at_end(self.delete)
        self._descriptor = os.open(f"/run/netns/{self.name}", os.O_RDONLY | os.O_CLOEXEC)
        # Nothing shall be on the wire but what a test sends: no IPv6 until a test wants it.
        self.write("net/ipv6/conf/all/disable_ipv6", 1)
        self.write("net/ipv6/conf/default/disable_ipv6", 1)

    def delete(self):
        """Lets go of it: it goes when nobody else is in it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            ip("netns", "del", self.name)

    def enter(self):
        if _libc.setns(self._descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def __enter__(self):
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.enter()

    def __exit__(self, *_):
        if _libc.setns(self._home, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(self._home)

    def write(self, name, value):
        with self:
            try:
                with open(f"/proc/sys/{name}", "w") as file:
                    file.write(str(value))
            except FileNotFoundError:
                pass

    def ip(self, *arguments):
        ip("-n", self.name, *arguments)

    def socket(self, *arguments, timeout=20):
        """A socket in this namespace, closed at the end of the test."""
        with self:
            made = socket.socket(*arguments)
        made.settimeout(timeout)
        at_end(made.close)
        return made


class Network:
    """`near`, where captures run on v0, 10.77.0.1; `far` with v1, 10.77.0.2. Neighbors are set."""

    def __init__(self, ipv6=False, mtu=1500):
        self.near, self.far = Namespace("a"), Namespace("b")
        if ipv6:
            for namespace in (self.near, self.far):
                for which in ("all", "default"):
                    namespace.write(f"net/ipv6/conf/{which}/disable_ipv6", 0)
                    namespace.write(f"net/ipv6/conf/{which}/router_solicitations", 0)
        self.near.ip("link", "add", "v0", "address", NEAR_MAC, "type", "veth", "peer", "name", "v1", "netns", self.far.name)
        self.far.ip("link", "set", "v1", "address", FAR_MAC)
        sides = [(self.near, "v0", "1", "2", FAR_MAC), (self.far, "v1", "2", "1", NEAR_MAC)]
        for namespace, link, mine, _, _ in sides:
            namespace.ip("addr", "add", f"10.77.0.{mine}/24", "dev", link)
            namespace.ip("link", "set", link, "mtu", mtu)
            namespace.ip("link", "set", "lo", "up")
        for namespace, link, mine, other, neighbor in sides:
            namespace.ip("link", "set", link, "up")
            namespace.ip("neigh", "replace", f"10.77.0.{other}", "lladdr", neighbor, "dev", link)
            if ipv6:
                namespace.ip("addr", "add", f"2001:db8:77::{mine}/64", "dev", link, "nodad")
                namespace.ip("neigh", "replace", f"2001:db8:77::{other}", "lladdr", neighbor, "dev", link)
        self._witness = self.packet_socket(self.near, "v0")
        self._sender = self.packet_socket(self.far, "v1")

    @staticmethod
    def packet_socket(namespace, link):
        made = namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        with namespace:
            made.bind((link, ETH_P_ALL))
        return made

    def close_witness(self):
        """Closes the socket that sees frames come in; no more are sent then."""
        self._witness.close()

    def udp(self, namespace=None, port=0, family=socket.AF_INET, address=""):
        made = (namespace or self.near).socket(family, socket.SOCK_DGRAM)
        made.bind((address, port))
        return made

    def send(self, payloads, port=48000, source=48001):
        """Sends datagrams from far to near, and returns when each has come out there."""
        receiver, sender = self.udp(port=port), self.udp(self.far, source)
        for payload in payloads:
            sender.sendto(payload, ("10.77.0.1", port))
            assert receiver.recv(65536) == payload
        receiver.close()
        sender.close()

    def send_frames(self, frames):
        """Sends whole frames from v1, and returns when each has come in at v0."""
        self._witness.setblocking(False)
        try:
            while True:
                self._witness.recv(65536)
        except BlockingIOError:
            self._witness.settimeout(20)
        for frame in frames:
            self._sender.send(frame)
            self._witness.recv(65536)


def frame(payload, kind=0x0800, destination=NEAR_MAC, tags=()):
    """An Ethernet frame; a tag is a pair of protocol number and control."""
    header = octets(destination) + octets(FAR_MAC)
    for protocol, control in tags:
        header += struct.pack("!HH", protocol, control)
    return header + struct.pack("!H", kind) + payload


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def udp_packet(payload, source=48001, destination=48000, identifier=0x1234):
    """A UDP datagram in an IPv4 packet from far to near, with right checksums."""
    addresses = bytes([10, 77, 0, 2, 10, 77, 0, 1])
    length = 8 + len(payload)
    body = struct.pack("!HHHH", source, destination, length, 0) + payload
    total = checksum(addresses + struct.pack("!HH", 17, length) + body) or 0xFFFF
    body = body[:6] + struct.pack("!H", total) + body[8:]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, identifier, 0x4000, 64, 17, 0) + addresses
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + body


def tun(namespace, name="tun0", address="10.78.0.1/24"):
    """A tun device, which has packets without link header; returns the descriptor that is its other end."""
    import fcntl

    with namespace:
        try:
            descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise Skipped(f"no tun devices here: {error}") from None
        at_end(lambda: os.close(descriptor))
        # IFF_TUN | IFF_NO_PI. See linux/if_tun.h.
        fcntl.ioctl(descriptor, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1001))
    namespace.ip("addr", "add", address, "dev", name)
    namespace.ip("link", "set", name, "up")
    return descriptor
