"""Packet, netlink, vsock and XDP sockets."""

import ctypes
import mmap
import os
import socket
import struct

from keeper import AF_XDP, Absent, libc

SOL_PACKET, SOL_NETLINK, SOL_XDP = 263, 270, 283
PACKET_ADD_MEMBERSHIP, PACKET_RX_RING, PACKET_VERSION, PACKET_TX_RING, PACKET_FANOUT = 1, 5, 10, 13, 18
PACKET_MR_PROMISC = 1
SO_ATTACH_FILTER = 26
ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_IPV6 = 3, 0x0800, 0x0806, 0x86DD
UNCONNECTED = "unconnected"
# What `tcpdump -d icmp` makes for Ethernet: ldh [12], jeq 0x800, ldb [23], jeq 1, ret 262144, ret 0.
ICMP = [(0x28, 0, 0, 12), (0x15, 0, 3, 0x800), (0x30, 0, 0, 23), (0x15, 0, 1, 1), (0x06, 0, 0, 262144), (0x06, 0, 0, 0)]


def packet(keeper):
    def make(label, kind=socket.SOCK_RAW, protocol=ETH_P_ALL, link="v0", bind=True, **asked):
        made = socket.socket(socket.AF_PACKET, kind, socket.htons(protocol))
        if bind:
            made.bind((link, protocol))
        local = {"interface": link if bind else None, "protocol": protocol}
        return keeper.keep(made, f"packet {label}", UNCONNECTED, local=local, remote=None, protocol=protocol, **asked)

    make("raw, every protocol, on v0")
    make("raw, IPv4, on lo", protocol=ETH_P_IP, link="lo")
    make("raw, every interface", bind=False)
    make("dgram, ARP, on v0", socket.SOCK_DGRAM, ETH_P_ARP)
    make("dgram, IPv6, every interface", socket.SOCK_DGRAM, ETH_P_IPV6, bind=False)
    make("raw, of no protocol", protocol=0, bind=False)
    watched = make("raw, promiscuous", packet={"promiscuous": True})
    index = socket.if_nametoindex("v0")
    watched.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, struct.pack("iHH8x", index, PACKET_MR_PROMISC, 0))
    for version, extra in ((0, b""), (1, b""), (2, struct.pack("III", 60, 0, 0))):
        made = make(f"with a ring of version {version + 1}", packet={"version": version + 1, "blocks": 4, "block_size": 65536})
        made.setsockopt(SOL_PACKET, PACKET_VERSION, version)
        made.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack("IIII", 65536, 4, 2048, 128) + extra)
    sender = make("with a ring to send")
    sender.setsockopt(SOL_PACKET, PACKET_TX_RING, struct.pack("IIII", 65536, 2, 2048, 64))
    for index in range(2):
        member = make(f"of a fanout group, {index}", packet={"fanout": 4711})
        member.setsockopt(SOL_PACKET, PACKET_FANOUT, 4711 | 1 << 16)  # PACKET_FANOUT_LB
    filtered = make("with a filter", filter=len(ICMP))
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in ICMP))
    filtered.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(ICMP), ctypes.addressof(program)))


def netlink(keeper):
    for protocol, groups, kind in ((0, 0, socket.SOCK_RAW), (0, 0b10001, socket.SOCK_RAW), (4, 0, socket.SOCK_DGRAM),
                                   (9, 0, socket.SOCK_RAW), (15, 1, socket.SOCK_DGRAM), (16, 0, socket.SOCK_RAW)):  # fmt: skip
        try:
            made = socket.socket(socket.AF_NETLINK, kind, protocol)
        except OSError as error:
            keeper.absent.append(f"netlink protocol {protocol}: {error}")
            continue
        made.bind((0, groups))
        port = made.getsockname()[0]
        numbers = [index + 1 for index in range(32) if groups >> index & 1]
        local = {"port_id": port, "groups": numbers}
        keeper.keep(
            made, f"netlink protocol {protocol}, groups {groups:#x}", UNCONNECTED, protocol=protocol, local=local, remote=None
        )
    beyond = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    beyond.bind((0, 0))
    beyond.setsockopt(SOL_NETLINK, 1, struct.pack("I", 34))  # NETLINK_ADD_MEMBERSHIP of RTNLGRP_MCTP_IFADDR
    port = beyond.getsockname()[0]
    keeper.keep(
        beyond, "netlink, a group beyond 32", UNCONNECTED, protocol=0, local={"port_id": port, "groups": [34]}, remote=None
    )
    unbound = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    keeper.keep(unbound, "netlink, unbound", UNCONNECTED, protocol=0, local={"port_id": 0, "groups": []}, remote=None)


def vsock(keeper):
    try:
        listener = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
    except OSError as error:
        raise Absent(f"vsock: {error}") from None
    listener.bind((0xFFFFFFFF, 47200))
    listener.listen(4)
    keeper.keep(listener, "vsock listening", "listen", local={"cid": 0xFFFFFFFF, "port": 47200}, remote=None)
    keeper.keep(socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM), "vsock unbound", "close", local={"cid": 0xFFFFFFFF, "port": 0xFFFFFFFF}, remote=None)


def xdp(keeper):
    descriptor = libc.socket(AF_XDP, socket.SOCK_RAW, 0)
    if descriptor < 0:
        raise Absent(f"XDP: {os.strerror(ctypes.get_errno())}")
    made = socket.socket(AF_XDP, socket.SOCK_RAW, 0, fileno=descriptor)
    # Without xdp_diag the kernel tells nobody what an XDP socket is bound to.
    keeper.keep(made, "XDP", UNCONNECTED, local={"interface": None, "queue": 0}, remote=None)
    area = mmap.mmap(-1, 64 * 4096)
    keeper.area = area
    address = ctypes.addressof(ctypes.c_char.from_buffer(area))
    # XDP_UMEM_REG, then its two rings, then our own receive ring. See linux/if_xdp.h.
    made.setsockopt(SOL_XDP, 4, struct.pack("QQIIII", address, 64 * 4096, 4096, 0, 0, 0))
    for ring in (5, 6, 2):
        made.setsockopt(SOL_XDP, ring, struct.pack("I", 64))
    copied = 1 << 1  # XDP_COPY
    name = struct.pack("HHIII", AF_XDP, copied, socket.if_nametoindex("v0"), 0, 0)
    if libc.bind(descriptor, name, len(name)) != 0:
        keeper.absent.append(f"XDP bound to an interface: {os.strerror(ctypes.get_errno())}")


def open_all(keeper):
    packet(keeper)
    netlink(keeper)
    keeper.try_to(vsock)
    keeper.try_to(xdp)
