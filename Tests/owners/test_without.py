"""Without owners, without waiting for them, and without the rights to find them."""

import re
import shutil

import support
from actors import Actor
from network import Network
from play import FAR, LOOPBACK, NEAR, Echo, connect, packets_of, pause, watch
from support import Skipped, capture, expect, folder
from talker import Talker
from test_identity import hello
from test_spaces import loopback
from truth import Said, Truth, judge, owner_of

PORT = 7010
NAMES = ("process", "socket", "attribution", "process_holders", "process_candidates", "unattributed")
MEMBERS = {prefix + name for prefix in ("", "peer_") for name in NAMES}


def test_no_owners():
    network = Network()
    far, client = Echo("far", network.far, PORT), Actor("client", network.near)
    running = [capture(network.near, "-i", "v0", *options) for options in (("--no-owners", "--json"), ("--no-owners",), ())]
    hello(client, far, (FAR, PORT))
    # The last acknowledgment may come late, and the captures end one after the other.
    pause()
    objects, lines, owned = (one.stop().succeeded() for one in running)
    assert len(objects.packets) >= 6, objects
    for packet in objects.packets:
        expect(MEMBERS & set(packet), set(), "members")
    for line, with_owner in zip(lines.lines, owned.lines, strict=True):
        expect(owner_of(line), None, line)
        assert str(client) in owner_of(with_owner), with_owner
    expect(lines.error_lines[-1][-len("dropped by kernel") :], "dropped by kernel", "no table at the end")


def test_lines():
    """How owners stand on lines: one, two, the kernel."""
    namespace = loopback()
    server, client = Echo("server", namespace, PORT, LOOPBACK), Actor("client", namespace)
    running = capture(namespace, "-i", "lo")
    local = hello(client, server, (LOOPBACK, PORT))
    expect(client.do(f"socket(AF_INET, SOCK_STREAM).connect_ex(({LOOPBACK!r}, 7999))"), 111, "refused")
    lines = running.stop().succeeded().lines
    unit = r"( < \S+)?"
    for line in lines:
        if " TCP [R" in line:
            assert re.search(r"  \[kernel\]", line), line
        elif f"{LOOPBACK}:{local[1]} > " in line:
            assert re.search(rf"  {re.escape(str(client))}{unit} > {re.escape(str(server))}{unit}$", line), line
        elif f"> {LOOPBACK}:{local[1]} " in line:
            assert re.search(rf"  {re.escape(str(server))}{unit} > {re.escape(str(client))}{unit}$", line), line
    assert len(lines) >= 8, lines
    network = Network()
    far, client = Echo("far", network.far, PORT), Actor("client", network.near)
    running = capture(network.near, "-i", "v0")
    hello(client, far, (FAR, PORT))
    for line in running.stop().succeeded().lines:
        # In or out: the process that is here.
        assert re.search(rf"  {re.escape(str(client))}{unit}$", line), line


def test_the_table_at_the_end():
    network = Network()
    far, client = Echo("far", network.far, PORT), Actor("client", network.near)
    running = watch(network.near, "v0")
    for _ in range(5):
        hello(client, far, (FAR, PORT))
    outcome = running.stop().succeeded()
    methods = [packet.get("attribution") for packet in outcome.packets]
    assert set(methods) - {None}, "no packet has an owner"
    for method in set(methods) - {None}:
        rows = [line for line in outcome.error_lines if re.search(rf"\b{method}\b", line)]
        expect(len(rows), 1, f"rows about {method} in {outcome.errors}")
        numbers = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", rows[0])]
        assert methods.count(method) in numbers, f"{methods.count(method)} packets {method}, but {rows[0]!r}"


def test_no_waiting():
    """Without waiting less may be known, but nothing wrong."""
    network, truth = Network(), Truth()
    Talker(network.far, "prefork", PORT, 8, -1).ready()
    running = watch(network.near, "v0", "--owner-wait", "0")
    said = Talker(network.near, "spawn", 200, 4, FAR, PORT, 10).succeeds()
    packets = packets_of(running)
    expect(truth.read(said), 200, "the programs' own lines")
    judge("200 short tcp clients, --owner-wait 0", packets, truth, {NEAR}).hold(packets=200 * 7, rate=0)


def unprivileged(*capabilities):
    """The program as nobody, with these capabilities and no others."""
    path = folder() / "sockeye"
    shutil.copy(support.SOCKEYE, path)
    path.chmod(0o755)
    sets = ",".join(f"+{name}" for name in capabilities)
    words = [f"--{name}=-all,{sets}" for name in ("inh-caps", "ambient-caps", "bounding-set")]
    if shutil.which("setpriv") is None:
        raise Skipped("no setpriv")
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *words], path


def watched_by_nobody(*capabilities):
    """The packets of two actors, root's and nobody's, as a user with CAP_NET_RAW sees them."""
    network, truth = Network(), Truth()
    far = Echo("far", network.far, PORT)
    roots, nobodys = Actor("roots", network.near), Actor("nobodys", network.near)
    # PR_SET_DUMPABLE: who has changed his user is else root's in /proc.
    nobodys.do("os.setgid(65534); os.setuid(65534); ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)")
    prefix, path = unprivileged(*capabilities)
    program, support.SOCKEYE = support.SOCKEYE, str(path)
    try:
        running = capture(network.near, "-i", "v0", "--json", prefix=prefix)
    finally:
        support.SOCKEYE = program
    for actor in (roots, nobodys):
        for number in range(3):
            local = connect(actor, f"s{number}", (FAR, PORT))
            far.accept()
            actor.do(f"s{number}.sendall(b'hello')")
            far.turn("held[-1:]")
            actor.do(f"s{number}.recv(100)")
            truth.own(actor.pid, "tcp", local, (FAR, PORT), names={actor.name})
    own = {("tcp", tuple(local)) for local in nobodys.do("[globals()[f's{n}'].getsockname() for n in range(3)]")}
    return running.stop().succeeded(), truth, own


def test_with_only_the_right_to_capture():
    outcome, truth, own = watched_by_nobody("net_raw")
    judge("CAP_NET_RAW only, as nobody", outcome.packets, truth, {NEAR}).hold(packets=6 * 6, rate=0, flow_rate=0)
    # Its own processes any user can see.
    mine = judge(
        "its own processes", outcome.packets, truth, {NEAR}, lambda protocol, *ends: any((protocol, end) in own for end in ends)
    )
    mine.hold(packets=3 * 6)
    # What is not known has its reason, each time.
    for packet in outcome.packets:
        said = Said(packet)
        assert said.process or said.candidates or said.method == "kernel" or said.reason, packet
    # Another user's descriptors cannot be read, and that is the reason, not that there was no socket.
    hidden = [said.reason for said in map(Said, outcome.packets) if said.process is None]
    assert hidden, "nobody can see root's descriptors"


def test_with_rights_on_the_network_only():
    outcome, truth, _ = watched_by_nobody("net_raw", "net_admin")
    judge("CAP_NET_RAW and CAP_NET_ADMIN, as nobody", outcome.packets, truth, {NEAR}).hold(packets=6 * 6, rate=0, flow_rate=0)


def test_with_all_that_finding_owners_takes():
    outcome, truth, _ = watched_by_nobody("net_raw", "net_admin", "sys_ptrace", "dac_read_search")
    judge("all rights but root, as nobody", outcome.packets, truth, {NEAR}).hold(packets=6 * 6)
