"""Sockets that several processes have, one after another or at once, and processes that are not what they were."""

import os
import time

from actors import Actor
from network import Network
from play import FAR, NEAR, Echo, become, connect, is_noted, packets_of, pause, tell, watch
import support
from support import expect
from talker import Talker
from truth import Said, Truth, conversation, judge

PORT = 7004


def exchange(actor, far, kind, rounds=5, name="s"):
    for number in range(rounds):
        actor.do(f"{name}.send(b'message {number}')")
        if kind == "SOCK_STREAM":
            far.turn("held[-1:]")
        else:
            far.datagrams(1)
        actor.do(f"{name}.recv(100)")


def pair(first, second):
    """A unix socket in each of two actors, connected with the other."""
    path = f"\0sockeye-owners-{os.getpid()}-{first.pid}"
    first.do(f"w = socket(AF_UNIX, SOCK_STREAM); w.bind({path!r}); w.listen(1)")
    second.do(f"p = socket(AF_UNIX, SOCK_STREAM); p.connect({path!r})")
    first.do("p = w.accept()[0]; w.close()")


def passed(kind, age=0):
    """A socket that another process has after a silence, once it was its first one's for so many seconds of steady packets."""
    network, truth = Network(), Truth()
    protocol = "tcp" if kind == "SOCK_STREAM" else "udp"
    far, giver, taker = Echo("far", network.far, PORT), Actor("giver", network.near), Actor("taker", network.near)
    pair(giver, taker)
    running = watch(network.near, "v0")
    local = connect(giver, "s", (FAR, PORT), kind=kind)
    if protocol == "tcp":
        far.accept()
    exchange(giver, far, kind)
    old = time.time() + age
    while time.time() < old:
        exchange(giver, far, kind, rounds=1)
        time.sleep(0.05)
    pause()
    since = time.time()
    giver.do("send_fds(p, [b'x'], [s.fileno()])", "s.close()")
    taker.do("s = socket(fileno=recv_fds(p, 1, 1)[1][0])")
    until = time.time()
    pause()
    exchange(taker, far, kind)
    truth.own(giver.pid, protocol, local, (FAR, PORT), until=until, names={"giver"})
    truth.own(taker.pid, protocol, local, (FAR, PORT), since=since, names={"taker"})
    packets = packets_of(running)
    tally = judge(f"{protocol} socket that is passed on", packets, truth, {NEAR}).hold(packets=20)
    expect(tally.pids, {giver.pid, taker.pid}, "owners")


def test_a_connection_that_is_passed_on():
    passed("SOCK_STREAM")


def test_a_datagram_socket_that_is_passed_on():
    passed("SOCK_DGRAM")


def test_an_old_connection_that_is_passed_on():
    passed("SOCK_STREAM", age=2)


# Sends for half a second, and no longer than two milliseconds apart.
SEND = """
import threading, time
def send():
    for number in range(250):
        s.send(b'message')
        time.sleep(0.002)
"""
# Gives the socket away at once then, and says when; the other one takes it and goes on.
GIVE = """
def give():
    send()
    global given
    given = time.time()
    send_fds(p, [b'x'], [s.fileno()]); s.close()
"""
TAKE = """
def take():
    global s, taken
    s = socket(fileno=recv_fds(p, 1, 1)[1][0])
    taken = time.time()
    send()
"""


def passed_at_once(kind):
    """A socket that another process has in the middle of steady traffic: it is the other's from its first use on."""
    if support.WITHOUT_BPF or not is_noted():
        raise support.Skipped("nothing tells of a socket that is passed on without a pause unless the kernel notes who uses it")
    network, truth = Network(), Truth()
    protocol = "tcp" if kind == "SOCK_STREAM" else "udp"
    far, giver, taker = Echo("far", network.far, PORT), Actor("giver", network.near), Actor("taker", network.near)
    pair(giver, taker)
    running = watch(network.near, "v0")
    local = connect(giver, "s", (FAR, PORT), kind=kind)
    if protocol == "tcp":
        far.accept()
        giver.do("s.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)")
    giver.do(SEND + GIVE)
    taker.do(SEND + TAKE, "t = threading.Thread(target=take); t.start()")
    giver.do("give()")
    taker.do("t.join()")
    given, taken = giver.do("given"), taker.do("taken")
    # Between the two it is anybody's, and what the kernel acknowledges by itself a moment after.
    truth.own(giver.pid, protocol, local, (FAR, PORT), until=taken + 0.0005, names={"giver"})
    truth.own(taker.pid, protocol, local, (FAR, PORT), since=given, names={"taker"})
    packets = packets_of(running)
    tally = judge(f"{protocol} socket that is passed on at once", packets, truth, {NEAR}).hold(packets=500, rate=0.99)
    expect(tally.pids, {giver.pid, taker.pid}, "owners")


def test_a_connection_that_is_passed_on_at_once():
    passed_at_once("SOCK_STREAM")


def test_a_datagram_socket_that_is_passed_on_at_once():
    passed_at_once("SOCK_DGRAM")


# A child of an actor does what it is told through a pipe, and says when that is done through another.
FORK = """
there, tell = os.pipe(); done, say = os.pipe(); child = os.fork()
if child == 0:
    ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
    os.close(tell)
    for order in os.fdopen(there):
        exec(json.loads(order), globals())
        os.write(say, b'.')
    os._exit(0)
os.close(there)
def order(code):
    os.write(tell, (json.dumps(code) + '\\n').encode())
    os.read(done, 1)
"""


class Child:
    """What an actor forked, which has the actor's sockets."""

    def __init__(self, parent):
        parent.do(FORK)
        self._parent, self.pid = parent, parent.do("child")

    def do(self, *lines):
        for line in lines:
            self._parent.do(f"order({line!r})")


def test_a_connection_that_a_child_inherits():
    network, truth = Network(), Truth()
    far, parent = Echo("far", network.far, PORT), Actor("parent", network.near)
    running = watch(network.near, "v0")
    local, remote = connect(parent, "s", (FAR, PORT)), (FAR, PORT)
    far.accept()
    exchange(parent, far, "SOCK_STREAM")
    since = time.time()
    child = Child(parent)
    pause()
    both = time.time()
    exchange(parent, far, "SOCK_STREAM")
    # The far end's acknowledgments.
    pause()
    used = time.time()
    exchange(child, far, "SOCK_STREAM")
    pause()
    known = time.time()
    exchange(child, far, "SOCK_STREAM")
    parting = time.time()
    # Who holds a socket is looked at when the ring has handed its packets over, some milliseconds later.
    pause()
    parent.do("s.close()")
    until = time.time()
    pause()
    exchange(child, far, "SOCK_STREAM")
    truth.own(parent.pid, "tcp", local, remote, until=until)
    truth.own(child.pid, "tcp", local, remote, since=since)
    packets = packets_of(running)
    judge("tcp socket that a child inherits", packets, truth, {NEAR}).hold(packets=5 * 10)
    shared = [packet for packet in packets if conversation(packet) and both < float(packet["frame"]["time_epoch"]) < parting]
    noted = is_noted() and not support.WITHOUT_BPF
    for packet in shared:
        said, where = Said(packet), f"in packet {packet['frame']['number']}"
        if noted and float(packet["frame"]["time_epoch"]) < used:
            # The child has it and does nothing with it.
            expect((said.pid, said.holders), (parent.pid, []), f"owner and holders {where}")
        elif noted and float(packet["frame"]["time_epoch"]) < known:
            # It is noted that the child uses it, and seen later that its parent has it, too.
            expect((said.pid, set(said.holders) <= {parent.pid, child.pid}), (child.pid, True), f"owner {where}")
        else:
            expect(set(said.holders), {parent.pid, child.pid}, f"holders {where}")
    assert len(shared) >= 30, f"{len(shared)} packets while two processes have the socket"


def test_workers_with_listeners_on_one_port():
    network, truth = Network(), Truth()
    server = Talker(network.near, "reuseport", PORT, 4, 100).ready()
    running = watch(network.near, "v0")
    Talker(network.far, "spawn", 100, 4, NEAR, PORT, 10).succeeds()
    packets = packets_of(running)
    expect(truth.read(server.lines(), {NEAR}, from_the_start=True), 100, "the programs' own lines")
    tally = judge("tcp of 4 workers on one port", packets, truth, {NEAR}).hold(packets=100 * 7, rate=0.5, flow_rate=1)
    expect(tally.named + tally.candidates, tally.packets, f"{tally}: named or with candidates")
    assert len(tally.pids) > 1, tally


def test_threads_are_their_process():
    network, truth = Network(), Truth()
    far, actor = Echo("far", network.far, PORT), Actor("many-threads", network.near)
    # Each has a name of its own, and opens its socket itself.
    actor.do(
        "import threading",
        "def work(n):\n"
        "    ctypes.CDLL(None).prctl(15, f'thread-{n}'.encode(), 0, 0, 0)\n"
        f"    s = create_connection(({FAR!r}, {PORT})); locals_.append(s.getsockname()); kept.append(s)\n"
        "    for _ in range(3): s.sendall(b'hello'); s.recv(100)\n",
        "locals_, kept = [], []",
    )
    running = watch(network.near, "v0")
    actor.do("threads = [threading.Thread(target=work, args=(n,)) for n in range(10)]", "for t in threads: t.start()")
    far.accept(10)
    for _ in range(3):
        far.turn()
    actor.do("for t in threads: t.join()")
    for local in actor.do("locals_"):
        truth.own(actor.pid, "tcp", local, (FAR, PORT), names={"many-threads"})
    judge("tcp of 10 threads", packets_of(running), truth, {NEAR}).hold(packets=10 * 9)


def test_a_process_that_changes_its_name():
    network, truth = Network(), Truth()
    far, actor = Echo("far", network.far, PORT), Actor("first-name", network.near)
    running = watch(network.near, "v0")
    local = connect(actor, "s", (FAR, PORT))
    far.accept()
    exchange(actor, far, "SOCK_STREAM")
    since = time.time()
    actor.do("ctypes.CDLL(None).prctl(15, b'second-name', 0, 0, 0)")
    pause()
    until = time.time()
    exchange(actor, far, "SOCK_STREAM")
    second = connect(actor, "t", (FAR, PORT))
    far.accept()
    exchange(actor, far, "SOCK_STREAM", name="t")
    truth.own(actor.pid, "tcp", local, (FAR, PORT), until=until, names={"first-name"})
    truth.own(actor.pid, "tcp", local, (FAR, PORT), since=since, names={"second-name"})
    truth.own(actor.pid, "tcp", second, (FAR, PORT), names={"second-name"})
    judge("tcp of a process that changes its name", packets_of(running), truth, {NEAR}).hold(packets=3 * 10)


def test_a_process_that_becomes_another_program():
    """The socket, the pid and the time of the start stay; name, program and arguments are others."""
    network, truth = Network(), Truth()
    far, actor = Echo("far", network.far, PORT), Actor("before", network.near)
    running = watch(network.near, "v0")
    local = connect(actor, "s", (FAR, PORT))
    far.accept()
    exchange(actor, far, "SOCK_STREAM")
    since = time.time()
    # bash sends on a descriptor that it has, and is called bash.
    script = "while read line; do printf '%s' \"$line\" >&9; done"
    become(actor, f"os.dup2(s.fileno(), 9); os.execv('/bin/bash', ['bash', '-c', {script!r}])", "/bin/bash")
    pause()
    until = time.time()
    for number in range(5):
        tell(actor, f"line {number}")
        far.turn("held[-1:]")
    truth.own(actor.pid, "tcp", local, (FAR, PORT), until=until, names={"before"})
    truth.own(actor.pid, "tcp", local, (FAR, PORT), since=since, names={"bash"})
    packets = packets_of(running)
    judge("tcp of a process that becomes another program", packets, truth, {NEAR}).hold(packets=13 + 10)
    said = [(float(packet["frame"]["time_epoch"]), Said(packet).process) for packet in packets if conversation(packet)]
    for time_epoch, process in said:
        expect(process["start_time"], said[0][1]["start_time"], "time of the start")
        if time_epoch > until:
            expect(process["exe"], os.path.realpath("/bin/bash"), "program")
            expect(process["cmdline"][:2], ["bash", "-c"], "arguments")
