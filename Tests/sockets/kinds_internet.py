"""UDP, UDP-Lite, raw and ping sockets; SCTP and DCCP where the kernel has them."""

import socket

from keeper import Absent, internet

UDP_LITE, SCTP, DCCP, SOCK_DCCP = 136, 132, 33, 6
UNCONNECTED = "unconnected"


def udp(keeper, protocol=0, name="UDP"):
    def make(family):
        try:
            return socket.socket(family, socket.SOCK_DGRAM, protocol)
        except OSError as error:
            raise Absent(f"{name}: {error}") from None

    for family, address in (
        (socket.AF_INET, "0.0.0.0"), (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::"), (socket.AF_INET6, "::1"),
        (socket.AF_INET6, "::ffff:127.0.0.1"),
    ):  # fmt: skip
        bound = make(family)
        bound.bind((address, 0))
        keeper.keep(bound, f"{name} bound to {address}", UNCONNECTED)
        target = bound.getsockname()[1]
        if address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
            connected = make(family)
            connected.connect((address, target))
            keeper.keep(connected, f"{name} connected to {address}", "established")
            if address == "127.0.0.1":
                connected.send(b"waits to be read")
                connected.send(b"so does this")


def udp_more(keeper):
    for index in range(3):
        member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        member.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        member.bind(("127.0.0.1", 47100))
        keeper.keep(member, f"UDP of a SO_REUSEPORT group, {index}", UNCONNECTED)
    device = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    device.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"v0")
    device.bind(("", 47101))
    local = {"address": "0.0.0.0", "port": 47101, "interface": "v0"}
    keeper.keep(device, "UDP bound to a device", UNCONNECTED, local=local, remote=None)
    keeper.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), "UDP unbound", UNCONNECTED)


def raw(keeper):
    for family, protocol, address in (
        (socket.AF_INET, socket.IPPROTO_ICMP, None), (socket.AF_INET, socket.IPPROTO_RAW, None), (socket.AF_INET, 89, "127.0.0.1"),
        (socket.AF_INET6, socket.IPPROTO_ICMPV6, None), (socket.AF_INET6, 103, "::1"),
    ):  # fmt: skip
        made = socket.socket(family, socket.SOCK_RAW, protocol)
        if address:
            made.bind((address, 0))
        # A raw socket has no port: getsockname(2) gives the protocol for it. See raw(7).
        keeper.keep(made, f"raw, protocol {protocol}, bound to {address}", UNCONNECTED, no_port=True)
    connected = socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
    connected.connect(("127.0.0.1", 0))
    # getpeername(2) has no answer where the port is 0.
    remote = {"address": "127.0.0.1", "port": 0}
    keeper.keep(connected, "raw, connected", "established", no_port=True, local={"address": "127.0.0.1", "port": 89}, remote=remote)
    connected = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 103)
    connected.connect(("::1", 0))
    remote = {"address": "::1", "port": 0}
    keeper.keep(connected, "raw over IPv6, connected", "established", no_port=True, local={"address": "::1", "port": 103}, remote=remote)


def ping(keeper):
    for family, protocol, address in ((socket.AF_INET, 1, "127.0.0.1"), (socket.AF_INET6, 58, "::1")):
        for connect in (False, True):
            try:
                made = socket.socket(family, socket.SOCK_DGRAM, protocol)
            except OSError as error:
                raise Absent(f"ping sockets: {error}") from None
            made.bind((address, 0))
            if connect:
                made.connect((address, 0))
            remote = {"address": address, "port": 0} if connect else None
            label = f"ping socket of {address}, connected: {connect}"
            keeper.keep(made, label, "established" if connect else UNCONNECTED, local=internet(made.getsockname()), remote=remote)


def sctp(keeper):
    try:
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP)
    except OSError as error:
        raise Absent(f"SCTP: {error}") from None
    made.bind(("127.0.0.1", 0))
    made.listen(3)
    keeper.keep(made, "SCTP listening", "listen", backlog=3)


def dccp(keeper):
    try:
        made = socket.socket(socket.AF_INET, SOCK_DCCP, DCCP)
    except OSError as error:
        raise Absent(f"DCCP: {error}") from None
    made.setsockopt(269, 2, b"\0\0\0\1")  # SOL_DCCP, DCCP_SOCKOPT_SERVICE
    made.bind(("127.0.0.1", 0))
    made.listen(3)
    keeper.keep(made, "DCCP listening", "listen", backlog=3)


def udp_lite(keeper):
    udp(keeper, UDP_LITE, "UDP-Lite")


def open_all(keeper):
    udp(keeper)
    udp_more(keeper)
    raw(keeper)
    for each in (udp_lite, ping, sctp, dccp):
        keeper.try_to(each)
