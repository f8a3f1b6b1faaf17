/// What the file /proc/PID/stat has that is of use here. See proc_pid_stat(5).
public struct ProcessStat: Equatable {
  /// The places of fields behind the name, counted from the state, which is the manual's field 3.
  private enum Field {
    static let parent = 1
    static let threads = 17
    static let startTime = 19
    static let virtualSize = 20
  }

  /// `comm`: between the first parenthesis and the last, since it may have any in it.
  public var name: [UInt8]
  public var parent: Int32 = 0
  var threads: UInt64 = 0
  /// Clock ticks since the system's start.
  public var startTime: UInt64 = 0
  /// Octets of address space; 0 for what has none: a kernel thread, or a process that has ended.
  var virtualSize: UInt64 = 0

  /// Reads the file's octets; nil where they are not of that form.
  public init?(_ octets: [UInt8]) {
    guard let open = octets.firstIndex(of: UInt8(ascii: "(")), let close = octets.lastIndex(of: UInt8(ascii: ")")),
      open < close
    else { return nil }
    name = Array(octets[(open &+ 1)..<close])
    let fields = octets[(close &+ 1)...].split(separator: UInt8(ascii: " "), maxSplits: Field.virtualSize &+ 1)
    guard fields.count > Field.virtualSize, let parent = Self.number(fields[Field.parent]),
      let threads = Self.number(fields[Field.threads]), let startTime = Self.number(fields[Field.startTime]),
      let virtualSize = Self.number(fields[Field.virtualSize])
    else { return nil }
    self.parent = Int32(truncatingIfNeeded: parent)
    self.threads = threads
    self.startTime = startTime
    self.virtualSize = virtualSize
  }

  /// Whether it is a program: a kernel thread has no address space, nor has one that has ended, except where other
  /// threads of it go on.
  public var canHoldDescriptors: Bool { virtualSize > 0 || threads > 1 }

  /// A number without a sign, as all that are used here are; nil for anything else.
  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for octet in digits where octet != UInt8(ascii: "\n") {
      guard octet >= UInt8(ascii: "0"), octet <= UInt8(ascii: "9") else { return nil }
      let (tens, high) = value.multipliedReportingOverflow(by: 10)
      let (sum, low) = tens.addingReportingOverflow(UInt64(octet &- UInt8(ascii: "0")))
      if high || low { return nil }
      value = sum
    }
    return value
  }
}
