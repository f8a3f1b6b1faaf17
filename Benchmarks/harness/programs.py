"""Where the programs are, and the C tools compiled once into .build/bench."""
import os
import re
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, ".build", "bench")
SOURCES = os.path.join(ROOT, "Benchmarks")
TOOLS = {"make-capture": [], "blast": [], "timed": [], "count": ["-lpcap"], "many-sockets": [], "exchange": []}


class CannotRun(Exception):
    """The benchmark itself is at fault, or something it needs is missing."""


def sockeye():
    """The binary to measure, or None to measure the peers only."""
    named = os.environ.get("SOCKEYE")
    path = os.path.abspath(named or os.path.join(ROOT, ".build", "release", "sockeye"))
    if os.access(path, os.X_OK):
        return path
    if named:
        raise CannotRun(f"SOCKEYE={named}: not a program")
    return None


def tool(name):
    return os.path.join(BUILD, name)


def peer(name):
    path = shutil.which(name)
    if not path:
        raise CannotRun(f"{name} is not installed")
    return path


def version(name):
    shown = subprocess.run([peer(name), "--version"], capture_output=True, text=True, check=False)
    lines = (shown.stdout + shown.stderr).splitlines()
    found = next((re.search(r"\d+\.\d+\.\d+", line) for line in lines if re.search(r"\d+\.\d+\.\d+", line)), None)
    return f"{name} {found.group() if found else '(unknown version)'}"


def build():
    """Compiles what is older than its source."""
    compiler = shutil.which("clang") or shutil.which("cc")
    if not compiler:
        raise CannotRun("no C compiler: clang of the Swift toolchain, or cc")
    os.makedirs(BUILD, exist_ok=True)
    headers = [os.path.join(SOURCES, name) for name in os.listdir(SOURCES) if name.endswith(".h")]
    for name, libraries in TOOLS.items():
        source, program = os.path.join(SOURCES, name + ".c"), tool(name)
        newest = max(os.path.getmtime(path) for path in [source, *headers])
        if os.path.exists(program) and os.path.getmtime(program) >= newest:
            continue
        command = [compiler, "-O2", "-Wall", "-Wextra", "-o", program, source, *libraries]
        if subprocess.run(command, check=False).returncode:
            raise CannotRun(f"{name}.c does not compile (libpcap-dev installed?)")
