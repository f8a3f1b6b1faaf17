internal import Linux
internal import Sockets
internal import Wire

/// What may have been handed to another process before anybody could look.
extension EndFinder {
  /// Whether a process that held a socket which is gone may have handed it to another one before: it lives, and has a unix
  /// socket whose other end it does not have itself. See unix(7), SCM_RIGHTS.
  func mayHaveHandedOn(_ answer: EndAnswer) -> Bool {
    guard answer.hasProcess, answer.end.method == .exact else { return false }
    for process in processes.processes(at: answer.place) {
      guard let sockets = door.sockets(of: process, besides: [:], limit: Self.mostHeld) else { continue }
      if canHandOn(sockets) { return true }
    }
    return false
  }

  /// Whether a connection that is gone was surely of the process that listens there: nobody else can have accepted it, and it has
  /// handed it to nobody, neither to a process that it has started nor through a unix socket.
  mutating func keepsWhatItAccepts(_ listener: EndAnswer) -> Bool {
    // That a process has started others, the kernel has to tell.
    guard listener.hasProcess, !listener.isShared, !listener.isHandedOn, processes.hearsOfChanges,
      let process = processes.processes(at: listener.place).first, !holders.hasChildren(process)
    else { return false }
    let now = BootClock.nanosecondsSinceStart
    if let known = keepers[process], now &- known.time < Self.keeperLife { return known.keeps }
    if keepers.count > 1 << 10 { keepers.removeAll() }
    let keeps = door.sockets(of: process, besides: [:], limit: Self.mostHeld).map { !canHandOn($0) } ?? false
    keepers[process] = (keeps, now)
    return keeps
  }

  /// Whether one of the sockets of a process is a unix socket whose other end it does not have itself.
  private func canHandOn(_ sockets: [HeldSocketNumber]) -> Bool {
    let held = Set(sockets.map(\.inode))
    return held.contains { inode in
      namespaces.all.contains { view in view.unixPeer(of: inode).map { $0 == 0 || !held.contains($0) } ?? false }
    }
  }

  /// For how long it is taken to be so, in nanoseconds: a look takes a few microseconds for each descriptor.
  private static var keeperLife: Int64 { 100_000_000 }
  /// Of a process with more descriptors than that it is not known.
  private static var mostHeld: Int { 4096 }
}
