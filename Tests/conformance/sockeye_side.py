"""What Sockeye says: one dictionary a packet, from Wireshark's field name to the list of values."""

import json
import subprocess

# Objects that hold a whole packet of their own: their fields have the same names as the outer packet's.
NESTED = ("inner", "quoted")
# Keys that have no counterpart in Wireshark.
OWN = {"frame.direction", "frame.bytes"}


def flatten(prefix, value, out):
    if isinstance(value, dict):
        for key, item in value.items():
            flatten(f"{prefix}.{key}" if prefix else key, item, out)
    elif isinstance(value, list):
        for item in value:
            flatten(prefix, item, out)
    else:
        out.setdefault(prefix, []).append(value)


def flatten_packet(packet, out):
    for key, value in packet.items():
        if key == "stop":
            out["stop"] = [value["reason"]]
        elif key not in NESTED:
            flatten(key, value, out)
    for key in NESTED:
        if key in packet:
            flatten_packet(packet[key], out)


def read(program, capture):
    """Runs Sockeye over a capture; a truncated file's whole packets count, whatever the exit status."""
    done = subprocess.run([program, "read", "--json", str(capture)], capture_output=True, check=False)
    if done.returncode not in (0, 65):
        raise SystemExit(f"{capture}: sockeye exited {done.returncode}: {done.stderr.decode(errors='replace')}")
    packets = []
    for line in done.stdout.splitlines():
        fields = {}
        flatten_packet(json.loads(line), fields)
        packets.append({name: values for name, values in fields.items() if name not in OWN})
    return packets
