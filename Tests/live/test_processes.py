"""Whose packets are, written in each form, is there for tshark and for `sockeye read` again."""

import json
import pathlib
import subprocess

import support
from support import expect, folder

FIXTURES = pathlib.Path(__file__).resolve().parent.parent.parent / "fixtures/captures"


def sockeye(*words):
    done = subprocess.run([support.SOCKEYE, "read", *map(str, words)], capture_output=True, check=False)
    expect((done.returncode, done.stderr), (0, b""), "sockeye read " + " ".join(map(str, words)))
    return done.stdout.decode()


def owners(path, *options):
    """Both processes of each packet."""
    packets = [json.loads(line) for line in sockeye("--json", *options, path).splitlines()]
    return [(packet.get("process"), packet.get("peer_process")) for packet in packets]


def tshark(path, *fields, options=()):
    command = ["tshark", "-n", "-r", path, "-T", "fields", *options] + [word for field in fields for word in ("-e", field)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def written(source, form, redact="none"):
    path = folder() / "out.pcapng"
    sockeye("-q", "-w", path, "--process-format", form, "--redact", redact, source)
    return path


def frames(path, front=0):
    """Times, lengths and octets of the packets, without what a form put in front."""
    rows = []
    for line in sockeye("--json", "-x", path).splitlines():
        frame = json.loads(line)["frame"]
        rows.append((frame["time_epoch"], frame["len"] - front, frame.get("direction"), frame["bytes"][2 * front :]))
    return rows


def test_round_trips():
    for name in ("processes-darwin-sections", "processes-ptcpdump", "processes-wireshark"):
        source = FIXTURES / f"{name}.pcapng"
        told = owners(source)
        for form in ("darwin", "wireshark"):
            path = written(source, form)
            expect(owners(path), told, f"{name} as {form}")
            expect(frames(path), frames(source), f"{name} as {form}")
        path = written(source, "comment")
        expect([bool(own) for own, _ in owners(path)], [bool(own) for own, _ in told], name)
        expect(frames(path), frames(source), name)
        path = written(source, "pktap")
        short = [own and (own["pid"], own.get("name")) for own, _ in told]
        expect([own and (own["pid"], own.get("name")) for own, _ in owners(path)], short, name)
        expect(frames(path, 108), frames(source), name)
        path = written(source, "none")
        expect(owners(path), [(None, None)] * len(told), name)
        expect(owners(written(source, "darwin", "all")), [(None, None)] * len(told), name)


def test_tshark_reads_each_form():
    source = FIXTURES / "processes-ptcpdump.pcapng"
    rows = tshark(written(source, "pktap"), "pktap.cmdname", "pktap.pid", "frame.protocols")
    expect(rows[0], ("curl", "4242", "pktap:pcap_pktdata:eth:ethertype:ip:udp:data"), "pktap")
    only = tshark(written(source, "pktap"), "pktap.pid", options=("-Y", 'pktap.cmdname == "nginx"'))
    expect(only, [("812",)], "pktap filter")
    rows = tshark(written(source, "comment"), "frame.comment")
    assert rows[0][0].startswith("PID: 4242\\nCmd: /usr/bin/curl\\nArgs: curl -s http://192.0.2.2/"), rows[0]
    rows = tshark(written(source, "comment", "arguments"), "frame.comment")
    assert rows[0][0].startswith("PID: 4242\\nCmd: /usr/bin/curl,"), rows[0]
    # Normal reading steps over Apple's blocks; as a raw file they are named.
    darwin = written(source, "darwin")
    expect(len(tshark(darwin, "frame.number")), 8, "packets")
    raw = ("-X", "read_format:MIME Files Format")
    rows = tshark(darwin, "pcapng.darwin.process_id", "pcapng.darwin.process_name", options=raw)
    ids, names = rows[0]
    expect((ids.split(","), names.split(",")[:2]), (["4242", "812", "5"], ["curl", "nginx"]), "blocks, once each")
    # A custom block is a frame of its own to a tshark that does not know it.
    expect(len(tshark(written(source, "wireshark"), "frame.number")), 8 + 3, "packets and blocks")


def test_filters_by_owner():
    source = FIXTURES / "processes-ptcpdump.pcapng"
    for options, pids in (
        (("--pid", "812"), [812]),
        (("--process", "cur*"), [4242, 4242, 4242]),
        (("--process", "nginx", "--user", "33"), [812]),
        (("--process", "nginx", "--user", "34"), []),
        (("--user", "1000"), [4242, 4242, 4242]),
        (("--container", "0123"), [812]),
        (("--container", "web"), [812]),
        (("--unit", "nginx"), []),
    ):
        expect([own["pid"] for own, _ in owners(source, *options)], pids, " ".join(options))
    ours = FIXTURES / "processes-darwin-sections.pcapng"
    expect(len(owners(ours, "--unit", "nginx")), 3, "either end")
    # A filter on packets is asked about the frame behind a packet tap.
    tap = written(source, "pktap")
    expect(len(sockeye(tap, "udp port 9").splitlines()), 8, "packets behind taps")
    expect(len(sockeye(tap, "udp port 10").splitlines()), 0, "packets behind taps")


def test_several_link_types():
    source = FIXTURES / "pcapng-link-types.pcapng"
    path = folder() / "all.pcapng"
    sockeye("-q", "-w", path, source)
    expect(frames(path), frames(source), "packets")
    done = subprocess.run(
        [support.SOCKEYE, "read", "-q", "-w", folder() / "all.pcap", source], capture_output=True, text=True, check=False
    )
    expect(done.returncode, 65, "exit code")
    assert "but into pcapng" in done.stderr, done.stderr
