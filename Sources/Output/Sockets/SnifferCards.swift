public import Linux
public import Sockets
public import Wire

/// Who is sniffing, for people to read: a few lines for each socket.
public struct SnifferCards {
  let listing: SocketListing
  let verbose: Bool
  /// Whether the kernel tells this process what is attached to sockets.
  let seesFilters: Bool
  private let clock: BootClock

  /// The cards of a listing's sockets, with every instruction of their filters where that is wanted.
  public init(_ listing: SocketListing, verbose: Bool, seesFilters: Bool, _ clock: BootClock) {
    (self.listing, self.verbose, self.seesFilters, self.clock) = (listing, verbose, seesFilters, clock)
  }

  /// Writes a card, and an empty line.
  public func write(_ sniffer: Sniffer, into text: inout TextBuffer) {
    guard listing.snapshot.sockets.indices.contains(sniffer.place) else { return }
    let socket = listing.snapshot.sockets[sniffer.place]
    writeOwners(sniffer.place, socket, into: &text)
    line("sees", into: &text) { writeSight(sniffer, socket, into: &$0) }
    if socket.family == .packet { line("filter", into: &text) { writeFilter(sniffer, into: &$0) } }
    if verbose, let filter = sniffer.filter, filter.expression != nil, let gist = filter.gist {
      line("", into: &text) { $0.append(escaping: gist) }
    }
    if let ring = socket.details?.packet?.receiveRing {
      line("ring", into: &text) { writeRing(ring, socket, into: &$0) }
    } else if let memory = socket.details?.memory, memory.count > 1 {
      line("buffer", into: &text) { text in
        text.append(size: UInt64(memory[1]))
        text.append(", of which ")
        text.append(size: UInt64(memory[0]))
        text.append(" wait")
      }
    }
    if let drops = socket.drops, drops > 0 {
      line("drops", into: &text) { text in
        text.begin(.warning)
        text.append(decimal: drops)
        text.end()
      }
    }
    if verbose { writeDetails(sniffer, socket, into: &text) }
    text.append("\n")
  }

  private func line(_ name: StaticString, into text: inout TextBuffer, _ write: (inout TextBuffer) -> Void) {
    text.append("  ")
    let start = text.count
    text.append(name)
    let written = text.count - start
    text.append(repeating: 0x20, count: 9 - written)
    write(&text)
    text.append("\n")
  }

  // MARK: Who

  private func writeOwners(_ place: Int, _ socket: SocketRecord, into text: inout TextBuffer) {
    var last: Int32?
    for held in listing.descriptors(of: place) {
      guard let process = listing.process(held) else { continue }
      if held.process == last {
        text.append(",")
        text.append(decimal: held.descriptor)
        continue
      }
      if last != nil { text.append("\n") }
      last = held.process
      text.begin(.protocolName)
      text.append(escaping: process.name)
      text.end()
      text.append("[")
      text.append(decimal: process.pid)
      text.append("]  ")
      writeUser(process.uid, into: &text)
      text.append("  since ")
      text.append(date: clock.secondsSinceEpoch(ticks: process.startTime))
      writeService(held, into: &text)
      text.append("  fd ")
      text.append(decimal: held.descriptor)
    }
    if last == nil {
      text.append("an unknown process", style: .warning)
      if let uid = socket.uid {
        text.append(" of ")
        writeUser(uid, into: &text)
      }
    }
    text.append("\n")
  }

  private func writeUser(_ uid: UInt32, into text: inout TextBuffer) {
    if let name = listing.surroundings.users[uid] {
      text.append(word: Array(name.utf8))
    } else {
      text.append("user ")
      text.append(decimal: uid)
    }
  }

  private func writeService(_ held: HeldSocket, into text: inout TextBuffer) {
    guard listing.services.indices.contains(Int(held.process)) else { return }
    let service = listing.services[Int(held.process)]
    if let id = service.containerID {
      text.append("  container ")
      text.append(word: Array(id.utf8.prefix(12)))
    } else if let unit = service.unit {
      text.append("  ")
      text.append(word: Array(unit.utf8))
    }
  }

  // MARK: Every instruction

  private func writeDetails(_ sniffer: Sniffer, _ socket: SocketRecord, into text: inout TextBuffer) {
    line("socket", into: &text) { text in
      text.append("inode ")
      text.append(decimal: socket.inode)
      if let cookie = socket.cookie {
        text.append(", cookie ")
        text.append(decimal: cookie)
      }
      text.append(", network namespace ")
      text.append(decimal: socket.namespace)
      for (bit, name) in SocketWords.packetFlags where (socket.details?.packet?.flags ?? 0) & bit != 0 {
        text.append(", ")
        text.append(name)
      }
    }
    guard let filter = sniffer.filter else { return }
    for (place, line) in filter.program.listing(sniffer.layout).enumerated() {
      Self.write(line, place, into: &text)
    }
  }

  private static func write(_ line: FilterLine, _ place: Int, into text: inout TextBuffer) {
    text.append("    (")
    text.append(decimal: place, digits: 3)
    text.append(") ")
    let start = text.count
    text.append(escaping: line.instruction)
    if let targets = line.targets {
      text.pad(to: 25, from: start)
      text.append("jt ")
      text.append(decimal: targets.whenTrue)
      text.pad(to: 32, from: start)
      text.append("jf ")
      text.append(decimal: targets.whenFalse)
    }
    text.pad(to: 41, from: start)
    text.append("; ", style: .faint)
    text.append(escaping: line.words)
    text.append("\n")
  }
}

extension SnifferFilter {
  /// The filter in a line.
  var words: String {
    guard let expression else { return gist ?? "no expression of libpcap's, and too much to say in a line: see -v" }
    return expression.isEmpty ? "every packet" : expression
  }
}

extension Sniffer.Events {
  /// What is told.
  var words: StaticString {
    switch self {
    case .audit: "audit records of the kernel"
    case .processes: "each process that starts, changes and ends"
    case .connections: "netfilter's messages: tracked connections, logged or queued packets"
    case .securityAssociations: "IPsec's associations and policies"
    case .sockets: "sockets that are destroyed"
    }
  }
}

extension TextBuffer {
  /// Writes a number of octets in the largest unit that divides it, else with one digit behind the point.
  mutating func append(size octets: UInt64) {
    let units: [StaticString] = [" octets", " KiB", " MiB", " GiB"]
    var unit = 0
    var value = octets
    var rest: UInt64 = 0
    while value >= 1024, unit < units.count - 1 {
      rest = value % 1024
      value /= 1024
      unit += 1
    }
    append(decimal: value)
    if rest >= 103 {
      append(".")
      append(decimal: rest * 10 / 1024)
    }
    append(units[unit])
  }

  /// Writes a date and time of day, in local time.
  mutating func append(date seconds: Int64) {
    var clock = LocalClock()
    var whole = TextBuffer(capacity: 256)
    clock.writeDate(Timestamp(seconds: seconds, nanoseconds: 0), into: &whole)
    // Without the fraction of the second, which the kernel's clock ticks do not have.
    append(whole.bytes.slice(from: 0, length: 19))
  }
}
