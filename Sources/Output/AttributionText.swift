import CLinux
import Glibc
import Wire

/// Writes how the owner of a packet's end was found, and its socket.
enum AttributionText {
  /// Writes members of the packet's JSON object, each behind a comma.
  static func writeJSON(_ end: FrameAttribution.End, isPeer: Bool, into text: inout TextBuffer) {
    if end.method == .unattributed {
      text.append(isPeer ? ",\"peer_unattributed\":\"" : ",\"unattributed\":\"")
      text.append(end.reason.text)
      text.append("\"")
      return
    }
    if end.inode != 0 || end.cookie != 0 {
      text.append(isPeer ? ",\"peer_socket\":{\"inode\":" : ",\"socket\":{\"inode\":")
      text.append(digitsOf: end.inode)
      if end.cookie != 0 {
        text.append(",\"cookie\":")
        text.append(digitsOf: end.cookie)
      }
      if let name = typeName(end) {
        text.append(",\"type\":\"")
        text.append(name)
        text.append("\"")
      }
      text.append("}")
    }
    text.append(isPeer ? ",\"peer_attribution\":\"" : ",\"attribution\":\"")
    text.append(end.method.name)
    text.append("\"")
  }

  /// Writes how an owner was found, behind a comma: `, exact, socket 12345`, or why none was.
  static func writePhrase(_ end: FrameAttribution.End, into text: inout TextBuffer) {
    // The kernel's name says so itself.
    guard end.method != .none, end.method != .kernel else { return }
    text.append(", ")
    text.append(end.method == .unattributed ? end.reason.text : end.method.name)
    if end.inode != 0 {
      text.append(", socket ")
      text.append(digitsOf: end.inode)
    }
  }

  /// Writes lines of the packet's tree.
  static func writeTree(_ end: FrameAttribution.End, _ visitor: inout TreeVisitor) {
    guard end.method != .none else { return }
    if end.inode != 0 { visitor.number("socket.inode", end.inode, nil) }
    if end.cookie != 0 { visitor.number("socket.cookie", end.cookie, nil) }
    if let name = typeName(end) { visitor.label("socket.type", name) }
    if end.method == .unattributed {
      visitor.label("unattributed", end.reason.text)
    } else {
      visitor.label("attribution", end.method.name)
    }
  }

  /// The socket's type by the name that sockets have in JSON; nil where it is not known.
  private static func typeName(_ end: FrameAttribution.End) -> StaticString? {
    switch Int(end.socketType) {
    case Int(SOCK_STREAM.rawValue): "stream"
    case Int(SOCK_DGRAM.rawValue): "dgram"
    case Int(SOCK_RAW.rawValue): "raw"
    case Int(SOCK_SEQPACKET.rawValue): "seqpacket"
    default: nil
    }
  }
}
