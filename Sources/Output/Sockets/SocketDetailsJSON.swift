import CLinux
import Sockets
import Wire

/// What the kernel tells of a socket beyond its row, as JSON: members of the socket's object, each behind a comma.
enum SocketDetailsJSON {
  private static let tcpMembers = NumberMembers(TCPMember.all.map { ($0.name, $0.offset, $0.size) })
  /// The kernel's names of what SK_MEMINFO has, in its order. See sock_diag(7).
  private static let memoryMembers: NumberMembers = {
    let names: [StaticString] = [
      "rmem_alloc", "rcvbuf", "wmem_alloc", "sndbuf", "fwd_alloc", "wmem_queued", "optmem", "backlog", "drops",
    ]
    return NumberMembers(names.indices.map { (names[$0], $0 * 4, 4) })
  }()

  static func write(_ socket: SocketRecord, _ surroundings: Surroundings, into text: inout TextBuffer) {
    if let told = socket.toldDetails {
      write(told, of: socket, surroundings, into: &text)
    } else if let details = socket.details {
      write(details, of: socket, surroundings, into: &text)
    }
  }

  private static func write(
    _ details: some DetailsMembers, of socket: SocketRecord, _ surroundings: Surroundings, into text: inout TextBuffer
  ) {
    if let only = socket.isIPv6Only { member("v6only", only, into: &text) }
    if details.timer != 0 { writeTimer(details, into: &text) }
    details.withCongestionControl { name in
      guard name.byteCount > 0 else { return }
      text.append(",\"congestion_control\":")
      text.append(jsonString: name)
    }
    details.withUpperLayerProtocol { name in
      guard name.byteCount > 0 else { return }
      text.append(",\"ulp\":")
      text.append(jsonString: name)
    }
    if let tos = details.typeOfService { member("tos", UInt64(tos), into: &text) }
    if let mark = details.mark { member("mark", UInt64(mark), into: &text) }
    if details.boundInterface != 0 {
      text.append(",\"bound_interface\":")
      text.append(jsonInterface: details.boundInterface, in: socket.namespace, surroundings)
    }
    if details.shutdown != 0 {
      text.append(",\"shutdown\":[")
      if details.shutdown & 1 != 0 { text.append("\"receive\"") }
      if details.shutdown & 3 == 3 { text.append(",") }
      if details.shutdown & 2 != 0 { text.append("\"send\"") }
      text.append("]")
    }
    if let options = details.options { writeOptions(options, into: &text) }
    if let cgroup = details.cgroup { member("cgroup", cgroup, into: &text) }
    let pending = details.pendingInodes
    if !pending.isEmpty {
      text.append(",\"pending\":[")
      for (index, inode) in pending.enumerated() {
        if index > 0 { text.append(",") }
        text.append(digitsOf: inode)
      }
      text.append("]")
    }
    if let file = details.pathInode {
      text.append(",\"path_inode\":{\"device\":")
      text.append(decimal: file.device)
      text.append(",\"inode\":")
      text.append(decimal: file.inode)
      text.append("}")
    }
    details.withTCPInformation { if $0.byteCount > 0 { writeTCP($0, into: &text) } }
    details.withMemory { memory in
      guard memory.byteCount >= 4 else { return }
      text.append(",\"memory\":")
      text.append(beginningObject: memoryMembers, of: memory)
      text.append("}")
    }
    if let packet = details.packet { PacketDetailsJSON.write(packet, socket, surroundings, into: &text) }
  }

  private static func writeTimer(_ details: some DetailsMembers, into text: inout TextBuffer) {
    text.append(",\"timer\":{\"name\":\"")
    text.append(SocketWords.timer(details.timer))
    text.append("\",\"milliseconds\":")
    text.append(decimal: details.timerMilliseconds)
    text.append(",\"retransmits\":")
    text.append(decimal: details.retransmits)
    text.append("}")
  }

  private static func writeOptions(_ options: UInt16, into text: inout TextBuffer) {
    text.append(",\"options\":[")
    var isFirst = true
    for (bit, name) in SocketWords.options where options & bit != 0 {
      text.append(isFirst ? "\"" : ",\"")
      isFirst = false
      text.append(name)
      text.append("\"")
    }
    text.append("]")
  }

  private static func writeTCP(_ octets: RawSpan, into text: inout TextBuffer) {
    text.append(",\"tcp_info\":")
    let hasMembers = text.append(beginningObject: tcpMembers, of: octets)
    let place = TCPInformation.windowScalesOffset
    if place < octets.byteCount {
      let scales = TCPInformation.windowScales(octets.uint8(at: place))
      text.append(member: "snd_wscale", afterComma: hasMembers)
      text.append(decimal: scales.send)
      text.append(member: "rcv_wscale", afterComma: true)
      text.append(decimal: scales.receive)
      text.append(member: "delivery_rate_app_limited", afterComma: true)
      let flags = place &+ 1
      let isLimited = flags < octets.byteCount && TCPInformation.isApplicationLimited(octets.uint8(at: flags))
      text.append(isLimited ? "true" : "false")
    }
    text.append("}")
  }

  static func member(_ name: StaticString, _ value: UInt64, into text: inout TextBuffer) {
    text.append(member: name, afterComma: true)
    text.append(digitsOf: value)
  }

  static func member(_ name: StaticString, _ value: Bool, into text: inout TextBuffer) {
    text.append(member: name, afterComma: true)
    text.append(value ? "true" : "false")
  }
}
