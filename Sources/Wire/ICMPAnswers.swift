/// Which ICMP messages answer each other, RFC 792 and RFC 1256, as Community ID version 1 pairs them.
enum ICMPAnswer {
  /// The type that belongs to a type; nil where none does.
  static func type(for type: UInt8) -> UInt8? {
    switch type {
    case 0: 8
    case 8: 0
    case 9: 10
    case 10: 9
    case 13: 14
    case 14: 13
    case 15: 16
    case 16: 15
    case 17: 18
    case 18: 17
    default: nil
    }
  }
}

/// Which ICMPv6 messages answer each other, RFC 4443, RFC 4861 and RFC 4620, as Community ID version 1 pairs them.
enum ICMPv6Answer {
  /// The type that belongs to a type; nil where none does.
  static func type(for type: UInt8) -> UInt8? {
    switch type {
    case 128: 129
    case 129: 128
    case 130: 131
    case 131: 130
    case 133: 134
    case 134: 133
    case 135: 136
    case 136: 135
    case 139: 140
    case 140: 139
    case 144: 145
    case 145: 144
    default: nil
    }
  }
}
