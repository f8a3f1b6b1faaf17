import Linux
import Testing

@testable import Sockets

/// Who holds a socket, found in real processes.
@Suite struct HolderSearchTests {
  private let door = OwnInspection()

  /// Asks, outside of an expectation: asking changes what is known.
  private func ask(_ search: inout HolderSearch, _ inode: UInt64, since time: Int64 = .max) -> [SocketHold] {
    search.find(inode, since: time, through: door)
  }

  private func searchAll(_ search: inout HolderSearch) throws {
    while !search.wanted.isEmpty { try search.search(for: 1_000_000, through: door) }
  }

  private func holder() throws -> PythonHelper {
    try PythonHelper(
      """
      first, second = socket.socket(), socket.socket()
      ready(inode(first), first.fileno(), inode(second), second.fileno())
      wait()
      """)
  }

  @Test func aProcessThatBeganIsLookedInto() throws {
    let helper = try holder()
    defer { helper.end() }
    var search = HolderSearch()
    let inode = helper.numbers[0]
    let found1 = ask(&search, inode)
    #expect(found1 == [], "nothing was heard of it")
    #expect(search.wanted == [inode])
    search.suspect(helper.pid)
    let found2 = ask(&search, inode)
    #expect(found2 == [SocketHold(process: helper.pid, descriptor: Int32(helper.numbers[1]))])
    #expect(search.wanted.isEmpty)
    // The other one was seen on the way.
    #expect(search.known(helper.numbers[2]) == [helper.pid])
    let isSame = search.isUnchanged(helper.numbers[2], through: door)
    #expect(isSame)
  }

  @Test func allAreLookedIntoForOneThatIsWanted() throws {
    let helper = try holder()
    defer { helper.end() }
    var search = HolderSearch()
    let inode = helper.numbers[2]
    _ = search.find(inode, through: door)
    try searchAll(&search)
    #expect(search.known(inode) == [helper.pid])
    #expect(search.wanted.isEmpty && !search.isInVain(inode))
    // Nobody has one of this number.
    _ = search.find(1, through: door)
    try searchAll(&search)
    #expect(search.isInVain(1) && search.wanted.isEmpty)
  }

  /// What was seen is told again to who asks for no more than that, and looked at again for everybody else.
  @Test func whatWasSeenHoldsForWhatCameBefore() throws {
    let helper = try PythonHelper(
      """
      one = socket.socket()
      ready(inode(one), one.fileno())
      wait()
      """)
    var search = HolderSearch()
    let inode = helper.numbers[0]
    search.suspect(helper.pid)
    let before = BootClock.nanosecondsSinceEpoch
    let hold = SocketHold(process: helper.pid, descriptor: Int32(helper.numbers[1]))
    let found3 = ask(&search, inode)
    #expect(found3 == [hold])
    let seen = search.lastSeen
    #expect(seen >= before)
    helper.end()
    let found4 = ask(&search, inode, since: seen)
    #expect(found4 == [hold])
    #expect(search.lastSeen == seen)
    let isAsSeen = search.isUnchanged(inode, since: seen, through: door)
    #expect(isAsSeen && search.lastSeen == seen)
    let found5 = ask(&search, inode, since: seen + 1)
    #expect(found5 == [])
    let isSame = search.isUnchanged(inode, through: door)
    #expect(!isSame)
  }

  @Test func aChildHoldsWhatItsParentDoesAndOneThatEndedNothing() throws {
    let helper = try PythonHelper(
      """
      shared = socket.socket()
      child = os.fork()
      if child == 0:
          wait()
          os._exit(0)
      ready(child, inode(shared))
      wait()
      os.waitpid(child, 0)
      """)
    defer { helper.end() }
    let (child, inode) = (Int32(helper.numbers[0]), helper.numbers[1])
    var search = HolderSearch()
    search.suspect(helper.pid)
    let found6 = ask(&search, inode)
    #expect(found6.map(\.process) == [helper.pid])
    search.began(child, parent: helper.pid)
    let found7 = ask(&search, inode)
    #expect(Set(found7.map(\.process)) == [helper.pid, child])
    search.forget(helper.pid)
    #expect(search.known(inode) == [child])
    search.forget(child)
    #expect(search.known(inode) == [])
  }

  /// A program closes what it had from its parent, of which nobody tells: it is known once the program is looked into.
  @Test func whatAChildHasClosedIsFoundOut() throws {
    let helper = try PythonHelper(
      """
      shared, (end, other) = socket.socket(), os.pipe()
      child = os.fork()
      if child == 0:
          own = socket.socket()
          shared.close()
          os.write(other, f"{inode(own)} {own.fileno()}".encode())
          wait()
          os._exit(0)
      ready(child, inode(shared), shared.fileno(), *map(int, os.read(end, 100).split()))
      wait()
      os.waitpid(child, 0)
      """)
    defer { helper.end() }
    let (child, shared, own) = (Int32(helper.numbers[0]), helper.numbers[1], helper.numbers[3])
    var search = HolderSearch()
    search.suspect(helper.pid)
    _ = search.find(shared, through: door)
    search.began(child, parent: helper.pid)
    #expect(Set(search.known(shared)) == [helper.pid, child], "as far as was heard")
    let found12 = ask(&search, own)
    #expect(found12 == [SocketHold(process: child, descriptor: Int32(helper.numbers[4]))])
    #expect(search.known(shared) == [helper.pid])
  }

  /// A descriptor that is known to be another socket is looked at again where nothing else is left.
  @Test func aDescriptorThatWasUsedAnewIsFound() throws {
    let helper = try holder()
    defer { helper.end() }
    let (inode, descriptor) = (helper.numbers[2], Int32(helper.numbers[3]))
    var search = HolderSearch()
    search.likely.holds(helper.pid)
    search.lastDescriptors[helper.pid] = Int32(helper.numbers[1])
    search.remember(HeldSocketNumber(descriptor: descriptor, inode: 1), of: helper.pid)
    let found13 = ask(&search, inode)
    #expect(found13 == [SocketHold(process: helper.pid, descriptor: descriptor)])
    #expect(search.known(1).isEmpty && search.wanted.isEmpty)
  }

  /// A server that starts a process for each connection has each by the same descriptor, and closes its own: the child is looked
  /// at there, and nothing else is looked for.
  @Test func aChildHasItsSocketWhereItsParentHadTheLastOne() throws {
    let helper = try PythonHelper(
      """
      said = []
      for _ in range(2):
          one = socket.socket()
          descriptor = one.fileno()
          said += [inode(one)]
          child = os.fork()
          if child == 0:
              wait()
              os._exit(0)
          said += [child, descriptor]
          one.close()
      ready(*said)
      wait()
      os.wait()
      os.wait()
      """)
    defer { helper.end() }
    let numbers = helper.numbers
    #expect(numbers[2] == numbers[5])
    let (first, second) = (Int32(numbers[1]), Int32(numbers[4]))
    var search = HolderSearch()
    search.lastDescriptors[helper.pid] = Int32(numbers[2])
    // Only that they are children was heard: they are not among those that began and were not looked into.
    for child in [first, second] {
      search.began(child, parent: helper.pid)
      search.likely.ended(child)
    }
    let found9 = search.find(numbers[3], hint: [helper.pid], through: door)
    #expect(found9 == [SocketHold(process: second, descriptor: Int32(numbers[5]))])
    let found10 = search.find(numbers[0], hint: [helper.pid], through: door)
    #expect(found10 == [SocketHold(process: first, descriptor: Int32(numbers[2]))])
    let found11 = ask(&search, 1)
    #expect(found11 == [] && search.wanted == [1])
  }

  /// What was heard of who began whom is enough: the parent was never looked into.
  @Test func whatAChildHoldsIsLookedForInItsParent() throws {
    let helper = try PythonHelper(
      """
      first, second = socket.socket(), socket.socket()
      child = os.fork()
      if child == 0:
          wait()
          os._exit(0)
      ready(child, inode(first), inode(second))
      wait()
      os.waitpid(child, 0)
      """)
    defer { helper.end() }
    let child = Int32(helper.numbers[0])
    var search = HolderSearch()
    search.began(child, parent: helper.pid)
    let found8 = ask(&search, helper.numbers[1])
    #expect(Set(found8.map(\.process)) == [helper.pid, child])
    // So is what was seen on the way.
    #expect(Set(search.known(helper.numbers[2])) == [helper.pid, child])
    #expect(search.hasChildren(helper.pid) && !search.hasChildren(child))
  }

  @Test func allSocketsOfAllProcesses() throws {
    let helper = try holder()
    defer { helper.end() }
    var search = HolderSearch()
    try search.scanAll(through: door)
    #expect(search.known(helper.numbers[0]) == [helper.pid] && search.known(helper.numbers[2]) == [helper.pid])
  }
}
