/// What Tests/scrub/permutation.py says of some addresses.
enum Recorded {
  /// 192.0.2.1 becomes 221.205.239.8.
  static let ipv4: UInt32 = 0xddcd_ef08
  /// 2001:db8::1 becomes 2b64:c3d5:faf6:c466:c8b5:5fef:18ce:a66.
  static let ipv6: UInt128 = 0x2b64_c3d5_faf6_c466_c8b5_5fef_18ce_0a66
  /// fe80::1 becomes fe80::2d2a:a025:ae31:6126.
  static let linkLocal: UInt128 = 0xfe80_0000_0000_0000_2d2a_a025_ae31_6126
  /// ff02::1:ff12:3456 becomes ff02::1:ff41:5db.
  static let solicited: UInt128 = 0xff02_0000_0000_0000_0000_0001_ff41_05db
  /// 239.1.2.3 becomes 239.1.56.57.
  static let group: UInt32 = 0xef01_3839
  /// 02:00:00:00:00:0a becomes 02:f8:d6:92:96:b0.
  static let hardware: UInt64 = 0x02f8_d692_96b0
}
