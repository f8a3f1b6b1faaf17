import Linux
import Sockets
import Wire

extension Exercise {
  /// What the kernel tells of its sockets, behind an octet that chooses whether these are messages of sock_diag or the
  /// text of a file of /proc/net: every codec, or every parser, reads it, and gives no more sockets than there is room for.
  public borrowing func diagnostics(_ input: RawSpan) {
    guard input.byteCount >= 1 else { return }
    var octets: [UInt8] = []
    for index in 1..<input.byteCount { octets.append(input.uint8(at: index)) }
    let choice = input.uint8(at: 0)
    let door = ToldDoor(octets: octets, areMessages: choice & 1 == 0)
    var query = SocketQuery()
    query.withDetails = choice & 2 == 0
    guard let snapshot = try? SocketInventory.read(query, through: door) else { return }
    // A message has 16 octets at least, a line of a file one; there are fewer than 32 lists.
    precondition(snapshot.sockets.count <= 32 * (octets.count / (door.areMessages ? 16 : 1) + 1))
    for record in snapshot.sockets {
      guard let details = record.details else { continue }
      let information = TCPInformation(details.tcpInformation)
      for member in TCPMember.all { _ = information.value(member) }
      _ = (information.negotiated, information.congestionState, information.windowScales)
      precondition(details.memory.count <= octets.count && details.filter.count <= octets.count)
    }
  }
}

/// A door behind which there is no kernel, but one who says the same whatever he is asked.
private struct ToldDoor: SocketDumpDoor {
  var octets: [UInt8]
  /// Whether this is sock_diag's answer; else sock_diag answers nothing, and it is every file's text.
  var areMessages: Bool

  func dump(
    _ requests: [SocketDumpRequest], in namespace: NetworkNamespace?
  ) throws(SystemError) -> [SocketDumpAnswer] {
    var answer = SocketDumpAnswer()
    if areMessages { answer.pieces = [octets] } else { answer.error = SystemError(call: "sock_diag", code: 2) }
    return requests.map { _ in answer }
  }

  func read(networkFiles names: [String], in namespace: NetworkNamespace?) throws(SystemError) -> [[UInt8]?] {
    // Whatever is counted, everything is read.
    names.map { $0 == "protocols" || areMessages ? nil : octets }
  }

  func diagnosticSocket(groups: [Int32], in namespace: NetworkNamespace?) throws(SystemError) -> Descriptor {
    throw SystemError(call: "socket", code: 1)
  }

  func inode(of namespace: NetworkNamespace?) throws(SystemError) -> UInt64 { 1 }

  func networkNamespaces() throws(SystemError) -> [NetworkNamespace] { [] }
}
