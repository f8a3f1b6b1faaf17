import Glibc

/// When things happened that the kernel dates from the system's start.
public struct BootClock: Sendable {
  /// Nanoseconds from the Epoch to the system's start.
  private let start: Int64
  private let ticksPerSecond: UInt64

  /// Looks at the clocks once. See clock_gettime(2).
  public init() {
    start = Self.now(CLOCK_REALTIME) &- Self.now(CLOCK_BOOTTIME)
    ticksPerSecond = UInt64(clamping: max(sysconf(Int32(_SC_CLK_TCK)), 1))
  }

  /// Seconds since the Epoch at which a process was started, from its clock ticks since the system's start: field 22 of
  /// proc_pid_stat(5).
  public func secondsSinceEpoch(ticks: UInt64) -> Int64 {
    start / 1_000_000_000 &+ Int64(clamping: ticks / ticksPerSecond)
  }

  /// Nanoseconds since the Epoch, now.
  public static var nanosecondsSinceEpoch: Int64 { now(CLOCK_REALTIME) }

  /// Nanoseconds since the system's start, now; no change of the time of day touches it.
  public static var nanosecondsSinceStart: Int64 { now(CLOCK_BOOTTIME) }

  /// The same without the time in which the system was suspended: the kernel's events are dated by it.
  public static var monotonicNanoseconds: Int64 { now(CLOCK_MONOTONIC) }

  private static func now(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    // SAFETY: the call writes the one structure; it fails for clocks that there are not, which these are not.
    _ = unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}
