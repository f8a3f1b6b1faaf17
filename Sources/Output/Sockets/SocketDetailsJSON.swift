import CLinux
import Sockets
import Wire

/// What the kernel tells of a socket beyond its row, as JSON: members of the socket's object, each behind a comma.
enum SocketDetailsJSON {
  private static let tcpMembers = TCPMember.all
  /// The kernel's names of what SK_MEMINFO has, in its order. See sock_diag(7).
  private static let memoryMembers: [StaticString] = [
    "rmem_alloc", "rcvbuf", "wmem_alloc", "sndbuf", "fwd_alloc", "wmem_queued", "optmem", "backlog", "drops",
  ]

  static func write(_ socket: SocketRecord, _ surroundings: Surroundings, into text: inout TextBuffer) {
    guard let details = socket.details else { return }
    if let only = socket.isIPv6Only { member("v6only", only, into: &text) }
    if details.timer != 0 { writeTimer(details, into: &text) }
    if !details.congestionControl.isEmpty {
      text.append(",\"congestion_control\":")
      text.append(jsonString: details.congestionControl)
    }
    if !details.upperLayerProtocol.isEmpty {
      text.append(",\"ulp\":")
      text.append(jsonString: details.upperLayerProtocol)
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
    if !details.pendingInodes.isEmpty {
      text.append(",\"pending\":[")
      for (index, inode) in details.pendingInodes.enumerated() {
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
    if !details.tcpInformation.isEmpty { writeTCP(details, into: &text) }
    if !details.memory.isEmpty { writeMemory(details.memory, into: &text) }
    if let packet = details.packet { PacketDetailsJSON.write(packet, socket, surroundings, into: &text) }
  }

  private static func writeTimer(_ details: SocketDetails, into text: inout TextBuffer) {
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

  private static func writeTCP(_ details: SocketDetails, into text: inout TextBuffer) {
    let information = TCPInformation(details.tcpInformation)
    text.append(",\"tcp_info\":{")
    var isFirst = true
    for member in tcpMembers {
      guard let value = information.value(member) else { continue }
      text.append(member: member.name, afterComma: !isFirst)
      isFirst = false
      text.append(digitsOf: value)
    }
    if let scales = information.windowScales {
      text.append(member: "snd_wscale", afterComma: !isFirst)
      text.append(decimal: scales.send)
      text.append(member: "rcv_wscale", afterComma: true)
      text.append(decimal: scales.receive)
      text.append(member: "delivery_rate_app_limited", afterComma: true)
      text.append(information.isApplicationLimited ? "true" : "false")
    }
    text.append("}")
  }

  private static func writeMemory(_ memory: [UInt32], into text: inout TextBuffer) {
    text.append(",\"memory\":{")
    for (index, value) in memory.enumerated() where index < memoryMembers.count {
      text.append(member: memoryMembers[index], afterComma: index > 0)
      text.append(decimal: value)
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
