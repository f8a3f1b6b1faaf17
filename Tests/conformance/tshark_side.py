"""What tshark says: one dictionary a packet, from field name to the list of values, read from its PDML."""

import io
import subprocess
import xml.etree.ElementTree

# Sockeye shows each packet for itself: nothing is reassembled, every checksum is verified.
PREFERENCES = [
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


def collect(element, out):
    for child in element:
        name = child.get("name", "")
        if child.tag == "field" and name:
            out.setdefault(name, []).append(child.get("show", ""))
        collect(child, out)


def read(capture):
    command = ["tshark", "-n", "-r", str(capture), "-T", "pdml"]
    for preference in PREFERENCES:
        command += ["-o", preference]
    done = subprocess.run(command, capture_output=True, check=False)
    text = done.stdout
    if not text.rstrip().endswith(b"</pdml>"):
        text += b"</pdml>"
    packets = []
    for _, element in xml.etree.ElementTree.iterparse(io.BytesIO(text)):
        if element.tag == "packet":
            fields = {}
            for proto in element:
                if proto.get("name") != "geninfo":
                    collect(proto, fields)
            packets.append(fields)
            element.clear()
    return packets
