/// Where a table of owners has the holders of each socket of a list: looked up once for all of them, since a row needs its
/// own and those of its other end.
struct HolderPlaces: Sendable {
  /// The place of the first descriptor in `OwnerTable.held`, by the socket's place; the largest number for none.
  private let first: [UInt32]

  init(_ sockets: [SocketRecord], _ owners: OwnerTable) {
    guard !owners.held.isEmpty else {
      first = []
      return
    }
    first = sockets.indices.map { place in
      let inode = sockets[place].inode
      let range = inode == 0 ? 0..<0 : owners.places(of: inode)
      return range.isEmpty ? .max : UInt32(truncatingIfNeeded: range.lowerBound)
    }
  }

  /// The first descriptor of the socket at a place; nil where nobody is known to hold it.
  subscript(place: Int) -> Int? {
    guard place >= 0, place < first.count, first[place] != .max else { return nil }
    return Int(first[place])
  }
}
