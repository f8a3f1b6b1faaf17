/// The file netlink, which has only the first 32 groups. See proc_pid_net(5).
enum ProcNetNetlink {
  /// The sockets that the file lists; lines that are not as they should be are left out.
  static func records(_ octets: [UInt8]) -> [SocketRecord] {
    ProcNetLines(octets).compactMap(record)
  }

  private static func record(_ line: ProcNetLine) -> SocketRecord? {
    var line = line
    // sk; then Eth (the protocol), Pid (the port), Groups, Rmem, Wmem, Dump, Locks, Drops, Inode.
    guard line.skip(1), let protocolNumber: UInt16 = line.decimal(), let port: UInt32 = line.decimal(),
      let groups: UInt32 = line.hexadecimal(), let received: UInt32 = line.decimal(),
      let sent: UInt32 = line.decimal(), line.skip(3), let inode: UInt64 = line.decimal()
    else { return nil }
    // Whether it is raw or datagram is not told; netlink makes no difference between them.
    var record = SocketRecord(
      family: .netlink, type: .raw, state: .unconnected,
      local: .netlink(portID: port, groups: NetlinkDiagnostics.groups([groups])))
    record.protocolNumber = protocolNumber
    record.receiveQueue = received
    record.sendQueue = sent
    record.inode = inode
    return record
  }
}
