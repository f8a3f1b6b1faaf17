import Glibc

/// Where what a program needs is in the kernel's structures, in octets.
struct SocketUseLayout {
  // struct sock_common, which every socket begins with: at most so many octets of it are copied.
  static let commonLength: Int32 = 112
  let family, cookie, otherPort, otherAddress, address, namespace, otherIPv6Address, ipv6Address, interface: Int16
  // struct sock, struct inet_sock, struct net.
  let socket, protocolNumber, port, namespaceNumber: Int16
  // struct socket, struct file, struct inode.
  let file, owner, inode, inodeNumber: Int16
  // struct task_struct.
  let threadFlags, process, leader, start, name: Int16

  static let members = [
    "sock_common": [
      "skc_family", "skc_cookie", "skc_dport", "skc_daddr", "skc_rcv_saddr", "skc_net", "skc_v6_daddr",
      "skc_v6_rcv_saddr", "skc_bound_dev_if",
    ],
    "sock": ["sk_socket", "sk_protocol"], "inet_sock": ["inet_sport"], "net": ["ns"], "ns_common": ["inum"],
    "socket": ["file", "sk"], "file": ["f_inode"], "inode": ["i_ino"],
    "task_struct": ["flags", "tgid", "group_leader", "start_boottime", "comm"],
  ]

  /// nil where the kernel has not what is needed.
  init?(_ types: KernelTypes) {
    func common(_ member: String, _ length: Int16) -> Int16? {
      types.offset(of: member, in: "sock_common").flatMap { Int32($0 &+ length) <= Self.commonLength ? $0 : nil }
    }
    guard let family = common("skc_family", 2), let cookie = common("skc_cookie", 8),
      let otherPort = common("skc_dport", 2), let otherAddress = common("skc_daddr", 4),
      let address = common("skc_rcv_saddr", 4), let namespace = common("skc_net", 8),
      let otherIPv6Address = common("skc_v6_daddr", 16), let ipv6Address = common("skc_v6_rcv_saddr", 16),
      let interface = common("skc_bound_dev_if", 4),
      let socket = types.offset(of: "sk_socket", in: "sock"),
      let protocolNumber = types.offset(of: "sk_protocol", in: "sock"),
      let port = types.offset(of: "inet_sport", in: "inet_sock"),
      let namespaces = types.offset(of: "ns", in: "net"), let number = types.offset(of: "inum", in: "ns_common"),
      let file = types.offset(of: "file", in: "socket"), let owner = types.offset(of: "sk", in: "socket"),
      let inode = types.offset(of: "f_inode", in: "file"), let inodeNumber = types.offset(of: "i_ino", in: "inode"),
      let threadFlags = types.offset(of: "flags", in: "task_struct"),
      let process = types.offset(of: "tgid", in: "task_struct"),
      let leader = types.offset(of: "group_leader", in: "task_struct"),
      let start = types.offset(of: "start_boottime", in: "task_struct"),
      let name = types.offset(of: "comm", in: "task_struct")
    else { return nil }
    (self.family, self.cookie, self.otherPort, self.otherAddress) = (family, cookie, otherPort, otherAddress)
    (self.address, self.namespace, self.interface) = (address, namespace, interface)
    (self.otherIPv6Address, self.ipv6Address) = (otherIPv6Address, ipv6Address)
    (self.socket, self.protocolNumber, self.port) = (socket, protocolNumber, port)
    namespaceNumber = namespaces &+ number
    (self.file, self.owner, self.inode, self.inodeNumber) = (file, owner, inode, inodeNumber)
    (self.threadFlags, self.process, self.leader) = (threadFlags, process, leader)
    (self.start, self.name) = (start, name)
  }
}
