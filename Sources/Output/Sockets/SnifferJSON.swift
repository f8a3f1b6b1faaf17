import CLinux
public import Linux
public import Sockets
public import Wire

/// Who is sniffing, as JSON: the socket's own object with a member `sniffer`. See sockeye-json(5).
public struct SnifferJSON: ~Copyable {
  private let listing: SocketListing
  private let sockets: SocketJSON
  private let clock: BootClock
  private let verbose: Bool
  private var object = TextBuffer(capacity: 1 << 12)

  /// The writer of a listing's sniffers, with every instruction in words where that is wanted.
  public init(_ listing: SocketListing, verbose: Bool, _ clock: BootClock) {
    self.listing = listing
    self.clock = clock
    self.verbose = verbose
    sockets = SocketJSON(listing)
  }

  /// Writes an object and a line end.
  public mutating func write(_ sniffer: Sniffer, into text: inout TextBuffer) {
    guard listing.snapshot.sockets.indices.contains(sniffer.place) else { return }
    let socket = listing.snapshot.sockets[sniffer.place]
    object.removeAll()
    sockets.writeObject(sniffer.place, into: &object)
    // Another member goes before the brace that ends it.
    text.append(object.bytes.slice(from: 0, length: object.count - 1))
    text.append(",\"sniffer\":{\"sees\":\"")
    text.append(sniffer.role.name)
    text.append("\",\"interface\":")
    text.append(jsonInterface: socket.interfaceIndex ?? 0, in: socket.namespace, listing.surroundings)
    text.append(",\"promiscuous\":")
    text.append(socket.details?.packet?.isPromiscuous == true ? "true" : "false")
    if let promiscuity = sniffer.promiscuity {
      text.append(",\"interface_promiscuity\":")
      text.append(decimal: promiscuity)
    }
    text.append(",\"ring_octets\":")
    text.append(decimal: Self.ringOctets(socket))
    text.append(",\"drops\":")
    if let drops = socket.drops { text.append(decimal: drops) } else { text.append("null") }
    writeStarts(sniffer.place, into: &text)
    text.append(",\"filter_known\":")
    text.append(sniffer.filter == nil ? "false" : "true")
    text.append(",\"filter\":")
    if let filter = sniffer.filter, filter.isAttached {
      write(filter, sniffer.layout, into: &text)
    } else {
      text.append("null")
    }
    text.append("}}\n")
  }

  private static func ringOctets(_ socket: SocketRecord) -> UInt64 {
    let rings = [socket.details?.packet?.receiveRing, socket.details?.packet?.transmitRing]
    return rings.reduce(0) { $0 &+ UInt64($1?.blockSize ?? 0) &* UInt64($1?.blockCount ?? 0) }
  }

  /// When each process that holds it was started, in seconds since the Epoch.
  private func writeStarts(_ place: Int, into text: inout TextBuffer) {
    text.append(",\"started\":[")
    var last: Int32?
    for held in listing.descriptors(of: place) where held.process != last {
      guard let process = listing.process(held) else { continue }
      text.append(last == nil ? "{\"pid\":" : ",{\"pid\":")
      last = held.process
      text.append(decimal: process.pid)
      text.append(",\"time_epoch\":")
      text.append(decimal: UInt64(clamping: clock.secondsSinceEpoch(ticks: process.startTime)))
      text.append("}")
    }
    text.append("]")
  }

  private func write(_ filter: SnifferFilter, _ layout: FilterLayout, into text: inout TextBuffer) {
    text.append("{\"expression\":")
    if let expression = filter.expression { text.append(jsonString: expression) } else { text.append("null") }
    text.append(",\"words\":")
    text.append(jsonString: filter.words)
    text.append(",\"gist\":")
    if let gist = filter.gist { text.append(jsonString: gist) } else { text.append("null") }
    text.append(",\"snap_length\":")
    if let length = filter.program.keptLength { text.append(decimal: length) } else { text.append("null") }
    text.append(",\"instructions\":")
    text.append(jsonInstructionsOf: filter.program)
    if verbose { writeListing(filter.program.listing(layout), into: &text) }
    text.append("}")
  }

  private func writeListing(_ lines: [FilterLine], into text: inout TextBuffer) {
    text.append(",\"listing\":[")
    for (place, line) in lines.enumerated() {
      text.append(place == 0 ? "{\"instruction\":" : ",{\"instruction\":")
      // The table's columns mean nothing here.
      text.append(jsonString: line.instruction.split(separator: " ").joined(separator: " "))
      if let targets = line.targets {
        text.append(",\"true\":")
        text.append(decimal: targets.whenTrue)
        text.append(",\"false\":")
        text.append(decimal: targets.whenFalse)
      }
      text.append(",\"words\":")
      text.append(jsonString: line.words)
      text.append("}")
    }
    text.append("]")
  }
}

extension Sniffer.Role {
  /// Its name in JSON.
  var name: StaticString {
    switch self {
    case .packets: "packets"
    case .netlinkMonitor: "netlink_messages"
    case .vsockMonitor: "vsock_messages"
    case .raw: "raw_packets"
    case .xdp: "xdp_packets"
    case .events(.audit): "audit_records"
    case .events(.processes): "process_events"
    case .events(.connections): "netfilter_messages"
    case .events(.securityAssociations): "ipsec_events"
    case .events(.sockets): "socket_events"
    }
  }
}

extension TextBuffer {
  /// Writes a filter's instructions: an array each of operation, jump if true, jump if false, and constant.
  mutating func append(jsonInstructionsOf program: FilterProgram) {
    append("[")
    for (place, instruction) in program.instructions.enumerated() {
      append(place == 0 ? "[" : ",[")
      append(decimal: instruction.code)
      for number in [UInt32(instruction.jt), UInt32(instruction.jf), instruction.k] {
        append(",")
        append(decimal: number)
      }
      append("]")
    }
    append("]")
  }
}
