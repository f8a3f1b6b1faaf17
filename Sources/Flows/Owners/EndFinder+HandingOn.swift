internal import Linux
internal import Sockets
internal import Wire

/// What may have been handed to another process before anybody could look.
extension EndFinder {
  /// Whether a process that held a socket which is gone may have handed it to another one before: it lives, and has a unix
  /// socket whose other end it does not have itself. See unix(7), SCM_RIGHTS.
  mutating func mayHaveHandedOn(_ answer: EndAnswer) -> Bool {
    guard answer.hasProcess, answer.end.method == .exact else { return false }
    // A list that is young is good enough for one that has it open for long.
    let since = BootClock.nanosecondsSinceStart &- Self.keeperLife
    return processes.processes(at: answer.place).contains { canHandOn($0, since: since) ?? false }
  }

  /// Whether a connection that began then and is gone was surely of the process that listens there: nobody else can have accepted
  /// it, and it has handed it to nobody, neither to a process that it has started nor through a unix socket that it had open.
  mutating func keepsWhatItAccepts(_ listener: EndAnswer, since beginning: Int64) -> Bool {
    // That a process has started others, the kernel has to tell; and all have to be seen that may hold the listener.
    guard listener.hasProcess, !listener.isShared, !listener.isHandedOn, processes.hearsOfChanges,
      seesAll || holders.unreadableProcesses == 0, let process = processes.processes(at: listener.place).first,
      !holders.hasChildren(process), !processes.began(process, after: beginning), !givers.contains(process)
    else { return false }
    guard let sole = soleHolders[listener.end.inode], sole.process == process, sole.since <= beginning else {
      wantsScan = true
      return false
    }
    let now = BootClock.nanosecondsSinceStart
    if let known = keepers[process], now &- known < Self.keeperLife { return true }
    guard let canHandOn = canHandOn(process, since: now) else { return false }
    if keepers.count > 1 << 10 { keepers.removeAll() }
    keepers[process] = canHandOn ? nil : now
    if canHandOn { givers.insert(process) }
    return !canHandOn
  }

  /// Whether a process has a unix socket whose other end it does not have itself; nil where that cannot be said, or it is gone.
  ///
  /// - Parameter time: how old a list of unix sockets may be, in nanoseconds since the system's start.
  private func canHandOn(_ process: Int32, since time: Int64) -> Bool? {
    guard let sockets = door.sockets(of: process, besides: [:], limit: Self.mostHeld),
      let peers = namespaces.own.unixPeers(since: time)
    else { return nil }
    let held = Set(sockets.map(\.inode))
    return held.contains { inode in peers[inode].map { $0 == 0 || !held.contains($0) } ?? false }
  }

  /// Notes which listeners are held by one process alone, after all processes were looked into.
  mutating func noteSoleHolders() {
    let now = BootClock.nanosecondsSinceEpoch
    namespaces.own.readListeners()
    var found: [UInt64: (process: Int32, since: Int64)] = [:]
    for inode in namespaces.own.lonelyListeners.inodes {
      let known = Set(holders.known(inode))
      guard known.count == 1, let process = known.first else { continue }
      found[inode] = soleHolders[inode].flatMap { $0.process == process ? $0 : nil } ?? (process, now)
    }
    soleHolders = found
    wantsScan = false
  }

  /// Some of what the kernel told of processes was lost: who holds what alone is not known any more.
  mutating func heardTooLittle() {
    processes.heardTooLittle()
    soleHolders.removeAll()
    wantsScan = true
  }

  /// A process has ended: its number may be another's soon.
  mutating func ended(_ process: Int32, at time: Int64) {
    askers.ended(process, at: time)
    keepers[process] = nil
    givers.remove(process)
  }

  /// For how long it is taken to be so, in nanoseconds: a look takes a few microseconds for each descriptor.
  private static var keeperLife: Int64 { 100_000_000 }
  /// Of a process with more descriptors than that it is not known.
  private static var mostHeld: Int { 4096 }
}
