"""Watching sockets appear, change and go, with their owners."""

import json
import os
import signal
import socket
import subprocess

from network import Namespace
from support import Program, expect, run, wait_until


def watch(namespace, *arguments, **options):
    running = Program(
        "sockets", "--watch", "--interval", "0.1", "--json", *arguments, namespace=namespace, **options)  # fmt: skip
    running.says("watching ")
    return running


def events(running):
    return [json.loads(line) for line in running.output().decode().splitlines(keepends=True) if line.endswith("\n")]


def waits_for(running, condition, what):
    wait_until(lambda: any(map(condition, events(running))), f"{what} among {events(running)}")
    return [event for event in events(running) if condition(event)]


def loopback():
    namespace = Namespace("w")
    namespace.ip("link", "set", "lo", "up")
    return namespace


def test_the_life_of_a_connection():
    namespace = loopback()
    running = watch(namespace, "--family", "inet")
    listener = namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    port = listener.getsockname()[1]
    found = waits_for(running, lambda event: event["state"] == "listen", "the listener")
    expect((found[0]["event"], found[0]["local"]["port"]), ("appeared", port), "the listener")
    expect(found[0]["processes"][0]["pid"], os.getpid(), "its owner")
    client = namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.connect(("127.0.0.1", port))
    near = client.getsockname()[1]

    def is_client(event):
        return event["local"]["port"] == near

    waits_for(running, lambda event: is_client(event) and event["event"] == "appeared", "the connection")
    accepted, _ = listener.accept()
    inode = os.fstat(accepted.fileno()).st_ino
    waits_for(running, lambda event: event["inode"] == inode and event["processes"], "who accepted it")
    client.shutdown(socket.SHUT_WR)
    changed = waits_for(
        running, lambda event: event["inode"] == inode and event.get("previous_state"), "the half-closed connection")
    expect((changed[0]["previous_state"], changed[0]["state"]), ("established", "close_wait"), "states")
    accepted.close()
    client.close()
    waits_for(running, lambda event: is_client(event) and event["event"] == "gone", "its end")
    listener.close()
    waits_for(running, lambda event: event["event"] == "gone" and event["state"] == "listen", "the listener's end")
    outcome = running.stop().succeeded()
    assert " appeared, " in outcome.errors and " gone in " in outcome.errors, outcome.errors


def test_connections_between_two_scans_are_told_of():
    namespace = loopback()
    running = Program("sockets", "--watch", "--interval", "3600", "--json", namespace=namespace)
    running.says("watching ")
    listener = namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    for _ in range(5):
        client = namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
        client.connect(listener.getsockname())
        accepted, _ = listener.accept()
        accepted.close()
        client.close()
    running.shows(10)
    found = events(running)
    expect({(event["event"], event["seen"]) for event in found}, {("gone", False)}, "what is known of them")
    outcome = running.stop().succeeded()
    assert "10 of those gone had lived between two scans" in outcome.errors, outcome.errors


def test_filters_hold():
    namespace = loopback()
    running = watch(namespace, "--family", "packet,unix", "--pid", os.getpid())
    other = subprocess.Popen(["sleep", "60"], preexec_fn=namespace.enter)
    inet = namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inet.bind(("127.0.0.1", 0))
    packet = namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    inode = os.fstat(packet.fileno()).st_ino
    waits_for(running, lambda event: event["inode"] == inode, "the packet socket")
    packet.close()
    waits_for(running, lambda event: event["inode"] == inode and event["event"] == "gone", "its end")
    other.kill()
    other.wait()
    expect({event["family"] for event in events(running)}, {"packet"}, "families")
    running.stop(signal.SIGTERM).succeeded()


def test_a_closed_pipe_ends_it_quietly():
    namespace = loopback()
    read, write = os.pipe()
    running = Program("sockets", "--watch", "--interval", "0.1", namespace=namespace, output=write)
    os.close(write)
    running.says("watching ")
    os.close(read)
    made = namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    outcome = running.outcome().succeeded()
    expect(len(outcome.error_lines), 1, outcome.errors)


def test_what_does_not_go_together():
    run("sockets", "--watch", "--sniffers").failed_with(64, "--sniffers and --watch")
    run("sockets", "--interval", "2").failed_with(64, "--interval is for --watch")
    run("sockets", "--watch", "--interval", "0").failed_with(64, "0.01 to 86400")
    run("sockets", "--watch", "--sort", "pid").failed_with(64, "--sort")
