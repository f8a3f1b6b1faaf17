public import Flows
public import Wire

/// What flows are put together by.
public enum FlowGrouping: String, Sendable, CaseIterable {
  /// Each address, as either end.
  case host
  /// The destination's port and the protocol.
  case port
  /// The protocol.
  case `protocol`
  /// The name asked for or told: SNI, HTTP host, DNS.
  case name
}

/// Sums over flows that have something in common.
public struct FlowGroups {
  /// The sums of one group.
  private struct Sums {
    var flows: UInt64 = 0
    /// Of a host: sent and received; of anything else: from who began, and to it.
    var packets = Flow.Directions(forward: 0, reverse: 0)
    var bytes = Flow.Directions(forward: 0, reverse: 0)
    var trouble: UInt64 = 0
  }

  private enum Key: Hashable {
    case address(UInt128, isIPv6: Bool)
    case port(UInt8, UInt16)
    case protocolNumber(UInt8)
    case name([UInt8])
  }

  private let grouping: FlowGrouping
  private var groups: [Key: Sums] = [:]

  /// No groups yet.
  public init(by grouping: FlowGrouping) { self.grouping = grouping }

  /// Adds a flow.
  public mutating func add(_ flow: Flow) {
    switch grouping {
    case .host:
      add(flow, to: .address(flow.ends.source.address, isIPv6: flow.ends.isIPv6), isForward: true)
      if flow.ends.source.address != flow.ends.destination.address {
        add(flow, to: .address(flow.ends.destination.address, isIPv6: flow.ends.isIPv6), isForward: false)
      }
    case .port:
      let port = flow.ends.hasPorts ? flow.ends.destination.port : 0
      add(flow, to: .port(flow.ends.protocolNumber.rawValue, port), isForward: true)
    case .protocol: add(flow, to: .protocolNumber(flow.ends.protocolNumber.rawValue), isForward: true)
    case .name:
      add(flow, to: .name(flow.hints.serverName ?? flow.hints.httpHost ?? flow.hints.domainName ?? []), isForward: true)
    }
  }

  private mutating func add(_ flow: Flow, to key: Key, isForward: Bool) {
    var sums = groups[key] ?? Sums()
    sums.flows &+= 1
    sums.packets.forward &+= isForward ? flow.packets.forward : flow.packets.reverse
    sums.packets.reverse &+= isForward ? flow.packets.reverse : flow.packets.forward
    sums.bytes.forward &+= isForward ? flow.bytes.forward : flow.bytes.reverse
    sums.bytes.reverse &+= isForward ? flow.bytes.reverse : flow.bytes.forward
    sums.trouble &+= flow.tcp?.counts.trouble ?? 0
    groups[key] = sums
  }

  /// Writes the groups, those with the most octets first, as a table or a JSON object each; at most `limit` of them.
  public func write(limit: Int, asJSON: Bool, into text: inout TextBuffer) {
    var rows: [(name: [UInt8], key: Key, sums: Sums)] = groups.map { key, sums in
      var cell = TextBuffer(capacity: 256)
      write(key, asJSON: asJSON, into: &cell)
      return (copy(cell.bytes), key, sums)
    }
    rows.sort { left, right in
      let (leftBytes, rightBytes) = (left.sums.bytes.total, right.sums.bytes.total)
      return leftBytes != rightBytes ? leftBytes > rightBytes : left.name.lexicographicallyPrecedes(right.name)
    }
    if limit < rows.count { rows.removeLast(rows.count - limit) }
    let width = Swift.max(rows.map(\.name.count).max() ?? 0, grouping.rawValue.utf8.count)
    if !asJSON { writeTitles(width, into: &text) }
    for row in rows {
      if asJSON {
        writeObject(row.name, row.sums, into: &text)
      } else {
        writeLine(row.name, row.sums, width, into: &text)
      }
    }
  }

  private func copy(_ bytes: RawSpan) -> [UInt8] {
    var octets: [UInt8] = []
    for index in 0..<bytes.byteCount { octets.append(bytes.uint8(at: index)) }
    return octets
  }

  private func write(_ key: Key, asJSON: Bool, into text: inout TextBuffer) {
    switch key {
    case .address(let address, let isIPv6): text.append(address: address, isIPv6: isIPv6)
    case .port(let number, let port):
      if port > 0 {
        text.append(decimal: port)
        text.append("/")
      }
      FlowText.writeProtocol(IPProtocol(rawValue: number), quoted: false, into: &text)
    case .protocolNumber(let number): FlowText.writeProtocol(IPProtocol(rawValue: number), quoted: false, into: &text)
    case .name(let octets):
      if octets.isEmpty { text.append("-") }
      withBytes(octets) { text.appendEscaped($0, for: asJSON ? .json : .terminal) }
    }
  }

  private func writeTitles(_ width: Int, into text: inout TextBuffer) {
    text.begin(.faint)
    let start = text.count
    text.append(escaping: grouping.rawValue.uppercased())
    text.pad(to: width &+ 2, from: start)
    text.append(
      grouping == .host
        ? "FLOWS     SENT PACKETS/RECEIVED  SENT BYTES/RECEIVED  TROUBLE"
        : "FLOWS     PACKETS FROM/TO SOURCE BYTES FROM/TO SOURCE TROUBLE")
    text.end()
    text.append("\n")
  }

  private func writeLine(_ name: [UInt8], _ sums: Sums, _ width: Int, into text: inout TextBuffer) {
    text.begin(.endpoint)
    withBytes(name) { text.append($0) }
    text.end()
    text.append(repeating: 0x20, count: width &- name.count &+ 2)
    var start = text.count
    text.append(digitsOf: sums.flows)
    text.pad(to: 10, from: start)
    for (value, columns) in [(sums.packets, 23), (sums.bytes, 21)] {
      start = text.count
      FlowText.write(short: value.forward, into: &text)
      text.append("/")
      FlowText.write(short: value.reverse, into: &text)
      text.pad(to: columns, from: start)
    }
    text.append(digitsOf: sums.trouble)
    text.append("\n")
  }

  private func writeObject(_ name: [UInt8], _ sums: Sums, into text: inout TextBuffer) {
    text.append("{\"")
    text.append(escaping: grouping.rawValue, for: .json)
    text.append("\":\"")
    withBytes(name) { text.append($0) }
    text.append("\",\"flows\":")
    text.append(digitsOf: sums.flows)
    let isHost = grouping == .host
    let values: [(StaticString, Flow.Directions)] = [("packets", sums.packets), ("bytes", sums.bytes)]
    for (member, value) in values {
      text.append(member: member, afterComma: true)
      text.append(isHost ? "{\"sent\":" : "{\"forward\":")
      text.append(digitsOf: value.forward)
      text.append(isHost ? ",\"received\":" : ",\"reverse\":")
      text.append(digitsOf: value.reverse)
      text.append("}")
    }
    text.append(",\"trouble\":")
    text.append(digitsOf: sums.trouble)
    text.append("}\n")
  }
}
