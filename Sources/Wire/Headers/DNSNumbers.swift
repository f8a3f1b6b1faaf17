/// Numbers of the domain name system. See the DNS parameters at IANA.
enum DNSNumbers {
  /// What a question asks for, or a record holds.
  enum RecordType {
    static let a: UInt16 = 1
    static let ns: UInt16 = 2
    static let cname: UInt16 = 5
    static let soa: UInt16 = 6
    static let ptr: UInt16 = 12
    static let mx: UInt16 = 15
    static let txt: UInt16 = 16
    static let aaaa: UInt16 = 28
    static let srv: UInt16 = 33
    static let naptr: UInt16 = 35
    static let dname: UInt16 = 39
    static let opt: UInt16 = 41
    static let svcb: UInt16 = 64
    static let https: UInt16 = 65
    static let spf: UInt16 = 99
    static let caa: UInt16 = 257
  }

  /// The mnemonic of a record type, where it has one here.
  static func typeName(_ type: UInt16) -> StaticString? {
    switch type {
    case 1: "A"
    case 2: "NS"
    case 5: "CNAME"
    case 6: "SOA"
    case 10: "NULL"
    case 12: "PTR"
    case 13: "HINFO"
    case 15: "MX"
    case 16: "TXT"
    case 17: "RP"
    case 28: "AAAA"
    case 29: "LOC"
    case 33: "SRV"
    case 35: "NAPTR"
    case 37: "CERT"
    case 39: "DNAME"
    case 41: "OPT"
    case 43: "DS"
    case 44: "SSHFP"
    case 45: "IPSECKEY"
    case 46: "RRSIG"
    case 47: "NSEC"
    case 48: "DNSKEY"
    case 50: "NSEC3"
    case 51: "NSEC3PARAM"
    case 52: "TLSA"
    case 59: "CDS"
    case 60: "CDNSKEY"
    case 61: "OPENPGPKEY"
    case 62: "CSYNC"
    case 63: "ZONEMD"
    case 64: "SVCB"
    case 65: "HTTPS"
    case 99: "SPF"
    case 108: "EUI48"
    case 109: "EUI64"
    case 249: "TKEY"
    case 250: "TSIG"
    case 251: "IXFR"
    case 252: "AXFR"
    case 255: "ANY"
    case 256: "URI"
    case 257: "CAA"
    default: nil
    }
  }

  /// The mnemonic of a class, where it has one.
  static func className(_ value: UInt16) -> StaticString? {
    switch value {
    case 1: "IN"
    case 3: "CH"
    case 4: "HS"
    case 254: "NONE"
    case 255: "ANY"
    default: nil
    }
  }

  /// The name of an operation code, where it has one.
  static func opcodeName(_ opcode: UInt16) -> StaticString? {
    switch opcode {
    case 0: "query"
    case 1: "inverse query"
    case 2: "status"
    case 4: "notify"
    case 5: "update"
    case 6: "stateful operation"
    default: nil
    }
  }

  /// The mnemonic of a response code, where it has one.
  static func responseCodeName(_ code: UInt16) -> StaticString? {
    switch code {
    case 0: "NOERROR"
    case 1: "FORMERR"
    case 2: "SERVFAIL"
    case 3: "NXDOMAIN"
    case 4: "NOTIMP"
    case 5: "REFUSED"
    case 6: "YXDOMAIN"
    case 7: "YXRRSET"
    case 8: "NXRRSET"
    case 9: "NOTAUTH"
    case 10: "NOTZONE"
    case 11: "DSOTYPENI"
    default: nil
    }
  }

  /// The name of a service parameter key, RFC 9460 section 14.3.
  static func serviceParameterName(_ key: UInt16) -> StaticString? {
    switch key {
    case 0: "mandatory"
    case 1: "alpn"
    case 2: "no-default-alpn"
    case 3: "port"
    case 4: "ipv4hint"
    case 5: "ech"
    case 6: "ipv6hint"
    case 7: "dohpath"
    default: nil
    }
  }
}
