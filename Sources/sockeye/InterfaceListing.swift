import Linux
import Wire

/// Interfaces as a table, and as JSON.
enum InterfaceListing {
  /// Writes a table: a line for each interface, and one more for each further address.
  static func writeTable(_ interfaces: [Interface], _ mayCapture: Bool, into text: inout TextBuffer) {
    let names = interfaces.map(\.name)
    let types = interfaces.map(linkType)
    let nameWidth = max(names.map(\.count).max() ?? 0, 4) + 2
    let typeWidth = max(types.map(\.count).max() ?? 0, 9) + 2
    let widths = [nameWidth, 7, 12, typeWidth, 8, 9]
    for (title, width) in zip(["NAME", "INDEX", "STATE", "LINK TYPE", "MTU", "CAPTURE"], widths) {
      write(title, .faint, width, into: &text)
    }
    text.append("ADDRESSES\n", style: .faint)
    for (place, interface) in interfaces.enumerated() {
      write(names[place], .endpoint, widths[0], into: &text)
      write("\(interface.index)", nil, widths[1], into: &text)
      write(
        "\(interface.state)", interface.hasCarrier && interface.isUp ? .protocolName : .faint, widths[2], into: &text)
      write(types[place], nil, widths[3], into: &text)
      write("\(interface.mtu)", nil, widths[4], into: &text)
      write(mayCapture ? "yes" : "no", mayCapture ? nil : .warning, widths[5], into: &text)
      writeAddresses(interface, indent: widths.reduce(0, +), into: &text)
    }
  }

  /// Writes an object and a line feed.
  static func writeObject(_ interface: Interface, _ mayCapture: Bool, into text: inout TextBuffer) {
    text.append("{\"name\":")
    JSONText.write(interface.name, into: &text)
    text.append(",\"index\":")
    text.append(decimal: interface.index)
    text.append(",\"state\":\"")
    text.append(interface.state)
    text.append("\",\"link_type\":")
    JSONText.write(linkType(interface), into: &text)
    text.append(",\"hardware_type\":")
    text.append(decimal: interface.hardwareType)
    text.append(",\"mtu\":")
    text.append(decimal: interface.mtu)
    if !interface.hardwareAddress.isEmpty {
      text.append(",\"hardware_address\":\"")
      write(hardwareAddress: interface.hardwareAddress, into: &text)
      text.append("\"")
    }
    text.append(",\"addresses\":[")
    for (place, address) in interface.addresses.enumerated() {
      text.append(place == 0 ? "\"" : ",\"")
      write(address, into: &text)
      text.append("\"")
    }
    text.append("],\"capture\":")
    text.append(mayCapture ? "true}\n" : "false}\n")
  }

  /// What its frames begin with: a name, or the kernel's number.
  private static func linkType(_ interface: Interface) -> String {
    interface.hardwareTypeName.map { "\($0)" } ?? "arphrd \(interface.hardwareType)"
  }

  private static func writeAddresses(_ interface: Interface, indent: Int, into text: inout TextBuffer) {
    var first = true
    for address in interface.addresses {
      if !first { text.append(repeating: 0x20, count: indent) }
      write(address, into: &text)
      text.append("\n")
      first = false
    }
    if !interface.hardwareAddress.isEmpty, interface.hardwareAddress.contains(where: { $0 != 0 }) {
      if !first { text.append(repeating: 0x20, count: indent) }
      text.begin(.faint)
      write(hardwareAddress: interface.hardwareAddress, into: &text)
      text.end()
      text.append("\n")
      first = false
    }
    if first {
      text.append("-\n", style: .faint)
    }
  }

  private static func write(_ address: InterfaceAddress, into text: inout TextBuffer) {
    switch address.address {
    case .v4(let value): text.append(ipv4: value)
    case .v6(let value): text.append(ipv6: value)
    }
    text.append("/")
    text.append(decimal: address.prefixLength)
  }

  private static func write(hardwareAddress octets: [UInt8], into text: inout TextBuffer) {
    for (place, octet) in octets.enumerated() {
      if place > 0 { text.append(":") }
      text.append(hexadecimal: UInt64(octet), digits: 2)
    }
  }

  /// Writes a cell, and spaces up to its width.
  private static func write(_ cell: String, _ style: TextStyle?, _ width: Int, into text: inout TextBuffer) {
    if let style { text.begin(style) }
    let start = text.count
    text.append(escaping: cell)
    let written = text.count - start
    if style != nil { text.end() }
    text.append(repeating: 0x20, count: max(width - written, 1))
  }
}

/// Text within JSON that the commands write about themselves.
enum JSONText {
  /// Writes a string with its quotes, escaped. See RFC 8259.
  static func write(_ string: String, into text: inout TextBuffer) {
    text.append("\"")
    text.append(escaping: string, for: .json)
    text.append("\"")
  }
}
