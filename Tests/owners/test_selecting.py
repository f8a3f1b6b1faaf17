"""Filters by owner: what they show is all that is asked for, and nothing else."""

import json
import os

from actors import Actor
from network import Network
from play import FAR, LOOPBACK, NEAR, Echo, connect, packets_of, pause, watch
from support import capture, expect, folder, run
from test_identity import hello
from test_sharing import Child
from test_spaces import loopback
from truth import Truth, conversation, judge

PORT = 7007


def ends(packets):
    """Protocol and both ends of each packet."""
    return [conversation(packet) for packet in packets]


def selected(options, acts, wanted):
    """Two captures of the same, one of them with options: it shows exactly the packets of the conversations wanted.

    `acts` does things with the network and a far end, and returns local ends by a name; `wanted` are names.
    """
    network = Network()
    far = Echo("far", network.far, PORT)
    everything = watch(network.near, "v0")
    # Options that name what the actors are called before they are there.
    actors = {name: Actor(name, network.near) for name in ("alpha", "alpine", "beta")}
    some = watch(network.near, "v0", *(str(option).format(**{key: one.pid for key, one in actors.items()}) for option in options))
    locals_by_name = acts(actors, far)
    mine = {locals_by_name[name] for name in wanted}
    # Acknowledgments may come late, and the captures end one after the other.
    pause()
    found = ends(packets_of(some))
    all_of_them = ends(packets_of(everything))
    assert len(all_of_them) > len(found) or set(locals_by_name) == set(wanted), "nothing was left out"
    should = [one for one in all_of_them if {(one[0], one[1][1]), (one[0], one[2][1])} & mine]
    strangers, missing = [one for one in found if one not in should], len(should) - len(found)
    expect(strangers, [], f"wrong packets with {options}")
    expect(missing, 0, f"how many of {len(should)} packets are missing with {options}")
    assert found, f"no packets with {options}"
    print(f"{' '.join(map(str, options))}: {len(found)} of {len(all_of_them)} packets, as wanted", flush=True)


def three(actors, far):
    """A connection and a datagram there and back of each actor; ends as protocol and port."""
    made = {}
    for name, actor in actors.items():
        made[name] = ("tcp", hello(actor, far, (FAR, PORT))[1])
        made[name + "-udp"] = ("udp", connect(actor, "d", (FAR, PORT), kind="SOCK_DGRAM")[1])
        actor.do("d.send(b'hello')")
        far.datagrams(1)
        actor.do("d.recv(100)", "s.close()")
    return made


def test_by_pid():
    selected(("--pid", "{alpha}"), three, ("alpha", "alpha-udp"))


def test_by_two_pids():
    selected(("--pid", "{alpha},{beta}"), three, ("alpha", "alpha-udp", "beta", "beta-udp"))


def test_by_name():
    selected(("--process", "beta"), three, ("beta", "beta-udp"))


def test_by_pattern():
    selected(("--process", "alp*"), three, ("alpha", "alpha-udp", "alpine", "alpine-udp"))


def test_with_a_filter_on_packets():
    selected(("--process", "alp*", "udp"), three, ("alpha-udp", "alpine-udp"))


def test_all_must_hold():
    selected(("--process", "alp*", "--pid", "{alpine}"), three, ("alpine", "alpine-udp"))


def as_nobody(actors, far):
    actors["alpha"].do("os.setgid(65534); os.setuid(65534)")
    return three(actors, far)


def test_by_user():
    for user in ("nobody", "65534"):
        selected(("--user", user), as_nobody, ("alpha", "alpha-udp"))


def with_children(actors, far):
    """The parent's own, a child's and a grandchild's connection, and a stranger's."""
    made = {"alpha": ("tcp", hello(actors["alpha"], far, (FAR, PORT))[1])}
    child = Child(actors["alpha"])
    for name, do in (
        ("child", lambda code: child.do(code)),
        # A child of the child: it ends once its parent has waited for it.
        ("grandchild", lambda code: child.do(f"pid = os.fork()\nif pid == 0:\n    {code}\n    os._exit(0)\nos.waitpid(pid, 0)")),
    ):
        port = {"child": 50301, "grandchild": 50302}[name]
        do(f"s = socket(AF_INET, SOCK_STREAM); s.bind(({NEAR!r}, {port})); s.connect(({FAR!r}, {PORT})); s.sendall(b'hello')")
        far.accept()
        far.turn("held[-1:]")
        made[name] = ("tcp", port)
    made["beta"] = ("tcp", hello(actors["beta"], far, (FAR, PORT))[1])
    return made


def test_without_children():
    # The connection that a child inherited is the parent's still.
    selected(("--pid", "{alpha}"), with_children, ("alpha",))


def test_with_children():
    selected(("--pid", "{alpha}", "--children"), with_children, ("alpha", "child", "grandchild"))


def test_with_children_in_a_file():
    """A file tells who each process comes from: its packets and flows are chosen as those of a live capture are."""
    network, path = Network(), folder() / "family.pcapng"
    far, actors = Echo("far", network.far, PORT), {name: Actor(name, network.near) for name in ("alpha", "beta")}
    running = capture(network.near, "-i", "v0", "-q", "-w", path)
    made = with_children(actors, far)
    pause()
    running.stop().succeeded()
    for options, names in (
        (("--pid", actors["alpha"].pid), ("alpha",)),
        (("--pid", actors["alpha"].pid, "--children"), ("alpha", "child", "grandchild")),
        (("--process", "alpha", "--children"), ("alpha", "child", "grandchild")),
        (("--pid", actors["beta"].pid, "--children"), ("beta",)),
        # Whose child all of them are had no socket here.
        (("--pid", os.getpid(), "--children"), ("alpha", "beta", "child", "grandchild")),
    ):
        wanted = {made[name][1] for name in names}
        found = ends(run("read", "--json", path, *options).succeeded().packets)
        expect({end[1] for one in found for end in one[1:]} - {PORT}, wanted, f"ports with {options}")
        lines = run("flows", "--json", path, *options).succeeded().output.splitlines()
        expect({json.loads(line)["src"]["port"] for line in lines}, wanted, f"flows with {options}")


def test_either_end_of_loopback():
    namespace, truth = loopback(), Truth()
    server, clients = Echo("server", namespace, PORT, LOOPBACK), [Actor(f"client-{n}", namespace) for n in range(2)]
    running = watch(namespace, "lo", "--pid", clients[0].pid)
    for client in clients:
        truth.own(client.pid, "tcp", hello(client, server, (LOOPBACK, PORT)), (LOOPBACK, PORT), names={client.name})
    truth.own(server.pid, "tcp", (LOOPBACK, PORT))
    tally = judge("loopback, --pid of the client", packets_of(running), truth, {LOOPBACK}).hold(packets=6 * 2)
    expect(tally.pids, {clients[0].pid, server.pid}, "owners")


def test_written_packets_are_the_selected_ones():
    network, path = Network(), folder() / "some.pcap"
    far = Echo("far", network.far, PORT)
    actors = [Actor(name, network.near) for name in ("wanted", "unwanted")]
    running = capture(network.near, "-i", "v0", "-q", "-w", path, "--process", "wanted")
    ports = [hello(actor, far, (FAR, PORT))[1] for actor in actors]
    running.stop().succeeded()
    found = {end[1] for one in ends(run("read", "--json", path).succeeded().packets) for end in one[1:]}
    expect(found, {ports[0], PORT}, "ports in the file")


def test_wrong_command_lines():
    for words in (
        ("--no-owners", "--pid", "1"),
        ("--children",),
        ("--pid", "none"),
        ("--owner-wait", "-1"),
    ):
        outcome = run("capture", *words)
        expect(outcome.status, 64, f"{words}: {outcome!r}")
        assert outcome.errors, words
