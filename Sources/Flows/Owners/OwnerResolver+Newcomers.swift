internal import Linux

/// The programs of a command that is captured, just begun: they are looked into before they send anything, since a program such
/// as ping(8) may end with its first packet.
extension OwnerResolver {
  /// How soon one is looked into again, and for how long, in nanoseconds: a program may take milliseconds until it begins.
  private static var newcomerPause: Int64 { 100_000 }
  private static var newcomerTime: Int64 { 20_000_000 }
  /// The looks may take one part of so many of the time, and what was not taken counts up to so many nanoseconds: one command
  /// is looked into at once, and of a build's hundreds some are.
  private static var newcomerShare: Int64 { 8 }
  private static var mostNewcomerCredit: Int64 { 10_000_000 }

  /// One of the command's processes has become a program.
  func welcome(_ process: Int32) {
    guard family?.contains(process) ?? false else { return }
    finder.processes.prepare(process, through: finder.door)
    let now = BootClock.nanosecondsSinceStart
    newcomers[process] = now &+ Self.newcomerTime
    nextNewcomerLook = min(nextNewcomerLook, now &+ Self.newcomerPause)
  }

  /// Looks into those that began, until they have a raw socket or are not new any more.
  func lookAtNewcomers() {
    let now = BootClock.nanosecondsSinceStart
    guard now >= nextNewcomerLook else { return }
    newcomerCredit = min(newcomerCredit &+ (now &- newcomerLooked) / Self.newcomerShare, Self.mostNewcomerCredit)
    newcomerLooked = now
    for (process, end) in newcomers {
      let isOver = now > end || newcomerCredit > 0 && finder.findAsker(process)
      if isOver { newcomers[process] = nil }
    }
    newcomerCredit &-= BootClock.nanosecondsSinceStart &- now
    nextNewcomerLook = newcomers.isEmpty ? .max : BootClock.nanosecondsSinceStart &+ Self.newcomerPause
  }
}
