public import Sockets
public import Wire

/// Conversations as text, one a line:
/// `nginx[812] ⇄ php-fpm[901] unix stream /run/php.sock, 3 connections, queues 0/0`.
public struct IpcText: Sendable {
  private let picture: IpcPicture

  public init(_ picture: IpcPicture) { self.picture = picture }

  /// Writes a conversation's line.
  public func write(_ conversation: Conversation, into text: inout TextBuffer) {
    if let client = conversation.client {
      write(conversation, from: client, into: &text)
    } else {
      writeListener(conversation, into: &text)
    }
    writeNamespaces(of: conversation, into: &text)
    text.append("\n")
  }

  private func write(_ conversation: Conversation, from client: Party, into text: inout TextBuffer) {
    writeParty(client, into: &text)
    text.append(" ")
    text.append(escaping: conversation.isOneWay ? "→" : "⇄")
    text.append(" ")
    if conversation.isWithOneself, !client.processes.isEmpty {
      text.append(client.processes.count == 1 ? "itself" : "each other")
    } else {
      writeParty(conversation.server, into: &text)
    }
    text.append(" ")
    writePlace(of: conversation, into: &text)
    writeClientPlace(of: conversation, into: &text)
    text.append(", ")
    if picture.isSummed {
      text.append(decimal: conversation.connections)
      text.append(conversation.connections == 1 ? " connection" : " connections")
    } else {
      writeInodes(of: conversation, into: &text)
    }
    writeWaiting(of: conversation, into: &text)
    text.append(", queues ")
    writeQueue(conversation.toClient, into: &text)
    text.append("/")
    writeQueue(conversation.toServer, into: &text)
    if conversation.isFull {
      text.append(", ")
      text.begin(.warning)
      text.append("FULL: accept queue ")
      picture.writeAcceptQueue(of: conversation, into: &text)
      text.end()
    }
  }

  private func writeClientPlace(of conversation: Conversation, into text: inout TextBuffer) {
    guard let end = conversation.clientEndpoint, end != conversation.endpoint else { return }
    text.append(" from ")
    text.begin(.endpoint)
    text.append(end: end, of: conversation.socket, picture.surroundings)
    text.end()
  }

  private func writeInodes(of conversation: Conversation, into text: inout TextBuffer) {
    text.append("inodes ")
    for inodes in conversation.inodes.prefix(1) {
      if inodes.client == 0 { text.append("-") } else { text.append(digitsOf: inodes.client) }
      text.append("/")
      if inodes.server == 0 { text.append("-") } else { text.append(digitsOf: inodes.server) }
    }
  }

  private func writeWaiting(of conversation: Conversation, into text: inout TextBuffer) {
    let queued = conversation.waiting - conversation.connecting
    let kinds: [(Int, StaticString)] = [(queued, "not accepted"), (conversation.connecting, "not answered")]
    for (count, words) in kinds where count > 0 {
      text.append(", ")
      text.begin(.highlight)
      if picture.isSummed {
        text.append(decimal: count)
        text.append(" ")
      }
      text.append(words)
      text.end()
    }
  }

  private func writeListener(_ conversation: Conversation, into text: inout TextBuffer) {
    writeParty(conversation.server, into: &text)
    text.append(" listens on ")
    writePlace(of: conversation, into: &text)
    if conversation.isFull {
      text.append(", ")
      text.begin(.warning)
      text.append("FULL: accept queue ")
      picture.writeAcceptQueue(of: conversation, into: &text)
      text.end()
    } else {
      text.append(", ")
      text.append("nobody uses it", style: .faint)
    }
  }

  private func writeParty(_ party: Party, into text: inout TextBuffer) {
    switch party.name {
    case .unreadable, .noProcess, .closed: text.begin(.faint)
    default: text.begin(.protocolName)
    }
    picture.write(party, into: &text)
    text.end()
  }

  private func writePlace(of conversation: Conversation, into text: inout TextBuffer) {
    picture.writeKind(of: conversation, into: &text)
    text.append(" ")
    text.begin(.endpoint)
    picture.writeEndpoint(of: conversation, into: &text)
    text.end()
  }

  private func writeQueue(_ octets: UInt64, into text: inout TextBuffer) {
    if octets > 0 { text.begin(.highlight) }
    text.append(digitsOf: octets)
    if octets > 0 { text.end() }
  }

  private func writeNamespaces(of conversation: Conversation, into text: inout TextBuffer) {
    guard picture.hasSeveralNamespaces else { return }
    text.append(", ")
    text.begin(.faint)
    text.append("netns ")
    picture.writeNamespace(conversation.clientNamespace, into: &text)
    if conversation.serverNamespace != conversation.clientNamespace {
      text.append(escaping: conversation.isOneWay ? " → " : " ⇄ ")
      picture.writeNamespace(conversation.serverNamespace, into: &text)
    }
    text.end()
  }
}
