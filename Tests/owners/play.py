"""Actors that connect, send and answer, and captures that are judged by what they did."""

import functools
import json
import os
import time

from actors import Actor
import support
from support import capture, wait_until

NEAR, FAR = "10.77.0.1", "10.77.0.2"
LOOPBACK = "127.0.0.1"
# Longer than any cache of owners should believe what it saw.
PAUSE = 0.3


def watch(namespace, link, *options):
    """A capture that shows objects, begun."""
    return capture(namespace, "-i", link, "--json", *(["--no-bpf"] if support.WITHOUT_BPF else []), *options)


def likely(noted, looked_for):
    """How much is to be named of what is over soon: where the kernel notes who uses sockets, and where owners are looked for."""
    return looked_for if support.WITHOUT_BPF or not is_noted() else noted


@functools.cache
def is_noted():
    """Whether the kernel can note who uses sockets."""
    objects = map(json.loads, support.run("doctor", "--json").succeeded().output.splitlines())
    return any(each["name"] == "BPF socket uses" and each["detail"].startswith("the kernel notes") for each in objects)


def packets_of(running):
    """Ends a capture that must have lost nothing, since what is lost cannot be judged."""
    outcome = running.stop().succeeded()
    captured, received, dropped = outcome.counts
    assert dropped == 0, f"{dropped} packets dropped: nothing to judge by"
    return outcome.packets


class Echo(Actor):
    """Sends back what comes, on connections and datagrams, when told to."""

    def __init__(self, name, namespace, port, address="", family="AF_INET"):
        super().__init__(name, namespace)
        self.do(
            f"l = socket({family}, SOCK_STREAM); l.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1); l.bind(({address!r}, {port})); l.listen(1024)",
            f"u = socket({family}, SOCK_DGRAM); u.bind(({address!r}, {port})); held = []",
        )

    def accept(self, count=1):
        self.do(f"held += [l.accept()[0] for _ in range({count})]")

    def turn(self, which="held"):
        """A message from each connection, and back."""
        self.do(f"for c in {which}: c.sendall(c.recv(65536))")

    def datagrams(self, count):
        self.do(f"for _ in range({count}): u.sendto(*u.recvfrom(65536))")


def connect(actor, name, to, bind=None, family="AF_INET", kind="SOCK_STREAM"):
    """Opens a socket under that name in the actor, connected, and returns its local end."""
    bound = f"{name}.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1); {name}.bind({bind!r}); " if bind else ""
    actor.do(f"{name} = socket({family}, {kind}); {bound}{name}.connect({to!r})")
    # Short connections have tests of their own: the others' are to live for ten milliseconds at least.
    time.sleep(0.01)
    return tuple(actor.do(f"{name}.getsockname()[:2]"))


def reset(actor, name):
    """Closes a connection at once, without a time in which its addresses are taken; returns when that was done."""
    actor.do(f"{name}.setsockopt(SOL_SOCKET, SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0])); {name}.close()")
    return time.time()


def tell(actor, line):
    """Writes a line to a process that is no actor any more."""
    actor._process.stdin.write(line + "\n")
    actor._process.stdin.flush()


def become(actor, code, program):
    """Has an actor run code that ends with exec of the program, and waits for that."""
    tell(actor, json.dumps(code))
    wait_until(lambda: os.path.samefile(f"/proc/{actor.pid}/exe", program), f"{actor} to become {program}")


def pause():
    """So that what changed before is known to whoever keeps himself informed."""
    time.sleep(PAUSE)
