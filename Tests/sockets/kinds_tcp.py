"""TCP sockets in every state that a socket can be brought to and kept in."""

import socket
import time

from keeper import NOBODY, Absent, internet

MPTCP = 262
ADDRESSES = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def pair(keeper, label, family=socket.AF_INET, protocol=0, address=None, states=("established", "established")):
    """Two connected ends: the one that connected, and the one that was accepted. Its listener is closed."""
    with socket.socket(family, socket.SOCK_STREAM, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address or ADDRESSES[family], 0))
        listener.listen(1)
        client = socket.socket(family, socket.SOCK_STREAM, protocol)
        client.connect(listener.getsockname())
        server, _ = listener.accept()
    keeper.keep(client, f"{label}, connecting end", states[0])
    keeper.keep(server, f"{label}, accepted end", states[1])
    return client, server


def fill(sender):
    """Sends until the other end's window is shut, and octets wait here."""
    sender.setblocking(False)
    quiet = 0
    while quiet < 20:
        try:
            sender.send(b"x" * 65536)
            quiet = 0
        except BlockingIOError:
            quiet += 1
            time.sleep(0.01)


def small_pair(keeper, label, states):
    """Two ends with small buffers, so that few octets fill them."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        client.connect(listener.getsockname())
        server, _ = listener.accept()
    for each in (client, server):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    keeper.keep(client, f"{label}, connecting end", states[0])
    keeper.keep(server, f"{label}, accepted end", states[1])
    return client, server


def listeners(keeper):
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        listener = socket.socket(family)
        listener.bind((address, 0))
        listener.listen(7)
        waiting(keeper, listener, f"TCP listening on {address}", 2, 7)
    dual = socket.socket(socket.AF_INET6)
    dual.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    dual.bind(("::", 0))
    dual.listen(9)
    port = dual.getsockname()[1]
    client = keeper.keep(socket.create_connection(("127.0.0.1", port)), "TCP over IPv4 to a dual-stack listener", "established")
    accepted, _ = dual.accept()
    keeper.keep(accepted, "TCP accepted by a dual-stack listener over IPv4", "established")
    waiting(keeper, dual, "TCP listening on both stacks", 1, 9, "::1")
    only = socket.socket(socket.AF_INET6)
    only.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    only.bind(("::", 0))
    only.listen(3)
    keeper.keep(only, "TCP listening on IPv6 only", "listen", accept_queue=0, backlog=3)


def waiting(keeper, listener, label, count, backlog, address=None):
    """Connects `count` times, and never accepts."""
    address = address or listener.getsockname()[0].replace("0.0.0.0", "127.0.0.1")
    for index in range(count):
        client = socket.create_connection((address, listener.getsockname()[1]))
        keeper.keep(client, f"waiting for {label}, {index}", "established")
        if index == 0:
            client.sendall(b"before anybody accepts")
        family = "inet6" if listener.family == socket.AF_INET6 else "inet"
        keeper.ghost(
            f"waiting in the queue of {label}, {index}", family, "stream", 6, "established", internet(client.getpeername()),
            internet(client.getsockname()), receive_queue=22 if index == 0 else 0, send_queue=0,
        )  # fmt: skip
    keeper.keep(listener, label, "listen", accept_queue=count, backlog=backlog)


def full_listener(keeper):
    """A queue of one place, one that waits in it, and one whose SYN is dropped since it is full."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting(keeper, listener, "TCP listening with a full queue", 1, 0)
    outside = socket.socket()
    outside.setblocking(False)
    outside.connect_ex(listener.getsockname())
    # getpeername(2) has no answer before the connection is there.
    remote = internet(listener.getsockname())
    keeper.keep(outside, "TCP before a full queue", "syn_sent", local=internet(outside.getsockname()), remote=remote)


def connected(keeper):
    pair(keeper, "TCP over IPv4")
    pair(keeper, "TCP over IPv6", socket.AF_INET6)
    pair(keeper, "TCP over mapped IPv4", socket.AF_INET6, address="::ffff:127.0.0.1")
    client, server = pair(keeper, "TCP with octets that wait to be read")
    client.sendall(b"y" * 1234)
    server.sendall(b"z" * 77)
    client, _ = small_pair(keeper, "TCP with octets that wait to be sent", ("established", "established"))
    fill(client)


def ends(keeper):
    client, _ = pair(keeper, "TCP half closed", states=("fin_wait2", "close_wait"))
    client.shutdown(socket.SHUT_WR)
    client, _ = small_pair(keeper, "TCP that closes with octets unsent", ("fin_wait1", "established"))
    fill(client)
    client.shutdown(socket.SHUT_WR)
    client, server = small_pair(keeper, "TCP whose last octets are unsent", ("fin_wait2", "last_ack"))
    fill(server)
    client.shutdown(socket.SHUT_WR)
    time.sleep(0.05)
    server.shutdown(socket.SHUT_WR)
    client, server = small_pair(keeper, "TCP that closes on both sides", ("closing", "fin_wait2"))
    fill(client)
    client.shutdown(socket.SHUT_WR)
    server.shutdown(socket.SHUT_WR)
    time.sleep(0.05)


def ghosts(keeper):
    """Ends that only the kernel has: after both have closed, and after one has."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2)
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        ends = internet(client.getsockname()), internet(client.getpeername())
        client.close()
        server.close()
        keeper.ghost("TCP in time_wait", "inet", "stream", 6, "time_wait", *ends)
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        ends = internet(client.getsockname()), internet(client.getpeername())
        client.close()
        keeper.ghost("TCP without an owner in fin_wait2", "inet", "stream", 6, "fin_wait2", *ends)
        keeper.keep(server, "TCP whose other end has no owner", "close_wait")


def before(keeper):
    """What has not come as far as a connection."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    keeper.keep(bound, "TCP bound only", "close")
    bound = socket.socket(socket.AF_INET6)
    bound.bind(("::1", 0))
    keeper.keep(bound, "TCP over IPv6 bound only", "close")
    keeper.keep(socket.socket(), "TCP unbound", "close")
    lost = socket.socket()
    lost.setblocking(False)
    lost.connect_ex(("10.77.0.99", 9))
    remote = {"address": "10.77.0.99", "port": 9}
    keeper.keep(lost, "TCP to a black hole", "syn_sent", local=internet(lost.getsockname()), remote=remote)


def groups(keeper):
    port = 0
    for index in range(3):
        member = socket.socket()
        member.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        member.bind(("127.0.0.1", port))
        port = member.getsockname()[1]
        member.listen(4)
        keeper.keep(member, f"TCP of a SO_REUSEPORT group, {index}", "listen", accept_queue=0, backlog=4)


def half_open(keeper):
    """A listener that a test's raw SYN reaches from the other namespace."""
    listener = socket.socket()
    listener.bind(("10.77.0.1", 47000))
    listener.listen(5)
    keeper.keep(listener, "TCP listening where a SYN comes and nothing more", "listen", accept_queue=0, backlog=5)
    ends = {"address": "10.77.0.1", "port": 47000}, {"address": "10.77.0.50", "port": 47001}
    keeper.ghost("TCP in syn_recv", "inet", "stream", 6, "syn_recv", *ends)


def of_nobody(keeper, made_by):
    with made_by(NOBODY):
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(6)
    keeper.keep(listener, "TCP listening, made by nobody", "listen", accept_queue=0, backlog=6)


def multipath(keeper):
    """MPTCP: the kernel lists both the connection and the TCP flows that carry it, under one inode."""
    try:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP)
    except OSError as error:
        raise Absent(f"MPTCP: {error}") from None
    listener.bind(("127.0.0.1", 0))
    listener.listen(3)
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP)
    client.connect(listener.getsockname())
    server, _ = listener.accept()
    client.sendall(b"first")
    keeper.keep(listener, "MPTCP listening", "listen", accept_queue=0, backlog=3, flows=True)
    keeper.keep(client, "MPTCP, connecting end", "established", flows=True)
    # What waits to be read is counted with the kernel's own memory for it, not in octets.
    keeper.keep(server, "MPTCP, accepted end", "established", flows=True, receive_queue=None)


def open_all(keeper, made_by):
    for each in (listeners, full_listener, connected, ends, ghosts, before, groups, half_open):
        each(keeper)
    of_nobody(keeper, made_by)
    keeper.try_to(multipath)
