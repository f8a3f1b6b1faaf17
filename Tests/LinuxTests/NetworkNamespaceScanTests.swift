import Testing

@testable import Linux

/// /proc/self/mountinfo to the network namespaces that mounts keep.
@Test func mountedNamespacesAreFound() {
  let text = """
    22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw
    318 24 0:4 net:[4026532177] /run/netns/blue rw shared:100 - nsfs nsfs rw
    319 24 0:4 mnt:[4026532178] /run/mounts/blue rw - nsfs nsfs rw
    320 24 0:4 net:[4026532179] /run/netns/a\\040b\\134c rw - nsfs nsfs rw
    321 24 0:4 net:[
    """
  let found = NamespaceMount.all(in: Array(text.utf8))
  #expect(found.map(\.path) == ["/run/netns/blue", "/run/netns/a b\\c"])
  #expect(found.map(\.inode) == [4_026_532_177, 4_026_532_179])
  #expect(found.map(\.name) == ["blue", "a b\\c"])
  for length in 0..<text.utf8.count { #expect(NamespaceMount.all(in: Array(text.utf8.prefix(length))).count <= 2) }
}
