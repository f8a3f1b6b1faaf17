import CLinux

/// The names of netlink's families and of their multicast groups. See netlink(7) and rtnetlink(7).
public enum NetlinkNames {
  /// Of a NETLINK_* number; nil for one without a name here.
  public static func family(_ number: UInt16) -> StaticString? {
    switch Int32(number) {
    case NETLINK_ROUTE: "route"
    case NETLINK_USERSOCK: "usersock"
    case NETLINK_FIREWALL: "firewall"
    case NETLINK_SOCK_DIAG: "sock_diag"
    case NETLINK_NFLOG: "nflog"
    case NETLINK_XFRM: "xfrm"
    case NETLINK_SELINUX: "selinux"
    case NETLINK_ISCSI: "iscsi"
    case NETLINK_AUDIT: "audit"
    case NETLINK_FIB_LOOKUP: "fib_lookup"
    case NETLINK_CONNECTOR: "connector"
    case NETLINK_NETFILTER: "netfilter"
    case NETLINK_IP6_FW: "ip6_fw"
    case NETLINK_DNRTMSG: "dnrtmsg"
    case NETLINK_KOBJECT_UEVENT: "kobject_uevent"
    case NETLINK_GENERIC: "generic"
    case NETLINK_SCSITRANSPORT: "scsitransport"
    case NETLINK_ECRYPTFS: "ecryptfs"
    case NETLINK_RDMA: "rdma"
    case NETLINK_CRYPTO: "crypto"
    case NETLINK_SMC: "smc"
    default: nil
    }
  }

  /// Of a multicast group of a family, both by number; nil for one without a name here. The groups of generic netlink
  /// are numbered as families are loaded, so they have none.
  public static func group(_ group: UInt32, of family: UInt16) -> StaticString? {
    switch Int32(family) {
    case NETLINK_ROUTE: route(group)
    case NETLINK_KOBJECT_UEVENT: group == 1 ? "kernel" : group == 2 ? "udev" : nil
    case NETLINK_AUDIT: group == AUDIT_NLGRP_READLOG.rawValue ? "readlog" : nil
    case NETLINK_NETFILTER: netfilter(group)
    case NETLINK_XFRM: xfrm(group)
    case NETLINK_SOCK_DIAG: diagnosis(group)
    case NETLINK_CONNECTOR: group == CN_IDX_PROC ? "proc" : nil
    case NETLINK_SELINUX: group == SELNLGRP_AVC.rawValue ? "avc" : nil
    default: nil
    }
  }

  private static func route(_ group: UInt32) -> StaticString? {
    switch rtnetlink_groups(rawValue: group) {
    case RTNLGRP_LINK: "link"
    case RTNLGRP_NOTIFY: "notify"
    case RTNLGRP_NEIGH: "neigh"
    case RTNLGRP_TC: "tc"
    case RTNLGRP_IPV4_IFADDR: "ipv4-ifaddr"
    case RTNLGRP_IPV4_MROUTE: "ipv4-mroute"
    case RTNLGRP_IPV4_ROUTE: "ipv4-route"
    case RTNLGRP_IPV4_RULE: "ipv4-rule"
    case RTNLGRP_IPV6_IFADDR: "ipv6-ifaddr"
    case RTNLGRP_IPV6_MROUTE: "ipv6-mroute"
    case RTNLGRP_IPV6_ROUTE: "ipv6-route"
    case RTNLGRP_IPV6_IFINFO: "ipv6-ifinfo"
    case RTNLGRP_IPV6_PREFIX: "ipv6-prefix"
    case RTNLGRP_IPV6_RULE: "ipv6-rule"
    case RTNLGRP_ND_USEROPT: "nd-useropt"
    case RTNLGRP_PHONET_IFADDR: "phonet-ifaddr"
    case RTNLGRP_PHONET_ROUTE: "phonet-route"
    case RTNLGRP_DCB: "dcb"
    case RTNLGRP_IPV4_NETCONF: "ipv4-netconf"
    case RTNLGRP_IPV6_NETCONF: "ipv6-netconf"
    case RTNLGRP_MDB: "mdb"
    case RTNLGRP_MPLS_ROUTE: "mpls-route"
    case RTNLGRP_NSID: "nsid"
    case RTNLGRP_MPLS_NETCONF: "mpls-netconf"
    case RTNLGRP_IPV4_MROUTE_R: "ipv4-mroute-r"
    case RTNLGRP_IPV6_MROUTE_R: "ipv6-mroute-r"
    case RTNLGRP_NEXTHOP: "nexthop"
    case RTNLGRP_BRVLAN: "brvlan"
    case RTNLGRP_MCTP_IFADDR: "mctp-ifaddr"
    case RTNLGRP_TUNNEL: "tunnel"
    case RTNLGRP_STATS: "stats"
    default: nil
    }
  }

  private static func netfilter(_ group: UInt32) -> StaticString? {
    switch nfnetlink_groups(rawValue: group) {
    case NFNLGRP_CONNTRACK_NEW: "conntrack-new"
    case NFNLGRP_CONNTRACK_UPDATE: "conntrack-update"
    case NFNLGRP_CONNTRACK_DESTROY: "conntrack-destroy"
    case NFNLGRP_CONNTRACK_EXP_NEW: "expect-new"
    case NFNLGRP_CONNTRACK_EXP_UPDATE: "expect-update"
    case NFNLGRP_CONNTRACK_EXP_DESTROY: "expect-destroy"
    case NFNLGRP_NFTABLES: "nftables"
    case NFNLGRP_ACCT_QUOTA: "acct-quota"
    case NFNLGRP_NFTRACE: "nftrace"
    default: nil
    }
  }

  private static func xfrm(_ group: UInt32) -> StaticString? {
    switch xfrm_nlgroups(rawValue: group) {
    case XFRMNLGRP_ACQUIRE: "acquire"
    case XFRMNLGRP_EXPIRE: "expire"
    case XFRMNLGRP_SA: "sa"
    case XFRMNLGRP_POLICY: "policy"
    case XFRMNLGRP_AEVENTS: "aevents"
    case XFRMNLGRP_REPORT: "report"
    case XFRMNLGRP_MIGRATE: "migrate"
    case XFRMNLGRP_MAPPING: "mapping"
    default: nil
    }
  }

  private static func diagnosis(_ group: UInt32) -> StaticString? {
    switch sknetlink_groups(rawValue: group) {
    case SKNLGRP_INET_TCP_DESTROY: "inet-tcp-destroy"
    case SKNLGRP_INET_UDP_DESTROY: "inet-udp-destroy"
    case SKNLGRP_INET6_TCP_DESTROY: "inet6-tcp-destroy"
    case SKNLGRP_INET6_UDP_DESTROY: "inet6-udp-destroy"
    default: nil
    }
  }
}
