import Glibc
import Wire

/// The local time of day of a second, asked for once and kept until another second comes.
///
/// localtime_r(3) takes the UTC offset that held at that very second, so a file that spans a change of it is right
/// throughout. Its cost, and the time zone file that other functions look up each time, are paid once a second.
struct LocalClock {
  private var second: Int64 = 0
  /// `HH:MM:SS`, the first octet lowest.
  private var digits: UInt64 = 0
  /// The calendar's parts of the second, for the tree.
  private(set) var year = 1970
  /// 1 to 12.
  private(set) var month = 1
  /// 1 to 31.
  private(set) var day = 1
  /// Seconds east of UTC.
  private(set) var offset = 0

  /// A clock that has been asked for the Epoch.
  init() { set(0) }

  /// Writes `HH:MM:SS.nnnnnnnnn` and a space.
  @inline(__always)
  mutating func writeStart(_ time: Timestamp, into text: inout TextBuffer) {
    if time.seconds != second { set(time.seconds) }
    text.append(clock: digits, nanoseconds: Swift.min(time.nanoseconds, 999_999_999))
  }

  /// Writes `HH:MM:SS.nnnnnnnnn`.
  mutating func write(_ time: Timestamp, into text: inout TextBuffer) {
    if time.seconds != second { set(time.seconds) }
    text.append(packed: digits, count: 8)
    text.append(".")
    text.append(digitsOf: UInt64(Swift.min(time.nanoseconds, 999_999_999)), minimumDigits: 9)
  }

  /// Writes the date and the offset too: `2026-11-22 HH:MM:SS.nnnnnnnnn +01:00`.
  mutating func writeDate(_ time: Timestamp, into text: inout TextBuffer) {
    if time.seconds != second { set(time.seconds) }
    if year < 0 { text.append("-") }
    text.append(decimal: year, digits: 4)
    text.append("-")
    text.append(decimal: month, digits: 2)
    text.append("-")
    text.append(decimal: day, digits: 2)
    text.append(" ")
    write(time, into: &text)
    text.append(offset < 0 ? " -" : " +")
    let minutes = offset.magnitude / 60
    text.append(decimal: minutes / 60, digits: 2)
    text.append(":")
    text.append(decimal: minutes % 60, digits: 2)
  }

  @inline(never)
  private mutating func set(_ seconds: Int64) {
    second = seconds
    var value = time_t(seconds)
    // SAFETY: `tm` counts as unsafe for the pointer to the time zone's name in it, which nobody reads.
    var parts = unsafe tm()
    var cycles: Int64 = 0
    // SAFETY: both pointers are to local variables, valid for the call. See localtime_r(3).
    if unsafe localtime_r(&value, &parts) == nil {
      // A year that does not fit an int: the calendar, in UTC, is the same after 400 years.
      cycles = seconds / Self.cycle
      value = time_t(seconds % Self.cycle)
      // SAFETY: as above; what is less than 400 years away has a year that fits.
      _ = unsafe gmtime_r(&value, &parts)
    }
    let colon = UInt64(UInt8(ascii: ":"))
    let (hour, minute, second) = unsafe (Self.pair(parts.tm_hour), Self.pair(parts.tm_min), Self.pair(parts.tm_sec))
    digits = hour | colon << 16 | minute << 24 | colon << 40 | second << 48
    year = unsafe Int(parts.tm_year) &+ 1900 &+ Int(cycles) &* 400
    month = unsafe Int(parts.tm_mon) &+ 1
    day = unsafe Int(parts.tm_mday)
    offset = unsafe parts.tm_gmtoff
  }

  /// 400 years, in seconds.
  private static let cycle: Int64 = 146_097 * 86_400

  private static func pair(_ value: Int32) -> UInt64 {
    let number = UInt64(UInt8(clamping: value))
    return (0x30 &+ number / 10 % 10) | (0x30 &+ number % 10) << 8
  }
}
