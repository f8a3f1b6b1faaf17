#!/usr/bin/env python3
"""Writes a capture of many TCP connections whose segments are lost, doubled, overtaken and nonsensical by chance.

    random_connections.py SEED CONNECTIONS FILE

The same seed makes the same octets. Addresses are documentation addresses. Each connection has ports of its own.
"""

import random
import struct
import sys

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def segment(ends, seq, ack, flags, window, length, options=b""):
    (source, source_port), (destination, destination_port) = ends
    options += b"\0" * (-len(options) % 4)
    header = 20 + len(options)
    tcp = struct.pack(
        "!HHIIBBHHH", source_port, destination_port, seq % 2**32, ack % 2**32, header // 4 << 4, flags, window, 0, 0
    )
    total = 20 + header + length
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, total, 0, 0x4000, 64, 6, 0, source, destination)
    return b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + tcp + options + b"x" * length


class Side:
    def __init__(self, rand):
        self.seq = rand.choice([rand.randrange(2**32), 2**32 - rand.randrange(1, 3000), 1000])
        self.sent = []
        self.window = rand.choice([0, 200, 1000, 64240])
        self.shift = rand.choice([None, 0, 2, 7])


def connection(rand, number):
    ends = [(bytes([192, 0, 2, 1 + number // 60000]), 1024 + number % 60000), (bytes([198, 51, 100, 1]), 80)]
    sides = [Side(rand), Side(rand)]
    now = rand.randrange(1000)
    packets = []

    def send(who, seq, ack, flags, length, options=b"", window=None):
        own = ends if who == 0 else ends[::-1]
        window = sides[who].window if window is None else window
        packets.append((now, segment(own, seq, ack, flags, window, length, options)))

    def scale(side):
        return b"" if side.shift is None else bytes([3, 3, side.shift, 1])

    if rand.random() < 0.7:
        send(0, sides[0].seq, 0, SYN, 0, scale(sides[0]))
        sides[0].seq += 1
        now += rand.choice([50, 2000, 20000])
        if rand.random() < 0.9:
            send(1, sides[1].seq, sides[0].seq, SYN | ACK, 0, scale(sides[1]))
            sides[1].seq += 1
            now += rand.choice([50, 2000, 20000])
            if rand.random() < 0.9:
                send(0, sides[0].seq, sides[1].seq, ACK, 0)
    size = rand.choice([1, 10, 100])
    acks = [sides[1].seq, sides[0].seq]
    for _ in range(rand.randrange(3, 40)):
        now += rand.choice([0, 1, 10, 500, 2500, 3500, 15000, 25000, 300000])
        who = rand.randrange(2)
        own, peer = sides[who], sides[1 - who]
        what = rand.random()
        if what < 0.35:
            length = rand.choice([1, 1, size, size, size * 2])
            flags = ACK | (PSH if rand.random() < 0.3 else 0) | (FIN if rand.random() < 0.05 else 0)
            own.sent.append((own.seq, length))
            if rand.random() < 0.85:
                send(who, own.seq, acks[who], flags, length)
            own.seq += length + (1 if flags & FIN else 0)
        elif what < 0.5 and own.sent:
            seq, length = rand.choice(own.sent[-4:])
            send(who, seq, acks[who], ACK | (FIN if rand.random() < 0.03 else 0), length)
        elif what < 0.8:
            if rand.random() < 0.6:
                acks[who] = rand.choice([peer.seq, peer.seq, *(seq for seq, _ in peer.sent[-4:])])
            for _ in range(rand.choice([1, 1, 1, 2, 4])):
                send(who, own.seq, acks[who], ACK, 0)
        elif what < 0.86:
            own.window = rand.choice([0, 0, 1, size, size * 2, 64240])
            send(who, own.seq, acks[who], ACK, 0)
        elif what < 0.9:
            send(who, own.seq - 1, acks[who], ACK, rand.choice([0, 1]))
        elif what < 0.93:
            edge = acks[1 - who] + peer.window * 2 ** (peer.shift or 0) - own.seq
            length = edge if 0 < edge < 1400 else size
            send(who, own.seq, acks[who], ACK, length)
            own.sent.append((own.seq, length))
            own.seq += length
        elif what < 0.95:
            send(who, own.seq, acks[who], rand.choice([RST, RST | ACK]), 0, window=0)
        elif what < 0.97:
            new = rand.choice([own.seq, rand.randrange(2**32)])
            send(who, new, 0 if rand.random() < 0.7 else acks[who], rand.choice([SYN, SYN | ACK]), 0, scale(own))
            if rand.random() < 0.5:
                own.seq = new + 1
        else:
            send(who, own.seq + rand.choice([-5000, 5000, 100]), acks[who] + rand.choice([0, 7000, -9]), ACK, size)
    return packets


def main():
    seed, count, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    rand = random.Random(seed)
    packets = sorted((packet for number in range(count) for packet in connection(rand, number)), key=lambda item: item[0])
    with open(name, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for time, octets in packets:
            second, micro = divmod(1_700_000_000_000_000 + time, 1_000_000)
            file.write(struct.pack("<IIII", second, micro, len(octets), len(octets)) + octets)


main()
