"""Owners in files: what a live capture knew is what `sockeye read` and tshark find again."""

from actors import Actor
from network import Network
from play import FAR, LOOPBACK, Echo, connect
from support import capture, expect, folder, run
from test_identity import hello
from test_processes import tshark
from test_spaces import loopback
from truth import Said, Truth, conversation, judge

PORT = 7009
# What the form darwin has a place for; arguments are left out unless asked for.
KEPT = ("pid", "name", "exe", "ppid", "uid", "user", "container", "unit")


def remembered(process, keys=KEPT):
    return process and {key: process[key] for key in keys if key in process}


def conversations(*options, rounds=3):
    """A server and two clients on loopback, captured with options into a file and shown as JSON."""
    namespace, truth, path = loopback(), Truth(), folder() / "owners.pcapng"
    server, clients = Echo("server", namespace, PORT, LOOPBACK), [Actor(name, namespace) for name in ("curl", "wget")]
    running = capture(namespace, "-i", "lo", "--json", "-w", path, *options)
    for _ in range(rounds):
        for client in clients:
            local = hello(client, server, (LOOPBACK, PORT))
            truth.own(client.pid, "tcp", local, (LOOPBACK, PORT), names={client.name})
    truth.own(server.pid, "tcp", (LOOPBACK, PORT), names={"server"})
    outcome = running.stop().succeeded()
    return path, outcome.packets, truth, {"server": server.pid, **{client.name: client.pid for client in clients}}


def owners(packets, keys=KEPT):
    return [(remembered(packet.get("process"), keys), remembered(packet.get("peer_process"), keys)) for packet in packets]


def test_what_was_shown_is_in_the_file():
    path, shown, truth, _ = conversations()
    read = run("read", "--json", path).succeeded().packets
    expect(owners(read), owners(shown), "owners")
    judge("owners in a file, both ends", read, truth, {LOOPBACK}).hold(packets=6 * 6 * 2)
    for packet in read:
        assert "cmdline" not in packet["process"], "arguments hold secrets"
        # Nanoseconds since 1970, and the second of it that the kernel counts in.
        shown_start = next(one["process"]["start_time"] for one in shown if one["frame"]["number"] == packet["frame"]["number"])
        expect(packet["process"]["start_time"], shown_start, "time of the start")


def test_redaction():
    path, _, _, pids = conversations("--redact", "none")
    read = run("read", "--json", path).succeeded().packets
    assert read and all(packet.get("process", {}).get("cmdline") for packet in read), "packets without arguments"
    path, _, _, pids = conversations("--redact", "paths")
    for packet in run("read", "--json", path).succeeded().packets:
        process = packet.get("process", {})
        assert process.get("pid") in pids.values() and not {"exe", "cmdline"} & set(process), process
    path, _, _, pids = conversations("--redact", "all")
    read = run("read", "--json", path).succeeded().packets
    assert read and not any(Said(packet).process or Said(packet, "peer_").process for packet in read), read[0]
    with open(path, "rb") as file:
        content = file.read()
    assert b"curl" not in content and b"server" not in content, "a name is in the file"


def senders(shown):
    assert all("process" in packet for packet in shown), "packets without owner"
    return [(str(packet["process"]["pid"]), packet["process"]["name"]) for packet in shown]


def test_each_form_for_tshark():
    path, shown, _, pids = conversations()
    raw = ("-X", "read_format:MIME Files Format")
    ids, names = tshark(path, "pcapng.darwin.process_id", "pcapng.darwin.process_name", options=raw)[0]
    expect(dict(zip(names.split(","), map(int, ids.split(",")))), pids, "darwin: blocks, once each")
    expect(len(tshark(path, "frame.number")), len(shown), "darwin: packets")

    path, shown, _, pids = conversations("--process-format", "pktap")
    expect(tshark(path, "pktap.pid", "pktap.cmdname"), senders(shown), "pktap")
    only = tshark(path, "pktap.pid", options=("-Y", 'pktap.cmdname == "curl"'))
    expect(set(only), {(str(pids["curl"]),)}, "pktap filter")

    path, shown, _, _ = conversations("--process-format", "comment")
    comments = [row[0] for row in tshark(path, "frame.comment")]
    for comment, (pid, name) in zip(comments, senders(shown), strict=True):
        assert f"PID: {pid}\\n" in comment, comment

    path, shown, _, pids = conversations("--process-format", "wireshark")
    # To a tshark that does not know it, a block for each process is a frame of its own.
    expect(len(tshark(path, "frame.number")), len(shown) + len(pids), "wireshark: packets and blocks")

    path, shown, _, _ = conversations("--process-format", "none")
    expect(len(tshark(path, "frame.number")), len(shown), "none: packets")


def test_each_form_for_ourselves():
    for form, keys in (("darwin", KEPT), ("wireshark", KEPT), ("pktap", ("pid", "name")), ("comment", ("pid",))):
        path, shown, _, _ = conversations("--process-format", form)
        read = run("read", "--json", path).succeeded().packets
        own = [process for process, _ in owners(read, keys)]
        expect(own, [process for process, _ in owners(shown, keys)], f"processes, {form}")


def test_filters_find_in_the_file_what_they_would_have_found_live():
    path, shown, _, pids = conversations()
    for options, names in (
        (("--process", "curl"), {"curl"}),
        (("--pid", pids["wget"]), {"wget"}),
        (("--process", "server"), {"curl", "wget"}),
    ):
        wanted = [one for one in shown if names & {one.get(end, {}).get("name") for end in ("process", "peer_process")}]
        found = run("read", "--json", *options, path).succeeded().packets
        expect(len(found), len(wanted), f"packets with {options}")


def test_a_process_that_is_gone_is_in_the_file():
    network, path = Network(), folder() / "gone.pcapng"
    far, client = Echo("far", network.far, PORT), Actor("gone", network.near)
    running = capture(network.near, "-i", "v0", "-q", "-w", path, "tcp")
    local = connect(client, "s", (FAR, PORT))
    far.accept()
    client.do("s.sendall(b'last words')")
    client.end()
    far.do("held[0].recv(100), held[0].recv(100), held[0].close()")
    running.stop().succeeded()
    packets = run("read", "--json", path).succeeded().packets
    assert len(packets) >= 6 and all(conversation(packet) for packet in packets), packets
    truth = Truth()
    truth.own(client.pid, "tcp", local, (FAR, PORT), names={"gone"})
    judge("a process that is gone, in a file", packets, truth, {local[0]}).hold(packets=6, rate=0.8)


def test_classic_pcap_has_packets_only():
    namespace, path = loopback(), folder() / "classic.pcap"
    server, client = Echo("server", namespace, PORT, LOOPBACK), Actor("curl", namespace)
    running = capture(namespace, "-i", "lo", "-q", "-w", path)
    hello(client, server, (LOOPBACK, PORT))
    running.stop().succeeded()
    packets = run("read", "--json", path).succeeded().packets
    assert len(packets) >= 6 and not any("process" in packet for packet in packets), packets[:1]
