"""The plain-text tables."""
import os
import platform

from . import programs

passed = []


def machine(quick):
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    print(f"{os.cpu_count()} cores ({model}), Linux {platform.release()}, {platform.machine()}; "
          f"load {os.getloadavg()[0]:.1f}")
    print(f"{programs.version('tcpdump')}; {programs.version('tshark')}")
    print("TZ=UTC for every program unless a row says otherwise; files in the page cache")
    print("IPv4 addresses of clients and servers anywhere (first octet 20 to 119) unless a row says otherwise")
    if quick:
        print("--quick: fewer packets; don't quote these figures")
    if not programs.sockeye():
        print("no sockeye binary (make build, or set SOCKEYE): the peers only")


def heading(text):
    print(f"\n{text}")


def table(columns, rows):
    """Rows of text under their columns: the first left-aligned, the others right-aligned."""
    widths = [max(len(str(line[i])) for line in [columns, *rows]) for i in range(len(columns))]
    for line in [columns, *rows]:
        first = str(line[0]).ljust(widths[0])
        print("  ".join(["  " + first, *(str(cell).rjust(width) for cell, width in zip(line[1:], widths[1:]))]))


def offline(measured):
    rows = []
    if not measured:
        print("  nothing to measure")
        return
    for program in measured:
        cells = [program.name, len(program.runs)]
        for kind in ("cpu", "wall"):
            cells += [f"{program.median(kind):,.0f}", f"{min(program.values(kind)):,.0f}"]
        rows.append(cells + [f"{max(run.rss for run in program.runs) / 1024:,.1f}"])
    table(["ns per packet", "runs", "CPU median", "min", "wall median", "min", "peak MiB"], rows)


def verdict(name, met, figure):
    text = f"{'PASS ' if met else 'SHORT'}  {name}: {figure}"
    passed.append((met, text))
    print("  " + text)


def verdicts():
    if passed:
        print(f"\n{sum(met for met, _ in passed)} of {len(passed)} targets met")
        for _, text in passed:
            print("  " + text)
