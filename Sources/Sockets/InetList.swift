import CLinux
import Glibc

/// A kind of internet sockets that the kernel lists apart from others.
struct InetList {
  /// IPPROTO_*.
  var number: UInt16
  /// The name of its sockets in a sentence.
  var name: String
  /// The kernel's module that lists them for sock_diag(7); nil where none does.
  var module: StaticString?
  /// The files of /proc/net that list them; empty for none.
  var files: [String]
  /// Their name in /proc/net/protocols.
  var countedAs: StaticString
  /// Whether every socket that is listed is counted there, too: one of TCP in time_wait is not.
  var isCountComplete = true

  /// The kinds of a family, inet or inet6.
  static func all(_ family: SocketFamily) -> [InetList] {
    let isSix = family == .inet6
    func list(
      _ number: Int, _ name: String, _ module: StaticString?, _ file: String?, _ four: StaticString, _ six: StaticString
    ) -> InetList {
      InetList(
        number: UInt16(truncatingIfNeeded: number), name: name, module: module,
        files: file.map { [isSix ? $0 + "6" : $0] } ?? [], countedAs: isSix ? six : four)
    }
    var lists = [
      list(Int(IPPROTO_TCP), "TCP", "tcp_diag", "tcp", "TCP", "TCPv6"),
      list(Int(IPPROTO_MPTCP), "MPTCP", "mptcp_diag", nil, "MPTCP", "MPTCPv6"),
      list(Int(IPPROTO_UDP), "UDP", "udp_diag", "udp", "UDP", "UDPv6"),
      list(Int(IPPROTO_UDPLITE), "UDP-Lite", "udp_diag", "udplite", "UDP-Lite", "UDPLITEv6"),
      list(Int(IPPROTO_SCTP), "SCTP", "sctp_diag", nil, "SCTP", "SCTPv6"),
      list(Int(IPPROTO_DCCP), "DCCP", "dccp_diag", nil, "DCCP", "DCCPv6"),
      list(Int(IPPROTO_RAW), "raw", "raw_diag", "raw", "RAW", "RAWv6"),
      list(Int(isSix ? IPPROTO_ICMPV6 : IPPROTO_ICMP), "ping", nil, "icmp", "PING", "PINGv6"),
    ]
    for place in lists.indices {
      switch Int32(lists[place].number) {
      case Int32(IPPROTO_TCP), Int32(IPPROTO_DCCP): lists[place].isCountComplete = false
      // These list the sockets of both families.
      case Int32(IPPROTO_SCTP): lists[place].files = ["sctp/eps", "sctp/assocs"]
      default: break
      }
    }
    return lists
  }
}
