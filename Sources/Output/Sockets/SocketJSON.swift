public import Sockets
public import Wire

/// Sockets as JSON: one object a line, as sockeye-json(5) documents.
public struct SocketJSON: Sendable {
  /// The version of the objects, which each of them carries: it grows when a key changes its meaning or goes, not when
  /// one is added.
  public static let schema = 1

  private let listing: SocketListing
  /// What each process is, written once: the part before its descriptors and the part behind them.
  private let fragments: Fragments
  private var places: [(start: Int, middle: Int, end: Int)] = []

  /// Text that is only read from here on: it may be by any number of threads.
  private final class Fragments: @unchecked Sendable {
    let text: TextBuffer
    init(_ text: consuming TextBuffer) { self.text = text }
  }

  /// The writer of a listing's sockets.
  public init(_ listing: SocketListing) {
    self.listing = listing
    places.reserveCapacity(listing.owners.processes.count)
    var fragments = TextBuffer(capacity: 1 << 12)
    for (index, process) in listing.owners.processes.enumerated() {
      let start = fragments.count
      fragments.append("{\"pid\":")
      fragments.append(decimal: process.pid)
      fragments.append(",\"name\":")
      fragments.append(jsonString: process.name)
      fragments.append(",\"fds\":[")
      let middle = fragments.count
      fragments.append("],\"uid\":")
      fragments.append(decimal: process.uid)
      if let user = listing.surroundings.users[process.uid] {
        fragments.append(",\"user\":")
        fragments.append(jsonString: user)
      }
      if listing.services.indices.contains(index) { Self.write(listing.services[index], into: &fragments) }
      fragments.append("}")
      places.append((start, middle, fragments.count))
    }
    self.fragments = Fragments(fragments)
  }

  private static func write(_ service: ControlGroup, into text: inout TextBuffer) {
    if let unit = service.unit {
      text.append(",\"unit\":")
      text.append(jsonString: unit)
    }
    if let container = service.containerID {
      text.append(",\"container\":")
      text.append(jsonString: container)
    }
  }

  /// Writes the object of the socket at a place, and a line end.
  public func write(_ place: Int, into text: inout TextBuffer) {
    writeObject(place, into: &text)
    text.append("\n")
  }

  /// Writes the object alone.
  public func writeObject(_ place: Int, into text: inout TextBuffer) {
    guard listing.snapshot.sockets.indices.contains(place) else { return }
    let socket = listing.snapshot.sockets[place]
    text.append(jsonSchema: Self.schema, socket.family, socket.type, of: socket)
    text.append(",\"state\":\"")
    text.append(socket.state.name)
    text.append("\",\"local\":")
    text.append(jsonEnd: socket.local, of: socket, listing.surroundings)
    text.append(",\"remote\":")
    if let remote = socket.remote {
      text.append(jsonEnd: remote, of: socket, listing.surroundings)
    } else {
      text.append("null")
    }
    writeNumbers(socket, into: &text)
    text.append(",\"processes\":")
    writeProcesses(of: place, into: &text)
    writePeer(of: place, socket, into: &text)
    if let sharing = listing.sharing(of: place) {
      text.append(",\"sharing\":{\"number\":")
      text.append(decimal: sharing.number)
      text.append(",\"count\":")
      text.append(decimal: sharing.count)
      text.append("}")
    }
    SocketDetailsJSON.write(socket, listing.surroundings, into: &text)
    text.append("}")
  }

  private func writeNumbers(_ socket: SocketRecord, into text: inout TextBuffer) {
    text.append(",\"receive_queue\":")
    text.append(decimal: socket.receiveQueue)
    text.append(",\"send_queue\":")
    text.append(decimal: socket.sendQueue)
    if let waiting = socket.acceptQueue {
      text.append(",\"accept_queue\":")
      text.append(decimal: waiting)
    }
    if let backlog = socket.backlog {
      text.append(",\"backlog\":")
      text.append(decimal: backlog)
    }
    text.append(",\"inode\":")
    text.append(digitsOf: socket.inode)
    text.append(",\"cookie\":")
    if let cookie = socket.cookie { text.append(digitsOf: cookie) } else { text.append("null") }
    text.append(",\"uid\":")
    if let uid = socket.uid { text.append(decimal: uid) } else { text.append("null") }
    text.append(",\"netns\":")
    text.append(digitsOf: socket.namespace)
  }

  private func writeProcesses(of place: Int, into text: inout TextBuffer) {
    text.append("[")
    var last: Int32?
    for index in listing.heldPlaces(of: place) {
      let held = listing.owners.held[index]
      guard places.indices.contains(Int(held.process)) else { continue }
      let place = places[Int(held.process)]
      if held.process == last {
        text.append(",")
      } else {
        if let last { endProcess(last, into: &text, ",") }
        Self.copy(fragments.text, place.start..<place.middle, into: &text)
        last = held.process
      }
      text.append(decimal: held.descriptor)
    }
    if let last { endProcess(last, into: &text, "") }
    text.append("]")
  }

  private func endProcess(_ process: Int32, into text: inout TextBuffer, _ behind: StaticString) {
    let place = places[Int(process)]
    Self.copy(fragments.text, place.middle..<place.end, into: &text)
    text.append(behind)
  }

  private static func copy(_ source: borrowing TextBuffer, _ range: Range<Int>, into text: inout TextBuffer) {
    text.append(source.bytes.slice(from: range.lowerBound, length: range.count))
  }

  private func writePeer(of place: Int, _ socket: SocketRecord, into text: inout TextBuffer) {
    text.append(",\"peer\":")
    if let peer = listing.peer(of: place) {
      text.append("{\"inode\":")
      // A descriptor of it, which is looked at anyway, has the number too; the socket may be far away in memory.
      let held = listing.heldPlaces(of: peer).first
      text.append(digitsOf: held.map { listing.owners.held[$0].inode } ?? listing.snapshot.sockets[peer].inode)
      text.append(",\"processes\":")
      writeProcesses(of: peer, into: &text)
      text.append("}")
    } else if let inode = socket.peerInode {
      // One that was not listed, as in another network namespace: its number is all that is known.
      text.append("{\"inode\":")
      text.append(digitsOf: inode)
      text.append(",\"processes\":[]}")
    } else {
      text.append("null")
    }
  }
}
