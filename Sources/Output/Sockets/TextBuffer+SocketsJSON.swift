import Sockets
import Wire

/// The ends and numbers of sockets as JSON.
extension TextBuffer {
  /// Writes a string with its quotes, escaped. See RFC 8259.
  mutating func append(jsonString octets: [UInt8]) {
    append("\"")
    append(escaping: octets, for: .json)
    append("\"")
  }

  /// Writes a string with its quotes, escaped. See RFC 8259.
  mutating func append(jsonString octets: RawSpan) {
    append("\"")
    appendEscaped(octets, for: .json)
    append("\"")
  }

  /// Writes a string with its quotes, escaped. See RFC 8259.
  mutating func append(jsonString string: String) {
    append("\"")
    append(escaping: string, for: .json)
    append("\"")
  }

  /// Writes the beginning of an object, up to the protocol.
  mutating func append(
    jsonSchema schema: Int, _ family: SocketFamily, _ type: SocketType, of socket: SocketRecord
  ) {
    append("{\"schema\":")
    append(decimal: schema)
    append(",\"family\":\"")
    append(family.name)
    append("\",\"type\":\"")
    append(type.name)
    append("\",\"protocol\":")
    append(jsonProtocolOf: socket)
  }

  /// Writes a socket's protocol: its name, else its number.
  mutating func append(jsonProtocolOf socket: SocketRecord) {
    guard let name = socket.protocolName else { return append(decimal: socket.protocolNumber) }
    append("\"")
    append(name)
    append("\"")
  }

  /// Writes an end of a socket as an object; `null` for a unix socket without a name.
  mutating func append(jsonEnd end: SocketAddress, of socket: SocketRecord, _ surroundings: Surroundings) {
    switch end {
    case .internet(let address, let port, let interface):
      append("{\"address\":\"")
      append(address: address)
      append("\",\"port\":")
      // A raw socket has no port: where one would be, the kernel has the protocol.
      append(decimal: socket.type == .raw ? 0 : port)
      if interface != 0 {
        append(",\"interface\":")
        append(jsonInterface: interface, in: socket.namespace, surroundings)
      }
    case .unix(.unnamed): return append("null")
    case .unix(.path(let path)):
      append("{\"path\":")
      append(jsonString: path)
    case .unix(.abstract(let name)):
      append("{\"abstract\":")
      append(jsonString: name)
    case .packet(let interface, _):
      append("{\"interface\":")
      append(jsonInterface: interface, in: socket.namespace, surroundings)
      append(",\"protocol\":")
      append(jsonProtocolOf: socket)
    case .netlink(let port, let groups):
      append("{\"protocol\":")
      append(jsonProtocolOf: socket)
      append(",\"port_id\":")
      append(decimal: port)
      append(",\"groups\":[")
      for (index, group) in groups.enumerated() {
        append(index == 0 ? "\"" : ",\"")
        append(group: group, of: socket.protocolNumber)
        append("\"")
      }
      append("]")
    case .vsock(let context, let port):
      append("{\"cid\":")
      append(decimal: context)
      append(",\"port\":")
      append(decimal: port)
    case .xdp(let interface, let queue):
      append("{\"interface\":")
      append(jsonInterface: interface, in: socket.namespace, surroundings)
      append(",\"queue\":")
      append(decimal: queue)
    }
    append("}")
  }

  /// Writes an interface's name, or its index where it has none any more; `null` for every interface.
  mutating func append(jsonInterface index: UInt32, in namespace: UInt64, _ surroundings: Surroundings) {
    if index == 0 {
      append("null")
    } else if let name = surroundings.interface(index, in: namespace) {
      append(jsonString: name)
    } else {
      append(decimal: index)
    }
  }
}
