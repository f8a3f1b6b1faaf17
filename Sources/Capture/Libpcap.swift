import CLibpcap

/// The C library that compiles filters and writes captures.
public enum Libpcap {
  /// Its version in its own words, such as `libpcap version 1.10.3 (with TPACKET_V3)`. See pcap_lib_version(3PCAP).
  public static var version: String {
    // SAFETY: the library returns a C string that lives for ever; it is copied.
    unsafe pcap_lib_version().map { unsafe String(cString: $0) } ?? "an unknown version"
  }
}
