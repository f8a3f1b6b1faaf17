import CLinux
import Glibc

/// An end of the domain between virtual machines and their host. See vsock(7).
///
/// Datagrams are of the domain, but only VMware's transport carries them: elsewhere the kernel refuses.
public struct VirtualMachineEndpoint: StreamDomain, DatagramDomain, SequencedPacketDomain {
  public static var domain: Int32 { AF_VSOCK }
  public static var domainName: StaticString { "AF_VSOCK" }
  public static var defaultStreamProtocol: Int32 { 0 }
  public static var defaultDatagramProtocol: Int32 { 0 }
  public static var defaultSequencedPacketProtocol: Int32 { 0 }

  /// The context: which machine.
  public var context: UInt32
  /// The port.
  public var port: UInt32

  /// An endpoint with its parts.
  public init(context: UInt32, port: UInt32) {
    self.context = context
    self.port = port
  }

  /// Any context, to bind. VMADDR_CID_ANY.
  public static var anyContext: UInt32 { clinux_vsock_any_context() }
  /// A port that is free, to bind. VMADDR_PORT_ANY.
  public static var anyPort: UInt32 { clinux_vsock_any_port() }
  /// This machine itself. VMADDR_CID_LOCAL.
  public static var localContext: UInt32 { UInt32(VMADDR_CID_LOCAL) }

  public func encoded() throws(SystemError) -> [UInt8] {
    var result = sockaddr_vm()
    result.svm_family = sa_family_t(truncatingIfNeeded: Self.domain)
    result.svm_cid = context
    result.svm_port = port
    return octets(of: result)
  }

  public init?(encoded octets: [UInt8]) {
    guard Self.isDomain(of: octets), let value = plain(sockaddr_vm(), from: octets) else { return nil }
    self.init(context: value.svm_cid, port: value.svm_port)
  }
}
