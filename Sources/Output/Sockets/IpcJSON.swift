public import Sockets
public import Wire

/// Conversations as JSON: one object a line, as sockeye-json(5) documents.
public struct IpcJSON: Sendable {
  /// The version of the objects, which each of them carries: it grows when a key changes its meaning or goes, not when
  /// one is added.
  public static let schema = 1

  private let picture: IpcPicture
  /// What each process of the owner table belongs to.
  private let services: [ControlGroup]

  public init(_ picture: IpcPicture) {
    self.picture = picture
    services = picture.owners.processes.map { ControlGroup(path: $0.cgroup) }
  }

  /// Writes a conversation's object, and a line end.
  public func write(_ conversation: Conversation, into text: inout TextBuffer) {
    let socket = conversation.socket
    text.append(jsonSchema: Self.schema, conversation.family, conversation.type, of: socket)
    text.append(",\"endpoint\":")
    text.append(jsonEnd: socket.local, of: socket, picture.surroundings)
    if let end = conversation.clientEndpoint {
      text.append(",\"client_endpoint\":")
      text.append(jsonEnd: end, of: socket, picture.surroundings)
    }
    text.append(",\"client\":")
    if let client = conversation.client {
      write(client, conversation.clientNamespace, into: &text)
    } else {
      text.append("null")
    }
    text.append(",\"server\":")
    write(conversation.server, conversation.serverNamespace, into: &text)
    writeNumbers(conversation, into: &text)
    text.append(",\"sockets\":[")
    for (place, inodes) in conversation.inodes.enumerated() {
      text.append(place == 0 ? "{\"client\":" : ",{\"client\":")
      write(inode: inodes.client, into: &text)
      text.append(",\"server\":")
      write(inode: inodes.server, into: &text)
      text.append("}")
    }
    text.append("]}\n")
  }

  private func writeNumbers(_ conversation: Conversation, into text: inout TextBuffer) {
    text.append(",\"one_way\":")
    text.append(conversation.isOneWay ? "true" : "false")
    text.append(",\"connections\":")
    text.append(decimal: conversation.connections)
    text.append(",\"waiting\":")
    text.append(decimal: conversation.waiting - conversation.connecting)
    text.append(",\"connecting\":")
    text.append(decimal: conversation.connecting)
    text.append(",\"queues\":{\"to_client\":")
    text.append(digitsOf: conversation.toClient)
    text.append(",\"to_server\":")
    text.append(digitsOf: conversation.toServer)
    text.append("}")
    if let queue = conversation.acceptQueue {
      text.append(",\"accept_queue\":")
      text.append(decimal: queue)
    }
    if let backlog = conversation.backlog {
      text.append(",\"backlog\":")
      text.append(decimal: backlog)
    }
    text.append(",\"full\":")
    text.append(conversation.isFull ? "true" : "false")
    text.append(",\"unused\":")
    text.append(conversation.isUnused ? "true" : "false")
  }

  private func write(inode: UInt64, into text: inout TextBuffer) {
    if inode == 0 { text.append("null") } else { text.append(digitsOf: inode) }
  }

  private func write(_ party: Party, _ namespace: UInt64, into text: inout TextBuffer) {
    text.append("{\"kind\":\"")
    text.append(party.name.kind)
    text.append("\",\"name\":")
    switch party.name {
    case .processes(let places): text.append(jsonString: places.first.flatMap { picture.process($0) }?.name ?? [])
    case .unit(let name), .container(let name): text.append(jsonString: name)
    case .command(let name): text.append(jsonString: name)
    case .host: text.append("\"host\"")
    case .unreadable, .noProcess, .closed: text.append("null")
    }
    text.append(",\"processes\":[")
    var isFirst = true
    for place in party.processes {
      guard let process = picture.process(place) else { continue }
      if !isFirst { text.append(",") }
      isFirst = false
      write(process, services[place], into: &text)
    }
    text.append("],\"netns\":")
    text.append(digitsOf: namespace)
    text.append("}")
  }

  private func write(_ process: ProcessRecord, _ service: ControlGroup, into text: inout TextBuffer) {
    text.append("{\"pid\":")
    text.append(decimal: process.pid)
    text.append(",\"name\":")
    text.append(jsonString: process.name)
    text.append(",\"uid\":")
    text.append(decimal: process.uid)
    if let user = picture.surroundings.users[process.uid] {
      text.append(",\"user\":")
      text.append(jsonString: user)
    }
    if let unit = service.unit {
      text.append(",\"unit\":")
      text.append(jsonString: unit)
    }
    if let container = service.containerID {
      text.append(",\"container\":")
      text.append(jsonString: container)
    }
    text.append("}")
  }
}

extension Party.Name {
  /// What sort of name it is, in a word.
  var kind: StaticString {
    switch self {
    case .processes: "process"
    case .unit: "unit"
    case .container: "container"
    case .host: "host"
    case .command: "command"
    case .unreadable: "unreadable"
    case .noProcess: "none"
    case .closed: "closed"
    }
  }
}
