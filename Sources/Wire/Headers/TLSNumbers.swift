/// Numbers of TLS. See the TLS parameters at IANA.
enum TLSNumbers {
  /// The name of a record's content, where it has one.
  static func contentTypeName(_ type: UInt8) -> StaticString? {
    switch type {
    case 20: "ChangeCipherSpec"
    case 21: "Alert"
    case 22: "Handshake"
    case 23: "ApplicationData"
    case 24: "Heartbeat"
    default: nil
    }
  }

  /// The name of a version, where it has one.
  static func versionName(_ version: UInt16) -> StaticString? {
    switch version {
    case 0x0300: "SSL 3.0"
    case 0x0301: "TLS 1.0"
    case 0x0302: "TLS 1.1"
    case 0x0303: "TLS 1.2"
    case 0x0304: "TLS 1.3"
    default: nil
    }
  }

  /// The name of a handshake message, where it has one.
  static func handshakeName(_ type: UInt8) -> StaticString? {
    switch type {
    case 0: "HelloRequest"
    case 1: "ClientHello"
    case 2: "ServerHello"
    case 3: "HelloVerifyRequest"
    case 4: "NewSessionTicket"
    case 5: "EndOfEarlyData"
    case 8: "EncryptedExtensions"
    case 11: "Certificate"
    case 12: "ServerKeyExchange"
    case 13: "CertificateRequest"
    case 14: "ServerHelloDone"
    case 15: "CertificateVerify"
    case 16: "ClientKeyExchange"
    case 20: "Finished"
    case 21: "CertificateURL"
    case 22: "CertificateStatus"
    case 24: "KeyUpdate"
    case 25: "CompressedCertificate"
    default: nil
    }
  }

  /// The name of an alert, where it has one.
  static func alertName(_ description: UInt8) -> StaticString? {
    switch description {
    case 0: "close_notify"
    case 10: "unexpected_message"
    case 20: "bad_record_mac"
    case 21: "decryption_failed"
    case 22: "record_overflow"
    case 40: "handshake_failure"
    case 42: "bad_certificate"
    case 43: "unsupported_certificate"
    case 44: "certificate_revoked"
    case 45: "certificate_expired"
    case 46: "certificate_unknown"
    case 47: "illegal_parameter"
    case 48: "unknown_ca"
    case 49: "access_denied"
    case 50: "decode_error"
    case 51: "decrypt_error"
    case 70: "protocol_version"
    case 71: "insufficient_security"
    case 80: "internal_error"
    case 86: "inappropriate_fallback"
    case 90: "user_canceled"
    case 100: "no_renegotiation"
    case 109: "missing_extension"
    case 110: "unsupported_extension"
    case 112: "unrecognized_name"
    case 113: "bad_certificate_status_response"
    case 115: "unknown_psk_identity"
    case 116: "certificate_required"
    case 120: "no_application_protocol"
    default: nil
    }
  }

  /// The name of an extension, where it has one here.
  static func extensionName(_ type: UInt16) -> StaticString? {
    switch type {
    case 0: "server_name"
    case 1: "max_fragment_length"
    case 5: "status_request"
    case 10: "supported_groups"
    case 11: "ec_point_formats"
    case 13: "signature_algorithms"
    case 16: "application_layer_protocol_negotiation"
    case 18: "signed_certificate_timestamp"
    case 21: "padding"
    case 22: "encrypt_then_mac"
    case 23: "extended_master_secret"
    case 27: "compress_certificate"
    case 35: "session_ticket"
    case 41: "pre_shared_key"
    case 42: "early_data"
    case 43: "supported_versions"
    case 44: "cookie"
    case 45: "psk_key_exchange_modes"
    case 49: "post_handshake_auth"
    case 50: "signature_algorithms_cert"
    case 51: "key_share"
    case 57: "quic_transport_parameters"
    case 65037: "encrypted_client_hello"
    case 65281: "renegotiation_info"
    default: nil
    }
  }

  /// The name of a cipher suite that is chosen often.
  static func cipherSuiteName(_ suite: UInt16) -> StaticString? {
    switch suite {
    case 0x002f: "TLS_RSA_WITH_AES_128_CBC_SHA"
    case 0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA"
    case 0x003c: "TLS_RSA_WITH_AES_128_CBC_SHA256"
    case 0x009c: "TLS_RSA_WITH_AES_128_GCM_SHA256"
    case 0x009d: "TLS_RSA_WITH_AES_256_GCM_SHA384"
    case 0x009e: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
    case 0x009f: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"
    case 0x1301: "TLS_AES_128_GCM_SHA256"
    case 0x1302: "TLS_AES_256_GCM_SHA384"
    case 0x1303: "TLS_CHACHA20_POLY1305_SHA256"
    case 0x1304: "TLS_AES_128_CCM_SHA256"
    case 0xc009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
    case 0xc00a: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"
    case 0xc013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
    case 0xc014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"
    case 0xc023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"
    case 0xc027: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"
    case 0xc02b: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    case 0xc02c: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    case 0xc02f: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    case 0xc030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    case 0xcca8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
    case 0xcca9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
    default: nil
    }
  }
}

extension TextBuffer {
  /// Writes a cipher suite by its name, or its number.
  mutating func append(cipherSuite suite: UInt16) {
    if let name = TLSNumbers.cipherSuiteName(suite) { return append(name) }
    append("cipher 0x")
    append(hexadecimal: UInt64(suite), digits: 4)
  }
}
