import CLinux

/// The file packet, which has neither rings nor filters. See proc_pid_net(5).
enum ProcNetPacket {
  /// The sockets that the file lists; lines that are not as they should be are left out.
  static func records(_ octets: [UInt8]) -> [SocketRecord] {
    ProcNetLines(octets).compactMap(record)
  }

  private static func record(_ line: ProcNetLine) -> SocketRecord? {
    var line = line
    // sk, RefCnt; then Type, Proto, Iface, R (whether it runs), Rmem, User, Inode.
    guard line.skip(2), let kind: Int32 = line.decimal(), let type = SocketType(kernel: kind),
      let protocolNumber: UInt16 = line.hexadecimal(), let interface: UInt32 = line.decimal(), line.skip(1),
      let memory: UInt32 = line.decimal(), let uid: UInt32 = line.decimal(), let inode: UInt64 = line.decimal()
    else { return nil }
    var record = SocketRecord(
      family: .packet, type: type, state: .unconnected,
      local: .packet(interface: interface, protocolNumber: protocolNumber))
    record.protocolNumber = protocolNumber
    record.receiveQueue = memory
    record.uid = uid
    record.inode = inode
    return record
  }
}
