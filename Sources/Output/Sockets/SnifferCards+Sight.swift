import CLinux
import Glibc
import Sockets
import Wire

/// What a sniffer sees, in words.
extension SnifferCards {
  func writeSight(_ sniffer: Sniffer, _ socket: SocketRecord, into text: inout TextBuffer) {
    switch sniffer.role {
    case .packets: writePackets(socket, into: &text)
    case .netlinkMonitor:
      text.append("netlink messages of every program on ")
      writeInterface(socket, into: &text)
    case .vsockMonitor:
      text.append("messages of virtual machines on ")
      writeInterface(socket, into: &text)
    case .raw: writeRaw(socket, into: &text)
    case .xdp:
      text.append("packets that XDP takes off ")
      writeInterface(socket, into: &text)
      if case .xdp(_, let queue) = socket.local {
        text.append(" queue ")
        text.append(decimal: queue)
      }
    case .events(let events): text.append(events.words)
    }
    if listing.hasSeveralNamespaces {
      text.append(", in network namespace ")
      if let name = listing.surroundings.namespaces[socket.namespace] {
        text.append(word: Array(name.utf8))
      } else {
        text.append(decimal: socket.namespace)
      }
    }
  }

  private func writePackets(_ socket: SocketRecord, into text: inout TextBuffer) {
    if socket.protocolNumber == 0 {
      text.append("no packets of ")
    } else if socket.protocolNumber == UInt16(ETH_P_ALL) {
      text.append("all packets of ")
    } else {
      text.append(protocolOf: socket)
      text.append(" packets of ")
    }
    writeInterface(socket, into: &text)
    guard let packet = socket.details?.packet else { return }
    for (index, membership) in packet.memberships.enumerated() where membership.isPromiscuous {
      text.append(", ")
      text.append("promiscuous", style: .warning)
      // An interface of its own choice stands there already.
      if socket.interfaceIndex != membership.interface {
        text.append(" on ")
        text.append(interface: membership.interface, in: socket.namespace, listing.surroundings)
      } else if index > 0 {
        continue
      }
    }
    if packet.memberships.contains(where: { Int32($0.type) == PACKET_MR_ALLMULTI }) {
      text.append(", all multicast addresses")
    }
    if let fanout = packet.fanout {
      text.append(", fanout group ")
      text.append(decimal: fanout.group)
    }
  }

  private func writeRaw(_ socket: SocketRecord, into text: inout TextBuffer) {
    if socket.protocolNumber == UInt16(IPPROTO_RAW) {
      text.append("nothing: it sends ")
    }
    text.append(socket.family == .inet6 ? "raw IPv6 packets" : "raw IPv4 packets")
    if socket.protocolNumber != UInt16(IPPROTO_RAW) {
      text.append(" of ")
      text.append(protocolOf: socket)
      text.append(" to this host")
    }
    if let index = socket.interfaceIndex {
      text.append(" on ")
      text.append(interface: index, in: socket.namespace, listing.surroundings)
    }
    if let remote = socket.remote {
      text.append(" from ")
      text.append(end: remote, of: socket, listing.surroundings)
    }
  }

  private func writeInterface(_ socket: SocketRecord, into text: inout TextBuffer) {
    guard let index = socket.interfaceIndex else { return text.append("every interface") }
    text.begin(.endpoint)
    text.append(interface: index, in: socket.namespace, listing.surroundings)
    text.end()
  }

  func writeFilter(_ sniffer: Sniffer, into text: inout TextBuffer) {
    guard let filter = sniffer.filter else {
      return text.append(seesFilters ? "not told by the kernel" : "not told: that needs CAP_NET_ADMIN", style: .faint)
    }
    guard filter.isAttached else { return text.append("none, unless it is of extended BPF", style: .faint) }
    text.append(escaping: filter.words)
    text.begin(.faint)
    text.append(" (")
    text.append(decimal: filter.program.instructions.count)
    text.append(filter.program.instructions.count == 1 ? " instruction" : " instructions")
    if let length = filter.program.keptLength, length > 0, length < 1 << 16 {
      text.append(", keeps ")
      text.append(decimal: length)
      text.append(length == 1 ? " octet" : " octets")
    }
    text.append(")")
    text.end()
  }

  func writeRing(_ ring: PacketRingDetails, _ socket: SocketRecord, into text: inout TextBuffer) {
    text.append(size: UInt64(ring.blockSize) * UInt64(ring.blockCount))
    text.append(" of TPACKET_V")
    text.append(decimal: UInt64(socket.details?.packet?.version ?? 0) + 1)
    text.append(": ")
    text.append(decimal: ring.blockCount)
    text.append(" blocks of ")
    text.append(size: UInt64(ring.blockSize))
  }
}
