// The hello messages of TLS, RFC 8446 sections 4.1.2 and 4.1.3.
//
//     client: version 2, random 32, session id 1 + n, cipher suites 2 + n, compression methods 1 + n,
//             extensions 2 + n
//     server: version 2, random 32, session id 1 + n, cipher suite 2, compression method 1, extensions 2 + n
//     each extension: type 2, length 2, data

/// A ClientHello or ServerHello, as far as its octets go.
struct TLSHello: ~Escapable {
  /// Extension types that are shown. See the TLS extension types at IANA.
  enum Extension {
    static let serverName: UInt16 = 0
    static let supportedGroups: UInt16 = 10
    static let pointFormats: UInt16 = 11
    static let signatureAlgorithms: UInt16 = 13
    static let protocols: UInt16 = 16
    static let supportedVersions: UInt16 = 43
    static let keyShare: UInt16 = 51
  }

  /// How far the octets go.
  private enum Stage: Int {
    case nothing, version, random, session, suites, compression, extensions
  }

  let isClient: Bool
  /// The version before version 1.3 took an extension for it.
  let version: UInt16
  let random: RawSpan
  let session: RawSpan
  let sessionLength: Int
  /// Two octets each.
  let suites: RawSpan
  let suitesLength: Int
  let compression: RawSpan
  let compressionLength: Int
  let extensions: RawSpan
  let extensionsLength: Int
  private let stage: Stage

  @_lifetime(copy body)
  init(_ body: RawSpan, isClient: Bool) {
    self.isClient = isClient
    var reader = OctetReader(body)
    var stage = Stage.nothing
    version = reader.uint16()
    if !reader.isCut { stage = .version }
    random = reader.octets(32)
    if !reader.isCut { stage = .random }
    sessionLength = Int(reader.uint8())
    session = reader.octets(sessionLength)
    if !reader.isCut { stage = .session }
    suitesLength = isClient ? Int(reader.uint16()) : 2
    suites = reader.octets(suitesLength)
    if stage == .session, suites.byteCount >= 2 { stage = .suites }
    let isWhole = !reader.isCut
    compressionLength = isClient ? Int(reader.uint8()) : 1
    compression = reader.octets(compressionLength)
    if isWhole, !reader.isCut { stage = .compression }
    let hasExtensions = !reader.isCut && reader.remaining >= 2
    extensionsLength = Int(reader.uint16())
    extensions = reader.octets(extensionsLength)
    if hasExtensions { stage = .extensions }
    self.stage = stage
  }

  /// The data of the first extension of a type; nil where it is not there.
  @_lifetime(copy self)
  func data(of type: UInt16) -> RawSpan? {
    var reader = OctetReader(extensions)
    while reader.remaining >= 4 {
      let found = reader.uint16()
      let data = reader.octets(Int(reader.uint16()))
      if found == type { return data }
    }
    return nil
  }

  /// The host name that the client asks for, RFC 6066 section 3; empty where there is none.
  var serverName: RawSpan {
    @_lifetime(copy self) get {
      guard let data = data(of: Extension.serverName) else { return bytesOfNone }
      var reader = OctetReader(data)
      _ = reader.uint16()
      guard reader.uint8() == 0 else { return bytesOfNone }
      return reader.octets(Int(reader.uint16()))
    }
  }

  private var bytesOfNone: RawSpan { @_lifetime(copy self) get { random.slice(from: 0, length: 0) } }

  /// The list within an extension's data after a length of one or two octets; empty where it is not there.
  @_lifetime(copy self)
  private func list(in type: UInt16, lengthOctets: Int) -> RawSpan {
    guard let data = data(of: type) else { return bytesOfNone }
    var reader = OctetReader(data)
    let length = lengthOctets == 1 ? Int(reader.uint8()) : Int(reader.uint16())
    return reader.octets(length)
  }

  /// The application protocols that are offered or chosen, RFC 7301: each after a length of one octet.
  var protocols: RawSpan { @_lifetime(copy self) get { list(in: Extension.protocols, lengthOctets: 2) } }

  /// The versions that are offered or chosen, two octets each, RFC 8446 section 4.2.1.
  var supportedVersions: RawSpan {
    @_lifetime(copy self) get {
      if isClient { return list(in: Extension.supportedVersions, lengthOctets: 1) }
      guard let data = data(of: Extension.supportedVersions) else { return bytesOfNone }
      return data.slice(from: 0, length: 2)
    }
  }

  /// The version that counts: the highest that is offered, or the one that is chosen.
  var effectiveVersion: UInt16 {
    var reader = OctetReader(supportedVersions)
    var highest: UInt16 = 0
    while reader.remaining >= 2 {
      let offered = reader.uint16()
      // Values such as 0x1a1a are there to keep implementations tolerant, RFC 8701.
      if offered & 0x0f0f != 0x0a0a { highest = Swift.max(highest, offered) }
    }
    return highest > 0 ? highest : version
  }

  /// Whether a server asks for another hello: its random is the digest of that wish, RFC 8446 section 4.1.3.
  var isRetryRequest: Bool {
    !isClient && random.byteCount == 32 && random.uint64(at: 0) == 0xcf21_ad74_e59a_6111
      && random.uint64(at: 8) == 0xbe1d_8c02_1e65_b891
  }

  func summarize(into text: inout TextBuffer) {
    text.append(isClient ? "ClientHello" : isRetryRequest ? "HelloRetryRequest" : "ServerHello")
    guard stage.rawValue >= Stage.version.rawValue else { return }
    text.append(" ")
    if let name = TLSNumbers.versionName(effectiveVersion) {
      text.append(name)
    } else {
      text.append("version 0x")
      text.append(hexadecimal: UInt64(effectiveVersion), digits: 4)
    }
    if !isClient, stage.rawValue >= Stage.suites.rawValue {
      text.append(" ")
      text.append(cipherSuite: suites.uint16(at: 0))
    }
    if serverName.byteCount > 0 {
      text.append(" sni ")
      text.begin(.highlight)
      text.appendEscaped(serverName, for: .terminal)
      text.end()
    }
    var reader = OctetReader(protocols)
    var separator: StaticString = " alpn "
    while reader.remaining > 0 {
      text.append(separator)
      separator = ","
      text.appendEscaped(reader.octets(Int(reader.uint8())), for: .terminal)
    }
  }

  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    let stage = stage.rawValue
    guard stage >= Stage.version.rawValue else { return }
    visitor.hexadecimal("version", UInt64(version), digits: 4, TLSNumbers.versionName(version))
    guard stage >= Stage.random.rawValue else { return }
    visitor.octets("random", random)
    guard stage >= Stage.session.rawValue else { return }
    visitor.number("session_id_length", sessionLength)
    if session.byteCount > 0 { visitor.octets("session_id", session) }
    guard stage >= Stage.suites.rawValue else { return }
    if isClient {
      visitor.number("cipher_suites_length", suitesLength)
      visitPairs("ciphersuite", suites, &visitor)
    } else {
      let suite = suites.uint16(at: 0)
      visitor.hexadecimal("ciphersuite", UInt64(suite), digits: 4, TLSNumbers.cipherSuiteName(suite))
    }
    guard stage >= Stage.compression.rawValue else { return }
    if isClient {
      visitor.number("comp_methods_length", compressionLength)
      visitor.beginValues("comp_method")
      for index in 0..<compression.byteCount { visitor.number("", compression.uint8(at: index)) }
      visitor.endList()
    } else {
      visitor.number("comp_method", compression.uint8(at: 0))
    }
    guard stage >= Stage.extensions.rawValue else { return }
    visitor.number("extensions_length", extensionsLength)
    visitExtensions(&visitor)
  }

  private func visitExtensions<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var reader = OctetReader(extensions)
    visitor.beginList("extension")
    while reader.remaining >= 4 {
      visitor.beginRecord()
      let type = reader.uint16()
      visitor.number("type", UInt64(type), TLSNumbers.extensionName(type))
      let length = Int(reader.uint16())
      visitor.number("len", length)
      _ = reader.octets(length)
      visitor.endRecord()
    }
    visitor.endList()
    if serverName.byteCount > 0 { visitor.text("extensions_server_name", serverName) }
    var names = OctetReader(protocols)
    if names.remaining > 0 {
      visitor.beginValues("extensions_alpn_str")
      while names.remaining > 0 { visitor.text("", names.octets(Int(names.uint8()))) }
      visitor.endList()
    }
    if supportedVersions.byteCount >= 2 {
      visitor.beginGroup("extensions")
      visitPairs("supported_version", supportedVersions, &visitor)
      visitor.endGroup()
    }
    visitPairs("extensions_supported_group", list(in: Extension.supportedGroups, lengthOctets: 2), &visitor)
    visitPairs("sig_hash_alg", list(in: Extension.signatureAlgorithms, lengthOctets: 2), &visitor)
    visitKeyShares(&visitor)
  }

  private func visitKeyShares<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    guard let data = data(of: Extension.keyShare), data.byteCount >= 2 else { return }
    if isRetryRequest { return visitor.number("extensions_key_share_selected_group", data.uint16(at: 0)) }
    var reader = OctetReader(isClient ? list(in: Extension.keyShare, lengthOctets: 2) : data)
    visitor.beginValues("extensions_key_share_group")
    while reader.remaining >= 4 {
      visitor.number("", reader.uint16())
      _ = reader.octets(Int(reader.uint16()))
    }
    visitor.endList()
  }

  /// Visits numbers of two octets as a list.
  private func visitPairs<Visitor: FieldVisitor & ~Copyable>(
    _ name: StaticString, _ octets: RawSpan, _ visitor: inout Visitor
  ) {
    guard octets.byteCount >= 2 else { return }
    var reader = OctetReader(octets)
    visitor.beginValues(name)
    while reader.remaining >= 2 { visitor.hexadecimal("", reader.uint16(), digits: 4) }
    visitor.endList()
  }
}
