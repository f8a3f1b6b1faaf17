"""Processes that have a socket because they were started by one that has it: from when on they do, and until when."""

import time

from actors import Actor
from network import Network
from play import FAR, NEAR, Echo, connect, packets_of, pause, watch
from support import expect
from test_sharing import pair
from truth import Said, Truth, conversation, judge

PORT = 7007

# Sends, and starts a program at once that has the socket for a while, as a shell does.
SEND = """
def send():
    s.send(b'data')
    child = os.fork()
    if child == 0:
        os.execvp('sleep', ['sleep', '0.04'])
    os.waitpid(child, 0)
"""

# Accepts a connection for a program that has it as its standard input and output, and keeps it as well.
HAND = """
def hand():
    global held, child
    held = l.accept()[0]
    child = os.fork()
    if child == 0:
        os.dup2(held.fileno(), 0); os.dup2(held.fileno(), 1); held.close()
        os.execvp('sh', ['sh', '-c', 'while read x; do echo $x; done'])
    return child
"""


def data(packets):
    """Those that carry some, of the near end."""
    return [packet for packet in packets if (conversation(packet) or [0, [0]])[1][0] == NEAR and packet["tcp"]["len"] > 0]


def test_a_program_that_is_started_after_the_packet():
    """It had the socket only later, and is no more when the next packet comes."""
    network, truth = Network(), Truth()
    far, sender = Echo("far", network.far, PORT), Actor("sender", network.near)
    sender.do(SEND)
    running = watch(network.near, "v0")
    local = connect(sender, "s", (FAR, PORT))
    sender.do("s.set_inheritable(True)")
    far.accept()
    for _ in range(10):
        sender.do("send()")
        far.do("held[0].recv(100)")
        time.sleep(0.25)
    truth.own(sender.pid, "tcp", local, (FAR, PORT), names={sender.name})
    packets = data(packets_of(running))
    judge("tcp data sent before a program was started", packets, truth, {NEAR}).hold(packets=10)


def test_a_program_that_has_a_connection_under_other_numbers():
    network, truth = Network(), Truth()
    parent, client = Echo("parent", network.near, PORT), Actor("client", network.far)
    parent.do(HAND)
    running = watch(network.near, "v0")
    children = []
    for number in range(5):
        local = connect(client, f"s{number}", (NEAR, PORT))
        children.append(parent.do("hand()"))
        pause()
        for _ in range(3):
            client.do(f"s{number}.send(b'line\\n')", f"s{number}.recv(100)")
            time.sleep(0.05)
        truth.own({parent.pid, children[-1]}, "tcp", (NEAR, PORT), local)
    packets = data(packets_of(running))
    judge("tcp of a program that a server starts", packets, truth, {NEAR}).hold(packets=15)
    for packet in packets:
        said = Said(packet)
        assert {said.pid, *said.holders} & set(children), f"packet {packet['frame']['number']}: {said.pid} {said.holders}, not {children}"
    expect(len(packets), 15, "packets with data")


def test_a_connection_that_is_passed_on_for_its_end():
    """Whoever has it then answers and closes it at once: too soon to be looked at, and not its first owner's any more."""
    network, truth = Network(), Truth()
    far, giver, taker = Echo("far", network.far, PORT), Actor("giver", network.near), Actor("taker", network.near)
    pair(giver, taker)
    running = watch(network.near, "v0")
    for number in range(8):
        local = connect(giver, "s", (FAR, PORT))
        far.accept()
        giver.do("s.send(b'begin')")
        far.do("held[-1].recv(100)")
        pause()
        since = time.time()
        giver.do("send_fds(p, [b'x'], [s.fileno()])", "s.close()")
        taker.do("s = socket(fileno=recv_fds(p, 1, 1)[1][0])")
        until = time.time()
        pause()
        taker.do("s.send(b'end'); s.close()")
        far.do("held[-1].recv(100); held[-1].close()")
        truth.own(giver.pid, "tcp", local, (FAR, PORT), until=until, names={"giver"})
        truth.own(taker.pid, "tcp", local, (FAR, PORT), since=since, names={"taker"})
    judge("tcp passed on, used once and closed", packets_of(running), truth, {NEAR}).hold(packets=8 * 8, rate=0.4, flow_rate=1)
