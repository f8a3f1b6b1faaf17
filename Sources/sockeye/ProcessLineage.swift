import Wire

/// Which processes of a file come from a wanted one, as far as the file tells of those between: by the number of each one's
/// parent.
struct ProcessLineage {
  private struct Node {
    var process: UInt32
    var parent: UInt32
    /// When it was started, in nanoseconds since the Epoch, as far as that is told.
    var start: UInt64?
    /// Its place in the source's table, where it has one.
    var place: Int?
    var isWanted: Bool
  }

  /// How many generations are gone up or down.
  private static let most = 64

  private var nodes: [Node] = []
  private var byNumber: [UInt32: [Int]] = [:]
  private var children: [UInt32: [Int]] = [:]

  /// Takes a process; tells the places of those that are wanted since then, it among them.
  ///
  /// - Parameters:
  ///   - place: its place in the source's table, where it has one.
  ///   - isWanted: whether it is wanted itself, or the process with the number of its parent is.
  mutating func add(_ process: CapturedProcess, at place: Int?, isWanted: Bool) -> [Int] {
    let parent = process.parent ?? 0
    var node = Node(process: process.pid, parent: parent, start: process.startTime, place: place, isWanted: isWanted)
    if !isWanted, let known = self.parent(of: node) { node.isWanted = nodes[known].isWanted }
    let number = nodes.count
    nodes.append(node)
    byNumber[process.pid, default: []].append(number)
    if parent != 0 { children[parent, default: []].append(number) }
    guard node.isWanted else { return [] }
    var places = place.map { [$0] } ?? []
    // What it has started may have been told of before.
    var next = [number]
    for _ in 0..<Self.most where !next.isEmpty {
      var found: [Int] = []
      for one in next {
        for child in children[nodes[one].process] ?? []
        where !nodes[child].isWanted && self.parent(of: nodes[child]) == one {
          nodes[child].isWanted = true
          if let place = nodes[child].place { places.append(place) }
          found.append(child)
        }
      }
      next = found
    }
    return places
  }

  /// The process that one was started by: of those with the number the one that was started last before it.
  private func parent(of node: Node) -> Int? {
    guard node.parent != 0 else { return nil }
    return byNumber[node.parent]?.filter { candidate in
      guard let start = nodes[candidate].start, let own = node.start else { return true }
      return start <= own
    }.max { (nodes[$0].start ?? 0, $0) < (nodes[$1].start ?? 0, $1) }
  }
}
