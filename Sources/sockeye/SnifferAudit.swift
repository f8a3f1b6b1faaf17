import ArgumentParser
import Capture
import Glibc
import Linux
import Output
import Sockets
import Wire

/// The option for the audit view.
struct SnifferOptions: ParsableArguments {
  @Flag(
    name: .customLong("sniffers"),
    help: "Show who is sniffing: packet, raw and XDP sockets and listeners to kernel events, with filters in words.")
  var sniffers = false
}

/// `sockeye sockets --sniffers`: every socket that sees what is not its program's own.
struct SnifferAudit {
  private var reading: SocketReading
  private let output: SocketOutputOptions

  init(_ reading: SocketReading, _ output: SocketOutputOptions) {
    self.reading = reading
    self.reading.withDetails = true
    self.reading.withOwners = true
    self.reading.peers = .none
    self.output = output
  }

  func run(_ order: [SocketOrder]) throws {
    var listing = try reading.listing()
    listing.sort(by: order)
    let namespaces = try reading.namespaces()
    let door = OwnInspection()
    let mayCapture = try CapturePermission.current().has(.netRaw)
    let seesFilters = try CapturePermission.current().has(.netAdmin)
    let interfaces = try SocketReading.answer { () throws(SystemError) in
      try InterfaceTable.read(namespaces, through: door)
    }
    var sniffers = Sniffer.find(in: listing.snapshot, places: listing.rows, interfaces: interfaces)
    Self.recognize(&sniffers, mayCapture)
    try write(sniffers, listing, seesFilters)
    try report(sniffers, listing, interfaces, seesFilters)
  }

  /// Looks for the expressions of the filters, once for each program.
  private static func recognize(_ sniffers: inout [Sniffer], _ mayCapture: Bool) {
    struct Key: Hashable {
      var layout: FilterLayout
      var operations: [FilterOperation]
    }
    guard sniffers.contains(where: { $0.filter?.isAttached == true }) else { return }
    var recognition = FilterRecognition(isLive: mayCapture)
    var known: [Key: String?] = [:]
    for place in sniffers.indices {
      let layout = sniffers[place].layout
      guard let filter = sniffers[place].filter, filter.isAttached, layout == .ethernet || layout == .network else {
        continue
      }
      let key = Key(layout: layout, operations: filter.program.operations)
      if known[key] == nil {
        known[key] = recognition.expression(
          for: filter.program, among: filter.program.candidateExpressions(layout), hasLinkHeader: layout == .ethernet)
      }
      sniffers[place].filter?.expression = known[key] ?? nil
    }
  }

  private func write(
    _ sniffers: [Sniffer], _ listing: SocketListing, _ seesFilters: Bool
  ) throws(CommandError) {
    let clock = BootClock()
    var text = TextBuffer(color: !output.json && Console.wantsColor(output.color, on: STDOUT_FILENO))
    if output.json {
      var writer = SnifferJSON(listing, verbose: output.verbose, clock)
      for sniffer in sniffers { writer.write(sniffer, into: &text) }
    } else {
      let cards = SnifferCards(listing, verbose: output.verbose, seesFilters: seesFilters, clock)
      for sniffer in sniffers { cards.write(sniffer, into: &text) }
    }
    try Console.write(text)
  }

  /// Says on standard error what the view cannot show, and who else makes interfaces promiscuous.
  private func report(
    _ sniffers: [Sniffer], _ listing: SocketListing, _ interfaces: [UInt64: [Interface]], _ seesFilters: Bool
  ) throws(CommandError) {
    for note in listing.snapshot.notes + (output.verbose ? listing.snapshot.substitutes : []) {
      Console.report("sockeye: \(note)")
    }
    if sniffers.isEmpty, !output.json { Console.report("sockeye: nobody is sniffing, as far as this user can see") }
    if !output.json { reportPromiscuity(listing, interfaces) }
    if !seesFilters, sniffers.contains(where: { listing.snapshot.sockets[$0.place].family == .packet }) {
      Console.report("sockeye: the kernel tells what packet sockets filter only with CAP_NET_ADMIN: run it with sudo")
    } else if seesFilters, sniffers.contains(where: { isMissing($0, listing) }) {
      Console.report("sockeye: the kernel's list of filters ended early: one of them is too long for a message")
    }
    if let missing = try reading.missingOwners(listing) { Console.report("sockeye: \(missing)") }
  }

  private func isMissing(_ sniffer: Sniffer, _ listing: SocketListing) -> Bool {
    sniffer.filter == nil && listing.snapshot.sockets[sniffer.place].family == .packet
  }

  /// An interface may be promiscuous for a bridge or by the administrator's hand.
  private func reportPromiscuity(_ listing: SocketListing, _ interfaces: [UInt64: [Interface]]) {
    for (namespace, list) in interfaces.sorted(by: { $0.key < $1.key }) {
      for interface in list where interface.promiscuity > 0 {
        let sockets = listing.snapshot.sockets.lazy.filter { $0.namespace == namespace }.reduce(0) { sum, socket in
          sum
            + (socket.details?.packet?.memberships ?? []).count {
              $0.isPromiscuous && $0.interface == interface.index
            }
        }
        let others = Int(interface.promiscuity) - sockets
        guard others > 0 else { continue }
        Console.report(
          "sockeye: \(interface.name) is promiscuous for \(others) besides packet sockets: a bridge, or 'ip link set'")
      }
    }
  }
}
