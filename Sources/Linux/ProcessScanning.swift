import Glibc

extension OwnInspection: ProcessDoor {
  /// Reads the descriptors of processes in several threads: one readlinkat(2) each, relative to their directory.
  ///
  /// Descriptors are the process's, which its threads share; of a process whose first thread has ended they are found
  /// through another one. A thread that has given up sharing them with unshare(2) is not looked into.
  public func scan(_ request: ProcessScanRequest) throws(SystemError) -> ProcessScan {
    let pids = if let pids = request.pids { Array(Set(pids)) } else { try Self.allProcesses() }
    let threads = request.threads > 0 ? request.threads : WorkerThread.processors
    let wanted = request.inodes
    // A thread costs as much as the descriptors of a few processes.
    var parts = Workers.share(pieces: pids.count, threads: min(threads, pids.count / 8 &+ 1), offer: request.offer) {
      next in
      DescriptorReader.read(wanted) { (reader, root) throws(SystemError) in
        while let piece = next() { try reader.look(into: pids[piece], below: root) }
      }
    }
    // What one process has too many of for one thread is read by all of them.
    let pieces = parts.flatMap(\.rest)
    parts += Workers.share(pieces: pieces.count, threads: threads, offer: request.offer) { next in
      DescriptorReader.read(wanted) { (reader, _) throws(SystemError) in
        while let piece = next() { reader.look(into: pieces[piece]) }
      }
    }
    if let failure = parts.lazy.compactMap(\.failure).first { throw failure }
    return ProcessScan(joining: parts)
  }

  /// Reads a few files of each process.
  public func describe(_ request: ProcessDescriptionRequest) throws(SystemError) -> [ProcessDescription] {
    let root = try ProcessDirectory.root()
    var found: [ProcessDescription] = []
    for pid in request.pids {
      guard let process = try root.process(pid) else { continue }
      if let description = process.describe(pid, withProgram: request.withProgram) { found.append(description) }
    }
    return found
  }

  /// Reads a link of each process.
  public func processNamespaces() throws(SystemError) -> ProcessNamespaces {
    let root = try ProcessDirectory.root()
    var found = ProcessNamespaces()
    for pid in try Self.allProcesses() {
      guard let process = try root.process(pid) else { continue }
      do throws(SystemError) {
        let inode = try process.networkNamespace()
        found.processes.append(ProcessNamespaces.Process(pid: pid, inode: inode))
      } catch  where error.code == EACCES || error.code == EPERM {
        found.unreadable.append(process.statOnly(pid))
      } catch {
        // It has ended.
      }
    }
    let own = try root.directory("thread-self")
    found.own = (try? own.networkNamespace()) ?? 0
    found.mounts = try own.file("mountinfo", limit: 1 << 24)
    return found
  }

  /// The number of every process that can be seen, in order.
  static func allProcesses() throws(SystemError) -> [Int32] {
    let root = try ProcessDirectory.root()
    var pids: [Int32] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 15)
    try root.appendNumbers(to: &pids, buffer: &buffer)
    return pids
  }
}

extension ProcessDirectory {
  /// The directory of a process; nil where there is no such process (any more).
  func process(_ pid: Int32) throws(SystemError) -> ProcessDirectory? {
    do throws(SystemError) {
      return try directory(pid)
    } catch  where error.code == ENOENT || error.code == ESRCH || error.code == EACCES || error.code == EPERM {
      return nil
    }
  }

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
    description.networkNamespace = (try? networkNamespace()) ?? 0
    if withProgram {
      description.executable = try? link("exe")
      description.arguments = try? file("cmdline", limit: 1 << 20)
    }
    return description
  }

  /// What anybody may know of a process.
  func statOnly(_ pid: Int32) -> ProcessDescription {
    var description = ProcessDescription(pid: pid)
    description.stat = (try? file("stat")) ?? []
    return description
  }

  /// The inode of the process's network namespace, from `net:[N]`.
  func networkNamespace() throws(SystemError) -> UInt64 {
    let link = try link("ns/net")
    guard link.starts(with: "net:[".utf8), link.last == 0x5D else { return 0 }
    return UInt64(String(decoding: link.dropFirst(5).dropLast(), as: UTF8.self)) ?? 0
  }
}
