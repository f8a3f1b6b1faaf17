/// The seam for which processes there are.
public protocol ProcessListing {
  /// The number of every process that can be seen.
  func processNumbers() throws(SystemError) -> [Int32]
}

extension OwnInspection: ProcessListing {
  public func processNumbers() throws(SystemError) -> [Int32] { try Self.allProcesses() }
}
