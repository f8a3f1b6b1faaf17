import Linux
import Sockets
import Wire

/// What is special to a packet socket, in lines. See packet(7).
enum PacketLines {
  static func write(
    _ packet: PacketSocketDetails, _ socket: SocketRecord, _ surroundings: Surroundings, into text: inout TextBuffer
  ) {
    text.line("packet") { text in
      let start = text.count
      if packet.receiveRing != nil || packet.transmitRing != nil {
        text.fact("TPACKET_V", UInt64(packet.version) + 1)
      }
      for (bit, name) in SocketWords.packetFlags where packet.flags & bit != 0 {
        text.separate(from: start)
        text.append(name)
      }
      if packet.copyThreshold > 0 {
        text.separate(from: start)
        text.fact("copies packets up to ", UInt64(packet.copyThreshold))
      }
      if packet.reserve > 0 {
        text.separate(from: start)
        text.fact("headroom ", UInt64(packet.reserve))
      }
    }
    if let ring = packet.receiveRing { text.line("receive ring") { write(ring, into: &$0) } }
    if let ring = packet.transmitRing { text.line("transmit ring") { write(ring, into: &$0) } }
    if let fanout = packet.fanout {
      text.line("fanout") { text in
        text.fact("group ", UInt64(fanout.group), ", by ")
        if let name = SocketWords.fanout(fanout.mode) { text.append(name) } else { text.append(decimal: fanout.mode) }
      }
    }
    if let count = socket.details.map({ FilterProgram(octets: $0.filter).instructions.count }), count > 0 {
      text.line("filter") { $0.fact("", UInt64(count), " instructions of classic BPF: --sniffers has them in words") }
    }
    text.line("memberships") { text in
      for (index, membership) in packet.memberships.enumerated() {
        if index > 0 { text.append(", ") }
        if let name = SocketWords.membership(membership.type) {
          text.append(name, style: membership.isPromiscuous ? .highlight : .fieldName)
        } else {
          text.append(decimal: membership.type)
        }
        text.append(" on ")
        text.append(interface: membership.interface, in: socket.namespace, surroundings)
        if membership.count > 1 { text.fact(", ", UInt64(membership.count), " times") }
      }
    }
  }

  private static func write(_ ring: PacketRingDetails, into text: inout TextBuffer) {
    text.fact("", UInt64(ring.blockCount), " blocks of ")
    text.append(decimal: ring.blockSize)
    text.fact(" octets, ", UInt64(ring.frameCount), " frames of ")
    text.append(decimal: ring.frameSize)
    if ring.retireMilliseconds > 0 { text.fact(", handed over after ", UInt64(ring.retireMilliseconds), " ms") }
  }
}

extension PacketMembership {
  /// Whether it makes the interface take packets that are not for it.
  var isPromiscuous: Bool { type == 1 }
}
