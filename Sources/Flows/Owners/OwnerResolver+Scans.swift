internal import Linux
internal import Sockets

/// Looks into all processes, where the likeliest do not hold a socket.
extension OwnerResolver {
  /// How long it is at least, in nanoseconds, until all processes are looked into for all sockets again.
  private static var fullScanPause: Int64 { 10_000_000_000 }
  /// All processes may be looked into for some sockets in one part of so many of the time, and for as long at once, in pieces,
  /// all in nanoseconds.
  private static var searchShare: Int64 { 3 }
  private static var mostSearchCredit: Int64 { 20_000_000 }
  static var searchPiece: Int64 { 1_000_000 }
  private static var fullScanShare: Int64 { 2000 }
  private static var wantedScanPause: Int64 { 1_000_000_000 }
  private static var wantedScanShare: Int64 { 200 }

  /// Looks into all processes, where that is needed and not too much; and now and then for all sockets.
  func scan() {
    guard finder.holders.wanted.isEmpty else { return scanForWanted() }
    if finder.wantsScan { nextFullScan = min(nextFullScan, nextWantedScan) }
    if BootClock.nanosecondsSinceStart >= nextFullScan { scanAll() }
  }

  /// Looks into all processes for all sockets; and says when to do so again, so that it takes little of the time.
  func scanAll() {
    let start = BootClock.nanosecondsSinceStart
    // What could not be looked into says nothing of who holds what alone.
    if (try? finder.holders.scanAll(through: finder.door)) != nil { finder.noteSoleHolders() }
    let end = BootClock.nanosecondsSinceStart
    nextFullScan = end &+ max((end &- start) &* Self.fullScanShare, Self.fullScanPause)
    // One that would tell more may come earlier.
    nextWantedScan = end &+ max((end &- start) &* Self.wantedScanShare, Self.wantedScanPause)
  }

  /// Goes on with the search through all processes for a while, if it has not taken too much of the time.
  func scanForWanted() {
    guard !finder.holders.wanted.isEmpty else { return }
    let start = BootClock.nanosecondsSinceStart
    searchCredit = min(searchCredit &+ (start &- searched) / Self.searchShare, Self.mostSearchCredit)
    searched = start
    guard searchCredit > 0 else { return }
    let before = finder.holders.wanted.count
    try? finder.holders.search(for: Self.searchPiece, through: finder.door)
    searched = BootClock.nanosecondsSinceStart
    searchCredit &-= searched &- start
    if finder.holders.wanted.count < before { lookAgainAtAll() }
  }

  private func lookAgainAtAll() {
    // Those whose connection is still to be accepted have nothing of it.
    for key in open.keys where history.find(key)?.isUnsettled ?? true { open[key] = 0 }
    nextLook = 0
    lookAgain()
  }
}
