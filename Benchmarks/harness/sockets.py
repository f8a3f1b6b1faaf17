"""The case that lists sockets: many-sockets in a namespace of its own, and the programs that list them there."""
import contextlib
import ctypes
import os
import shutil
import subprocess

from . import measure, report
from .measure import Program
from .network import ip
from .programs import CannotRun, peer, sockeye, tool, version

CONNECTIONS, UNIX, PROCESSES = 20_000, 5_000, 200
CLONE_NEWNET = 0x40000000
RUNS = 7
libc = ctypes.CDLL(None, use_errno=True)


def unavailable():
    """What is missing for this case, or None."""
    if os.geteuid() != 0:
        return "root"
    return None if all(shutil.which(name) for name in ("ip", "ss", "lsof")) else "iproute2 and lsof"


def enter(path):
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise CannotRun(f"setns({path}): {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def opened(connections, unix, processes):
    """Enters a namespace where so many sockets are open, and leaves it."""
    name = f"skb-many-{os.getpid()}"
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    ip("netns", "add", name)
    opener = None
    try:
        ip("-n", name, "link", "set", "lo", "up")
        enter(f"/run/netns/{name}")
        command = [tool("many-sockets"), "-c", str(connections), "-u", str(unix), "-p", str(processes)]
        opener = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if not opener.stdout.readline().startswith("ready"):
            raise CannotRun(f"many-sockets: status {opener.wait()}")
        yield
    finally:
        enter(f"/proc/self/fd/{home}")
        os.close(home)
        if opener:
            opener.stdin.close()
            opener.wait()
        ip("netns", "delete", name)


def judge(name, mine, theirs, limit):
    """The time that a user waits is judged; CPU time is shown beside it."""
    wall, cpu = (measure.ratio(mine, theirs, kind) for kind in ("wall", "cpu"))
    report.verdict(name, wall <= limit, f"{wall:.2f} of its time ({cpu:.2f} of its CPU time), target {limit:.2f}"
                   + ("" if wall <= limit else f", short by {wall - limit:.2f}"))


def table(measured):
    rows = []
    for program in measured:
        cells = [program.name, len(program.runs)]
        for kind in ("cpu", "wall"):
            cells += [f"{value / 1e6:,.0f}" for value in (program.median(kind), min(program.values(kind)))]
        rows.append(cells + [f"{max(run.rss for run in program.runs) / 1024:,.1f}"])
    report.table(["milliseconds", "runs", "CPU median", "min", "wall median", "min", "peak MiB"], rows)


def sockets(files, quick):
    scale = 10 if quick else 1
    connections, unix, processes = CONNECTIONS // scale, UNIX // scale, PROCESSES // scale
    report.heading(f"sockets: all of them with their owners ({connections:,} TCP connections, both ends, {unix:,} unix sockets, "
                   f"{processes:,} processes that hold them); load {os.getloadavg()[0]:.1f}")
    print(f"  {version('ss')}; {version('lsof')}")
    with opened(connections, unix, processes):
        mine = [Program("sockeye sockets --json", [sockeye(), "sockets", "--json"], 1),
                Program("sockeye sockets", [sockeye(), "sockets"], 1),
                Program("sockeye sockets --json --no-owners", [sockeye(), "sockets", "--json", "--no-owners"], 1)] if sockeye() else []
        theirs = [Program("ss -anp", [peer("ss"), "-anp"], 1), Program("lsof -nP -i", [peer("lsof"), "-nP", "-i"], 1),
                  Program("ss -an, without owners", [peer("ss"), "-an"], 1)]
        measure.alternate([*mine, *theirs], RUNS)
        table([*mine, *theirs])
        if not mine:
            return
        judge("sockets --json against ss -anp", mine[0], theirs[0], 0.35)
        judge("sockets --json against lsof -nP -i", mine[0], theirs[1], 0.25)
        # A program that leaves sockets out must not win: every one is an object, and every descriptor is named.
        lines, wanted = mine[0].lines(), 2 * connections + unix
        report.verdict("sockets --json lists every socket", lines >= wanted, f"{lines:,} objects of at least {wanted:,}")
