public import Sockets
public import Wire

/// What stands in each column of a row.
public struct SocketCells {
  let listing: SocketListing

  /// The cells of a listing.
  public init(_ listing: SocketListing) { self.listing = listing }

  /// Writes a cell without padding; nothing where there is nothing to say.
  public func write(_ column: SocketColumn, of place: Int, into text: inout TextBuffer) {
    guard listing.snapshot.sockets.indices.contains(place) else { return }
    if column.needsOwners { return writeOwner(column, place, into: &text) }
    if column.needsDetails { return writeDetail(column, listing.snapshot.sockets[place], into: &text) }
    write(column, listing.snapshot.sockets[place], place, into: &text)
  }

  private func write(_ column: SocketColumn, _ socket: SocketRecord, _ place: Int, into text: inout TextBuffer) {
    switch column {
    case .kind: text.append(socket.kind)
    case .family: text.append(socket.family.name)
    case .type: text.append(socket.type.name)
    case .protocol: if socket.hasProtocol { text.append(protocolOf: socket) }
    case .state: text.append(socket.state.name)
    case .receiveQueue:
      if let waiting = socket.acceptQueue {
        text.append(decimal: waiting)
        if let backlog = socket.backlog {
          text.append("/")
          text.append(decimal: backlog)
        }
      } else {
        text.append(decimal: socket.receiveQueue)
      }
    case .sendQueue: if socket.acceptQueue == nil { text.append(decimal: socket.sendQueue) }
    case .local: text.append(end: socket.local, of: socket, listing.surroundings)
    case .remote: writeRemote(socket, place, into: &text)
    case .uid: if let uid = socket.uid { text.append(decimal: uid) }
    case .inode: if socket.inode != 0 { text.append(decimal: socket.inode) }
    case .cookie: if let cookie = socket.cookie { text.append(decimal: cookie) }
    case .netns:
      if let name = listing.surroundings.namespaces[socket.namespace] {
        text.append(word: Array(name.utf8))
      } else {
        text.append(decimal: socket.namespace)
      }
    case .notes: writeNotes(socket, place, into: &text)
    default: break
    }
  }

  private func writeRemote(_ socket: SocketRecord, _ place: Int, into text: inout TextBuffer) {
    if let remote = socket.remote, remote != .unix(.unnamed) {
      text.append(end: remote, of: socket, listing.surroundings)
    } else if let peer = listing.peer(of: place).map({ listing.snapshot.sockets[$0].inode }) ?? socket.peerInode {
      text.append(inode: peer)
    }
  }

  private func writeDetail(_ column: SocketColumn, _ socket: SocketRecord, into text: inout TextBuffer) {
    guard let details = socket.details else { return }
    if column == .device {
      if details.boundInterface != 0 {
        text.append(interface: details.boundInterface, in: socket.namespace, listing.surroundings)
      }
      return
    }
    if column == .drops {
      if let drops = socket.drops { text.append(decimal: drops) }
      return
    }
    let member: TCPMember =
      switch column {
      case .roundTripTime: .roundTripTime
      case .congestionWindow: .congestionWindow
      case .retransmissions: .totalRetransmissions
      case .octetsAcknowledged: .octetsAcknowledged
      case .octetsReceived: .octetsReceived
      default: .deliveryRate
      }
    guard socket.state != .listen, let value = TCPInformation(details.tcpInformation).value(member) else { return }
    switch column {
    case .roundTripTime: text.append(thousandths: value)
    case .deliveryRate: text.append(decimal: value.multipliedReportingOverflow(by: 8).partialValue)
    default: text.append(decimal: value)
    }
  }

  private func writeOwner(_ column: SocketColumn, _ place: Int, into text: inout TextBuffer) {
    let socket = listing.snapshot.sockets[place]
    if column == .peer {
      if let peer = listing.peer(of: place) { writeOwners(of: peer, into: &text) }
      return
    }
    if column == .user, let user = listing.user(of: place) { return text.append(word: Array(user.utf8)) }
    let held = listing.descriptors(of: place)
    guard let first = held.first, let process = listing.process(first) else {
      if column == .owner, socket.isKernels { text.append("kernel") }
      return
    }
    switch column {
    case .owner: writeOwners(of: place, into: &text)
    case .pid: text.append(decimal: process.pid)
    case .process: text.append(word: process.name)
    case .fd:
      var isFirst = true
      for one in held where one.process == first.process {
        if !isFirst { text.append(",") }
        isFirst = false
        text.append(decimal: one.descriptor)
      }
    case .service: if let service = listing.service(of: place) { write(service, into: &text) }
    case .unit: if let unit = listing.service(of: place)?.unit { text.append(word: Array(unit.utf8)) }
    case .container: if let id = listing.service(of: place)?.containerID { text.append(word: Array(id.utf8)) }
    default: break
    }
  }

  /// Writes the first owner, and how many more there are: `nginx[812] fd 6,7 +2`.
  func writeOwners(of place: Int, into text: inout TextBuffer) {
    let held = listing.descriptors(of: place)
    guard let first = held.first, let process = listing.process(first) else { return }
    text.append(escaping: process.name)
    text.append("[")
    text.append(decimal: process.pid)
    text.append("] fd ")
    var others = 0
    var last = first.process
    var isFirst = true
    for one in held {
      if one.process == first.process {
        if !isFirst { text.append(",") }
        isFirst = false
        text.append(decimal: one.descriptor)
      } else if one.process != last {
        others &+= 1
        last = one.process
      }
    }
    if others > 0 {
      text.append(" +")
      text.append(decimal: others)
    }
  }

  /// Writes a unit, or the beginning of a container's id.
  private func write(_ service: ControlGroup, into text: inout TextBuffer) {
    if let id = service.containerID {
      text.append(word: Array(id.utf8.prefix(12)))
    } else if let unit = service.unit {
      text.append(word: Array(unit.utf8))
    }
  }

  /// Writes what a person should notice, with commas between.
  private func writeNotes(_ socket: SocketRecord, _ place: Int, into text: inout TextBuffer) {
    let start = text.count
    func begin(_ text: inout TextBuffer) { if text.count > start { text.append(", ") } }
    if socket.isQueueFull {
      begin(&text)
      text.append("accept queue full")
    }
    if socket.waitsToBeAccepted {
      begin(&text)
      text.append("waits to be accepted")
    }
    if let sharing = listing.sharing(of: place) {
      begin(&text)
      text.append(socket.type == .stream ? "reuseport " : "port shared ")
      text.append(decimal: sharing.number)
      text.append("/")
      text.append(decimal: sharing.count)
    }
    if case .netlink(_, let groups) = socket.local, !groups.isEmpty {
      begin(&text)
      text.append(groups.count == 1 ? "group " : "groups ")
      for (index, group) in groups.enumerated() {
        if index > 0 { text.append(",") }
        text.append(group: group, of: socket.protocolNumber)
      }
    }
    if socket.details?.packet?.isPromiscuous == true {
      begin(&text)
      text.append("promiscuous")
    }
    if let shutdown = socket.details?.shutdown, shutdown != 0 {
      begin(&text)
      text.append(SocketWords.shutdown(shutdown))
    }
  }
}

extension SocketRecord {
  /// Whether its family has protocols.
  var hasProtocol: Bool {
    switch family {
    case .inet, .inet6, .packet, .netlink: true
    case .unix, .vsock, .xdp: false
    }
  }

  /// Whether its listener has it, and no process does yet: a connection that both ends' kernels have made.
  var waitsToBeAccepted: Bool {
    inode == 0 && (state == .established || state == .closeWait) && (family == .inet || family == .inet6)
  }

  /// Whether another connection would have to wait or be refused. A queue takes one more than the backlog says.
  var isQueueFull: Bool {
    guard let waiting = acceptQueue, let backlog else { return false }
    return waiting > backlog || (waiting == backlog && backlog > 0)
  }
}
