public import Sockets
import Wire

/// The conversations of this machine in an order to be read, and the words for their parts.
public struct IpcPicture: Sendable {
  /// Those between two parties first, by server, endpoint and client; then the listeners that have none.
  public let conversations: [Conversation]
  let owners: OwnerTable
  let surroundings: Surroundings
  /// Whether connections are summed up, not each a conversation.
  let isSummed: Bool
  /// Whether the sockets of more than one network namespace were read.
  let hasSeveralNamespaces: Bool

  public init(
    _ conversations: [Conversation], _ owners: OwnerTable, _ surroundings: Surroundings, isSummed: Bool = true,
    hasSeveralNamespaces: Bool = false
  ) {
    self.isSummed = isSummed
    self.owners = owners
    self.surroundings = surroundings
    self.hasSeveralNamespaces = hasSeveralNamespaces
    self.conversations = Self.ordered(conversations, owners, surroundings)
  }

  // MARK: - Words

  /// Writes who a party is: `nginx[812]`, `nginx.service`, `?`.
  func write(_ party: Party, into text: inout TextBuffer) {
    switch party.name {
    case .processes(let places): Self.write(places.compactMap { process($0) }, into: &text)
    case .unit(let name): text.append(word: Array(name.utf8))
    case .container(let id): text.append(word: Array(id.utf8.prefix(Self.shownContainerDigits)))
    case .host: text.append("host")
    case .command(let name): text.append(word: name)
    case .unreadable: text.append("?")
    case .noProcess: text.append("(no process)")
    case .closed: text.append("(closed)")
    }
  }

  /// As many digits of a container's identifier as other tools show.
  private static let shownContainerDigits = 12
  /// As many holders of a shared end as are named one by one.
  private static let namedHolders = 3

  private static func write(_ processes: [ProcessRecord], into text: inout TextBuffer) {
    let named = processes.count > namedHolders ? processes.prefix(1) : processes[...]
    for (place, process) in named.enumerated() {
      if place > 0 { text.append(",") }
      text.append(word: process.name)
      text.append("[")
      text.append(decimal: process.pid)
      text.append("]")
    }
    if named.count < processes.count {
      text.append("+")
      text.append(decimal: processes.count - named.count)
    }
  }

  /// Writes what kind of connection it is: `unix stream`, `tcp`.
  func writeKind(of conversation: Conversation, into text: inout TextBuffer) {
    if let name = conversation.socket.protocolName {
      text.append(name)
    } else {
      text.append(conversation.family.name)
      text.append(" ")
      text.append(conversation.type.name)
    }
  }

  /// Writes where the server is: an address, a name, or that there is none since socketpair(2) made both ends.
  func writeEndpoint(of conversation: Conversation, into text: inout TextBuffer) {
    guard conversation.endpoint != nil else { return text.append("socketpair") }
    let socket = conversation.socket
    text.append(end: socket.local, of: socket, surroundings)
  }

  /// Writes a network namespace: its name, else its inode's number.
  func writeNamespace(_ inode: UInt64, into text: inout TextBuffer) {
    if let name = surroundings.namespaces[inode] {
      text.append(word: Array(name.utf8))
    } else {
      text.append(digitsOf: inode)
    }
  }

  /// Writes how full an accept queue is: `129 of 128`.
  func writeAcceptQueue(of conversation: Conversation, into text: inout TextBuffer) {
    text.append(decimal: conversation.acceptQueue ?? 0)
    if let backlog = conversation.backlog {
      text.append(" of ")
      text.append(decimal: backlog)
    }
  }

  func process(_ place: Int) -> ProcessRecord? {
    owners.processes.indices.contains(place) ? owners.processes[place] : nil
  }

  // MARK: - Order

  /// What a conversation is ordered by.
  private struct OrderKey {
    var isAlone: Bool
    var server: [UInt8]
    var serverProcess: Int32
    var endpoint: [UInt8]
    var client: [UInt8]
    var clientProcess: Int32

    static func < (one: OrderKey, other: OrderKey) -> Bool {
      if one.isAlone != other.isAlone { return other.isAlone }
      if one.server != other.server { return one.server.lexicographicallyPrecedes(other.server) }
      if one.serverProcess != other.serverProcess { return one.serverProcess < other.serverProcess }
      if one.endpoint != other.endpoint { return one.endpoint.lexicographicallyPrecedes(other.endpoint) }
      if one.client != other.client { return one.client.lexicographicallyPrecedes(other.client) }
      return one.clientProcess < other.clientProcess
    }
  }

  private static func ordered(
    _ conversations: [Conversation], _ owners: OwnerTable, _ surroundings: Surroundings
  ) -> [Conversation] {
    var scratch = TextBuffer(capacity: 256)
    let keys = conversations.map { conversation -> OrderKey in
      scratch.removeAll()
      let socket = conversation.socket
      scratch.append(end: socket.local, of: socket, surroundings)
      let server = key(conversation.server, owners)
      let client = conversation.client.map { key($0, owners) } ?? ([], 0)
      return OrderKey(
        isAlone: conversation.client == nil, server: server.0, serverProcess: server.1, endpoint: scratch.octets,
        client: client.0, clientProcess: client.1)
    }
    return keys.indices.sorted { keys[$0] < keys[$1] }.map { conversations[$0] }
  }

  private static func key(_ party: Party, _ owners: OwnerTable) -> ([UInt8], Int32) {
    switch party.name {
    case .processes(let places):
      guard let first = places.first, owners.processes.indices.contains(first) else { return ([], 0) }
      return (owners.processes[first].name, owners.processes[first].pid)
    case .unit(let name), .container(let name): return (Array(name.utf8), 0)
    case .command(let name): return (name, 0)
    case .host: return ([], 1)
    // Behind those with a name.
    case .unreadable: return ([0xff], 0)
    case .noProcess: return ([0xff], 1)
    case .closed: return ([0xff], 2)
    }
  }
}

extension Conversation {
  /// A socket with the endpoint as its own, for what writes the ends of sockets.
  var socket: SocketRecord {
    var socket = SocketRecord(family: family, type: type, state: .listen, local: endpoint ?? .unix(.unnamed))
    socket.protocolNumber = protocolNumber
    socket.namespace = serverNamespace
    socket.isIPv6Only = isIPv6Only
    return socket
  }

  /// Whether both ends are of the same party.
  var isWithOneself: Bool { client.map { $0.name == server.name && $0.processes == server.processes } ?? false }
}

extension TextBuffer {
  /// A copy of what was written.
  var octets: [UInt8] {
    var octets: [UInt8] = []
    octets.reserveCapacity(count)
    for place in 0..<count { octets.append(bytes.uint8(at: place)) }
    return octets
  }
}
