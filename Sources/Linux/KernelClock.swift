/// What turns the times of the kernel's clocks into times since the Epoch: the difference changes where the time of day is set.
public struct KernelClock: Sendable {
  /// So many nanoseconds the clocks are read apart at most, and so often that is tried.
  private static let longest: Int64 = 5_000
  private static let tries = 4

  /// From the start of CLOCK_MONOTONIC, and from the system's start, in nanoseconds.
  private let monotonicStart: Int64
  private let bootStart: Int64

  /// Looks at the clocks.
  public init() {
    monotonicStart = Self.start { BootClock.monotonicNanoseconds }
    bootStart = Self.start { BootClock.nanosecondsSinceStart }
  }

  /// When a clock began: whoever is interrupted between two looks tries again.
  private static func start(of clock: () -> Int64) -> Int64 {
    var (best, start) = (Int64.max, Int64(0))
    for _ in 0..<tries {
      let before = clock()
      let now = BootClock.nanosecondsSinceEpoch
      let length = clock() &- before
      if length < best { (best, start) = (length, now &- before &- length / 2) }
      if length < longest { break }
    }
    return start
  }

  /// A time by CLOCK_MONOTONIC, in nanoseconds since the Epoch; 0 stays that.
  @inline(__always)
  public func time(ofMonotonic nanoseconds: UInt64) -> Int64 {
    nanoseconds == 0 ? 0 : Int64(clamping: nanoseconds) &+ monotonicStart
  }

  /// A time since the system's start, in nanoseconds since the Epoch.
  @inline(__always)
  public func time(sinceStart nanoseconds: UInt64) -> Int64 { Int64(clamping: nanoseconds) &+ bootStart }
}
