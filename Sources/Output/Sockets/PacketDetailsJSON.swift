import CLinux
import Linux
import Sockets
import Wire

/// What is special to a packet socket, as JSON: the member `packet` of its object.
enum PacketDetailsJSON {
  static func write(
    _ packet: PacketSocketDetails, _ socket: SocketRecord, _ surroundings: Surroundings, into text: inout TextBuffer
  ) {
    text.append(",\"packet\":{\"version\":")
    text.append(decimal: UInt64(packet.version) + 1)
    text.append(",\"snap_length\":")
    if packet.copyThreshold == 0 { text.append("null") } else { text.append(decimal: packet.copyThreshold) }
    SocketDetailsJSON.member("reserve", UInt64(packet.reserve), into: &text)
    SocketDetailsJSON.member("promiscuous", packet.isPromiscuous, into: &text)
    text.append(",\"flags\":[")
    var isFirst = true
    for (bit, name) in SocketWords.packetFlags where packet.flags & bit != 0 {
      text.append(isFirst ? "\"" : ",\"")
      isFirst = false
      text.append(name)
      text.append("\"")
    }
    text.append("]")
    if let ring = packet.receiveRing { write(ring, "rx_ring", into: &text) }
    if let ring = packet.transmitRing { write(ring, "tx_ring", into: &text) }
    if let fanout = packet.fanout {
      text.append(",\"fanout\":{\"group\":")
      text.append(decimal: fanout.group)
      text.append(",\"mode\":")
      if let name = SocketWords.fanout(fanout.mode) {
        text.append("\"")
        text.append(name)
        text.append("\"")
      } else {
        text.append(decimal: fanout.mode)
      }
      text.append("}")
    }
    text.append(",\"memberships\":[")
    for (index, membership) in packet.memberships.enumerated() {
      text.append(index == 0 ? "{\"type\":" : ",{\"type\":")
      if let name = SocketWords.membership(membership.type) {
        text.append("\"")
        text.append(name)
        text.append("\"")
      } else {
        text.append(decimal: membership.type)
      }
      text.append(",\"interface\":")
      text.append(jsonInterface: membership.interface, in: socket.namespace, surroundings)
      text.append(",\"count\":")
      text.append(decimal: membership.count)
      text.append("}")
    }
    text.append("]")
    if let details = socket.details, !details.filter.isEmpty {
      text.append(",\"filter\":")
      text.append(jsonInstructionsOf: FilterProgram(octets: details.filter))
    }
    text.append("}")
  }

  private static func write(_ ring: PacketRingDetails, _ name: StaticString, into text: inout TextBuffer) {
    text.append(member: name, afterComma: true)
    text.append("{\"block_size\":")
    text.append(decimal: ring.blockSize)
    SocketDetailsJSON.member("block_count", UInt64(ring.blockCount), into: &text)
    SocketDetailsJSON.member("frame_size", UInt64(ring.frameSize), into: &text)
    SocketDetailsJSON.member("frame_count", UInt64(ring.frameCount), into: &text)
    SocketDetailsJSON.member("retire_milliseconds", UInt64(ring.retireMilliseconds), into: &text)
    text.append("}")
  }
}
