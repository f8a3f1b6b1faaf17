internal import Linux
internal import Sockets
internal import Wire

/// Looks again at flows of which more may be known soon: whose connection is still to be accepted, or whose socket to be used.
extension OwnerResolver {
  /// When a connection that nobody has accepted is looked at again, in nanoseconds after the look before.
  private static var patience: [Int64] {
    [200_000, 300_000, 500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 16_000_000, 50_000_000, 200_000_000]
  }
  /// So often it is left to the kernel to note who uses a socket, before that is searched for.
  static var looksForUse: Int { 3 }

  /// Whether a flow need not be looked at again yet: a socket of it is still to be used.
  private func awaitsUse(_ entry: OwnerHistory.Entry) -> Bool {
    guard let seen = unused[entry.key] else { return false }
    finder.awaitsUse = true
    guard finder.awaitsUse(seen.source) || finder.awaitsUse(seen.destination) else { return false }
    if entry.looks < Self.looksForUse { return true }
    unused[entry.key] = nil
    return false
  }

  /// When a flow is to be looked at after it has been so often, in nanoseconds since the system's start; 0: not again.
  func next(_ looks: Int, isOpen: Bool, awaitsNews: Bool) -> Int64 {
    let now = BootClock.nanosecondsSinceStart
    if isOpen, looks <= Self.patience.count { return now &+ Self.patience[looks - 1] }
    return awaitsNews && looks <= Self.patience.count ? now &+ GoneSockets.telling : 0
  }

  func keep(_ entry: OwnerHistory.Entry) {
    if entry.next > 0 {
      open[entry.key] = entry.next
      nextLook = min(nextLook, entry.next)
    } else if !open.isEmpty {
      open[entry.key] = nil
    }
    history.keep(entry)
  }

  /// Looks again at flows whose answer may have become better.
  func lookAgain() {
    let now = BootClock.nanosecondsSinceStart
    guard now >= nextLook else { return }
    if open.count > 1 << 13 {
      open.removeAll()
      unused.removeAll()
    }
    nextLook = .max
    for (key, next) in open {
      guard next <= now else {
        nextLook = min(nextLook, next)
        continue
      }
      guard var entry = history.find(key) else {
        open[key] = nil
        unused[key] = nil
        continue
      }
      if awaitsUse(entry) {
        entry.looks += 1
        entry.next = self.next(entry.looks, isOpen: true, awaitsNews: false)
        keep(entry)
        continue
      }
      // It is the same connection still, whatever began it.
      entry.ends.flags.remove(.synchronize)
      let before = entry
      look(&entry, sourceIsLower: entry.isSourceLower, time: BootClock.nanosecondsSinceEpoch)
      if entry.lower.answer != before.lower.answer || entry.upper.answer != before.upper.answer || entry.next == 0 {
        answer(with: entry)
      }
      keep(entry)
    }
  }
}

extension EndAnswer {
  /// Whether the kernel will tell more of this end: once its connection is accepted, or has a socket at all.
  var awaits: Bool { end.method == .listener }
}
