internal import Glibc
public import Linux

/// A search through all processes, which is done piece by piece: what is asked meanwhile must not wait for its end.
struct SearchRound {
  /// What was wanted when it began.
  var sought: Set<UInt64> = []
  /// The processes that are still to be looked into, the likeliest last.
  var processes: [Int32] = []
  /// Whether descriptors that are known to be other sockets are looked at again: they may be used anew.
  var looksAtAll = false
  var isOn = false
}

extension HolderSearch {
  /// A process with more descriptors than that is left to a scan of everything.
  private static let mostSearched = 1 << 14
  /// How many of the likeliest, and of the youngest, are looked into before the others.
  private static let mostBefore = 8

  /// Looks into some of the processes for the sockets that are wanted, until they are found or that many nanoseconds are
  /// over. Those that no process was found to hold are not wanted any more. Throws where /proc cannot be read.
  ///
  /// First the descriptors that are not known are looked at, of all processes, the likeliest and then the youngest first; then
  /// all descriptors.
  public mutating func search(
    for duration: Int64, through door: some HolderDoor & ProcessListing
  ) throws(SystemError) {
    let end = BootClock.nanosecondsSinceStart &+ duration
    while !wanted.isEmpty {
      if round.processes.isEmpty, try !beginRound(through: door) { return }
      guard let process = round.processes.popLast() else { return }
      look(intoAllOf: process, through: door)
      if BootClock.nanosecondsSinceStart >= end { break }
    }
    if wanted.isEmpty { round = SearchRound() }
  }

  /// Goes on with the round or begins one; false where it is over.
  private mutating func beginRound(through door: some ProcessListing) throws(SystemError) -> Bool {
    if round.isOn, round.looksAtAll {
      // All processes were looked into.
      if vain.count > 1 << 14 { vain.removeAll() }
      vain.formUnion(round.sought.intersection(wanted))
      wanted.subtract(round.sought)
      round = SearchRound()
      return false
    }
    if round.isOn { round.looksAtAll = true } else { round.sought = wanted }
    round.isOn = true
    let numbers = try door.processNumbers()
    let hot = likely.hot.filter { held.table(of: $0).count <= Self.mostListed }
    let isHot = Set(hot)
    // Behind the likeliest come those that were not seen to hold anything: they are as quickly looked into, and it is the
    // first socket of many. Then the others, the youngest first. The first is taken last.
    let others = numbers.filter { !isHot.contains($0) }.map { (number: $0, start: starts[$0] ?? .max) }
      .sorted { ($0.start, $0.number) < ($1.start, $1.number) }.map(\.number)
    // Where many hold sockets, the youngest that hold none yet need not wait for all of them.
    round.processes = Array(others.dropLast(Self.mostBefore))
    round.processes += Array(hot.dropFirst(Self.mostBefore)).reversed()
    round.processes += others.suffix(Self.mostBefore)
    round.processes += Array(hot.prefix(Self.mostBefore)).reversed()
    return true
  }

  private mutating func look<Door: HolderDoor>(intoAllOf process: Int32, through door: Door) {
    let known = round.looksAtAll ? [:] : held.table(of: process)
    for socket in door.sockets(of: process, besides: known, limit: Self.mostSearched) ?? [] {
      let isWanted = wanted.contains(socket.inode)
      learn(socket, of: process)
      guard isWanted else { continue }
      lastDescriptors[process] = socket.descriptor
      likely.holds(process)
    }
    relate(through: door)
  }

  /// Looks into all processes for all sockets, so that those are known that several processes hold.
  public mutating func scanAll(through door: some ProcessDoor) throws(SystemError) {
    let table = try OwnerScan.read(OwnerQuery(), through: door)
    unreadableProcesses = table.unreadableProcesses
    vain.removeAll()
    seen.removeAll(keepingCapacity: true)
    held.removeAll()
    starts.removeAll(keepingCapacity: true)
    for socket in table.held where table.processes.indices.contains(Int(socket.process)) {
      remember(
        HeldSocketNumber(descriptor: socket.descriptor, inode: socket.inode),
        of: table.processes[Int(socket.process)].pid)
    }
    for process in table.processes { starts[process.pid] = process.startTime }
    // The youngest first: what a person has just started is likelier to do something than what the system runs. This program
    // itself does what is captured least of all.
    let own = getpid()
    for process in table.processes.sorted(by: { $0.startTime > $1.startTime })
    where process.pid != own && held.table(of: process.pid).count <= Self.mostListed {
      likely.mayHold(process.pid)
    }
  }
}
