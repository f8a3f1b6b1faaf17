internal import Flows
internal import Wire

/// Parts of flows as text.
public enum FlowText {
  /// Writes a protocol's name in lower case, or its number: `tcp`, `132`.
  static func writeProtocol(_ number: IPProtocol, quoted: Bool, into text: inout TextBuffer) {
    if let name = name(of: number) {
      if quoted { text.append("\"") }
      text.append(name)
      if quoted { text.append("\"") }
    } else {
      if quoted { text.append("\"") }
      text.append(decimal: number.rawValue)
      if quoted { text.append("\"") }
    }
  }

  static func name(of number: IPProtocol) -> StaticString? {
    switch number {
    case .tcp: "tcp"
    case .udp: "udp"
    case .icmp: "icmp"
    case .icmpv6: "icmpv6"
    case .igmp: "igmp"
    case .gre: "gre"
    case .esp: "esp"
    case .sctp: "sctp"
    case .udpLite: "udplite"
    case .ospf: "ospf"
    case .ipv4: "ipip"
    case .ipv6: "ipv6"
    case .authentication: "ah"
    default: nil
    }
  }

  /// Writes an end as `192.0.2.1:443` or `[2001:db8::1]:443`; without a port where the protocol has none.
  static func write(_ end: FlowEnd, of ends: FlowEnds, into text: inout TextBuffer) {
    if ends.isIPv6, ends.hasPorts { text.append("[") }
    text.append(address: end.address, isIPv6: ends.isIPv6)
    if ends.isIPv6, ends.hasPorts { text.append("]") }
    if ends.hasPorts {
      text.append(":")
      text.append(decimal: end.port)
    }
  }

  /// Writes a number in at most five places: `999`, `1.23k`, `45.6M`, `789G`.
  static func write(short value: UInt64, into text: inout TextBuffer) {
    var unit = 0
    var divisor: UInt64 = 1
    while value / divisor >= 1000, unit < 6 {
      divisor *= 1000
      unit += 1
    }
    guard unit > 0 else { return text.append(digitsOf: value) }
    let units: [StaticString] = ["", "k", "M", "G", "T", "P", "E"]
    let whole = value / divisor
    text.append(digitsOf: whole)
    // Cut off, not rounded: 999,999 is no million.
    let rest = value % divisor
    if whole < 10 {
      text.append(".")
      text.append(digitsOf: rest / (divisor / 100), minimumDigits: 2)
    } else if whole < 100 {
      text.append(".")
      text.append(digitsOf: rest / (divisor / 10))
    }
    text.append(units[unit])
  }

  /// Writes two such numbers: that of who began, and that of the other end.
  static func write(stroke value: Flow.Directions, into text: inout TextBuffer) {
    write(short: value.forward, into: &text)
    text.append("/")
    write(short: value.reverse, into: &text)
  }

  /// Writes a length of time in words that fit it: `12us`, `1.23ms`, `4.56s`, `12m34s`, `5h06m`, `3d04h`.
  static func write(time nanoseconds: UInt64, into text: inout TextBuffer) {
    let microseconds = nanoseconds / 1000
    switch microseconds {
    case 0..<1000:
      text.append(digitsOf: microseconds)
      text.append("us")
    case 1000..<1_000_000: writeThree(microseconds, 1000, "ms", into: &text)
    case 1_000_000..<60_000_000: writeThree(microseconds, 1_000_000, "s", into: &text)
    default:
      let seconds = microseconds / 1_000_000
      let (large, largeName, small, smallName): (UInt64, StaticString, UInt64, StaticString)
      if seconds < 3600 {
        (large, largeName, small, smallName) = (seconds / 60, "m", seconds % 60, "s")
      } else if seconds < 86_400 {
        (large, largeName, small, smallName) = (seconds / 3600, "h", seconds / 60 % 60, "m")
      } else {
        (large, largeName, small, smallName) = (seconds / 86_400, "d", seconds / 3600 % 24, "h")
      }
      text.append(digitsOf: large)
      text.append(largeName)
      text.append(digitsOf: small, minimumDigits: 2)
      text.append(smallName)
    }
  }

  private static func writeThree(
    _ value: UInt64, _ divisor: UInt64, _ unit: StaticString, into text: inout TextBuffer
  ) {
    let whole = value / divisor
    text.append(digitsOf: whole)
    if whole < 10 {
      text.append(".")
      text.append(digitsOf: value % divisor / (divisor / 100), minimumDigits: 2)
    } else if whole < 100 {
      text.append(".")
      text.append(digitsOf: value % divisor / (divisor / 10))
    }
    text.append(unit)
  }

  /// The words for each finding, one and several of them, by the number of its bit.
  static let findings: [(StaticString, StaticString)] = [
    ("retransmission", "retransmissions"), ("fast retransmission", "fast retransmissions"),
    ("spurious retransmission", "spurious retransmissions"), ("out of order", "out of order"),
    ("lost segment", "lost segments"), ("ack of unseen data", "acks of unseen data"),
    ("duplicate ack", "duplicate acks"), ("zero window", "zero windows"), ("zero window probe", "zero window probes"),
    ("zero window probe ack", "zero window probe acks"), ("window update", "window updates"),
    ("window full", "windows full"), ("keep-alive", "keep-alives"), ("keep-alive ack", "keep-alive acks"),
    ("port reused", "ports reused"), ("reset", "resets"),
  ]
}

extension TextBuffer {
  /// Writes an address of either version.
  mutating func append(address: UInt128, isIPv6: Bool) {
    if isIPv6 { append(ipv6: address) } else { append(ipv4: UInt32(truncatingIfNeeded: address)) }
  }

  /// Writes nanoseconds as seconds with nine digits behind the point.
  mutating func append(seconds nanoseconds: UInt64) {
    append(digitsOf: nanoseconds / 1_000_000_000)
    append(".")
    append(digitsOf: nanoseconds % 1_000_000_000, minimumDigits: 9)
  }

  /// Writes a time as seconds since the Epoch with nine digits behind the point.
  mutating func append(time: Timestamp) {
    append(decimal: time.seconds)
    append(".")
    append(digitsOf: UInt64(time.nanoseconds), minimumDigits: 9)
  }
}
