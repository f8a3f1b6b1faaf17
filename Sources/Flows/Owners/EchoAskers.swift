internal import Glibc
internal import Linux
internal import Wire

/// Which programs have a raw socket to ask for echoes with, and when they ended: one that asks once is mostly gone when its packet
/// is looked at.
struct EchoAskers {
  /// A raw socket and the process that has it.
  struct Asker {
    var place: UInt32
    var protocolNumber: UInt8
    var inode: UInt64
    var cookie: UInt64
    /// The inode of its network namespace; nil where that is not known.
    var namespace: UInt64?
    /// When it was heard to have ended, in nanoseconds since the Epoch; nil: it lives.
    var ended: Int64?

    /// What is said of an echo's end.
    var answer: EndAnswer {
      var answer = EndAnswer(local: .port)
      answer.place = place
      answer.end.inode = inode
      answer.end.cookie = cookie
      answer.end.socketType = UInt8(SOCK_RAW.rawValue)
      return answer
    }
  }

  private static let most = 256

  /// By their processes; one may have a socket for each version of IP.
  private var askers: [Int32: [Asker]] = [:]

  /// What was found in a process that had not ended at a time, in nanoseconds since the Epoch.
  func find(_ process: Int32, _ protocolNumber: IPProtocol, in namespace: UInt64, at time: Int64) -> Asker? {
    askers[process]?.first { asker in
      asker.protocolNumber == protocolNumber.rawValue && asker.namespace ?? namespace == namespace
        && asker.ended.map { $0 >= time } ?? true
    }
  }

  /// Keeps all that were found in a process.
  mutating func keep(_ found: [Asker], of process: Int32) {
    if askers.count >= Self.most { askers = askers.filter { $0.value.contains { $0.ended == nil } } }
    if askers.count < Self.most { askers[process] = found }
  }

  /// A process has ended.
  mutating func ended(_ process: Int32, at time: Int64) {
    guard let found = askers[process] else { return }
    for place in found.indices { askers[process]?[place].ended = time }
  }

  /// A process has begun, or has become another program.
  mutating func forget(_ process: Int32) { askers[process] = nil }
}
