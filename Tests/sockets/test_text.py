"""The table: every row is in it, and nothing in it acts on the terminal."""

import re

import sockeye_side
from support import Program, expect, run
from zoo_side import Zoo


def test_every_row_is_in_the_table():
    zoo = Zoo()
    rows, _ = sockeye_side.run(zoo.namespace)
    outcome = run("sockets", "--no-header", "--columns", "inode,cookie,family,type,state", namespace=zoo.namespace).succeeded()
    shown = sorted(tuple(line.split()) for line in outcome.lines)
    told = sorted(
        tuple(str(each if each not in (None, 0) else "-") for each in (row["inode"], row["cookie"], row["family"], row["type"], row["state"]))
        for row in rows
    )
    # The socket by which each of the two runs has asked is its own.
    missing = [line for line in told if line not in shown]
    surplus = [line for line in shown if line not in told]
    assert not missing, f"not in the table: {missing}; more: {surplus}"
    assert all(line[2] == "netlink" for line in surplus) and len(surplus) <= 2, surplus


def test_the_usual_table():
    zoo = Zoo()
    rows, _ = sockeye_side.run(zoo.namespace)
    for options in ([], ["-v"], ["--sort", "inode"]):
        outcome = run("sockets", *options, namespace=zoo.namespace).succeeded()
        assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", outcome.output), "a control character reached the table"
        assert "\u202e" not in outcome.output.decode(), "a character that turns text reached the table"
        records = [line for line in outcome.lines[1:] if not line.startswith((" ", "\t"))]
        assert abs(len(records) - len(rows)) <= 2, f"{options}: {len(records)} rows, not {len(rows)}"
    header = run("sockets", namespace=zoo.namespace).lines[0]
    assert header == header.upper() and "STATE" in header, header
    without = run("sockets", "--no-header", namespace=zoo.namespace).lines[0]
    assert without != header, without


def test_a_full_disk_is_told():
    with open("/dev/full", "wb") as full:
        outcome = Program("sockets", "--json", output=full).outcome()
    expect(outcome.status, 74, repr(outcome))
