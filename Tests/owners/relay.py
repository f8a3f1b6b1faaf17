"""Processes that hand sockets on to each other at random, after they have sent through them or not, at once or after a silence.

`sink PORT` takes what they send. `relay ADDRESS PORT PROCESSES SOCKETS SECONDS` prints each process, and how many octets it sends
at a time: no other sends as many. With `rally` each sends once and hands on soon, in a ring, with two pauses in a second.
"""

import os
import random
import selectors
import socket
import sys
import time

FIRST = 100
PAUSES = [0, 0.001, 0.01, 0.1, 0.25, 0.3, 0.5]


def sink(port):
    waiting = selectors.DefaultSelector()
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("", port))
    listener = socket.create_server(("", port))
    for one in (datagrams, listener):
        waiting.register(one, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select():
            try:
                if key.fileobj is listener:
                    waiting.register(listener.accept()[0], selectors.EVENT_READ)
                elif not key.fileobj.recv(4096) and key.fileobj is not datagrams:
                    waiting.unregister(key.fileobj)
                    key.fileobj.close()
            except OSError:
                pass


def opened(number, to):
    if number % 3 == 0:
        connection = socket.create_connection(to)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if number % 3 == 1:
        datagrams.connect(to)
    return datagrams


def work(place, boxes, count, to, end):
    """What one of the processes does, whose box is at its place."""
    chance = random.Random(place)
    message = b"a" * (FIRST + place)
    box = boxes[place][0]
    box.setblocking(False)
    mine = {}
    for number in range(count):
        one = opened(number, to)
        mine[one.fileno()] = [one, time.time() + chance.random() / 2]
    while time.time() < end:
        try:
            while True:
                for descriptor in socket.recv_fds(box, 8, 4)[1]:
                    mine[descriptor] = [socket.socket(fileno=descriptor), time.time() + chance.choice(PAUSES)]
        except OSError:
            pass
        for descriptor, entry in list(mine.items()):
            one, due = entry
            if due > time.time():
                continue
            goes = chance.random() > 0.6
            if not goes or chance.random() < 0.5:
                if one.type == socket.SOCK_DGRAM:
                    one.sendto(message, to)
                else:
                    one.send(message)
                entry[1] = time.time() + chance.choice(PAUSES)
            if goes:
                other = chance.choice([box for number, box in enumerate(boxes) if number != place])
                try:
                    socket.send_fds(other[1], [b"x"], [descriptor])
                except OSError:
                    continue
                one.close()
                del mine[descriptor]
        time.sleep(0.0005)


def play(place, boxes, count, to, end):
    """The same where it goes on after a tenth of a millisecond."""
    message, box, following = b"a" * (FIRST + place), boxes[place][0], boxes[(place + 1) % len(boxes)][1]
    box.settimeout(0.5)
    for number in range(count if place == 0 else 0):
        one = opened(number, to)
        socket.send_fds(following, [b"x"], [one.fileno()])
        one.close()
    rest = time.time() + 0.5
    while time.time() < end:
        if place == 0 and time.time() > rest:
            time.sleep(0.25)
            rest = time.time() + 0.25
        try:
            descriptor = socket.recv_fds(box, 8, 1)[1][0]
        except OSError:
            continue
        one = socket.socket(fileno=descriptor)
        if one.type == socket.SOCK_DGRAM:
            one.sendto(message, to)
        else:
            one.send(message)
        time.sleep(0.0001)
        socket.send_fds(following, [b"x"], [descriptor])
        one.close()


def relay(work, address, port, processes, sockets, seconds):
    boxes = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(processes)]
    end = time.time() + seconds
    children = []
    for place in range(processes):
        child = os.fork()
        if child == 0:
            work(place, boxes, sockets // processes, (address, port), end)
            os._exit(0)
        children.append(child)
        print(child, FIRST + place, flush=True)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    if sys.argv[1] == "sink":
        sink(int(sys.argv[2]))
    else:
        relay(play if sys.argv[1] == "rally" else work, sys.argv[2], *map(int, sys.argv[3:]))
