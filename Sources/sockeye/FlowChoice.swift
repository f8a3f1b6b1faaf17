import Flows
import Wire

/// Which flow of a file is meant: by its number in `sockeye flows`, or by its two ends.
enum FlowChoice: Equatable {
  case number(UInt64)
  case ends(FlowEnd, FlowEnd, isIPv6: Bool, IPProtocol?)

  /// A choice as it is written: `7`, `192.0.2.1:40000 192.0.2.2:80`, `udp [2001:db8::1]:53 - [2001:db8::2]:4000`.
  init?(_ text: String) {
    if let number = UInt64(text), number > 0 {
      self = .number(number)
      return
    }
    var words = text.lowercased().split { " ,<>".contains($0) || $0 == "\t" }.map(String.init).filter { $0 != "-" }
    var wanted: IPProtocol?
    if let first = words.first, let number = Self.protocols[first] {
      wanted = number
      words.removeFirst()
    }
    // Two ends with a dash between them and no space.
    if words.count == 1 {
      words = words[0].split(separator: "-").map(String.init)
    }
    guard words.count == 2, let (left, isIPv6) = Self.end(words[0]), let (right, other) = Self.end(words[1]),
      isIPv6 == other
    else { return nil }
    self = .ends(left, right, isIPv6: isIPv6, wanted)
  }

  private static let protocols: [String: IPProtocol] = ["tcp": .tcp, "udp": .udp]

  /// Whether a packet is of the flow, where the choice is by its ends.
  func matches(_ packet: FlowPacket) -> Bool {
    guard case .ends(let left, let right, let isIPv6, let wanted) = self, packet.isIPv6 == isIPv6, packet.hasPorts,
      packet.transport != .none, wanted == nil || wanted == packet.protocolNumber
    else { return false }
    let source = FlowEnd(address: packet.source, port: packet.sourcePort)
    let destination = FlowEnd(address: packet.destination, port: packet.destinationPort)
    return (source, destination) == (left, right) || (source, destination) == (right, left)
  }

  /// An address and a port.
  private static func end(_ text: String) -> (FlowEnd, isIPv6: Bool)? {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var address = text[..<colon]
    if let value = ipv4(address) { return (FlowEnd(address: UInt128(value), port: port), false) }
    if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
    guard let value = ipv6(address) else { return nil }
    return (FlowEnd(address: value, port: port), true)
  }

  static func ipv4(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard let octet = UInt8(part), part.allSatisfy(\.isNumber) else { return nil }
      value = value << 8 | UInt32(octet)
    }
    return value
  }

  /// An IPv6 address in the text form of RFC 4291 section 2.2.
  static func ipv6(_ text: Substring) -> UInt128? {
    let halves = text.components(separatedBy: "::")
    guard halves.count <= 2, let head = groups(halves[0]) else { return nil }
    guard halves.count == 2 else { return head.count == 8 ? value(head) : nil }
    guard let tail = groups(halves[1]), head.count + tail.count < 8 else { return nil }
    return value(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
  }

  private static func groups(_ text: Substring) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (place, part) in parts.enumerated() {
      if place == parts.count - 1, let last = ipv4(part) {
        groups += [UInt16(last >> 16), UInt16(last & 0xffff)]
      } else {
        guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit), let group = UInt16(part, radix: 16) else {
          return nil
        }
        groups.append(group)
      }
    }
    return groups
  }

  private static func value(_ groups: [UInt16]) -> UInt128 {
    groups.reduce(0) { $0 << 16 | UInt128($1) }
  }
}

extension Substring {
  /// The parts between a separator of two characters.
  fileprivate func components(separatedBy separator: String) -> [Substring] {
    guard let range = ranges(of: separator).first else { return [self] }
    return [self[..<range.lowerBound]] + self[range.upperBound...].components(separatedBy: separator)
  }
}
