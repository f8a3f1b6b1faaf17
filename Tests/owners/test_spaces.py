"""Packets of other network namespaces, and addresses of the other family."""

import os

from actors import Actor
from network import NEAR_MAC, Namespace, Network
from play import FAR, NEAR, Echo, connect, packets_of, pause, watch
from support import expect, wait_until
from truth import Said, Truth, conversation, judge

PORT = 7002


def loopback():
    """A namespace with nothing but a loopback interface that is up."""
    namespace = Namespace("l")
    namespace.ip("link", "set", "lo", "up")
    return namespace


class Bridge:
    """A host with a bridge, and containers on it; and a network behind the host, to which it routes."""

    def __init__(self):
        # Addresses that hardly anybody else's namespace on this machine has at the same time.
        front = f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 250}"
        self.host, self.outside = Namespace("h"), Namespace("o")
        self.address, self.outside_address = f"{front}.1", f"{front}.130"
        for name in ("host", "outside"):
            getattr(self, name).ip("link", "set", "lo", "up")
        self.host.write("net/ipv4/ip_forward", 1)
        self.host.ip("link", "add", "br0", "type", "bridge")
        self.host.ip("addr", "add", f"{self.address}/25", "dev", "br0")
        self.host.ip("link", "set", "br0", "up")
        self.host.ip("link", "add", "out0", "type", "veth", "peer", "name", "eth0", "netns", self.outside.name)
        self.host.ip("addr", "add", f"{front}.129/25", "dev", "out0")
        self.host.ip("link", "set", "out0", "up")
        self.outside.ip("addr", "add", f"{self.outside_address}/25", "dev", "eth0")
        self.outside.ip("link", "set", "eth0", "up")
        self.outside.ip("route", "add", "default", "via", f"{front}.129")
        self.containers, self.addresses = [], []
        self.front = front
        for _ in range(2):
            self.add()

    def add(self, address=None):
        """Another container, with an address of its own or a given one."""
        number, container = len(self.containers), Namespace("c")
        self.host.ip("link", "add", f"c{number}", "type", "veth", "peer", "name", "eth0", "netns", container.name)
        self.host.ip("link", "set", f"c{number}", "master", "br0", "up")
        address = address or f"{self.front}.{10 + number}"
        container.ip("addr", "add", f"{address}/25", "dev", "eth0")
        container.ip("link", "set", "lo", "up")
        container.ip("link", "set", "eth0", "up")
        container.ip("route", "add", "default", "via", self.address)
        self.containers.append(container)
        self.addresses.append(address)
        return container


def talk(client, server, to, truth, rounds=5, known=True, bind=None):
    """Connections and datagrams from one actor to another, with both ends as claims."""
    for number in range(rounds):
        local = connect(client, f"s{number}", to, bind)
        datagram = connect(client, f"d{number}", to, kind="SOCK_DGRAM")
        server.accept()
        client.do(f"s{number}.sendall(b'hello')", f"d{number}.send(b'hello')")
        server.turn("held[-1:]")
        server.datagrams(1)
        client.do(f"s{number}.recv(100)", f"d{number}.recv(100)")
        truth.own(client.pid, "tcp", local, to, names={client.name})
        truth.own(client.pid, "udp", datagram, to, names={client.name})
    truth.own(server.pid, "tcp", to, names={server.name})
    truth.own(server.pid, "udp", to, names={server.name})


def test_containers_on_a_bridge():
    bridge, truth = Bridge(), Truth()
    on_host = Echo("on-host", bridge.host, PORT)
    first, second = Echo("in-first", bridge.containers[0], PORT), Echo("in-second", bridge.containers[1], PORT)
    running = watch(bridge.host, "br0", "--all-netns")
    talk(first, on_host, (bridge.address, PORT), truth)
    talk(first, second, (bridge.addresses[1], PORT), truth)
    talk(on_host, first, (bridge.addresses[0], PORT), truth)
    packets = packets_of(running)
    local = {bridge.address, *bridge.addresses}
    tally = judge("containers on a bridge, --all-netns", packets, truth, local).hold(packets=3 * 5 * (6 + 2) * 2)
    expect(tally.pids, {on_host.pid, first.pid, second.pid}, "owners")
    wanted = {actor.pid: os.stat(f"/proc/{actor.pid}/ns/net").st_ino for actor in (on_host, first, second)}
    for packet in packets:
        for process in filter(None, (packet.get("process"), packet.get("peer_process"))):
            expect(process["netns"], wanted[process["pid"]], f"network namespace of {process['name']}")


def test_a_container_that_comes_later():
    """Namespaces that begin after the capture did are looked into as well."""
    bridge, truth = Bridge(), Truth()
    on_host = Echo("on-host", bridge.host, PORT)
    running = watch(bridge.host, "br0", "--all-netns")
    late = Actor("in-late", bridge.add())
    talk(late, on_host, (bridge.address, PORT), truth)
    packets = packets_of(running)
    judge("a container that comes later, --all-netns", packets, truth, {bridge.address, *bridge.addresses}).hold(packets=5 * (6 + 2) * 2)


def test_namespaces_are_let_go():
    """A capture keeps no namespace alive: its interfaces go when nobody is in it."""
    bridge = Bridge()
    running = watch(bridge.host, "br0", "--all-netns")
    container = bridge.add()
    client = Actor("in-late", container)
    server = Echo("on-host", bridge.host, PORT)
    talk(client, server, (bridge.address, PORT), Truth(), rounds=1)
    client.end()
    container.delete()
    with bridge.host:
        wait_until(lambda: not os.path.exists("/proc/sys/net/ipv4/conf/c2"), "the interface of a container that is gone to go")
    running.stop().succeeded()


def test_the_same_address_in_two_containers():
    """Of two namespaces with the same address the one that has the connection is it."""
    bridge, truth = Bridge(), Truth()
    # It has the address of the first, and listens there, but nobody reaches it.
    hidden = Namespace("c")
    hidden.ip("link", "set", "lo", "up")
    hidden.ip("addr", "add", f"{bridge.addresses[0]}/25", "dev", "lo")
    on_host, server = Actor("on-host", bridge.host), Echo("in-first", bridge.containers[0], PORT)
    elsewhere = Echo("hidden", hidden, PORT)
    to = (bridge.addresses[0], PORT)
    # Until it is accepted a connection may be of either.
    for one in (server, elsewhere):
        truth.own(one.pid, "tcp", to, names={one.name})
    running = watch(bridge.host, "br0", "--all-netns")
    for number in range(5):
        local = connect(on_host, f"s{number}", to)
        server.accept()
        on_host.do(f"s{number}.sendall(b'hello')")
        server.turn("held[-1:]")
        on_host.do(f"s{number}.recv(100)")
        truth.own(on_host.pid, "tcp", local, to, names={on_host.name})
        truth.own(server.pid, "tcp", to, local, names={server.name})
    packets = packets_of(running)
    for packet in packets:
        for said in (Said(packet), Said(packet, "peer_")):
            if said.method == "exact" and said.process:
                assert said.process["name"] != "hidden", f"a connection of the hidden one: {packet}"
    here = {bridge.address, bridge.addresses[0]}
    judge("the same address in two containers", packets, truth, here).hold(packets=5 * 6 * 2, rate=0.7)


def test_what_the_host_forwards():
    bridge, truth = Bridge(), Truth()
    client, server = Actor("in-first", bridge.containers[0]), Echo("outside", bridge.outside, PORT)
    running = watch(bridge.host, "out0", "--all-netns")
    talk(client, server, (bridge.outside_address, PORT), truth)
    judge("forwarded for a container, --all-netns", packets_of(running), truth, {bridge.outside_address, *bridge.addresses}).hold(
        packets=5 * (6 + 2) * 2
    )


def test_other_namespaces_are_not_guessed_at():
    """Without --all-netns the packets that a host forwards are nobody's, even where the host has such a socket itself."""
    bridge, truth = Bridge(), Truth()
    client, server = Actor("in-first", bridge.containers[0]), Echo("outside", bridge.outside, PORT)
    Echo("decoy", bridge.host, PORT)
    running = watch(bridge.host, "out0")
    talk(client, server, (bridge.outside_address, PORT), truth)
    packets = packets_of(running)
    assert len(packets) >= 5 * 9, f"{len(packets)} packets"
    named = [packet for packet in packets if conversation(packet) and (Said(packet).process or Said(packet, "peer_").process)]
    expect(named, [], "packets with a process")
    assert all(Said(packet).method or Said(packet).reason for packet in packets), "a packet without owner and without a reason"
    print(f"forwarded, without --all-netns: 0/{len(packets)} packets named, 0 wrong", flush=True)


def test_an_address_that_comes_later():
    """Packets that only passed by are somebody's once their address is of this machine."""
    network, late = Network(), "10.77.0.9"
    network.far.ip("neigh", "replace", late, "lladdr", NEAR_MAC, "dev", "v1")
    server, client = Echo("near", network.near, PORT), Actor("far", network.far)
    running = watch(network.near, "v0", "udp")
    connect(client, "d", (late, PORT), kind="SOCK_DGRAM")
    for _ in range(3):
        client.do("d.send(b'nobody takes it')")
    pause()
    network.near.ip("addr", "add", f"{late}/24", "dev", "v0")
    pause()
    for _ in range(3):
        client.do("d.send(b'hello')")
        server.do("u.recvfrom(100)")
    packets = packets_of(running)
    expect([Said(packet).pid for packet in packets], [None] * 3 + [server.pid] * 3, "owners")
    expect({Said(packet).method for packet in packets[3:]}, {"port"}, "methods")


def test_the_same_addresses_in_two_namespaces():
    """The namespace of the interface decides, not the first one that has such a socket."""
    network, decoy, truth = Network(), Network(), Truth()
    far = Echo("far", network.far, PORT), Echo("far-decoy", decoy.far, PORT)
    near = Actor("near", network.near), Actor("near-decoy", decoy.near)
    running = watch(network.near, "v0")
    nowhere = Truth()
    for number in range(5):
        bind = (NEAR, 50200 + number)
        for one, other, to in ((near[1], far[1], nowhere), (near[0], far[0], truth)):
            connect(one, f"s{number}", (FAR, PORT), bind)
            other.accept()
            one.do(f"s{number}.sendall(b'hello')")
            other.turn("held[-1:]")
            one.do(f"s{number}.recv(100)")
            to.own(one.pid, "tcp", bind, (FAR, PORT), names={one.name})
    judge("the same addresses in two namespaces", packets_of(running), truth, {NEAR}).hold(packets=5 * 6)


def test_ipv6():
    network, truth = Network(ipv6=True), Truth()
    near, far = "2001:db8:77::1", "2001:db8:77::2"
    server, client = Echo("server6", network.far, PORT, "::", "AF_INET6"), Actor("client6", network.near)
    running = watch(network.near, "v0", "ip6")
    for number in range(5):
        local = connect(client, f"s{number}", (far, PORT), family="AF_INET6")
        datagram = connect(client, f"d{number}", (far, PORT), family="AF_INET6", kind="SOCK_DGRAM")
        server.accept()
        client.do(f"s{number}.sendall(b'hello')", f"d{number}.send(b'hello')")
        server.turn("held[-1:]")
        server.datagrams(1)
        client.do(f"s{number}.recv(100)", f"d{number}.recv(100)", f"s{number}.close()")
        truth.own(client.pid, "tcp", local, (far, PORT), names={client.name})
        truth.own(client.pid, "udp", datagram, (far, PORT), names={client.name})
    judge("ipv6 tcp and udp", packets_of(running), truth, {near}).hold(packets=5 * (6 + 2))


def test_ipv4_on_sockets_for_ipv6():
    network, truth = Network(ipv6=True), Truth()
    server = Echo("dual", network.near, PORT, "::", "AF_INET6")
    client = Actor("mapped", network.near)
    outside, visitor = Echo("outside", network.far, PORT), Actor("visitor", network.far)
    running = watch(network.near, "v0", "ip")
    # In: an IPv4 peer at a listener on ::.
    talk(visitor, server, (NEAR, PORT), truth)
    # Out: a socket of IPv6 connected to a mapped address.
    for number in range(5):
        local = connect(client, f"s{number}", (f"::ffff:{FAR}", PORT), family="AF_INET6")
        outside.accept()
        client.do(f"s{number}.sendall(b'hello')")
        outside.turn("held[-1:]")
        client.do(f"s{number}.recv(100)")
        truth.own(client.pid, "tcp", (NEAR, local[1]), (FAR, PORT), names={client.name})
    judge("ipv4 on sockets for ipv6", packets_of(running), truth, {NEAR}).hold(packets=5 * (6 + 2) + 5 * 6)
