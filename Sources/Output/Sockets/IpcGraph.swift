import Sockets
public import Wire

/// Conversations as a directed graph in Graphviz's language: a box for each party, an edge for each conversation. See
/// https://graphviz.org/doc/info/lang.html.
public struct IpcGraph: ~Copyable {
  private let picture: IpcPicture
  /// The numbers of the boxes.
  private var numbers: [Party.Name: Int] = [:]
  private var boxes: [Party] = []
  /// A label while it is put together.
  private var label = TextBuffer(capacity: 1 << 10)

  /// A graph of all conversations of a picture.
  public init(_ picture: IpcPicture) { self.picture = picture }

  /// Writes the whole graph.
  public mutating func write(into text: inout TextBuffer) {
    text.append("digraph ipc {\n")
    text.append("  rankdir=LR;\n")
    text.append("  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n")
    text.append("  edge [fontname=\"sans-serif\", fontsize=9];\n")
    for (number, conversation) in picture.conversations.enumerated() {
      if let client = conversation.client {
        let start = box(of: client)
        writeEdge(conversation, from: start, to: box(of: conversation.server), into: &text)
      } else {
        writeListener(conversation, number, to: box(of: conversation.server), into: &text)
      }
    }
    for (number, party) in boxes.enumerated() { writeBox(party, number, into: &text) }
    text.append("}\n")
  }

  private mutating func box(of party: Party) -> Int {
    if let number = numbers[party.name] { return number }
    numbers[party.name] = boxes.count
    boxes.append(party)
    return boxes.count - 1
  }

  private mutating func writeBox(_ party: Party, _ number: Int, into text: inout TextBuffer) {
    picture.write(party, into: &label)
    text.append("  p")
    text.append(decimal: number)
    text.append(" [label=")
    writeLabel(into: &text)
    switch party.name {
    case .unreadable, .noProcess, .closed: text.append(", style=\"rounded,dashed\", fontcolor=gray40")
    default: break
    }
    text.append("];\n")
  }

  private mutating func writeEdge(
    _ conversation: Conversation, from client: Int, to server: Int, into text: inout TextBuffer
  ) {
    text.append("  p")
    text.append(decimal: client)
    text.append(" -> p")
    text.append(decimal: server)
    text.append(" [dir=")
    text.append(conversation.isOneWay ? "forward" : "both")
    writeKind(conversation)
    label.append("\n")
    label.append(decimal: conversation.connections)
    label.append(conversation.connections == 1 ? " connection" : " connections")
    if conversation.waiting > 0 {
      label.append(", ")
      label.append(decimal: conversation.waiting)
      label.append(" waiting")
    }
    if conversation.isFull { writeFull(conversation) }
    text.append(", label=")
    writeLabel(into: &text)
    if conversation.isFull { text.append(", color=red, fontcolor=red, penwidth=2") }
    text.append("];\n")
  }

  /// A listener without a client here has an edge from nowhere.
  private mutating func writeListener(
    _ conversation: Conversation, _ number: Int, to server: Int, into text: inout TextBuffer
  ) {
    text.append("  n")
    text.append(decimal: number)
    text.append(conversation.isFull ? " [shape=point, color=red];\n" : " [shape=point, color=gray60];\n")
    text.append("  n")
    text.append(decimal: number)
    text.append(" -> p")
    text.append(decimal: server)
    writeKind(conversation)
    if conversation.isFull { writeFull(conversation) } else { label.append("\nunused") }
    text.append(" [label=")
    writeLabel(into: &text)
    text.append(
      conversation.isFull
        ? ", color=red, fontcolor=red, penwidth=2];\n" : ", style=dashed, color=gray60, fontcolor=gray40];\n")
  }

  private mutating func writeKind(_ conversation: Conversation) {
    picture.writeKind(of: conversation, into: &label)
    label.append("\n")
    picture.writeEndpoint(of: conversation, into: &label)
  }

  private mutating func writeFull(_ conversation: Conversation) {
    label.append("\nFULL: accept queue ")
    picture.writeAcceptQueue(of: conversation, into: &label)
  }

  /// Writes the label as a quoted string, and forgets it. What came from outside has no line feed any more, since its
  /// octets were escaped as for a terminal: those that there are stand between our own lines.
  private mutating func writeLabel(into text: inout TextBuffer) {
    text.append("\"")
    for place in 0..<label.count {
      let octet = label.bytes.uint8(at: place)
      switch octet {
      case UInt8(ascii: "\n"): text.append("\\n")
      case UInt8(ascii: "\\"), UInt8(ascii: "\""):
        text.append(UInt8(ascii: "\\"))
        text.append(octet)
      default: text.append(octet)
      }
    }
    text.append("\"")
    label.removeAll()
  }
}
