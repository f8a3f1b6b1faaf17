import CLinux
import Glibc

/// The file unix. It has no peers and no queues. See proc_pid_net(5) and unix(7).
///
/// The kernel writes names as they are: one with a line break goes on in the next line, and one that is made for it looks
/// like lines of other sockets. sock_diag has no such flaw, which is why this file is only read where it is missing.
enum ProcNetUnix {
  /// The sockets that the file lists.
  static func records(_ octets: [UInt8]) -> [SocketRecord] {
    var records: [SocketRecord] = []
    for line in ProcNetLines(octets) {
      if let record = record(line) {
        records.append(record)
      } else if let last = records.indices.last {
        // No socket begins here: the name before had a line break in it.
        records[last].local = continued(records[last].local, with: line.rest)
      }
    }
    return records
  }

  private static func record(_ line: ProcNetLine) -> SocketRecord? {
    var line = line
    // The socket's address in the kernel, the count of references, the protocol.
    guard let number = line.field(), number.last == UInt8(ascii: ":"), number.count > 8, line.skip(2),
      let flags: UInt32 = line.hexadecimal(), let kind: Int32 = line.hexadecimal(), let type = SocketType(kernel: kind),
      let number: UInt8 = line.hexadecimal(), let inode: UInt64 = line.decimal()
    else { return nil }
    var record = SocketRecord(
      family: .unix, type: type, state: state(number, flags: flags, type: type), local: .unix(name(line.rest)))
    record.inode = inode
    return record
  }

  /// The column of the state has SS_UNCONNECTED and so on: the program's view of it.
  private static func state(_ number: UInt8, flags: UInt32, type: SocketType) -> SocketState {
    if flags & UInt32(__SO_ACCEPTCON) != 0 { return .listen }
    // SS_CONNECTED; SS_CONNECTING is a connection that waits to be accepted.
    if number == UInt8(SS_CONNECTED.rawValue) || number == UInt8(SS_CONNECTING.rawValue) { return .established }
    return type == .datagram ? .unconnected : .close
  }

  /// The name behind one blank. The zeros of an abstract one, and the one that it begins with, are written as @.
  private static func name(_ rest: ArraySlice<UInt8>) -> UnixName {
    let name = rest.dropFirst()
    switch name.first {
    case nil: return .unnamed
    case UInt8(ascii: "@"): return .abstract(Array(name.dropFirst()))
    default: return .path(Array(name))
    }
  }

  private static func continued(_ address: SocketAddress, with rest: ArraySlice<UInt8>) -> SocketAddress {
    let more = [UInt8(ascii: "\n")] + rest
    switch address {
    case .unix(.path(let path)): return .unix(.path(path + more))
    case .unix(.abstract(let name)): return .unix(.abstract(name + more))
    default: return address
    }
  }
}
