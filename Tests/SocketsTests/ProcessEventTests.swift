import Foundation
import Glibc
import Linux
import Testing

@testable import Sockets

@Suite struct ProcessEventTests {
  /// struct cn_msg: idx 1 (CN_IDX_PROC), val 1 (CN_VAL_PROC), seq 7, ack 0, len, flags 0.
  static func header(_ length: UInt8) -> [UInt8] {
    [1, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, length, 0, 0, 0]
  }

  /// The beginning of struct proc_event: what, cpu 1, timestamp_ns 0x1122334455667788.
  static func event(_ what: [UInt8], _ data: [UInt8]) -> [UInt8] {
    let body = what + [1, 0, 0, 0] + [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11] + data
    // The kernel sends the whole structure, whatever is in its union.
    return header(40) + body + [UInt8](repeating: 0, count: 40 - body.count)
  }

  // parent_pid 100, parent_tgid 101, child_pid 258, child_tgid 258.
  static let fork = event([1, 0, 0, 0], [100, 0, 0, 0, 101, 0, 0, 0, 2, 1, 0, 0, 2, 1, 0, 0])
  // process_pid 259, process_tgid 258.
  static let exec = event([2, 0, 0, 0], [3, 1, 0, 0, 2, 1, 0, 0])
  // process_pid, process_tgid, comm "a) b".
  static let comm = event([0, 2, 0, 0], [2, 1, 0, 0, 2, 1, 0, 0] + Array("a) b".utf8))
  // process_pid, process_tgid, ruid 1000, euid 0.
  static let uid = event([4, 0, 0, 0], [2, 1, 0, 0, 2, 1, 0, 0, 0xE8, 3, 0, 0, 0, 0, 0, 0])
  // process_pid, process_tgid, exit_code 0x100, exit_signal 17, parent_pid 100, parent_tgid 101.
  static let exit = event(
    [0, 0, 0, 0x80], [2, 1, 0, 0, 2, 1, 0, 0, 0, 1, 0, 0, 17, 0, 0, 0, 100, 0, 0, 0, 101, 0, 0, 0])
  // PROC_EVENT_SID.
  static let session = event([0x80, 0, 0, 0], [2, 1, 0, 0, 2, 1, 0, 0])

  static let expected: [(octets: [UInt8], kind: ProcessEvent.Kind, thread: Int32)] = [
    (fork, .forked(parent: 101), 258), (exec, .executed, 259), (comm, .named(Array("a) b".utf8)), 258),
    (uid, .changedUser(real: 1000, effective: 0), 258), (exit, .exited(status: 0x100, parent: 101), 258),
    (session, .other(0x80), 258),
  ]

  @Test func readsEvents() throws {
    for (octets, kind, thread) in Self.expected {
      let event = try #require(ProcessEvent(NetlinkPayload(octets)))
      #expect(event.kind == kind)
      #expect(event.pid == 258)
      #expect(event.thread == thread)
      #expect(event.isProcess == (thread == 258))
      #expect(event.timestamp == 0x1122_3344_5566_7788)
    }
  }

  /// What is cut short, acknowledges, or is of another connector is nothing.
  @Test func everyTruncationAndLie() {
    for (octets, _, _) in Self.expected {
      for count in 0..<octets.count { #expect(ProcessEvent(NetlinkPayload(Array(octets.prefix(count)))) == nil) }
    }
    #expect(ProcessEvent(NetlinkPayload(Self.event([0, 0, 0, 0], []))) == nil)
    var other = Self.fork
    other[0] = 2
    #expect(ProcessEvent(NetlinkPayload(other)) == nil)
    // Of what an exit has, 40 octets, the parent ends at 40: a shorter length has no exit, a longer one is a lie.
    for length in UInt8.min...UInt8.max {
      var lie = Self.exit
      lie[16] = length
      #expect((ProcessEvent(NetlinkPayload(lie)) == nil) == (length != 40))
    }
  }

  /// Real processes come, become another program, and go.
  @Test(.enabled(if: geteuid() == 0, "needs root")) func realProcesses() throws {
    var source = try OwnInspection().processEvents()
    let helper = try PythonHelper("ready()\nlibc.prctl(15, b'renamed', 0, 0, 0)\nwait()")
    let pid = helper.pid
    helper.end()
    var events: [ProcessEvent] = []
    while !events.contains(where: { if case .exited = $0.kind { $0.pid == pid && $0.isProcess } else { false } }) {
      var poll = Poll()
      poll.add(source.descriptor)
      try poll.wait(milliseconds: -1)
      events += try ProcessEvent.next(from: &source).events
    }
    let own = events.filter { $0.pid == pid }
    #expect(own.contains { $0.kind == .forked(parent: getpid()) })
    #expect(own.contains { $0.kind == .executed })
    #expect(own.contains { $0.kind == .named(Array("renamed".utf8)) })
    #expect(own.contains { $0.kind == .exited(status: 0, parent: getpid()) })
    #expect(own.map(\.timestamp) == own.map(\.timestamp).sorted())
  }
}
