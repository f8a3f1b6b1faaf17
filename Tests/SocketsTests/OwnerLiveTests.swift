import Foundation
import Glibc
import Linux
import Testing

@testable import Sockets

/// setfsuid(2), which the module of the C library leaves out.
@_silgen_name("setfsuid") private func setFileSystemUser(_ uid: UInt32) -> Int32

/// Real processes that hold real sockets in every way there is.
@Suite struct OwnerLiveTests {
  /// The numbers and descriptors of who holds a socket.
  private func owners(of inode: UInt64, _ table: OwnerTable) -> [Int32: [Int32]] {
    Dictionary(uniqueKeysWithValues: table.holders(of: inode).map { (table.processes[$0.process].pid, $0.descriptors) })
  }

  private func scan(_ inodes: Set<UInt64>? = nil, pids: [Int32]? = nil) throws -> OwnerTable {
    var query = OwnerQuery()
    query.inodes = inodes
    query.pids = pids
    return try OwnerScan.read(query, through: OwnInspection())
  }

  @Test func inheritedPassedCopiedAndClosed() throws {
    let helper = try PythonHelper(
      """
      shared, gone = socket.socket(), socket.socket()
      here, there = socket.socketpair()
      read, write = os.pipe()
      child = os.fork()
      if child == 0:
          gone.close()
          _, passed, _, _ = socket.recv_fds(there, 1, 1)
          os.write(write, bytes([passed[0]]))
          os.close(write)
          wait()
          os._exit(0)
      late = socket.socket()
      socket.send_fds(here, [b'x'], [late.fileno()])
      passed = os.read(read, 1)[0]
      copy = os.dup(late.fileno())
      there.close()
      ready(child, inode(shared), shared.fileno(), inode(gone), gone.fileno(), inode(late), late.fileno(), copy, passed,
        inode(here))
      wait()
      os.waitpid(child, 0)
      """)
    defer { helper.end() }
    let numbers = helper.numbers
    try #require(numbers.count == 10)
    let (parent, child) = (helper.pid, Int32(numbers[0]))
    let table = try scan()
    #expect(owners(of: numbers[1], table) == [parent: [Int32(numbers[2])], child: [Int32(numbers[2])]])
    #expect(owners(of: numbers[3], table) == [parent: [Int32(numbers[4])]])
    #expect(
      owners(of: numbers[5], table) == [
        parent: [Int32(numbers[6]), Int32(numbers[7])].sorted(), child: [Int32(numbers[8])],
      ])
    #expect(Set(owners(of: numbers[9], table).keys) == [parent, child])
    let record = try #require(table.processes.first { $0.pid == child })
    #expect(record.parent == parent)
    #expect(String(decoding: record.name, as: UTF8.self).hasPrefix("python3"))
  }

  /// More than one thread reads at a time, and not in order: all the same each is there once.
  @Test func manyDescriptorsOfOneProcess() throws {
    let helper = try PythonHelper(
      """
      import resource
      resource.setrlimit(resource.RLIMIT_NOFILE, (4000, 4000))
      keep = [socket.socket(socket.AF_UNIX) for _ in range(3000)]
      ready(*[inode(one) for one in keep])
      wait()
      """)
    defer { helper.end() }
    #expect(helper.numbers.count == 3000)
    for pids in [nil, [helper.pid], [helper.pid, helper.pid]] {
      let table = try scan(Set(helper.numbers), pids: pids)
      #expect(table.processes.map(\.pid) == [helper.pid])
      #expect(table.held.map(\.inode) == helper.numbers.sorted())
      #expect(Set(table.held.map(\.descriptor)).count == 3000)
    }
  }

  /// A name with all that breaks parsers: parentheses, a newline, an escape, octets that are no text.
  @Test func hostileName() throws {
    let helper = try PythonHelper(
      """
      libc.prctl(15, b'a) S 1 (\\n\\x1b\\xff\\xfe', 0, 0, 0)
      keep = socket.socket()
      ready(inode(keep))
      wait()
      """)
    defer { helper.end() }
    let table = try scan(Set(helper.numbers))
    let record = try #require(table.processes.first)
    #expect(record.name == Array("a) S 1 (\n\u{1b}".utf8) + [0xFF, 0xFE])
    #expect(record.parent == getpid())
    #expect(record.startTime > 0)
  }

  /// The file of a program may be gone while it runs.
  @Test func deletedProgram() throws {
    let helper = try PythonHelper(
      """
      import shutil, subprocess, tempfile
      folder = tempfile.mkdtemp()
      copy = folder + '/a program'
      shutil.copy('/bin/sleep', copy)
      keep = socket.socket()
      keep.set_inheritable(True)
      child = subprocess.Popen([copy, '1000'], close_fds=False)
      while os.readlink(f'/proc/{child.pid}/exe') != copy: time.sleep(0.01)
      shutil.rmtree(folder)
      ready(child.pid, inode(keep))
      wait()
      child.kill()
      child.wait()
      """)
    defer { helper.end() }
    let child = Int32(helper.numbers[0])
    #expect(owners(of: helper.numbers[1], try scan()).keys.contains(child))
    let identity = try #require(try ProcessIdentity.read([child, Int32.max], through: OwnInspection()).first)
    #expect(identity.isExecutableDeleted)
    #expect(String(decoding: identity.executable ?? [], as: UTF8.self).hasSuffix("/a program"))
    #expect(identity.arguments?.last == Array("1000".utf8))
    let age = Date().timeIntervalSince1970 - Double(identity.started ?? 0) / 1e9
    #expect(age > -1 && age < 600)
  }

  /// The first thread has ended, and /proc/PID/fd is empty; the process goes on and holds its sockets.
  @Test func firstThreadHasEnded() throws {
    let helper = try PythonHelper(
      """
      keep = socket.socket()
      def go_on():
          while open(f'/proc/{os.getpid()}/stat').read().split(') ')[1][0] != 'Z': time.sleep(0.01)
          ready(inode(keep))
          wait()
          os._exit(0)
      threading.Thread(target=go_on).start()
      libc.syscall(60 if os.uname().machine == 'x86_64' else 93, 0)
      """)
    defer { helper.end() }
    #expect(owners(of: helper.numbers[0], try scan()).keys.contains(helper.pid))
  }

  /// Processes that end while they are read are no error, and nothing half-read is kept of them.
  @Test func processesThatEndMeanwhile() throws {
    let helper = try PythonHelper(
      """
      import select
      ready()
      while not select.select([sys.stdin], [], [], 0)[0]:
          child = os.fork()
          if child == 0:
              keep = [socket.socket() for _ in range(20)]
              os._exit(0)
          os.waitpid(child, 0)
      """)
    defer { helper.end() }
    for _ in 0..<30 {
      let table = try scan()
      #expect(table.processes.allSatisfy { $0.startTime > 0 && !$0.name.isEmpty })
      #expect(table.held.allSatisfy { table.processes.indices.contains(Int($0.process)) })
    }
  }

  /// Another user sees fewer, and is told how many are hidden: programs, not kernel threads.
  @Test(.enabled(if: geteuid() == 0, "needs root")) func withoutPrivilege() throws {
    let helper = try PythonHelper("keep = socket.socket()\nready(inode(keep))\nwait()")
    defer { helper.end() }
    // Not always none: the first process of a machine may be protected even from root.
    let hiddenFromRoot = try scan().unreadableProcesses
    // The file system's user is this thread's alone, and the threads' that it starts; nobody has no rights to files.
    _ = setFileSystemUser(65534)
    let result = Result { try scan(Set(helper.numbers)) }
    let namespaces = Result { try NetworkNamespaces.all(through: OwnInspection()) }
    _ = setFileSystemUser(0)
    let table = try result.get()
    #expect(table.unreadableProcesses > hiddenFromRoot)
    #expect(table.held.isEmpty)
    let note = try #require(table.unreadableNote(missing: [.sysPtrace, .dacReadSearch]))
    #expect(note.contains("CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"))
    #expect(try namespaces.get().contains { $0.isOwn })
  }

  @Test(.enabled(if: geteuid() == 0, "needs root")) func namespacesOfProcessesAndNames() throws {
    let helper = try PythonHelper("libc.unshare(0x40000000)\nready(inode(os.open('/proc/self/ns/net', 0)))\nwait()")
    defer { helper.end() }
    let namespaces = try NetworkNamespaces.all(through: OwnInspection())
    let record = try #require(namespaces.first { $0.inode == helper.numbers[0] })
    #expect(record.pid == helper.pid)
    #expect(record.processes == 1)
    #expect(!record.isOwn)
    #expect(namespaces.first?.isOwn == true)
    #expect(Set(namespaces.map(\.inode)).count == namespaces.count)
    let inside = try record.namespace.run { () throws(SystemError) in try Interface.all().map(\.name) }
    #expect(inside == ["lo"])
    #expect(try scan(pids: [helper.pid]).processes.allSatisfy { $0.namespace == helper.numbers[0] })
  }
}
