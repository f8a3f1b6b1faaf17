import Sockets
public import Wire

/// The ends and numbers of sockets as text.
extension TextBuffer {
  /// Writes octets that a program chose, escaped.
  public mutating func append(escaping octets: [UInt8], for target: EscapeTarget = .terminal) {
    withBytes(octets) { appendEscaped($0, for: target) }
  }

  /// Writes a name that a program chose as one word: its spaces are escaped too, so that it cannot look like another
  /// column.
  mutating func append(word octets: [UInt8]) {
    guard octets.contains(0x20) else { return append(escaping: octets) }
    var start = 0
    for place in octets.indices where octets[place] == 0x20 {
      append(escaping: Array(octets[start..<place]))
      append("\\x20")
      start = place &+ 1
    }
    append(escaping: Array(octets[start...]))
  }

  /// Writes an end of a socket as one word: `127.0.0.1:80`, `[::1]:80`, `*:80`, `/run/x.sock`, `@name`, `eth0:ipv4`,
  /// `route:812`; a dash for a unix socket without a name.
  mutating func append(end: SocketAddress, of socket: borrowing SocketRecord, _ surroundings: Surroundings) {
    switch end {
    case .internet(let address, let port, let interface):
      // A socket for IPv6 without an address takes IPv4 too, unless it was told not to.
      let isAny = address.isWildcard && !(socket.family == .inet6 && socket.isIPv6Only == true)
      let isBracketed = !isAny && socket.family == .inet6
      if isBracketed { append("[") }
      if isAny { append("*") } else { append(address: address) }
      if interface != 0 {
        append("%")
        append(interface: interface, in: socket.namespace, surroundings)
      }
      if isBracketed { append("]") }
      append(":")
      if socket.type == .raw { return append(protocolOf: socket) }
      if port == 0 { append("*") } else { append(decimal: port) }
    case .unix(.unnamed): append(inode: socket.inode)
    case .unix(.path(let path)): append(word: path)
    case .unix(.abstract(let name)):
      append("@")
      append(word: name)
    case .packet(let interface, _):
      if interface == 0 { append("*") } else { append(interface: interface, in: socket.namespace, surroundings) }
      append(":")
      append(protocolOf: socket)
    case .netlink(let port, _):
      append(protocolOf: socket)
      append(":")
      if port == 0 { append("kernel") } else { append(decimal: port) }
    case .vsock(let context, let port):
      if context == .max { append("*") } else { append(decimal: context) }
      append(":")
      if port == .max { append("*") } else { append(decimal: port) }
    case .xdp(let interface, let queue):
      append(interface: interface, in: socket.namespace, surroundings)
      append(":queue")
      append(decimal: queue)
    }
  }

  /// Writes an address of either family.
  mutating func append(address: InternetAddress) {
    switch address {
    case .v4(let value): append(ipv4: value)
    case .v6(let value): append(ipv6: value)
    }
  }

  /// Writes what stands for a socket without a name: `#` and its inode; a dash where it has none.
  mutating func append(inode: UInt64) {
    guard inode != 0 else { return append("-") }
    append("#")
    append(digitsOf: inode)
  }

  /// Writes an interface's name, or its index where it has none any more.
  mutating func append(interface index: UInt32, in namespace: UInt64, _ surroundings: Surroundings) {
    if let name = surroundings.interface(index, in: namespace) {
      append(word: Array(name.utf8))
    } else {
      append("if")
      append(decimal: index)
    }
  }

  /// Writes a socket's protocol: its name, else its number.
  mutating func append(protocolOf socket: borrowing SocketRecord) {
    if let name = socket.protocolName {
      append(name)
    } else if socket.family == .packet {
      append("0x")
      append(hexadecimal: UInt64(socket.protocolNumber), digits: 4)
    } else {
      append(decimal: socket.protocolNumber)
    }
  }

  /// Writes a multicast group of netlink: its name, else its number.
  mutating func append(group: UInt32, of family: UInt16) {
    if let name = NetlinkNames.group(group, of: family) { append(name) } else { append(decimal: group) }
  }

  /// Writes milliseconds or seconds from microseconds, with at most three digits that count: `0.052 ms`, `12.3 s`.
  mutating func append(microseconds value: UInt64) {
    if value < 1_000_000 {
      append(thousandths: value)
      append(" ms")
    } else {
      append(thousandths: value / 1000)
      append(" s")
    }
  }

  /// Writes a number of thousandths with a point, without zeros at the end.
  mutating func append(thousandths value: UInt64) {
    append(decimal: value / 1000)
    var rest = value % 1000
    guard rest > 0 else { return }
    var digits = 3
    while rest % 10 == 0 {
      rest /= 10
      digits &-= 1
    }
    append(".")
    append(decimal: rest, digits: digits)
  }

  /// Writes a rate in octets a second as bits a second: `12.3 Mbit/s`.
  mutating func append(rate octets: UInt64) {
    let bits = octets.multipliedReportingOverflow(by: 8)
    guard !bits.overflow else { return append("unlimited") }
    var value = bits.partialValue
    var thousandths = value % 1000
    let units: [StaticString] = [" bit/s", " kbit/s", " Mbit/s", " Gbit/s", " Tbit/s"]
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      thousandths = value % 1000
      value /= 1000
      unit += 1
    }
    append(decimal: value)
    // Three digits say enough.
    if unit > 0, value < 100 {
      let digits = value < 10 ? 2 : 1
      let rest = thousandths / (digits == 2 ? 10 : 100)
      if rest > 0 {
        append(".")
        append(decimal: rest, digits: digits)
      }
    }
    append(units[unit])
  }
}
