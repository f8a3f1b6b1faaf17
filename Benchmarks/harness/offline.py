"""The cases that read a file."""
import shutil
import tempfile

from . import measure, report
from .measure import Program
from .programs import BUILD, peer, sockeye, tool

LIMIT_MIB = 64
# Two identical runs differ by this much here, so a smaller difference is none.
NOISE = 1.05


def ours(name, arguments, capture, **rest):
    """The program to measure, in a list: empty when there is no binary."""
    return [Program(name, [sockeye(), "read", *arguments, capture.path], capture.packets, **rest)] if sockeye() else []


def tcpdump_text(capture, name="tcpdump -nr", **rest):
    return Program(name, [peer("tcpdump"), "-n", "-r", capture.path], capture.packets, **rest)


def printed_all(program, capture):
    """A fast program that leaves packets out must not win: one line a packet, counted untimed."""
    count = program.lines()
    report.verdict(f"{program.name} prints every packet", count == capture.packets,
                   f"{count:,} lines of {capture.packets:,} packets")


def judge(name, fast, slow, limit):
    """limit is the largest fast/slow of the time that a user waits; CPU time is shown beside it."""
    ratios = {kind: measure.ratio(fast, slow, kind) for kind in ("wall", "cpu")}
    met = ratios["wall"] <= limit
    if limit < 0.5:
        shown = f"{1 / ratios['wall']:.1f} x faster ({1 / ratios['cpu']:.1f} x in CPU time)"
        report.verdict(name, met, f"{shown}, target {1 / limit:.0f} x"
                       + ("" if met else f", short by a factor of {ratios['wall'] / limit:.2f}"))
    else:
        shown = f"{ratios['wall']:.2f} of its time ({ratios['cpu']:.2f} of its CPU time)"
        report.verdict(name, met, f"{shown}, target {limit:.2f}" + ("" if met else f", short by {ratios['wall'] - limit:.2f}"))


def decode(files, quick):
    capture = files.main()
    report.heading(f"decode: read a file, print nothing ({capture.packets:,} packets, {capture.flows:,} flows)")
    mine = ours("sockeye read -q", ["-q"], capture)
    writer = Program("tcpdump -r FILE -w /dev/null", [peer("tcpdump"), "-r", capture.path, "-w", "/dev/null"], capture.packets)
    yardsticks = [Program("C, 256 KiB pieces, to the ports", [tool("count"), "decode", capture.path], capture.packets),
                  Program("C, libpcap's loop, count only", [tool("count"), "libpcap", capture.path], capture.packets)]
    measure.alternate([*mine, writer, *yardsticks], 5)
    report.offline([*mine, writer, *yardsticks])
    if mine:
        judge("read -q against tcpdump -w /dev/null", mine[0], writer, 0.6)


def text(files, quick):
    """Once with addresses anywhere, which tcpdump is fastest with, and once as a server of a private network sees them."""
    for capture, clients, runs in ((files.main(), "anywhere", 5),
                                   (files.make(files.packets, files.flows, "ten"), "in 10.0.0.0/8", 3)):
        report.heading(f"text: a line for every packet ({capture.packets:,} packets, {capture.flows:,} flows, clients {clients})")
        mine, theirs = ours("sockeye read", [], capture), tcpdump_text(capture)
        measure.alternate([*mine, theirs], runs)
        report.offline([*mine, theirs])
        if mine:
            judge(f"text against tcpdump -n, clients {clients}", mine[0], theirs, 1 / 10)
            printed_all(mine[0], capture)


def flows(files, quick):
    few = files.make(files.packets, 5_000 // files.scale)
    many = files.make(files.packets, 500_000 // files.scale)
    report.heading(f"flows: text with {few.flows:,} and with {many.flows:,} flows ({files.packets:,} packets each)")
    mine = [program for capture in (few, many) for program in ours(f"sockeye read, {capture.flows:,} flows", [], capture)]
    theirs = [tcpdump_text(capture, f"tcpdump -nr, {capture.flows:,} flows") for capture in (few, many)]
    measure.alternate(mine, 5)
    measure.alternate(theirs, 1)
    report.offline([*mine, *theirs])
    if mine:
        judge(f"{many.flows:,} flows against {few.flows:,}", mine[1], mine[0], NOISE)
        printed_all(mine[1], many)


def json(files, quick):
    capture, part = files.main(), files.slice()
    report.heading(f"json: an object for every packet ({capture.packets:,} packets; tshark its first {part.packets:,})")
    mine = ours("sockeye read --json", ["--json"], capture)
    theirs = Program("tshark -T ek", [peer("tshark"), "-n", "-r", part.path, "-T", "ek"], part.packets)
    measure.alternate([*mine, theirs], 3)
    report.offline([*mine, theirs])
    if mine:
        judge("--json against tshark -T ek, per packet", mine[0], theirs, 1 / 100)
        printed_all(mine[0], capture)


def conversations(files, quick):
    capture, part = files.main(), files.slice()
    report.heading(f"conversations: flows with TCP analysis ({capture.packets:,} packets; tshark its first {part.packets:,})")
    program = sockeye()
    mine = [Program("sockeye flows -q", [program, "flows", "-q", capture.path], capture.packets)] if program else []
    tshark = Program("tshark -q -z conv,tcp", [peer("tshark"), "-n", "-q", "-z", "conv,tcp", "-r", part.path], part.packets)
    collectors = []
    # The exported flows go to a port of this machine where nobody listens.
    if shutil.which("softflowd"):
        command = [peer("softflowd"), "-d", "-r", capture.path, "-n", "127.0.0.1:19995"]
        collectors.append(Program("softflowd", command, capture.packets))
    if shutil.which("nfpcapd"):
        folder = tempfile.mkdtemp(prefix="flows-", dir=BUILD)
        collectors.append(Program("nfpcapd", [peer("nfpcapd"), "-r", capture.path, "-l", folder], capture.packets))
    measure.alternate([*mine, *collectors], 5)
    measure.alternate([tshark], 1)
    report.offline([*mine, *collectors, tshark])
    if mine:
        judge("flows -q against tshark -z conv,tcp, per packet", mine[0], tshark, 1 / 25)
        for collector in collectors:
            judge(f"flows -q against {collector.name}", mine[0], collector, 1 / 2)
    else:
        return
    everything = files.make(files.packets * 2, files.packets * 2)
    flood = Program(f"sockeye flows -q, {everything.flows:,} flows", [program, "flows", "-q", everything.path], everything.packets)
    measure.alternate([flood], 1)
    report.offline([flood])
    worst = max(run.rss for run in flood.runs) / 1024
    report.verdict("a million flows at once in 400 MiB", worst < 400, f"{worst:.1f} MiB at most")


def memory(files, quick):
    small = files.main()
    large = files.make(small.packets * 4, small.flows * 4)
    report.heading(f"memory: {small.packets:,} and {large.packets:,} packets ({large.flows:,} flows)")
    programs = []
    for capture in (small, large):
        for arguments in (["-q"], [], ["--json"]):
            label = " ".join(["sockeye read", *arguments]) + f", {capture.packets:,} packets"
            programs += ours(label, arguments, capture)
    theirs = [] if quick else [tcpdump_text(small, f"tcpdump -nr, {small.packets:,} packets")]
    measure.alternate([*programs, *theirs], 1)
    report.offline([*programs, *theirs])
    if programs:
        worst = max(run.rss for program in programs for run in program.runs) / 1024
        report.verdict(f"resident memory under {LIMIT_MIB} MiB", worst < LIMIT_MIB, f"{worst:.1f} MiB at most")


def zone(files, quick):
    capture = files.main()
    report.heading("zone: text with TZ unset, as most people run it (no target)")
    programs = [*ours("sockeye read, TZ unset", [], capture, zone=None), tcpdump_text(capture, "tcpdump -nr, TZ unset", zone=None)]
    measure.alternate(programs, 3)
    report.offline(programs)


def sixteen(files, quick):
    report.heading("sixteen: text where all clients are in 10.0.0.0/16 (no target)")
    capture = files.make(files.packets, files.flows, "sixteen")
    programs = [*ours("sockeye read", [], capture), tcpdump_text(capture)]
    measure.alternate(programs, 1)
    report.offline(programs)
