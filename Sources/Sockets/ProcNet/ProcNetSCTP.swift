import CLinux
import Glibc

/// The files sctp/eps and sctp/assocs, which list the sockets of both families. See the kernel's net/sctp/proc.c.
enum ProcNetSCTP {
  /// The endpoints: sockets with a port and no peer, of a family.
  static func endpoints(_ octets: [UInt8], family: SocketFamily) -> [SocketRecord] {
    ProcNetLines(octets).compactMap { line in
      var line = line
      // ENDPT, SOCK; then STY, SST, HBKT, LPORT, UID, INODE, LADDRS.
      guard line.skip(2), let style: Int = line.decimal(), let number: UInt8 = line.decimal(),
        let state = SocketState(kernel: number), line.skip(1), let port: UInt16 = line.decimal(),
        let uid: UInt32 = line.decimal(), let inode: UInt64 = line.decimal(), let address = address(&line, family)
      else { return nil }
      return record(family, style, state, (address, port), uid: uid, inode: inode)
    }
  }

  /// The associations, of a family.
  static func associations(_ octets: [UInt8], family: SocketFamily) -> [SocketRecord] {
    ProcNetLines(octets).compactMap { line in
      var line = line
      // ASSOC, SOCK; then STY, SST, ST, HBKT, ASSOC-ID, TX_QUEUE, RX_QUEUE, UID, INODE, LPORT, RPORT, LADDRS <-> RADDRS.
      guard line.skip(2), let style: Int = line.decimal(), line.skip(1), let number: UInt8 = line.decimal(),
        line.skip(2), let sent: UInt32 = line.decimal(), let received: UInt32 = line.decimal(),
        let uid: UInt32 = line.decimal(), let inode: UInt64 = line.decimal(), let port: UInt16 = line.decimal(),
        let peerPort: UInt16 = line.decimal(), let address = address(&line, family)
      else { return nil }
      var result = record(
        family, style, InetKind.associationState(number), (address, port), uid: uid, inode: inode)
      while let field = line.field(), !field.elementsEqual("<->".utf8) {}
      if let peer = Self.address(&line, family) {
        result.remote = .internet(peer, port: peerPort, interface: 0)
      }
      result.sendQueue = sent
      result.receiveQueue = received
      return result
    }
  }

  private static func record(
    _ family: SocketFamily, _ style: Int, _ state: SocketState, _ local: (InternetAddress, UInt16), uid: UInt32,
    inode: UInt64
  ) -> SocketRecord {
    // SCTP_SOCKET_TCP, which is the kernel's own, is 2: one association a socket; others have many.
    var record = SocketRecord(
      family: family, type: style == 2 ? .stream : .sequencedPacket, state: state,
      local: .internet(local.0, port: local.1, interface: 0))
    record.protocolNumber = UInt16(IPPROTO_SCTP)
    record.uid = uid
    record.inode = inode
    return record
  }

  /// The next address; the primary one has a star before it. nil where it is of the other family.
  private static func address(_ line: inout ProcNetLine, _ family: SocketFamily) -> InternetAddress? {
    guard let field = line.field() else { return nil }
    let text = field.first == UInt8(ascii: "*") ? field.dropFirst() : field
    let parts: (separator: UInt8, count: Int) = family == .inet ? (UInt8(ascii: "."), 4) : (UInt8(ascii: ":"), 8)
    let numbers = text.split(separator: parts.separator, omittingEmptySubsequences: false)
    guard numbers.count == parts.count else { return nil }
    var value: UInt128 = 0
    for number in numbers {
      if family == .inet {
        guard let octet: UInt8 = ProcNetLine.number(number, base: 10) else { return nil }
        value = value << 8 | UInt128(octet)
      } else {
        guard let word: UInt16 = ProcNetLine.number(number, base: 16) else { return nil }
        value = value << 16 | UInt128(word)
      }
    }
    return family == .inet ? .v4(UInt32(truncatingIfNeeded: value)) : .v6(value)
  }
}
