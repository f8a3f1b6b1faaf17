/// The files tcp, tcp6, udp, udp6, udplite, udplite6, raw, raw6, icmp and icmp6, which have the same columns. See proc_pid_net(5).
enum ProcNetInet {
  /// The sockets that such a file lists; lines that are not as they should be are left out.
  ///
  /// - Parameter family: inet, or inet6 for the files whose name ends in 6.
  static func records(
    _ octets: [UInt8], family: SocketFamily, protocolNumber: UInt16, withDetails: Bool
  ) -> [SocketRecord] {
    ProcNetLines(octets).compactMap {
      record($0, family: family, protocolNumber: protocolNumber, withDetails: withDetails)
    }
  }

  private static func record(
    _ line: ProcNetLine, family: SocketFamily, protocolNumber: UInt16, withDetails: Bool
  ) -> SocketRecord? {
    var line = line
    let kind = InetKind(protocolNumber)
    // sl, then the two ends.
    guard line.skip(1), let local = endpoint(&line, family), let remote = endpoint(&line, family),
      let number: UInt8 = line.hexadecimal(), let state = kind.state(number),
      let queues: (UInt32, UInt32) = line.hexadecimalPair(), let timer: (UInt64, UInt64) = line.hexadecimalPair(),
      let retransmits: UInt32 = line.hexadecimal(), let uid: UInt32 = line.decimal(), line.skip(1),
      let inode: UInt64 = line.decimal()
    else { return nil }
    var record = SocketRecord(
      family: family, type: kind.type, state: state,
      local: .internet(local.address, port: kind.port(local.port), interface: 0))
    // A raw socket's port is the number of its protocol.
    record.protocolNumber = kind == .raw ? local.port : protocolNumber
    if remote.port != 0 || !remote.address.isWildcard {
      record.remote = .internet(remote.address, port: remote.port, interface: 0)
    }
    // The column of what is received has a listener's accept queue; its backlog is in none.
    if state == .listen {
      record.acceptQueue = queues.1
    } else {
      record.sendQueue = queues.0
      record.receiveQueue = queues.1
    }
    record.inode = inode
    if inode != 0 || uid != 0 { record.uid = uid }
    if withDetails {
      var details = SocketDetails()
      details.timer = UInt8(truncatingIfNeeded: timer.0)
      // Hundredths of a second.
      details.timerMilliseconds = UInt32(clamping: timer.0 == 0 ? 0 : timer.1.multipliedReportingOverflow(by: 10).0)
      details.retransmits = UInt8(clamping: retransmits)
      record.details = details
    }
    return record
  }

  /// An address and a port: words of eight digits, each as this machine reads the four octets, and four digits.
  private static func endpoint(
    _ line: inout ProcNetLine, _ family: SocketFamily
  ) -> (address: InternetAddress, port: UInt16)? {
    let digits = family == .inet6 ? 32 : 8
    guard let field = line.field(), field.count == digits &+ 5, field[field.startIndex &+ digits] == UInt8(ascii: ":"),
      let port: UInt16 = ProcNetLine.number(field.suffix(4), base: 16)
    else { return nil }
    var address: UInt128 = 0
    for word in 0..<digits / 8 {
      let start = field.startIndex &+ word &* 8
      guard let value: UInt32 = ProcNetLine.number(field[start..<start &+ 8], base: 16) else { return nil }
      address = address << 32 | UInt128(UInt32(bigEndian: value))
    }
    return (family == .inet6 ? .v6(address) : .v4(UInt32(truncatingIfNeeded: address)), port)
  }
}
