"""What ping sends and gets, and what only the kernel can have sent."""

import subprocess

from actors import Actor
from network import Network, frame
from play import FAR, LOOPBACK, NEAR, PAUSE, connect, packets_of, watch
from support import expect
from test_spaces import loopback
from truth import Said, only

PORT = 7005


def kernels(label, packets):
    """Each of them is the kernel's, and nobody's else."""
    assert packets, f"{label}: no packet to judge by"
    for packet in packets:
        said = Said(packet)
        assert said.process is None and not said.candidates, f"{label}: packet {packet['frame']['number']} is {said.process}"
        expect(said.method, "kernel", f"{label}: packet {packet['frame']['number']}")
    print(f"{label}: {len(packets)}/{len(packets)} packets the kernel's, 0 wrong", flush=True)


def ping(network, size, address=FAR):
    return subprocess.Popen(
        ["ping", "-n", "-q", "-c", "5", "-i", "0.1", "-s", str(size), address],
        stdout=subprocess.DEVNULL, preexec_fn=network.near.enter,
    )  # fmt: skip


def test_pings_at_the_same_time():
    """Four of them to one address: the length says whose a packet is."""
    network = Network()
    running = watch(network.near, "v0", "icmp")
    pings = {56 + 10 * number: ping(network, 56 + 10 * number) for number in range(4)}
    for process in pings.values():
        expect(process.wait(), 0, "ping")
    packets = packets_of(running)
    wrong = []
    named = 0
    for packet in packets:
        process = Said(packet).process
        if process is not None:
            named += 1
            wanted = pings[packet["ip"]["len"] - 28].pid
            if (process["pid"], process["name"]) != (wanted, "ping"):
                wrong.append(f"packet {packet['frame']['number']}: {process['name']}[{process['pid']}], not ping[{wanted}]")
    print(f"4 pings at once: {named}/{len(packets)} packets named, {len(wrong)} wrong", flush=True)
    expect(wrong, [], "wrong")
    expect(len(packets), 40, "packets")
    assert named >= 36, f"{named} of 40 packets named"


def test_ping_of_ipv6():
    network = Network(ipv6=True)
    running = watch(network.near, "v0", "icmp6 and (ip6[40] == 128 or ip6[40] == 129)")
    process = ping(network, 56, "2001:db8:77::2")
    expect(process.wait(), 0, "ping")
    found = [said.process and (said.process["pid"], said.process["name"]) for said in map(Said, packets_of(running))]
    expect(found, [(process.pid, "ping")] * 10, "owners")
    print("ping of ipv6: 10/10 packets named, 0 wrong", flush=True)


def test_answers_to_pings_are_the_kernels():
    network = Network()
    running = watch(network.far, "v1", "icmp[icmptype] == icmp-echoreply")
    expect(ping(network, 56).wait(), 0, "ping")
    kernels("echo replies", packets_of(running))


def test_a_closed_port():
    network = Network()
    visitor = Actor("visitor", network.far)
    running = watch(network.near, "v0", "tcp[tcpflags] & tcp-rst != 0")
    for _ in range(10):
        expect(visitor.do(f"socket(AF_INET, SOCK_STREAM).connect_ex(({NEAR!r}, {PORT}))"), 111, "refused")
    packets = packets_of(running)
    expect(len(packets), 10, "resets")
    kernels("tcp resets for a closed port", packets)


def test_unreachable_ports():
    network = Network()
    visitor = Actor("visitor", network.far)
    running = watch(network.near, "v0", "icmp")
    connect(visitor, "d", (NEAR, PORT), kind="SOCK_DGRAM")
    visitor.do("d.send(b'anybody?')", f"import time; time.sleep({PAUSE})")
    kernels("icmp errors for a closed port", packets_of(running))


def test_arp():
    network = Network()
    running = watch(network.near, "v0", "arp")
    # A question for near's address, which its kernel answers.
    question = bytes.fromhex("0001080006040001") + bytes([2, 0, 0, 0, 0, 2, 10, 77, 0, 2]) + bytes(6) + bytes([10, 77, 0, 1])
    network.send_frames([frame(question, 0x0806, "ff:ff:ff:ff:ff:ff")] * 3)
    running.shows(6)
    packets = packets_of(running)
    expect(len(only(packets, "arp")), 6, "questions and answers")
    kernels("arp", [packet for packet in packets if packet["arp"]["opcode"] == 2])


def test_ping_on_loopback():
    """The kernel answers there too: ping sends the request and gets the reply, and does not speak with itself."""
    namespace = loopback()
    running = watch(namespace, "lo", "icmp")
    command = ["ping", "-n", "-q", "-c", "3", "-i", "0.1", LOOPBACK]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=namespace.enter)
    expect(process.wait(), 0, "ping")
    packets = packets_of(running)
    expect(len(packets), 6, "requests and replies")
    for packet in packets:
        asks = packet["icmp"]["type"] == 8
        ping_end, kernel_end = (Said(packet), Said(packet, "peer_"))[:: 1 if asks else -1]
        expect((ping_end.pid, kernel_end.pid), (process.pid, None), f"{'request' if asks else 'reply'} {packet['frame']['number']}")
    print("ping on loopback: 6/6 packets named at ping's end only, 0 wrong", flush=True)
