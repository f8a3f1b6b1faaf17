import Glibc

/// Turns the clock ticks by which the kernel counts a process's start into a time. See proc_pid_stat(5).
public struct ProcessClock: Sendable {
  /// Nanoseconds since 1970 when the system was started, by its clock as it is now.
  public var bootTime: Int64
  /// How many ticks a second has: 100, on whatever hardware.
  public var ticksPerSecond: Int64

  /// A clock with its parts.
  public init(bootTime: Int64, ticksPerSecond: Int64) {
    self.bootTime = bootTime
    self.ticksPerSecond = ticksPerSecond
  }

  /// Asks the system. `btime` in /proc/stat says the same in whole seconds. See clock_gettime(2) and sysconf(3).
  public static func current() throws(SystemError) -> ProcessClock {
    let sinceBoot = try nanoseconds(CLOCK_BOOTTIME)
    return ProcessClock(
      bootTime: try nanoseconds(CLOCK_REALTIME) &- sinceBoot, ticksPerSecond: Int64(sysconf(Int32(_SC_CLK_TCK))))
  }

  /// Nanoseconds since 1970 at a tick; nil for one that no clock reaches.
  public func time(ofTick tick: UInt64) -> Int64? {
    guard ticksPerSecond > 0, let tick = Int64(exactly: tick) else { return nil }
    let (since, overflow) = tick.multipliedReportingOverflow(by: 1_000_000_000 / ticksPerSecond)
    let (time, tooLate) = bootTime.addingReportingOverflow(since)
    return overflow || tooLate ? nil : time
  }

  /// Lets the calling thread sleep. See poll(2).
  public static func sleep(milliseconds: Int32) {
    // A signal may end it earlier, which does no harm.
    _ = poll(nil, 0, milliseconds)
  }

  private static func nanoseconds(_ clock: Int32) throws(SystemError) -> Int64 {
    var time = timespec()
    // SAFETY: the kernel fills the structure, which lives for the call.
    try systemCall("clock_gettime") { unsafe clock_gettime(clock, &time) }
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}
