"""Two network namespaces joined by a veth pair, made for one run and deleted after it."""
import os
import subprocess

from .programs import CannotRun, peer


def ip(*arguments):
    done = subprocess.run([peer("ip"), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"ip {' '.join(arguments)}: status {done.returncode} {done.stderr.strip()}")
    return done.stdout


class Network:
    """`sender` and `receiver` are namespaces; the veth ends in them are skb0 and skb1."""

    def __enter__(self):
        self.sender, self.receiver = f"skb-from-{os.getpid()}", f"skb-to-{os.getpid()}"
        try:
            for namespace in (self.sender, self.receiver):
                ip("netns", "add", namespace)
                # Nothing but the generator may send: no neighbor discovery, no router solicitation.
                for place in ("all", "default"):
                    ip("netns", "exec", namespace, "sh", "-c",
                       f"echo 1 > /proc/sys/net/ipv6/conf/{place}/disable_ipv6")
            ip("-n", self.sender, "link", "add", "skb0", "type", "veth", "peer", "name", "skb1", "netns", self.receiver)
            for namespace, end in ((self.sender, "skb0"), (self.receiver, "skb1")):
                ip("-n", namespace, "link", "set", end, "arp", "off", "multicast", "off", "up")
        except CannotRun:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        for namespace in (self.sender, self.receiver):
            subprocess.run([peer("ip"), "netns", "delete", namespace], capture_output=True, check=False)

    def inside(self, namespace, *command):
        return [peer("ip"), "netns", "exec", namespace, *command]

    def counters(self):
        """What the two ends count: sent, arrived, and dropped between them."""
        folder = "/sys/class/net"
        names = {"sent": (self.sender, "skb0", "tx_packets"), "arrived": (self.receiver, "skb1", "rx_packets"),
                 "refused": (self.sender, "skb0", "tx_dropped"), "dropped": (self.receiver, "skb1", "rx_dropped")}
        return {key: int(ip("netns", "exec", where, "cat", f"{folder}/{end}/statistics/{name}"))
                for key, (where, end, name) in names.items()}

    def listening(self):
        """Whether a packet socket in the receiver is bound to skb1 for all protocols and running."""
        index = ip("netns", "exec", self.receiver, "cat", "/sys/class/net/skb1/ifindex").strip()
        for line in ip("netns", "exec", self.receiver, "cat", "/proc/net/packet").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0003" and fields[4] in (index, "0") and fields[5] == "1":
                return True
        return False
