import Glibc

/// The seam for what one process holds, asked again and again while packets wait for the answer. See proc_pid_fd(5).
public protocol HolderDoor: Sendable {
  /// The inode of the socket that a process's descriptor stands for; nil where it is none, or may not be known.
  func socket(of process: Int32, descriptor: Int32) -> UInt64?

  /// Which of a process's descriptors are sockets; nil where the process is gone or may not be looked into.
  ///
  /// - Parameters:
  ///   - known: sockets that are not looked at again, by their descriptors.
  ///   - limit: a process with more descriptors than that, the known left out, is left to a scan of all: nil too.
  func sockets(of process: Int32, besides known: [Int32: UInt64], limit: Int) -> [HeldSocketNumber]?

  /// Which of some descriptors of a process are sockets.
  func sockets(of process: Int32, descriptors: [Int32]) -> [HeldSocketNumber]

  /// The file `stat` of a process, which tells its name, its parent, and when it was started; nil where it is gone.
  func origin(of process: Int32) -> [UInt8]?

  /// A watch over who holds what was found.
  func holderWatch() -> any HolderWatch
}

/// A descriptor and the inode of the socket that it stands for.
public struct HeldSocketNumber: Sendable, Equatable {
  public var descriptor: Int32
  public var inode: UInt64

  public init(descriptor: Int32, inode: UInt64) {
    self.descriptor = descriptor
    self.inode = inode
  }
}

extension OwnInspection: HolderDoor {
  public func socket(of process: Int32, descriptor: Int32) -> UInt64? {
    guard case .socket(let inode) = ProcessDirectory.kind(ofDescriptor: descriptor, of: process) else { return nil }
    return inode
  }

  public func sockets(of process: Int32, besides known: [Int32: UInt64], limit: Int) -> [HeldSocketNumber]? {
    guard let held = try? ProcessDirectory.descriptors(of: process) else { return nil }
    // Where their number is told, those that have too many need not be listed.
    guard held.descriptorCount() &- known.count <= limit else { return nil }
    var numbers: [Int32] = []
    // A small buffer: most processes have a handful, and what does not fit is read by further calls.
    var buffer = [UInt8](repeating: 0, count: 1 << 12)
    guard (try? held.appendNumbers(to: &numbers, buffer: &buffer)) != nil else { return nil }
    if !known.isEmpty { numbers.removeAll { known[$0] != nil } }
    guard numbers.count <= limit else { return nil }
    var found: [HeldSocketNumber] = []
    // The last one first: it is mostly the newest, and may be closed before all others are read.
    for number in numbers.reversed() {
      switch held.kind(ofDescriptor: number) {
      case .socket(let inode): found.append(HeldSocketNumber(descriptor: number, inode: inode))
      case .other: continue
      case .forbidden: return nil
      }
    }
    found.reverse()
    return found
  }

  public func sockets(of process: Int32, descriptors: [Int32]) -> [HeldSocketNumber] {
    guard !descriptors.isEmpty, let held = try? ProcessDirectory.descriptors(of: process) else { return [] }
    var found: [HeldSocketNumber] = []
    for number in descriptors {
      guard case .socket(let inode) = held.kind(ofDescriptor: number) else { continue }
      found.append(HeldSocketNumber(descriptor: number, inode: inode))
    }
    return found
  }

  public func origin(of process: Int32) -> [UInt8]? {
    guard let root = try? ProcessDirectory.root(), let directory = try? root.process(process) else { return nil }
    return try? directory.file("stat")
  }

  public func holderWatch() -> any HolderWatch { OwnHolderWatch() }
}
