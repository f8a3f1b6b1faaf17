"""UDP: connected and not, a resolver's questions, workers on one port, and a port of two processes in turn."""

import socket
import struct
import subprocess
import threading
import time

from actors import Actor
from network import Network
from play import FAR, LOOPBACK, NEAR, Echo, connect, packets_of, pause, watch
from support import at_end, expect, folder
from test_spaces import loopback
from truth import Truth, conversation, judge

PORT = 7003


def test_connected_and_not():
    network, truth = Network(), Truth()
    far = Echo("far", network.far, PORT)
    actors = [Actor(f"sender-{number}", network.near) for number in range(6)]
    running = watch(network.near, "v0")
    for number, actor in enumerate(actors):
        for which in range(5):
            if number % 2:
                local = connect(actor, f"d{which}", (FAR, PORT), kind="SOCK_DGRAM")
                send = f"d{which}.send(b'connected')"
            else:
                actor.do(f"d{which} = socket(AF_INET, SOCK_DGRAM)")
                send = f"d{which}.sendto(b'not connected', ({FAR!r}, {PORT}))"
            for _ in range(4):
                actor.do(send)
                far.datagrams(1)
                actor.do(f"d{which}.recv(100)")
            if number % 2 == 0:
                local = (NEAR, actor.do(f"d{which}.getsockname()[1]"))
            truth.own(actor.pid, "udp", local, (FAR, PORT), names={actor.name})
    tally = judge("udp connected and not", packets_of(running), truth, {NEAR}).hold(packets=6 * 5 * 4 * 2)
    expect((len(tally.flows), len(tally.pids)), (30, 6), "flows and owners")


def test_a_server_that_is_not_connected():
    network, truth = Network(), Truth()
    server, client = Echo("server", network.near, PORT), Actor("client", network.far)
    running = watch(network.near, "v0")
    for number in range(20):
        connect(client, f"d{number}", (NEAR, PORT), kind="SOCK_DGRAM")
        client.do(f"d{number}.send(b'ask')")
        server.datagrams(1)
        client.do(f"d{number}.recv(100)")
    truth.own(server.pid, "udp", (NEAR, PORT), names={"server"})
    judge("udp server, 20 clients", packets_of(running), truth, {NEAR}).hold(packets=40)


def test_both_ends_of_loopback():
    namespace, truth = loopback(), Truth()
    server, clients = Echo("server", namespace, PORT, LOOPBACK), [Actor(f"client-{n}", namespace) for n in range(3)]
    running = watch(namespace, "lo")
    for client in clients:
        for number in range(5):
            local = connect(client, f"d{number}", (LOOPBACK, PORT), kind="SOCK_DGRAM")
            client.do(f"d{number}.send(b'ask')")
            server.datagrams(1)
            client.do(f"d{number}.recv(100)")
            truth.own(client.pid, "udp", local, (LOOPBACK, PORT), names={client.name})
    truth.own(server.pid, "udp", (LOOPBACK, PORT), names={"server"})
    judge("loopback udp, both ends", packets_of(running), truth, {LOOPBACK}).hold(packets=15 * 2 * 2)


def test_short_senders():
    """Processes that send one datagram, read the answer and end."""
    network, truth = Network(), Truth()
    far = Echo("far", network.far, PORT)
    code = (
        f"import os, socket; d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); d.connect(({FAR!r}, {PORT})); "
        "d.send(b'once'); d.recv(100); print(os.getpid(), *d.getsockname())"
    )
    running = watch(network.near, "v0")
    for _ in range(50):
        sender = subprocess.Popen(
            ["python3", "-c", code], stdout=subprocess.PIPE, text=True, preexec_fn=network.near.enter
        )  # fmt: skip
        far.datagrams(1)
        pid, address, port = sender.communicate()[0].split()
        truth.own(int(pid), "udp", (address, int(port)), (FAR, PORT))
    judge("udp of 50 short processes", packets_of(running), truth, {NEAR}).hold(packets=100, rate=0.9)


class NameServer:
    """Answers every question for an address with 192.0.2.7, every other one with no data."""

    def __init__(self, namespace, address):
        self._socket = namespace.socket(socket.AF_INET, socket.SOCK_DGRAM, timeout=None)
        self._socket.bind((address, 53))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                question, client = self._socket.recvfrom(4096)
            except OSError:
                return
            end = 12
            while question[end]:
                end += 1 + question[end]
            kind, asked = struct.unpack_from("!H", question, end + 1)[0], question[12 : end + 5]
            answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 7]) if kind == 1 else b""
            head = question[:2] + b"\x81\x80" + struct.pack("!HHHH", 1, 1 if answer else 0, 0, 0)
            # As far away as a name server mostly is.
            time.sleep(0.005)
            self._socket.sendto(head + asked + answer, client)


def test_a_resolver():
    """Questions of getent(1), which the C library asks; the name that each process asks for says whose a packet is."""
    network = Network()
    network.near.ip("link", "set", "lo", "up")
    NameServer(network.far, FAR)
    resolv = folder() / "resolv.conf"
    resolv.write_text(f"nameserver {FAR}\noptions attempts:1\n")
    asks = 'mount --bind "$1" /etc/resolv.conf && exec getent ahostsv4 "$2"'
    running = watch(network.near, "v0")
    pids = {}
    for number in range(60):
        name = f"question-{number}.example.test"
        resolver = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", asks, "sh", resolv, name], stdout=subprocess.PIPE, preexec_fn=network.near.enter
        )  # fmt: skip
        at_end(resolver.stdout.close)
        pids[name] = resolver.pid
        answer = resolver.stdout.read()
        expect((resolver.wait(), b"192.0.2.7" in answer), (0, True), f"getent {name}")
    packets, truth = packets_of(running), Truth()
    for packet in packets:
        found = conversation(packet)
        if found and "dns" in packet and found[1][0] == NEAR:
            truth.own(pids[packet["dns"]["qry"][0]["name"]], "udp", found[1], found[2], names={"getent"})
    tally = judge("dns by 60 resolvers", packets, truth, {NEAR}).hold(packets=120, rate=0.9)
    assert len(tally.pids) >= 54, tally


def test_workers_on_one_port():
    """Which worker gets a datagram the kernel decides by the sender's address: each says which ones it got."""
    network, truth = Network(), Truth()
    workers = [Actor(f"worker-{number}", network.near) for number in range(4)]
    for worker in workers:
        worker.do(
            "d = socket(AF_INET, SOCK_DGRAM); d.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)",
            f"d.bind(('', {PORT})); d.setblocking(False); got = []",
            "def take():\n"
            "    while True:\n"
            "        try: octets, client = d.recvfrom(100)\n"
            "        except BlockingIOError: return got\n"
            "        got.append(client); d.sendto(octets, client)\n",
        )
    sender = Actor("sender", network.far)
    running = watch(network.near, "v0")
    for number in range(40):
        connect(sender, f"d{number}", (NEAR, PORT), kind="SOCK_DGRAM")
        sender.do(f"d{number}.send(b'whose?')")
        for worker in workers:
            worker.do("take()")
        sender.do(f"d{number}.recv(100)")
    packets = packets_of(running)
    for worker in workers:
        for client in worker.do("take()"):
            truth.own(worker.pid, "udp", (NEAR, PORT), client, names={worker.name})
        # All of them wait at the port.
    truth.own([worker.pid for worker in workers], "udp", (NEAR, PORT))
    tally = judge("udp of 4 workers on one port", packets, truth, {NEAR}).hold(packets=80, rate=0, flow_rate=0)
    assert tally.named + tally.candidates == tally.packets, f"{tally}: neither named nor with candidates"


def test_a_port_of_two_processes_in_turn():
    """UDP has no handshake that would say that somebody else has come."""
    network, truth = Network(), Truth()
    far = Echo("far", network.far, PORT)
    actors = [Actor(f"user-{number}", network.near) for number in range(2)]
    local = (NEAR, 50125)
    running = watch(network.near, "v0")
    since = time.time()
    for turn in range(6):
        actor = actors[turn % 2]
        connect(actor, "d", (FAR, PORT), bind=local, kind="SOCK_DGRAM")
        for _ in range(3):
            actor.do("d.send(b'mine')")
            far.datagrams(1)
            actor.do("d.recv(100)")
        actor.do("d.close()")
        until = time.time()
        truth.own(actor.pid, "udp", local, (FAR, PORT), since, until, names={actor.name})
        since = until
        pause()
    judge("udp, one 4-tuple of two processes in turn", packets_of(running), truth, {NEAR}).hold(packets=6 * 6)
