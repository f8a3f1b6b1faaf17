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
    text.append(", ")
    text.append(decimal: conversation.connections)
    text.append(conversation.connections == 1 ? " connection" : " connections")
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

  private func writeWaiting(of conversation: Conversation, into text: inout TextBuffer) {
    let queued = conversation.waiting - conversation.connecting
    guard conversation.waiting > 0 else { return }
    text.begin(.highlight)
    if queued > 0 {
      text.append(", ")
      text.append(decimal: queued)
      text.append(" not accepted")
    }
    if conversation.connecting > 0 {
      text.append(", ")
      text.append(decimal: conversation.connecting)
      text.append(" not answered")
    }
    text.end()
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
