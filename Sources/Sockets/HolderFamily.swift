/// Who was heard to be whose child: a child holds what its parent did when it was started, until either closes it.
struct HolderFamily {
  private static let most = 1 << 14
  /// How many generations are gone up, and how many children are looked at.
  private static let mostAncestors = 4
  private static let mostRelatives = 24

  private var parents: [Int32: Int32] = [:]
  private var children: [Int32: [Int32]] = [:]
  private var forked: Set<Int32> = []

  mutating func began(_ process: Int32, parent: Int32) {
    if parents.count >= Self.most {
      parents.removeAll()
      children.removeAll()
    }
    parents[process] = parent
    children[parent, default: []].append(process)
    forked.insert(parent)
  }

  /// Whether a process was heard to start another.
  func hasChildren(_ process: Int32) -> Bool { forked.contains(process) }

  mutating func ended(_ process: Int32) {
    children[process] = nil
    forked.remove(process)
    guard let parent = parents.removeValue(forKey: process) else { return }
    children[parent]?.removeAll { $0 == process }
    if children[parent]?.isEmpty ?? false { children[parent] = nil }
  }

  /// The nearest of those that a process comes from which is as asked for; nil where none is known.
  func ancestor(of process: Int32, that isAsked: (Int32) -> Bool) -> Int32? {
    var next = parents[process]
    for _ in 0..<Self.mostAncestors {
      guard let parent = next else { return nil }
      if isAsked(parent) { return parent }
      next = parents[parent]
    }
    return nil
  }

  /// The children that a process started last, the last one first.
  func youngest(of process: Int32, _ count: Int) -> [Int32] { (children[process] ?? []).suffix(count).reversed() }

  /// Those that one comes from, and the descendants of it and of them, as far as they hold something: what is held by none
  /// between is not looked for.
  func relatives(of process: Int32, that holds: (Int32) -> Bool) -> [Int32] {
    var found: [Int32] = []
    var roots = [process]
    var next = parents[process]
    for _ in 0..<Self.mostAncestors {
      guard let parent = next, parent != process else { break }
      if holds(parent) {
        roots.append(parent)
        found.append(parent)
      }
      next = parents[parent]
    }
    var looks = Self.mostRelatives
    while let root = roots.popLast() {
      for child in (children[root] ?? []).reversed() where child != process && !found.contains(child) && looks > 0 {
        looks &-= 1
        guard holds(child) else { continue }
        roots.append(child)
        found.append(child)
      }
    }
    return found
  }
}
