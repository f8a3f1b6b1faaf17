"""What a user without privileges sees: the same sockets, without the owners that are not theirs to know, and one line that says so."""

import shutil
import subprocess

import sockeye_side
import support
from support import expect, folder
from test_filters import identity
from zoo_side import Zoo

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]


def copy():
    path = folder() / "sockeye"
    shutil.copy(support.SOCKEYE, path)
    path.chmod(0o755)
    return path


def test_rows_without_owners():
    zoo = Zoo()
    rows, _ = sockeye_side.run(zoo.namespace)
    done = subprocess.run([*NOBODY, copy(), "sockets", "--json"], preexec_fn=zoo.namespace.enter, capture_output=True)
    errors = done.stderr.decode()
    expect(done.returncode, 0, errors)
    ours = {identity(row): row for row in sockeye_side.read(done.stdout)}
    # What only its owner's descriptor tells, nobody else may know. A packet socket's inode is told to its network's administrator.
    from_descriptors = lambda row: row["state"] in ("close", "unconnected") and not (row["local"] or {}).get("port") or row["family"] in ("vsock", "xdp")  # noqa: E731
    for row in rows:
        found = ours.get(identity(row))
        if found is None:
            assert row["told"]["processes"] and from_descriptors(row), f"not seen by nobody: {row['told']}"
            continue
        expect(found["told"]["processes"], [], "owners that nobody may not know")
        for key in ("state", "uid", "netns", "accept_queue", "backlog"):
            expect(found["told"].get(key), row["told"].get(key), f"{key} of {row['told']}")
    said = [line for line in errors.splitlines() if "CAP_SYS_PTRACE" in line or "CAP_DAC_READ_SEARCH" in line]
    expect(len(said), 1, f"lines that say what is missing: {errors}")


def test_other_namespaces_need_a_capability():
    zoo = Zoo()
    for options in (["--all-netns"], ["--netns", zoo.namespace.name]):
        done = subprocess.run([*NOBODY, copy(), "sockets", *options], capture_output=True, text=True)
        expect((done.returncode, done.stdout), (77, ""), done.stderr)
        assert "CAP_SYS_ADMIN" in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_own_sockets_without_privilege():
    # A process sees what it holds itself.
    script = "import socket,subprocess,sys;s=socket.socket();s.bind(('127.0.0.1',0));s.listen(3);print(s.getsockname()[1],flush=True);sys.stdin.read()"
    zoo = Zoo()
    held = subprocess.Popen(
        [*NOBODY, "python3", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=zoo.namespace.enter
    )
    support.at_end(held.wait)
    support.at_end(held.stdin.close)
    port = int(held.stdout.readline())
    held.stdout.close()
    done = subprocess.run(
        [*NOBODY, copy(), "sockets", "--json", "--port", str(port), "--listening"], preexec_fn=zoo.namespace.enter, capture_output=True
    )
    rows = [row for row in sockeye_side.read(done.stdout) if row["local"]["port"] == port and row["state"] == "listen"]
    expect([[each["pid"] for each in row["told"]["processes"]] for row in rows], [[held.pid]], "owners")
