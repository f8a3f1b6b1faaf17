import Glibc

extension OwnInspection: ProcessDoor {
  /// Reads the descriptors of processes in several threads: one readlinkat(2) each, relative to their directory.
  ///
  /// Descriptors are the process's. Threads that have given up sharing them with unshare(2) are not looked into.
  public func scan(_ request: ProcessScanRequest) throws(SystemError) -> ProcessScan {
    let pids = if let pids = request.pids { pids } else { try Self.allProcesses() }
    let threads = request.threads > 0 ? request.threads : Workers.processors
    let inodes = request.inodes
    // A thread costs as much as the descriptors of a few processes.
    let parts = Workers.share(pieces: pids.count, threads: min(threads, pids.count / 8 &+ 1)) { next in
      var part = ProcessScan()
      guard let root = try? ProcessDirectory.root() else { return part }
      // SAFETY: the buffer is lent for the closure, and used for one process after the other.
      unsafe withDirectoryBuffer { buffer in
        while let piece = next() {
          unsafe part.look(into: pids[piece], below: root, for: inodes, buffer)
        }
      }
      return part
    }
    return ProcessScan(joining: parts)
  }

  /// Reads a few files of each process.
  public func describe(_ request: ProcessDescriptionRequest) throws(SystemError) -> [ProcessDescription] {
    let root = try ProcessDirectory.root()
    var found: [ProcessDescription] = []
    for pid in request.pids {
      guard let process = try? root.directory(pid) else { continue }
      if let description = process.describe(pid, withProgram: request.withProgram) { found.append(description) }
    }
    return found
  }

  /// The number of every process that can be seen.
  static func allProcesses() throws(SystemError) -> [Int32] {
    let root = try ProcessDirectory.root()
    var pids: [Int32] = []
    var failure: SystemError?
    // SAFETY: the buffer lives until the closure ends, and names are not kept.
    unsafe withDirectoryBuffer { buffer in
      do throws(SystemError) {
        try unsafe root.forEachNumber(in: buffer) { number, _ in pids.append(number) }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return pids
  }
}

/// Lends room for some two thousand directory entries.
private func withDirectoryBuffer(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
  // SAFETY: the room is given back when the closure ends, and what is lent is not kept by any caller here.
  unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { unsafe body($0) }
}

extension ProcessDirectory {
  /// What the files of this process's directory tell; nil where it has ended.
  func describe(_ pid: Int32, withProgram: Bool) -> ProcessDescription? {
    var description = ProcessDescription(pid: pid)
    do throws(SystemError) {
      description.uid = try owner()
      description.stat = try file("stat")
    } catch {
      return nil
    }
    description.cgroup = (try? file("cgroup")) ?? []
    description.networkNamespace = networkNamespace() ?? 0
    if withProgram {
      description.executable = try? link("exe")
      description.arguments = try? file("cmdline", limit: 1 << 20)
    }
    return description
  }

  /// The inode of the process's network namespace: `net:[N]`; nil where it may not be read.
  func networkNamespace() -> UInt64? {
    guard let link = try? link("ns/net"), link.starts(with: "net:[".utf8), link.last == 0x5D else { return nil }
    return UInt64(String(decoding: link.dropFirst(5).dropLast(), as: UTF8.self))
  }
}

extension ProcessScan {
  /// Looks into a process, and keeps what is asked for.
  fileprivate mutating func look(
    into pid: Int32, below root: borrowing ProcessDirectory, for wanted: Set<UInt64>?,
    _ buffer: UnsafeMutableRawBufferPointer
  ) {
    guard let process = try? root.directory(pid) else { return }
    let start = inodes.count
    do throws(SystemError) {
      let directory = try process.directory("fd")
      // SAFETY: the buffer is the caller's for this call, and names are used at once.
      try unsafe directory.forEachNumber(in: buffer) { descriptor, name in
        guard let inode = unsafe directory.socketInode(name), wanted?.contains(inode) ?? true else { return }
        descriptors.append(descriptor)
        inodes.append(inode)
      }
    } catch {
      // What was read of a process that is just ending is dropped with it.
      if error.code == EACCES || error.code == EPERM {
        unreadable.append(pid)
        return
      }
    }
    guard inodes.count > start else { return }
    guard let description = process.describe(pid, withProgram: false) else {
      descriptors.removeSubrange(start...)
      inodes.removeSubrange(start...)
      return
    }
    processes.append(Process(description: description, sockets: start..<inodes.count))
  }

  /// Puts together what several threads found.
  init(joining parts: [ProcessScan]) {
    descriptors.reserveCapacity(parts.reduce(0) { $0 &+ $1.descriptors.count })
    inodes.reserveCapacity(parts.reduce(0) { $0 &+ $1.inodes.count })
    for part in parts {
      let shift = inodes.count
      for process in part.processes {
        let sockets = process.sockets.lowerBound &+ shift..<process.sockets.upperBound &+ shift
        processes.append(Process(description: process.description, sockets: sockets))
      }
      descriptors += part.descriptors
      inodes += part.inodes
      unreadable += part.unreadable
    }
    processes.sort { $0.description.pid < $1.description.pid }
    unreadable.sort()
  }
}
