"""What tshark says: one dictionary a packet, from field name to the list of values, read from its PDML."""

import functools
import io
import re
import subprocess
import xml.etree.ElementTree

# Sockeye shows each packet for itself: nothing is reassembled, every checksum is verified.
PREFERENCES = [
    # Edges of selective acknowledgments as they stand in the option, like tcp.seq_raw.
    "tcp.relative_sequence_numbers:FALSE",
    "ip.defragment:FALSE",
    "ipv6.defragment:FALSE",
    "tcp.desegment_tcp_streams:FALSE",
    "tls.desegment_ssl_records:FALSE",
    "tls.desegment_ssl_application_data:FALSE",
    "http.desegment_headers:FALSE",
    "http.desegment_body:FALSE",
    "ip.check_checksum:TRUE",
    "tcp.check_checksum:TRUE",
    "udp.check_checksum:TRUE",
    "ip.tso_support:TRUE",
]


@functools.cache
def field_names():
    """Every field that this tshark knows."""
    done = subprocess.run(["tshark", "-G", "fields"], capture_output=True, check=True, text=True)
    return {line.split("\t")[2] for line in done.stdout.splitlines() if line.startswith("F\t")}


def collect(element, out):
    for child in element:
        name = child.get("name", "")
        # A hidden copy of ipv6.version is no version of IPv4.
        if name == "ip.version" and element.get("name") == "ipv6":
            continue
        if child.tag == "field" and name:
            out.setdefault(name, []).append(child.get("show", ""))
        collect(child, out)


def read(capture):
    # The port of VXLAN that Linux takes where nobody says another.
    command = ["tshark", "-n", "-r", str(capture), "-d", "udp.port==8472,vxlan", "-T", "pdml"]
    for preference in PREFERENCES:
        command += ["-o", preference]
    done = subprocess.run(command, capture_output=True, check=False)
    # Control characters of names and payloads stand raw in tshark's XML, which allows none.
    text = re.sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", b"?", done.stdout)
    text = text.decode("utf-8", errors="replace").encode()
    if not text.rstrip().endswith(b"</pdml>"):
        text += b"</pdml>"
    packets = []
    for _, element in xml.etree.ElementTree.iterparse(io.BytesIO(text)):
        if element.tag == "packet":
            fields = {}
            for proto in element:
                if proto.get("name") != "geninfo":
                    fields.setdefault(proto.get("name"), [])
                    collect(proto, fields)
            packets.append(fields)
            element.clear()
    return packets
