"""Sockets that are bound to an interface, those that take no IPv4, and datagrams for everybody in a network."""

from actors import Actor
from network import Network
from play import FAR, NEAR, Echo, packets_of, watch
from support import expect
from test_spaces import Bridge
from truth import Said, Truth, conversation, judge

PORT = 7006


def opened(actor, name, kind, device, then=""):
    actor.do(f"{name} = socket(AF_INET, {kind}); {name}.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, {device!r}.encode()); {then}")


def serve(actor, device):
    opened(actor, "l", "SOCK_STREAM", device, f"l.bind(('', {PORT})); l.listen(5)")
    opened(actor, "u", "SOCK_DGRAM", device, f"u.bind(('', {PORT}))")


def ask(client, device, server, address, truth):
    """Two connections, and datagrams of a socket that is connected and of one that is not, each there and back."""
    to = (address, PORT)
    for number in range(2):
        opened(client, f"s{number}", "SOCK_STREAM", device, f"s{number}.connect({to!r})")
        server.do("c = l.accept()[0]")
        for _ in range(3):
            client.do(f"s{number}.send(b'hello')")
            server.do("c.send(c.recv(100))")
            client.do(f"s{number}.recv(100)")
        truth.own(client.pid, "tcp", client.do(f"s{number}.getsockname()"), to)
    for name, send in (("d", f"d.connect({to!r})"), ("e", "")):
        opened(client, name, "SOCK_DGRAM", device, send)
        for _ in range(3):
            client.do(f"{name}.sendto(b'hello', {to!r})" if not send else f"{name}.send(b'hello')")
            server.do("u.sendto(*u.recvfrom(100))")
            client.do(f"{name}.recv(100)")
        port = client.do(f"{name}.getsockname()[1]")
        for mine in (NEAR, FAR):
            truth.own(client.pid, "udp", (mine, port), to)
    for protocol in ("tcp", "udp"):
        truth.own(server.pid, protocol, to)


def test_sockets_bound_to_an_interface():
    network, truth = Network(), Truth()
    server, client = Actor("server", network.near), Actor("client", network.near)
    far_server, far_client = Actor("far-server", network.far), Actor("far-client", network.far)
    serve(server, "v0")
    serve(far_server, "v1")
    running = watch(network.near, "v0")
    ask(client, "v0", far_server, FAR, truth)
    ask(far_client, "v1", server, NEAR, truth)
    tally = judge("sockets bound to an interface", packets_of(running), truth, {NEAR}).hold(packets=2 * 2 * (9 + 6))
    expect(tally.pids, {server.pid, client.pid}, "owners")


def test_sockets_bound_to_a_bridge():
    """What goes through a port of the bridge is for the sockets that are bound to the bridge."""
    bridge, truth = Bridge(), Truth()
    server, client = Actor("server", bridge.host), Actor("client", bridge.containers[0])
    serve(server, "br0")
    running = watch(bridge.host, "c0")
    ask(client, "eth0", server, bridge.address, truth)
    tally = judge("sockets bound to a bridge, at its port", packets_of(running), truth, {bridge.address}).hold(packets=2 * (9 + 6))
    expect(tally.pids, {server.pid}, "owners")


def test_what_goes_to_a_whole_network():
    """Receivers of a network's broadcasts, and of those to 255.255.255.255."""
    network, truth = Network(), Truth()
    receiver, sender = Echo("receiver", network.near, PORT), Actor("sender", network.far)
    sender.do("b = socket(AF_INET, SOCK_DGRAM); b.setsockopt(SOL_SOCKET, SO_BROADCAST, 1); b.bind(('', 0))")
    opened(sender, "everybody", "SOCK_DGRAM", "v1", "everybody.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)")
    running = watch(network.near, "v0")
    to = ["10.77.0.255", "255.255.255.255"]
    for _ in range(5):
        sender.do(f"b.sendto(b'all', ({to[0]!r}, {PORT}))", f"everybody.sendto(b'all', ({to[1]!r}, {PORT}))")
        for _ in to:
            receiver.do("u.recvfrom(100)")
    for address in to:
        truth.own(receiver.pid, "udp", (address, PORT))
    judge("broadcasts", packets_of(running), truth, set(to)).hold(packets=10)


def test_a_socket_that_takes_no_ipv4():
    network, truth = Network(), Truth()
    four, six = Echo("four", network.near, PORT), Actor("six", network.near)
    six.do(
        "u = socket(AF_INET6, SOCK_DGRAM); u.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)",
        f"u.bind(('::', {PORT}))",
    )
    client = Actor("client", network.far)
    running = watch(network.near, "v0")
    client.do("d = socket(AF_INET, SOCK_DGRAM)")
    for _ in range(5):
        client.do(f"d.sendto(b'hello', ({NEAR!r}, {PORT}))")
        four.datagrams(1)
        client.do("d.recv(100)")
    truth.own(four.pid, "udp", (NEAR, PORT))
    packets = packets_of(running)
    judge("udp beside a socket that takes no IPv4", packets, truth, {NEAR}).hold(packets=10)
    for packet in filter(conversation, packets):
        expect(Said(packet).candidates, [], f"candidates in packet {packet['frame']['number']}")
