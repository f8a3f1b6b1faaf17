public import Sockets
public import Wire

/// All that is known of a socket, in lines below its row: what each of them tells, a colon, then facts with commas
/// between.
public struct SocketTree {
  let listing: SocketListing
  private let cells: SocketCells

  /// The lines of a listing's sockets.
  public init(_ listing: SocketListing) {
    self.listing = listing
    cells = SocketCells(listing)
  }

  /// Writes the lines of the socket at a place.
  public func write(_ place: Int, into text: inout TextBuffer) {
    guard listing.snapshot.sockets.indices.contains(place) else { return }
    let socket = listing.snapshot.sockets[place]
    text.line("socket") { writeIdentity(socket, into: &$0) }
    writeOwners(place, into: &text)
    text.line("peer") { writePeer(place, socket, into: &$0) }
    guard let details = socket.details else { return }
    text.line("pending") { writePending(details, into: &$0) }
    if !details.tcpInformation.isEmpty { TCPLines.write(socket, details, into: &text) }
    text.line("timer") { text in
      guard details.timer != 0 else { return }
      text.append(SocketWords.timer(details.timer))
      text.append(" in ")
      text.append(microseconds: UInt64(details.timerMilliseconds) * 1000)
      if details.retransmits > 0 { text.fact(", fired ", UInt64(details.retransmits), " times") }
    }
    text.line("options") { writeOptions(socket, details, into: &$0) }
    text.line("memory") { writeMemory(details.memory, into: &$0) }
    if let packet = details.packet {
      PacketLines.write(packet, socket, listing.surroundings, into: &text)
    }
    if let xdp = details.xdp { writeXDP(xdp, into: &text) }
  }

  private func writeIdentity(_ socket: SocketRecord, into text: inout TextBuffer) {
    let start = text.count
    if socket.inode != 0 { text.fact("inode ", socket.inode) }
    if let cookie = socket.cookie {
      text.separate(from: start)
      text.append("cookie 0x")
      text.append(shortHexadecimal: cookie)
    }
    if let uid = socket.uid {
      text.separate(from: start)
      text.append("created by ")
      append(user: uid, into: &text)
    }
    text.separate(from: start)
    text.append("network namespace ")
    text.append(digitsOf: socket.namespace)
    if let name = listing.surroundings.namespaces[socket.namespace] {
      text.append(" (")
      text.append(escaping: name)
      text.append(")")
    }
    if case .internet(let address, _, _) = socket.local, address.mapped != nil {
      text.append(", IPv4 over a socket for IPv6")
    }
    if socket.isIPv6Only == true { text.append(", IPv6 only") }
    if let file = socket.details?.pathInode { text.fact(", file inode ", UInt64(file.inode)) }
  }

  private func append(user: UInt32, into text: inout TextBuffer) {
    if let name = listing.surroundings.users[user] { text.append(escaping: name) } else { text.append(decimal: user) }
  }

  /// Writes a line for each process that holds it.
  private func writeOwners(_ place: Int, into text: inout TextBuffer) {
    var last: Int32?
    let held = listing.descriptors(of: place)
    for one in held where one.process != last {
      last = one.process
      guard let process = listing.process(one) else { continue }
      text.line("owner") { text in
        text.append(escaping: process.name)
        text.fact("[", UInt64(UInt32(bitPattern: process.pid)), "] fd ")
        var isFirst = true
        for other in held where other.process == one.process {
          if !isFirst { text.append(",") }
          isFirst = false
          text.append(decimal: other.descriptor)
        }
        text.append(", user ")
        append(user: process.uid, into: &text)
        let index = Int(one.process)
        if listing.services.indices.contains(index) {
          if let unit = listing.services[index].unit {
            text.append(", unit ")
            text.append(escaping: unit)
          }
          if let container = listing.services[index].containerID {
            text.append(", container ")
            text.append(escaping: container)
          }
        }
        if !process.cgroup.isEmpty {
          text.append(", cgroup ")
          text.append(escaping: process.cgroup)
        }
      }
    }
  }

  private func writePeer(_ place: Int, _ socket: SocketRecord, into text: inout TextBuffer) {
    if let peer = listing.peer(of: place) {
      let start = text.count
      cells.writeOwners(of: peer, into: &text)
      let other = listing.snapshot.sockets[peer]
      if other.inode != 0 {
        text.separate(from: start)
        text.fact("inode ", other.inode)
      }
      text.separate(from: start)
      text.append(other.state.name)
      text.fact(", queues ", UInt64(other.receiveQueue), "/")
      text.append(decimal: other.sendQueue)
    } else if let inode = socket.peerInode {
      text.fact("inode ", inode, ", in another network namespace or gone")
    }
  }

  private func writePending(_ details: SocketDetails, into text: inout TextBuffer) {
    for (index, inode) in details.pendingInodes.enumerated() {
      text.append(index == 0 ? "from inode " : ", ")
      text.append(digitsOf: inode)
    }
  }

  private func writeOptions(_ socket: SocketRecord, _ details: SocketDetails, into text: inout TextBuffer) {
    let start = text.count
    if details.boundInterface != 0 {
      text.append("bound to ")
      text.append(interface: details.boundInterface, in: socket.namespace, listing.surroundings)
    }
    if let tos = details.typeOfService, tos != 0 {
      text.separate(from: start)
      text.append(socket.family == .inet6 ? "traffic class 0x" : "type of service 0x")
      text.append(hexadecimal: UInt64(tos), digits: 2)
    }
    if let mark = details.mark, mark != 0 {
      text.separate(from: start)
      text.append("mark 0x")
      text.append(shortHexadecimal: UInt64(mark))
    }
    if !details.upperLayerProtocol.isEmpty {
      text.separate(from: start)
      text.append("upper layer ")
      text.append(escaping: details.upperLayerProtocol)
    }
    if details.shutdown != 0 {
      text.separate(from: start)
      text.append(SocketWords.shutdown(details.shutdown))
    }
    for (bit, name) in SocketWords.options where (details.options ?? 0) & bit & ~SocketWords.defaultOptions != 0 {
      text.separate(from: start)
      text.append(name)
    }
  }

  private func writeMemory(_ memory: [UInt32], into text: inout TextBuffer) {
    // SK_MEMINFO_* in the kernel's order; without the first four nothing can be said.
    guard memory.count >= 4 else { return }
    text.fact("received ", UInt64(memory[0]), " of ")
    text.append(decimal: memory[1])
    text.fact(", to send ", UInt64(memory[2]), " of ")
    text.append(decimal: memory[3])
    let rest: [(Int, StaticString)] = [
      (4, ", reserved "), (5, ", queued to send "), (6, ", options "), (7, ", backlog "), (8, ", dropped "),
    ]
    for (index, name) in rest where index < memory.count && memory[index] != 0 {
      text.fact(name, UInt64(memory[index]))
    }
  }

  private func writeXDP(_ xdp: XDPSocketDetails, into text: inout TextBuffer) {
    text.line("rings") { text in
      let start = text.count
      let rings: [(StaticString, UInt32?)] = [
        ("receive ", xdp.receiveRingEntries), ("transmit ", xdp.transmitRingEntries), ("fill ", xdp.fillRingEntries),
        ("completion ", xdp.completionRingEntries),
      ]
      for case (let name, let entries?) in rings {
        text.separate(from: start)
        text.fact(name, UInt64(entries))
      }
      if let size = xdp.areaSize {
        text.separate(from: start)
        text.fact("shared memory ", size)
        if let chunk = xdp.chunkSize { text.fact(" in chunks of ", UInt64(chunk)) }
      }
      if let isZeroCopy = xdp.isZeroCopy {
        text.separate(from: start)
        text.append(isZeroCopy ? "zero copy" : "copied")
      }
    }
    text.line("statistics") { text in
      let start = text.count
      let counts: [(StaticString, UInt64?)] = [
        ("dropped ", xdp.receiveDropped), ("not valid ", xdp.receiveInvalid), ("ring full ", xdp.receiveFull),
        ("not valid to send ", xdp.transmitInvalid),
      ]
      for case (let name, let count?) in counts {
        text.separate(from: start)
        text.fact(name, count)
      }
    }
  }
}

extension TextBuffer {
  /// Writes a line with its name, or nothing at all where the body writes nothing.
  mutating func line(_ name: StaticString, _ body: (inout TextBuffer) -> Void) {
    let start = count
    append("    ")
    append(name, style: .fieldName)
    append(": ")
    let middle = count
    body(&self)
    if count == middle { truncate(to: start) } else { append("\n") }
  }

  /// Writes a comma where something was written since a position.
  mutating func separate(from start: Int) { if count > start { append(", ") } }

  /// Writes a number with words around it.
  mutating func fact(_ before: StaticString, _ value: UInt64, _ behind: StaticString = "") {
    append(before)
    append(digitsOf: value)
    append(behind)
  }
}
