import Testing

@testable import Sockets

@Suite struct ControlGroupTests {
  static let id = "3f4a8be0a0c1d2e3f4a5b6c7d8e9f00112233445566778899aabbccddeeff001"
  static let inner = "99aabbccddeeff0013f4a8be0a0c1d2e3f4a5b6c7d8e9f001122334455667788"

  struct Case: Sendable {
    var path: String
    var container: String?
    var unit: String?
    init(_ path: String, container: String? = nil, unit: String? = nil) {
      self.path = path
      self.container = container
      self.unit = unit
    }
  }

  static let cases = [
    // No container, no unit.
    Case(""), Case("/"), Case("//"), Case("/process_api/9f27fa0340421487adf0a46854224a41"), Case("/.service"),
    // systemd's own.
    Case("/init.scope", unit: "init.scope"),
    Case("/system.slice/nginx.service", unit: "nginx.service"),
    Case("/system.slice/system-getty.slice/getty@tty1.service", unit: "getty@tty1.service"),
    Case(
      #"/system.slice/system-systemd\x2dfsck.slice/systemd-fsck@dev-sda1.service"#,
      unit: "systemd-fsck@dev-sda1.service"),
    Case(#"/system.slice/dev-disk-by\x2duuid-1.swap"#, unit: #"dev-disk-by\x2duuid-1.swap"#),
    Case("/system.slice/docker.socket", unit: "docker.socket"),
    Case("/system.slice/nginx.service (deleted)", unit: "nginx.service"),
    Case("/system.slice/_cpu.service", unit: "cpu.service"),
    Case("/user.slice/user-1000.slice/session-3.scope", unit: "session-3.scope"),
    Case("/user.slice/user-1000.slice", unit: "user-1000.slice"),
    Case("/user.slice/user-1000.slice/user@1000.service/init.scope", unit: "user@1000.service"),
    Case("/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service", unit: "foo.service"),
    Case("/user.slice/user-1000.slice/user@1000.service/app.slice", unit: "user@1000.service"),
    Case(
      #"/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-org.gnome.Terminal-42.scope"#,
      unit: "app-gnome-org.gnome.Terminal-42.scope"),
    // A group below a service that it was delegated.
    Case("/system.slice/foo.service/worker", unit: "foo.service"),
    // Names that a user gave and that cannot be units.
    Case("/system.slice/ev\u{1b}[31mil.service", unit: "system.slice"), Case("/a b.scope"),
    // Docker: cgroupfs, systemd, rootless, systemd within.
    Case("/docker/\(id)", container: id),
    Case("/system.slice/docker-\(id).scope", container: id, unit: "docker-\(id).scope"),
    Case("/system.slice/docker-\(id).scope/system.slice/cron.service", container: id, unit: "cron.service"),
    Case(
      "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-\(id).scope", container: id,
      unit: "docker-\(id).scope"),
    Case("/docker/\(id)/docker/\(inner)", container: inner),
    Case("/../../system.slice/docker-\(id).scope", container: id, unit: "docker-\(id).scope"),
    // Podman: the container, one within a pod, its monitor.
    Case("/machine.slice/libpod-\(id).scope", container: id, unit: "libpod-\(id).scope"),
    Case("/machine.slice/libpod-\(id).scope/container", container: id, unit: "libpod-\(id).scope"),
    Case("/libpod_parent/libpod-\(id)", container: id),
    Case("/machine.slice/libpod-conmon-\(id).scope", unit: "libpod-conmon-\(id).scope"),
    Case(
      "/machine.slice/machine-libpod_pod_\(inner).slice/libpod-\(id).scope", container: id, unit: "libpod-\(id).scope"),
    // containerd and CRI-O, with both drivers.
    Case(
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1b2c_3d.slice/cri-containerd-\(id).scope",
      container: id, unit: "cri-containerd-\(id).scope"),
    Case(
      "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podaa.slice/crio-\(id).scope/container",
      container: id, unit: "crio-\(id).scope"),
    Case("/kubepods.slice/kubepods-podaa.slice/crio-conmon-\(id).scope", unit: "crio-conmon-\(id).scope"),
    Case("/kubepods/burstable/pod0a1b2c3d-0000-4000-8000-000000000001/\(id)", container: id),
    Case(
      "/system.slice/containerd.service/kubepods-burstable-pod0a1b.slice:cri-containerd:\(id)", container: id,
      unit: "containerd.service"),
    Case("/ecs/0123456789abcdef0123456789abcdef/\(id)", container: id),
    Case("/system.slice/nerdctl-\(id).scope", container: id, unit: "nerdctl-\(id).scope"),
    // LXC and LXD, with a systemd within; the monitor is outside.
    Case("/lxc/web", container: "web"),
    Case("/lxc.payload.web/system.slice/nginx.service", container: "web", unit: "nginx.service"),
    Case("/lxc.payload/web/init.scope", container: "web", unit: "init.scope"),
    Case("/lxc.monitor.web"),
    Case("/lxc.payload."),
    // systemd-nspawn; libvirt's virtual machines are no containers.
    Case(#"/machine.slice/machine-my\x2dbox.scope/payload"#, container: "my-box", unit: #"machine-my\x2dbox.scope"#),
    Case("/machine.slice/systemd-nspawn@box.service/payload", container: "box", unit: "systemd-nspawn@box.service"),
    Case(#"/machine.slice/machine-qemu\x2d1\x2dvm.scope"#, unit: #"machine-qemu\x2d1\x2dvm.scope"#),
    // Nearly an identifier: one digit short, in capitals.
    Case("/docker/\(id.dropLast())"), Case("/docker/\(id.uppercased())"),
  ]

  @Test(arguments: cases) func readsPath(_ one: Case) {
    let group = ControlGroup(path: Array(one.path.utf8))
    #expect(group.containerID == one.container, "\(one.path)")
    #expect(group.unit == one.unit, "\(one.path)")
  }

  /// Octets that are no text, and escapes that end too soon, are no reason to stop.
  @Test func takesAnyOctets() {
    #expect(ControlGroup(path: [0x2F, 0xFF, 0xFE, 0x00]).unit == nil)
    #expect(ControlGroup(path: Array(#"/machine-a\x2.scope"#.utf8)).containerID == #"a\x2"#)
    #expect(ControlGroup(path: Array(#"/machine-a\xzz.scope"#.utf8)).containerID == #"a\xzz"#)
  }

  static let files: [(String, String)] = [
    // Version 2 alone.
    ("0::/system.slice/nginx.service\n", "/system.slice/nginx.service"),
    ("0::/\n", "/"),
    // Version 1 with systemd's hierarchy; a controller's path may be another.
    ("3:memory:/a\n2:cpu,cpuacct:/\n1:name=systemd:/system.slice/cron.service\n", "/system.slice/cron.service"),
    // Both, where the container is known to version 1 only.
    ("4:memory:/docker/\(id)\n1:name=systemd:/docker/\(id)\n0::/system.slice/docker.service\n", "/docker/\(id)"),
    ("1:name=systemd:/system.slice/docker.service\n0::/docker/\(id)\n", "/docker/\(id)"),
    // Both, where only one controller is used.
    ("9:name=systemd:/\n4:memory:/process_api/9f27fa\n0::/\n", "/process_api/9f27fa"),
    // A colon in a path.
    ("0::/a:b/c.service\n", "/a:b/c.service"),
    // Nothing, or nothing of that form.
    ("", ""), ("\n\n", ""), ("0:", ""), ("garbage", ""),
  ]

  @Test(arguments: files) func choosesLine(_ file: String, _ path: String) {
    #expect(String(decoding: ControlGroup.path(in: Array(file.utf8)), as: UTF8.self) == path)
  }
}
