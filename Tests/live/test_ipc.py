"""Who speaks with whom: the picture of `sockeye ipc` of real sockets of real processes."""

import json
import os
import re
import shutil
import subprocess

from actors import Actor, holders_by_ss
from network import Namespace, ip
from support import at_end, expect, folder, run, wait_until
from test_interfaces import NOBODY, unprivileged_copy


def quiet_namespace():
    """A namespace with loopback up, where no one else has a socket."""
    namespace = Namespace("i")
    for name in ("all", "default", "lo"):
        namespace.write(f"net/ipv6/conf/{name}/disable_ipv6", 0)
    namespace.ip("link", "set", "lo", "up")
    return namespace


def lines(namespace, *options):
    return run("ipc", *options, namespace=namespace).succeeded().lines


def objects(namespace, *options):
    return run("ipc", "--json", *options, namespace=namespace).succeeded().packets


def only(namespace, *options):
    found = objects(namespace, *options)
    expect(len(found), 1, found)
    return found[0]


def serve(server, kind, address, backlog=8):
    server.do(f"l = socket({kind}); l.bind({address!r}); l.listen({backlog}); held = []")


def test_a_process_pair_is_one_line():
    namespace, path = quiet_namespace(), folder() / "php.sock"
    server, client = Actor("php-fpm", namespace), Actor("nginx", namespace)
    serve(server, "AF_UNIX, SOCK_STREAM", str(path))
    expect(lines(namespace), [f"{server} listens on unix stream {path}, nobody uses it"])
    client.do("c = [socket(AF_UNIX, SOCK_STREAM) for _ in range(3)]")
    for number in range(3):
        client.do(f"c[{number}].connect({str(path)!r})")
        server.do("held.append(l.accept()[0])")
    expect(lines(namespace), [f"{client} ⇄ {server} unix stream {path}, 3 connections, queues 0/0"])
    client.do("c[0].send(b'five!')")
    server.do("held[1].send(b'to you')")
    expect(lines(namespace), [f"{client} ⇄ {server} unix stream {path}, 3 connections, queues 6/5"])
    inodes = [f"{client.do(f'inode(c[{n}])')}/{server.do(f'inode(held[{n}])')}" for n in range(3)]
    expect(
        sorted(lines(namespace, "--by", "connection")),
        sorted(
            f"{client} ⇄ {server} unix stream {path}, inodes {inodes[n]}, queues {queues}"
            for n, queues in enumerate(("0/5", "6/0", "0/0"))
        ),
    )
    one = only(namespace)
    expect(one["endpoint"], {"path": str(path)})
    expect((one["connections"], one["waiting"], one["connecting"]), (3, 0, 0))
    expect([(p["pid"], p["name"]) for p in one["client"]["processes"]], [(client.pid, "nginx")])
    expect([(p["pid"], p["name"]) for p in one["server"]["processes"]], [(server.pid, "php-fpm")])
    wanted = sorted(zip(client.do("[inode(s) for s in c]"), server.do("[inode(s) for s in held]")))
    expect(sorted((s["client"], s["server"]) for s in one["sockets"]), wanted)


def test_every_kind_of_unix_socket_as_ss_has_them():
    namespace, where = quiet_namespace(), folder()
    server, client = Actor("server", namespace), Actor("client", namespace)
    for name, kind, address in (
        ("a", "SOCK_STREAM", str(where / "stream")),
        ("b", "SOCK_SEQPACKET", str(where / "seqpacket")),
        ("c", "SOCK_STREAM", "\0abstract"),
    ):
        server.do(f"{name} = socket(AF_UNIX, {kind}); {name}.bind({address!r}); {name}.listen(8)")
        client.do(f"{name} = socket(AF_UNIX, {kind}); {name}.connect({address!r})")
        server.do(f"{name}_held = {name}.accept()[0]")
    server.do(f"d = socket(AF_UNIX, SOCK_DGRAM); d.bind({str(where / 'log')!r})")
    client.do(f"d = socket(AF_UNIX, SOCK_DGRAM); d.connect({str(where / 'log')!r}); d.send(b'x' * 70)")
    server.do(f"e = socket(AF_UNIX, SOCK_DGRAM); e.bind('\\0one')")
    client.do(f"e = socket(AF_UNIX, SOCK_DGRAM); e.bind('\\0two'); e.connect('\\0one')")
    server.do("e.connect('\\0two')")
    found = set(lines(namespace))
    for wanted in (
        f"{client} ⇄ {server} unix stream {where}/stream, 1 connection, queues 0/0",
        f"{client} ⇄ {server} unix seqpacket {where}/seqpacket, 1 connection, queues 0/0",
        f"{client} ⇄ {server} unix stream @abstract, 1 connection, queues 0/0",
        f"{client} → {server} unix dgram {where}/log, 1 connection, queues 0/70",
    ):
        assert wanted in found, (wanted, found)
    # Which of two that name each other is the server nobody can tell.
    assert len(found) == 5 and any("unix dgram @one" in line or "unix dgram @two" in line for line in found), found
    pairs = {
        frozenset((s["client"], s["server"])) for o in objects(namespace) if not o["one_way"] for s in o["sockets"]
    }
    one_way = {(s["client"], s["server"]) for o in objects(namespace) if o["one_way"] for s in o["sockets"]}
    ss = holders_by_ss(namespace)
    expect(pairs, {frozenset((i, p)) for i, (p, _) in ss.items() if p in ss and ss[p][0] == i}, ss)
    expect(one_way, {(i, p) for i, (p, _) in ss.items() if p in ss and ss[p][0] != i}, ss)


def test_clients_that_wait_at_a_full_listener():
    namespace, path = quiet_namespace(), folder() / "slow.sock"
    server, client = Actor("slow", namespace), Actor("hasty", namespace)
    serve(server, "AF_UNIX, SOCK_STREAM", str(path), backlog=2)
    client.do(f"c = []\nfor _ in range(2):\n s = socket(AF_UNIX, SOCK_STREAM); s.connect({str(path)!r}); c.append(s)")
    expect(
        lines(namespace),
        [
            f"{client} ⇄ {server} unix stream {path}, 2 connections, 2 not accepted, queues 0/0, "
            "FULL: accept queue 2 of 2"
        ],
    )
    one = only(namespace)
    expect((one["waiting"], one["full"], one["accept_queue"], one["backlog"]), (2, True, 2, 2))
    expect(sorted(s["client"] for s in one["sockets"]), sorted(client.do("[inode(s) for s in c]")))
    expect({s["server"] for s in one["sockets"]}, {None})
    server.do("held.append(l.accept()[0])")
    one = only(namespace)
    expect((one["connections"], one["waiting"], one["full"]), (2, 1, False))


def test_pairs_of_one_process_and_of_a_family():
    namespace = quiet_namespace()
    actor = Actor("parent", namespace)
    actor.do("a, b = socketpair()")
    outcome = run("ipc", namespace=namespace).succeeded()
    expect(outcome.lines, [])
    assert "1 connection within one process not shown: --self" in outcome.errors, outcome.errors
    expect(lines(namespace, "--self"), [f"{actor} ⇄ itself unix stream socketpair, 1 connection, queues 0/0"])
    child = actor.do("child = os.fork()\nif child == 0: signal.pause()", "child")
    at_end(lambda: subprocess.run(["kill", "-KILL", str(child)]))
    both = f"{actor},parent[{child}]"
    expect(lines(namespace), [f"{both} ⇄ each other unix stream socketpair, 1 connection, queues 0/0"])
    actor.do("b.close()")
    line = only(namespace)
    holders = [{p["pid"] for p in line[side]["processes"]} for side in ("client", "server")]
    expect(sorted(map(len, holders)), [1, 2])
    assert {child} in holders and {child, actor.pid} in holders, holders


def test_tcp_over_loopback():
    namespace = quiet_namespace()
    server, client = Actor("web", namespace), Actor("browser", namespace)
    server.do("l = socket(AF_INET6); l.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0); l.bind(('::', 8080)); l.listen(8); held = []")
    client.do("c = []")
    for family, address in (("AF_INET", "127.0.0.1"), ("AF_INET6", "::1"), ("AF_INET6", "::ffff:127.0.0.1")):
        client.do(f"s = socket({family}); s.connect(({address!r}, 8080)); c.append(s)")
        server.do("held.append(l.accept()[0])")
    expect(
        lines(namespace),
        [
            f"{client} ⇄ {server} tcp 127.0.0.1:8080, 2 connections, queues 0/0",
            f"{client} ⇄ {server} tcp [::1]:8080, 1 connection, queues 0/0",
        ],
    )
    client.do("c[1].send(b'x' * 100)")
    found = {json.dumps(o["endpoint"], sort_keys=True): o for o in objects(namespace)}
    six = found['{"address": "::1", "port": 8080}']
    expect(six["queues"], {"to_client": 0, "to_server": 100})
    port = client.do("c[1].getsockname()[1]")
    each = [o for o in objects(namespace, "--by", "connection") if o["endpoint"]["address"] == "::1"]
    expect([o["client_endpoint"] for o in each], [{"address": "::1", "port": port}])
    (line,) = lines(namespace, "--by", "connection", "--port", port)
    assert f" tcp [::1]:8080 from [::1]:{port}, inodes " in line, line
    wanted = sorted(zip(client.do("[inode(s) for s in c]"), server.do("[inode(s) for s in held]")))
    expect(sorted((s["client"], s["server"]) for o in found.values() for s in o["sockets"]), wanted)
    # Half-closed, and closed at the client: the server's end is still held.
    client.do("c[0].shutdown(SHUT_WR)")
    expect(len(lines(namespace)), 2)
    client.do("c[1].close(); c[2].close()")
    # The kernel counts the end of the stream as an octet.
    closed = f"(closed) ⇄ {server} tcp [::1]:8080, 1 connection, queues 0/101"
    wait_until(lambda: closed in lines(namespace), closed)


def test_a_tcp_listener_that_is_full():
    namespace = quiet_namespace()
    server, client = Actor("slow", namespace), Actor("hasty", namespace)
    serve(server, "AF_INET, SOCK_STREAM", ("127.0.0.1", 8080), backlog=1)
    client.do("c = []\nfor _ in range(3):\n s = socket(); s.setblocking(False); s.connect_ex(('127.0.0.1', 8080)); c.append(s)")
    one = only(namespace)
    expect((one["connections"], one["full"], one["backlog"], one["accept_queue"]), (3, True, 1, 2))
    expect(one["waiting"] + one["connecting"], 3)
    expect(one["server"]["processes"][0]["pid"], server.pid)
    (line,) = lines(namespace)
    assert line.startswith(f"{client} ⇄ {server} tcp 127.0.0.1:8080, 3 connections, "), line
    assert line.endswith(", FULL: accept queue 2 of 1"), line


def test_connected_udp():
    namespace = quiet_namespace()
    server, client = Actor("server", namespace), Actor("client", namespace)
    server.do("d = socket(AF_INET, SOCK_DGRAM); d.bind(('127.0.0.1', 5300))")
    client.do("d = socket(AF_INET, SOCK_DGRAM); d.bind(('127.0.0.1', 5301)); d.connect(('127.0.0.1', 5300))")
    expect(lines(namespace), [f"{client} → {server} udp 127.0.0.1:5300, 1 connection, queues 0/0"])
    server.do("d.connect(('127.0.0.1', 5301))")
    expect(lines(namespace), [f"{client} ⇄ {server} udp 127.0.0.1:5300, 1 connection, queues 0/0"])
    # A second socket of the same address and port: the kernel chooses, and nobody can tell what.
    for number in range(2):
        server.do(f"r{number} = socket(AF_INET, SOCK_DGRAM); r{number}.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)")
        server.do(f"r{number}.bind(('127.0.0.1', 5400))")
    client.do("e = socket(AF_INET, SOCK_DGRAM); e.connect(('127.0.0.1', 5400))")
    expect(len(lines(namespace)), 1)


# Every namespace of the machine is looked into: a port of one's own, should these tests run twice at once.
PORT = 10000 + os.getpid() % 20000


def joined(letter):
    """Two namespaces with a veth pair between them, always with the same addresses."""
    one, two = Namespace(letter), Namespace(letter)
    ip("-n", one.name, "link", "add", "w0", "type", "veth", "peer", "name", "w1", "netns", two.name)
    for namespace, link, address in ((one, "w0", "10.9.0.1/24"), (two, "w1", "10.9.0.2/24")):
        namespace.ip("addr", "add", address, "dev", link)
        namespace.ip("link", "set", link, "up")
    return one, two


def connect_across(one, two, suffix):
    """A connection from one to the other with the same addresses and ports each time."""
    server, client = Actor(f"server{suffix}", two), Actor(f"client{suffix}", one)
    serve(server, "AF_INET, SOCK_STREAM", ("10.9.0.2", PORT))
    client.do(f"c = socket(); c.bind(('10.9.0.1', 40000)); c.connect(('10.9.0.2', {PORT}))")
    server.do("held.append(l.accept()[0])")
    return server, client


def test_between_namespaces():
    one, two = joined("v")
    server, client = connect_across(one, two, "")
    expect(lines(one), [])
    wanted = f"{client} ⇄ {server} tcp 10.9.0.2:{PORT}, 1 connection, queues 0/0, netns {one.name} ⇄ {two.name}"
    expect(lines(None, "--all-netns", "--pid", f"{client.pid},{server.pid}"), [wanted])
    found = only(None, "--all-netns", "--pid", client.pid)
    expect(found["sockets"], [{"client": client.do("inode(c)"), "server": server.do("inode(held[0])")}])
    assert found["client"]["netns"] != found["server"]["netns"], found

    # The same again between two others: four ends, and none that could be told from its twin.
    server2, client2 = connect_across(*joined("t"), "2")
    for line in lines(None, "--all-netns"):
        assert " ⇄ " not in line or not any(str(actor) in line for actor in (server, client, server2, client2)), line
    # As soon as one pair is gone, the other one is certain again.
    client2.end(), server2.end()
    expect(lines(None, "--all-netns", "--pid", f"{client.pid},{server.pid}"), [wanted])


def test_a_unix_socket_between_namespaces():
    here, there, path = quiet_namespace(), quiet_namespace(), folder() / "shared.sock"
    server, client = Actor("server", there), Actor("client", here)
    serve(server, "AF_UNIX, SOCK_STREAM", str(path))
    client.do(f"c = socket(AF_UNIX); c.connect({str(path)!r})")
    server.do("held.append(l.accept()[0])")
    (line,) = lines(None, "--all-netns", "--path", str(path))
    assert line.startswith(f"{client} ⇄ {server} unix stream {path}, 1 connection, queues 0/0"), line
    # With only one of the namespaces listed, the other end's holder is still known by its inode.
    found = [line for namespace in (here, there) for line in lines(namespace) if str(client) in line and str(server) in line]
    assert found, (lines(here), lines(there))


def test_filters_want_one_of_both_ends():
    namespace, where = quiet_namespace(), folder()
    server, client, other = (Actor(name, namespace) for name in ("server", "client", "other"))
    serve(server, "AF_UNIX, SOCK_STREAM", str(where / "one"))
    for actor in (client, other):
        actor.do(f"c = socket(AF_UNIX); c.connect({str(where / 'one')!r})")
        server.do("held.append(l.accept()[0])")
    server.do("t = socket(); t.bind(('127.0.0.1', 8080)); t.listen(1)")
    expect(len(lines(namespace)), 3)
    expect(len(lines(namespace, "--process", "client")), 1)
    expect(len(lines(namespace, "--pid", server.pid)), 3)
    expect(len(lines(namespace, "--path", f"{where}/o*")), 2)
    expect(len(lines(namespace, "--port", "8080")), 1)
    expect(len(lines(namespace, "--family", "unix")), 2)
    expect(len(lines(namespace, "--connected")), 2)
    nothing = run("ipc", "--process", "nothing", namespace=namespace).succeeded()
    assert "no conversation matches" in nothing.errors, nothing.errors


HOSTILE = 'a"]\n\x1b[31m\\->b'


def test_the_graph():
    namespace, path = quiet_namespace(), folder() / 'x" -> y\n\\'
    server, client = Actor(HOSTILE, namespace), Actor("client", namespace)
    serve(server, "AF_UNIX, SOCK_STREAM", str(path), backlog=1)
    client.do(f"c = socket(AF_UNIX); c.connect({str(path)!r})")
    server.do("t = socket(); t.bind(('127.0.0.1', 8080)); t.listen(1)")
    graph = run("ipc", "--dot", namespace=namespace).succeeded().output.decode()
    quoted = r'"(?:[^"\\\n]|\\.)*"'
    attributes = rf"\[(?:\w+=(?:\w+|{quoted}))(?:, \w+=(?:\w+|{quoted}))*\]"
    statement = re.compile(rf"  (?:\w+=\w+|(?:node|edge|\w+)(?: -> \w+)? {attributes});")
    first, *inner, last = graph.splitlines()
    expect((first, last), ("digraph ipc {", "}"))
    for line in inner:
        assert statement.fullmatch(line), line
    assert "\x1b" not in graph and "color=red" in graph and "unused" in graph and "style=dashed" in graph, graph
    if shutil.which("dot"):
        drawn = subprocess.run(["dot", "-Tsvg"], input=graph.encode(), capture_output=True)
        expect((drawn.returncode, drawn.stderr), (0, b""), graph)
        assert b"accept queue 1 of 1" in drawn.stdout, drawn.stdout


def test_hostile_names_stay_on_their_line():
    namespace, path = quiet_namespace(), folder() / "x\n\x1b[31m ⇄ y"
    server, client = Actor(HOSTILE, namespace), Actor("client", namespace)
    serve(server, "AF_UNIX, SOCK_STREAM", str(path))
    client.do(f"c = socket(AF_UNIX); c.connect({str(path)!r})")
    (line,) = lines(namespace)
    assert "\x1b" not in line and "a\"]\\n\\x1b[31m\\\\->b" in line, line
    one = only(namespace)
    expect((one["server"]["name"], one["endpoint"]["path"]), (HOSTILE, str(path)))


def test_without_privilege():
    namespace, path = quiet_namespace(), folder() / "x.sock"
    server, client = Actor("server", namespace), Actor("client", namespace)
    serve(server, "AF_UNIX, SOCK_STREAM", str(path))
    client.do(f"c = socket(AF_UNIX); c.connect({str(path)!r})")
    server.do("held.append(l.accept()[0])")
    program = unprivileged_copy()
    done = subprocess.run([*NOBODY, program, "ipc"], preexec_fn=namespace.enter, capture_output=True, text=True)
    expect((done.returncode, done.stdout), (0, f"? ⇄ ? unix stream {path}, 1 connection, queues 0/0\n"), done.stderr)
    assert "CAP_SYS_PTRACE" in done.stderr and "2 ends of those shown may be theirs" in done.stderr, done.stderr
    denied = subprocess.run([*NOBODY, program, "ipc", "--all-netns"], capture_output=True, text=True)
    expect((denied.returncode, denied.stdout), (77, ""), denied.stderr)
    assert "CAP_SYS_ADMIN" in denied.stderr, denied.stderr


def test_summed_by_unit_and_container():
    namespace, path = quiet_namespace(), folder() / "x.sock"
    server, client = Actor("server", namespace), Actor("client", namespace)
    serve(server, "AF_UNIX, SOCK_STREAM", str(path))
    client.do(f"c = socket(AF_UNIX); c.connect({str(path)!r})")
    server.do("held.append(l.accept()[0])")
    (line,) = lines(namespace, "--by", "container")
    expect(only(namespace, "--by", "container")["client"]["kind"] in ("host", "container"), True, line)
    one = only(namespace, "--by", "unit")
    assert one["client"]["kind"] in ("unit", "command"), one
    run("ipc", "--by", "planet").failed_with(64, "planet")
    run("ipc", "--dot", "--json").failed_with(64, "--dot and --json")
