"""TCP connections: long ones, ones of ten milliseconds on both sides, and the same addresses used by two processes."""

import time

from actors import Actor
from network import Network
from play import FAR, LOOPBACK, NEAR, Echo, connect, packets_of, pause, reset, watch
from talker import Talker
from test_spaces import loopback
from truth import Truth, judge

PORT = 7001


def test_long_connections():
    network, truth = Network(), Truth()
    server = Echo("server", network.far, PORT)
    clients = [Actor(f"client-{number}", network.near) for number in range(10)]

    def open_ten(client):
        client.do("held = globals().get('held', [])", f"new = [create_connection(({FAR!r}, {PORT})) for _ in range(10)]", "held += new")
        for local in client.do("[s.getsockname() for s in new]"):
            truth.own(client.pid, "tcp", local, (FAR, PORT), names={client.name})
        server.accept(10)

    for client in clients:
        open_ten(client)
    # Half of them are older than the capture.
    running = watch(network.near, "v0")
    for client in clients:
        open_ten(client)
    for turn in range(5):
        for client in clients:
            client.do(f"for s in held: s.sendall(b'turn {turn}')")
        server.turn()
        for client in clients:
            client.do("for s in held: s.recv(100)")
    for client in clients:
        client.do("for s in held: s.close()")
    server.do("for c in held: c.recv(1), c.close()")
    tally = judge("long tcp", packets_of(running), truth, {NEAR}).hold(packets=200 * 5 * 2, rate=1)
    assert len(tally.flows) == 200, tally
    assert len(tally.pids) == 10, tally


def test_short_connections_from_short_processes():
    network, truth = Network(), Truth()
    Talker(network.far, "prefork", PORT, 16, -1).ready()
    running = watch(network.near, "v0")
    said = Talker(network.near, "spawn", 1000, 8, FAR, PORT, 10).succeeds()
    packets = packets_of(running)
    assert truth.read(said) == 1000, "the programs' own lines"
    tally = judge("1,000 short tcp clients of 10 ms", packets, truth, {NEAR}).hold(packets=1000 * 7, rate=0.9)
    assert len(tally.flows) == 1000, tally


def accepted(label, words, waits=1000, inherited=False):
    network, truth = Network(), Truth()
    server = Talker(network.near, *words).ready()
    running = watch(network.near, "v0")
    Talker(network.far, "spawn", 1000, 16, NEAR, PORT, 10).succeeds()
    packets = packets_of(running)
    assert truth.read(server.lines(), {NEAR}) >= waits, "the programs' own lines"
    tally = judge(label, packets, truth, {NEAR}, inherited=inherited).hold(packets=1000 * 7, rate=0)
    # Some may have had the same port.
    assert len(tally.flows) >= 900, tally
    assert tally.rate + tally.candidates / tally.packets >= 0.9, tally


def test_short_connections_that_workers_accept():
    # They share one listener: before accept(2) a connection is all of theirs, then one worker's and no other's.
    accepted("1,000 short tcp accepted by 4 workers", ("prefork", PORT, 4, 10))


def test_short_connections_with_a_process_each():
    accepted("1,000 short tcp with a process each", ("forking", PORT, 10), inherited=True)


def test_loopback_has_two_owners():
    namespace, truth = loopback(), Truth()
    server, clients = Echo("server", namespace, PORT, LOOPBACK), [Actor(f"client-{n}", namespace) for n in range(3)]
    running = watch(namespace, "lo")
    truth.own(server.pid, "tcp", (LOOPBACK, PORT), names={"server"})
    for client in clients:
        for number in range(5):
            local = connect(client, f"s{number}", (LOOPBACK, PORT))
            truth.own(client.pid, "tcp", local, (LOOPBACK, PORT), names={client.name})
            server.accept()
            client.do(f"s{number}.sendall(b'hello')")
            server.turn("held[-1:]")
            client.do(f"s{number}.recv(100)")
    for client in clients:
        client.do("for n in range(5): globals()[f's{n}'].close()")
    packets = packets_of(running)
    tally = judge("loopback tcp, both ends", packets, truth, {LOOPBACK}).hold(packets=15 * 7 * 2)
    assert len(tally.pids) == 4, tally
    for packet in packets:
        own = packet["process"]["pid"]
        assert (own == server.pid) == (packet["tcp"]["srcport"] == PORT), f"the sender is not first: {own}"


def test_a_connection_within_one_process():
    namespace, truth = loopback(), Truth()
    actor = Echo("selfish", namespace, PORT, LOOPBACK)
    running = watch(namespace, "lo")
    local = connect(actor, "s", (LOOPBACK, PORT))
    actor.accept()
    actor.do("s.sendall(b'to me')")
    actor.turn()
    for mine, other in ((local, (LOOPBACK, PORT)), ((LOOPBACK, PORT), local)):
        truth.own(actor.pid, "tcp", mine, other, names={"selfish"})
    judge("loopback tcp within one process", packets_of(running), truth, {LOOPBACK}).hold(packets=2 * 6)


def test_the_same_addresses_used_by_two_processes():
    """A process that comes after another, on the very same addresses and at once, is not the other."""
    network, truth = Network(), Truth()
    server, actors = Echo("server", network.far, PORT), [Actor(f"user-{n}", network.near) for n in range(2)]
    local, remote = (NEAR, 50123), (FAR, PORT)
    running = watch(network.near, "v0")
    since = time.time()
    for turn in range(20):
        actor = actors[turn % 2]
        connect(actor, "s", remote, bind=local)
        server.accept()
        actor.do("s.sendall(b'mine')")
        server.turn("held[-1:]")
        actor.do("s.recv(100)")
        # Owners are looked for after the packet: of a shorter life nothing could be left to see but its successor.
        time.sleep(0.1)
        until = reset(actor, "s")
        truth.own(actor.pid, "tcp", local, remote, since, until, names={actor.name})
        since = until
    judge("tcp, one 4-tuple of two processes in turn", packets_of(running), truth, {NEAR}).hold(packets=20 * 7, rate=0.9, flow_rate=1)


def test_a_port_that_another_process_listens_on_later():
    network, truth = Network(), Truth()
    client = Actor("client", network.far)
    running = watch(network.near, "v0")
    for turn in range(4):
        server = Echo(f"server-{turn}", network.near, PORT)
        since = time.time()
        # The same addresses each time.
        connect(client, "s", (NEAR, PORT), bind=(FAR, 50124))
        server.accept()
        client.do("s.sendall(b'which one?')")
        server.turn()
        client.do("s.recv(100)")
        until = reset(client, "s")
        truth.own(server.pid, "tcp", (NEAR, PORT), (FAR, 50124), since, until, names={server.name})
        server.end()
        pause()
    # Each lives for about a millisecond after accept(2), and may be closed when it is looked at: but it is nobody else's.
    judge("tcp, one port of four listeners in turn", packets_of(running), truth, {NEAR}).hold(packets=4 * 4, rate=0.3)
