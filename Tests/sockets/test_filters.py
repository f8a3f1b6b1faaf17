"""Each filter selects the rows that the same question asked in Python selects from all rows."""

import fnmatch
import ipaddress

import sockeye_side
import support
from compare import frozen
from support import expect
from zoo_side import Zoo


def identity(row):
    """What stays the same of a socket between two looks at it."""
    told = row["told"]
    return frozen([told["family"], told["type"], told["protocol"], told["inode"], told["cookie"], told["local"], told["remote"]])


def ends(row):
    return [end for end in (row["local"], row["remote"]) if end]


def has_port(first, last=None):
    return lambda row: row["type"] != "raw" and any(first <= end.get("port", -1) <= (last or first) for end in ends(row)) and first > 0


def has_address(text):
    network = ipaddress.ip_network(text)

    def inside(end):
        if "address" not in end:
            return False
        address = ipaddress.ip_address(end["address"])
        return address in network or bool(getattr(address, "ipv4_mapped", None)) and address.ipv4_mapped in network

    return lambda row: any(inside(end) for end in ends(row))


def has_path(pattern):
    names = lambda row: ["@" + end["abstract"] if "abstract" in end else end.get("path", "") for end in ends(row)]  # noqa: E731
    return lambda row: row["family"] == "unix" and any(name and fnmatch.fnmatchcase(name, pattern) for name in names(row))


def waits(row):
    bound = {"inet": "port", "inet6": "port", "unix": None}
    local = row["local"] or {}
    named = bool(local.get("port")) or row["family"] == "unix" and bool(local)
    return row["state"] == "listen" or row["state"] == "unconnected" and row["type"] == "dgram" and row["family"] in bound and named


def of_process(key, *values):
    return lambda row: any(each.get(key) in values for each in row["told"]["processes"])


def of_user(number):
    def wanted(row):
        owners = row["told"]["processes"]
        return any(each["uid"] == number for each in owners) if owners else row["uid"] == number

    return wanted


def is_any(key, *values):
    return lambda row: row[key] in values


def connected(row):
    return row["state"] not in ("close", "listen", "unconnected", "bound_inactive")


def cases(zoo, rows):
    """Options, and what they ask."""
    main, second = zoo.pids
    port = next(row["local"]["port"] for row in zoo.rows if row["label"] == "TCP of a SO_REUSEPORT group, 0")
    for value in ("stream", "dgram", "seqpacket", "raw"):
        yield ["--type", value], is_any("type", value)
    for value in ("inet", "inet6", "unix", "packet", "netlink", "vsock", "xdp"):
        yield ["--family", value], is_any("family", value)
    for value in sorted({row["state"] for row in rows}):
        yield ["--state", value], is_any("state", value)
    yield ["--listening"], waits
    yield ["--connected"], connected
    yield ["--port", str(port)], has_port(port)
    yield ["--port", "47100-47200"], has_port(47100, 47200)
    for network in ("127.0.0.0/8", "10.77.0.1", "::1", "::/0", "0.0.0.0/0", "10.77.0.96/27"):
        yield ["--address", network], has_address(network)
    for pattern in ("*listener", "@sockeye-*", "@sockeye-first", "/tmp/*-connected", "*two*", "nothing"):
        yield ["--path", pattern], has_path(pattern)
    yield ["--process", "sockeye-zoo"], of_process("name", "sockeye-zoo")
    yield ["--process", "sock*"], of_process("name", "sockeye-zoo")
    yield ["--pid", str(second)], of_process("pid", second)
    yield ["--pid", f"{second},{main}"], of_process("pid", second, main)
    yield ["--user", "root"], of_user(0)
    yield ["--user", "65534"], of_user(65534)
    yield ["--container", "*"], lambda row: any("container" in each for each in row["told"]["processes"])
    yield ["--unit", "*"], lambda row: any("unit" in each for each in row["told"]["processes"])
    # Several values of one option are alternatives; several options must all hold.
    yield ["--type", "stream,seqpacket", "--family", "unix"], lambda row: row["family"] == "unix" and row["type"] in ("stream", "seqpacket")
    yield ["--state", "listen", "--state", "time_wait"], is_any("state", "listen", "time_wait")
    yield ["--family", "inet", "--listening", "--port", str(port)], lambda row: (
        row["family"] == "inet" and waits(row) and has_port(port)(row))  # fmt: skip
    yield ["--connected", "--address", "::1", "--type", "stream"], lambda row: (
        connected(row) and has_address("::1")(row) and row["type"] == "stream")  # fmt: skip
    yield ["--pid", str(second), "--family", "unix"], lambda row: of_process("pid", second)(row) and row["family"] == "unix"


def test_each_filter():
    zoo = Zoo()
    rows, _ = sockeye_side.run(zoo.namespace)
    empty = []
    for options, wanted in cases(zoo, rows):
        ours, _ = sockeye_side.run(zoo.namespace, *options)
        expected = {identity(row): row["told"] for row in rows if wanted(row)}
        found = {identity(row): row["told"] for row in ours}
        missing = [expected[key] for key in expected.keys() - found.keys()]
        surplus = [found[key] for key in found.keys() - expected.keys()]
        assert not missing and not surplus, f"{options}: missing {missing}, more {surplus}"
        empty += [] if expected else [" ".join(options)]
    print(f"nothing here is chosen by: {', '.join(empty)}")


def test_values_that_are_none():
    for options in (["--state", "open"], ["--family", "ipx"], ["--type", "streams"], ["--port", "http"], ["--address", "300.1.1.1"],
                    ["--address", "10.0.0.0/40"], ["--pid", "x"], ["--user", "no-such-user"], ["--netns", "a", "--all-netns"]):  # fmt: skip
        outcome = support.run("sockets", *options)
        expect((outcome.status, outcome.output), (64, b""), f"{options}: {outcome!r}")


def test_a_namespace_from_outside():
    zoo = Zoo()
    inside, _ = sockeye_side.run(zoo.namespace)
    for name in (zoo.namespace.name, f"/run/netns/{zoo.namespace.name}", str(zoo.pids[0])):
        outside, _ = sockeye_side.run(None, "--netns", name)
        expect({identity(row) for row in outside}, {identity(row) for row in inside}, f"--netns {name}")
        expect({row["netns"] for row in outside}, {zoo.number}, "the namespace's number")
    everywhere, _ = sockeye_side.run(None, "--all-netns")
    here = {identity(row) for row in everywhere if row["netns"] == zoo.number}
    expect(here, {identity(row) for row in inside}, "--all-netns")
