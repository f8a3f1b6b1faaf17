import Linux
import Testing

@testable import Sockets

@Suite struct ProcessParsingTests {
  /// As Linux 6.1 writes it: pid, (comm), state, ppid, pgrp, session, tty_nr, tpgid, flags, four faults, four times,
  /// priority, nice, num_threads, itrealvalue, starttime, vsize, rss and so on.
  static func stat(_ name: String, threads: Int = 3, size: Int = 12_345_678) -> [UInt8] {
    Array(
      ("812 (\(name)) S 1 812 812 0 -1 4194560 301 0 0 0 12 7 0 0 20 0 \(threads) 0 98765 \(size) 1024 "
        + "18446744073709551615 94 95 140 0 0 0 0 4096 81928 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n").utf8)
  }

  @Test(arguments: ["nginx", "", "a) S 1 (b", "((", "))", "new\nline", "\u{1b}[31m", "tab\there", "ends )"])
  func readsStat(_ name: String) throws {
    let stat = try #require(ProcessStat(Self.stat(name)))
    #expect(stat.name == Array(name.utf8))
    #expect(stat.parent == 1)
    #expect(stat.threads == 3)
    #expect(stat.startTime == 98765)
    #expect(stat.virtualSize == 12_345_678)
    #expect(stat.canHoldDescriptors)
  }

  @Test func tellsKernelThreadsApart() {
    #expect(ProcessStat(Self.stat("kworker/0:0", threads: 1, size: 0))?.canHoldDescriptors == false)
    // A process whose first thread has ended: no address space there, but others have.
    #expect(ProcessStat(Self.stat("a", threads: 2, size: 0))?.canHoldDescriptors == true)
  }

  /// Whatever is cut off, it is nothing or the same.
  @Test func everyTruncation() {
    let whole = Self.stat("cut)short")
    for count in 0..<whole.count {
      if let stat = ProcessStat(Array(whole.prefix(count))) { #expect(stat.name == Array("cut)short".utf8)) }
    }
    #expect(ProcessStat(Array(") S (".utf8)) == nil)
    #expect(ProcessStat(Array("1 (a) S 99999999999999999999999 ".utf8)) == nil)
  }

  @Test func readsArguments() {
    #expect(ProcessIdentity.arguments([]) == [])
    #expect(ProcessIdentity.arguments([0]) == [[]])
    #expect(ProcessIdentity.arguments(Array("a\0b c\0\0".utf8)) == [Array("a".utf8), Array("b c".utf8), []])
    // setproctitle(3) leaves no zero behind.
    #expect(ProcessIdentity.arguments(Array("nginx: worker".utf8)) == [Array("nginx: worker".utf8)])
  }

  @Test func identityFromOctets() {
    var description = ProcessDescription(pid: 812)
    description.stat = Self.stat("nginx")
    description.cgroup = Array("0::/system.slice/nginx.service\n".utf8)
    description.networkNamespace = 4_026_531_840
    description.executable = Array("/usr/sbin/nginx (deleted)".utf8)
    description.arguments = Array("nginx\0-g\0".utf8)
    var users = UserNames()
    let clock = ProcessClock(bootTime: 1_700_000_000_000_000_000, ticksPerSecond: 100)
    let identity = ProcessIdentity(description, clock, &users)
    #expect(identity.record.name == Array("nginx".utf8))
    #expect(identity.record.parent == 1)
    #expect(identity.record.namespace == 4_026_531_840)
    #expect(identity.user == "root")
    #expect(identity.group.unit == "nginx.service")
    #expect(identity.executable == Array("/usr/sbin/nginx".utf8))
    #expect(identity.isExecutableDeleted)
    #expect(identity.arguments == [Array("nginx".utf8), Array("-g".utf8)])
    // 987.65 s after the start.
    #expect(identity.started == 1_700_000_987_650_000_000)
    #expect(clock.time(ofTick: .max) == nil)
    #expect(clock.time(ofTick: UInt64(Int64.max)) == nil)
    // Nothing known is nothing wrong.
    let bare = ProcessIdentity(ProcessDescription(pid: 1), clock, &users)
    #expect(bare.started == nil && bare.executable == nil && bare.arguments == nil)
  }

  /// An answer whose places are lies is cut, not trusted.
  @Test func tableFromAScanThatLies() {
    var scan = ProcessScan()
    scan.inodes = [7, 5, 7]
    scan.descriptors = [3, 4]
    scan.processes = [
      ProcessScan.Process(description: ProcessDescription(pid: 10), sockets: 0..<100),
      ProcessScan.Process(description: ProcessDescription(pid: 11), sockets: 50..<60),
      ProcessScan.Process(description: ProcessDescription(pid: 12), sockets: 0..<1),
    ]
    var thread = ProcessDescription(pid: 2)
    thread.stat = Self.stat("kthreadd", threads: 1, size: 0)
    var program = ProcessDescription(pid: 3)
    program.stat = Self.stat("init")
    scan.unreadable = [thread, program, ProcessDescription(pid: 4)]
    let table = OwnerTable(scan)
    #expect(table.processes.map(\.pid) == [10, 11, 12])
    #expect(
      table.holders(of: 7) == [
        SocketHolder(process: 0, descriptors: [3]), SocketHolder(process: 2, descriptors: [3]),
      ])
    #expect(table.holders(of: 5) == [SocketHolder(process: 0, descriptors: [4])])
    #expect(table.unreadableProcesses == 1)
    #expect(
      table.unreadableNote(missing: [.sysPtrace, .dacReadSearch])
        == "the sockets of 1 process could not be read: CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH would show them")
    #expect(OwnerTable().unreadableNote(missing: [.sysPtrace]) == nil)
  }

  @Test func namespacesByProcessAndMount() throws {
    var found = ProcessNamespaces()
    found.own = 100
    found.processes = [(30, 300), (1, 100), (20, 300), (2, 100), (40, 0)].map {
      ProcessNamespaces.Process(pid: $0, inode: $1)
    }
    found.mounts = Array(
      """
      22 27 0:21 / /proc rw,relatime - proc proc rw
      91 27 0:4 net:[300] /var/run/docker/netns/0 rw - nsfs nsfs rw
      90 27 0:4 net:[300] /run/netns/web rw shared:5 - nsfs nsfs rw
      96 27 0:4 net:[300] /run/netns/again rw shared:5 - nsfs nsfs rw
      92 27 0:4 net:[400] /run/docker/netns/a\\040b rw - nsfs nsfs rw
      93 27 0:4 mnt:[500] /run/snapd/ns/x.mnt rw - nsfs nsfs rw
      94 27 0:4 net:[lie] /run/netns/lie rw - nsfs nsfs rw
      95 27 0:4
      """.utf8)
    let namespaces = NetworkNamespaces(found)
    #expect(namespaces.map(\.inode) == [100, 300, 400])
    #expect(namespaces.map(\.name) == [nil, "web", nil])
    #expect(namespaces.map(\.pid) == [1, 20, nil])
    #expect(namespaces.map(\.processes) == [2, 2, 0])
    #expect(namespaces.map(\.isOwn) == [true, false, false])
    #expect(namespaces.map(\.path) == ["/proc/thread-self/ns/net", "/run/netns/web", "/run/docker/netns/a b"])
  }
}
