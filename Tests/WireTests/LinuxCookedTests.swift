import Testing
import Wire

/// The cooked header of Linux, LINKTYPE_LINUX_SLL.
@Suite struct LinuxCookedTests {
  private func protocols(_ hardwareType: UInt16, _ type: UInt16) -> String {
    let header: [UInt8] = [
      0, 0,  // to this host
      UInt8(hardwareType >> 8), UInt8(hardwareType & 0xff),  // ARPHRD_*
      0, 6, 2, 0, 0, 0, 0, 1, 0, 0,  // the sender's address: six octets of eight
      UInt8(type >> 8), UInt8(type & 0xff),  // what follows
    ]
    let octets = header + [0xaa, 0xaa, 3, 0, 0, 0, 0x08, 6] + [UInt8](repeating: 0, count: 28)
    return Shown(octets, linkType: .linuxSLL).protocols
  }

  @Test func theHardwareTellsWhetherTheProtocolDoes() {
    // 802.2 without its Ethernet header, and an EtherType.
    #expect(protocols(1, 4).hasPrefix("sll:llc"))
    #expect(protocols(1, 0x0806).hasPrefix("sll:ethertype:arp"))
    // ARPHRD_IEEE80211_RADIOTAP and ARPHRD_FRAD ignore it; of ARPHRD_NETLINK it is netlink's own number.
    for hardwareType: UInt16 in [770, 803, 824] {
      for type: UInt16 in [4, 0x0806] { #expect(protocols(hardwareType, type) == "sll:data") }
    }
  }
}
