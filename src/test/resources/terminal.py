"""Works with medusa in an interactive bash on a pseudo terminal, as people do. Usage: terminal.py DIRECTORY, with the program 'm' in it."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

directory = sys.argv[1]
SECONDS = 120


class Shell:
    def __init__(self, columns):
        self.seen = ""
        self.mark = 0
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.environ.update(TERM="xterm", PS1="READY ", PS2="", LC_ALL="C.UTF-8")
            os.environ.pop("COLUMNS", None)
            os.execvp("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"])
        self.resize(columns)
        self.until("READY ")

    def resize(self, columns):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def send(self, text):
        self.mark = len(self.seen)
        os.write(self.terminal, text.encode())

    def new(self):
        """What came since the last command was sent."""
        return self.seen[self.mark:]

    def read(self, seconds):
        if select.select([self.terminal], [], [], seconds)[0]:
            self.seen += os.read(self.terminal, 65536).decode(errors="replace")

    def until(self, pattern):
        end = time.monotonic() + SECONDS
        while not re.search(pattern, self.new()):
            if time.monotonic() > end:
                fail(f"no '{pattern}' in {self.new()!r}")
            self.read(0.2)

    def run(self, command):
        """Runs a command to its end; returns its exit status and what came on the terminal."""
        self.send(command + "; echo status=$?\n")
        self.until(r"status=\d+\r?\nREADY ")
        status = int(re.search(r"status=(\d+)", self.new()).group(1))
        return status, self.new().split("\n", 1)[1]


def fail(why):
    print("FAILED: " + why, flush=True)
    sys.exit(1)


def check(holds, why):
    if not holds:
        fail(why)
    print("- " + why.split("\n")[0], flush=True)


def stored():
    return sum(len(files) for _, _, files in os.walk(os.path.join(directory, "bucket", "n1", "data")))


def state(process):
    with open(f"/proc/{process}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0]


def job_control():
    shell = Shell(80)
    shell.send("./m backup --backup-name one\n")
    shell.until(r"Uploading +\d+% ")
    shell.send("\x1a")
    shell.until("Stopped")
    shell.send("jobs -p\n")
    shell.until(r"\n(\d+)\r?\n")
    process = re.search(r"\n(\d+)\r?\n", shell.new()).group(1)
    check(state(process) == "T", "Ctrl-Z stops it")
    shell.send("bg\n")
    shell.until("READY ")
    shell.mark = len(shell.seen)
    before = stored()
    end = time.monotonic() + SECONDS
    while stored() < before + 4:
        check_quietly(state(process) != "T", "stopped in the background")
        check_quietly(time.monotonic() < end, f"no progress in the background: {stored()} files, as before")
        shell.read(0.1)
    check(True, "bg continues it, and it goes on uploading")
    check("Uploading  " not in shell.new() and "\x1b" not in shell.new(), f"it draws nothing in the background\n{shell.new()!r}")
    shell.resize(50)
    shell.send("fg\n")
    shell.until(r"Uploading +\d+% .*\n")
    shell.until(r"is finished.*\n")
    lines = re.findall(r"\r(?:\x1b\[\d+A)?(Uploading [^\x1b]*)\x1b\[K", shell.new())
    check(lines and max(map(len, lines)) < 50, f"fg shows progress again, in the width that the terminal has now\n{lines}")
    shell.until("READY ")
    shell.send("echo status=$?\n")
    shell.until(r"status=0\r?\n")
    check(os.path.exists(os.path.join(directory, "bucket/n1/one/meta/manifest.json")), "the backup is finished")
    shell.send("exit\n")
    os.waitpid(shell.pid, 0)


def check_quietly(holds, why):
    if not holds:
        fail(why)


def outputs():
    shell = Shell(80)
    status, seen = shell.run("./m --prefix two backup --backup-name two --output json >out.json")
    check(status == 0 and "Uploading" in seen, f"with stdout in a file, progress is on the terminal\n{seen!r}")
    with open(os.path.join(directory, "out.json")) as out:
        check(json.load(out)["name"] == "two", "and the file has nothing but the result")
    status, seen = shell.run("./m --prefix three backup --backup-name three --output json 2>err.log")
    check(status == 0 and "\x1b" not in seen and re.search(r'^\{.*"name": "three".*\}\r?$', seen, re.M),
          f"with stderr in a file, the terminal has the result only\n{seen!r}")
    with open(os.path.join(directory, "err.log")) as err:
        log = err.read()
        check("\x1b" not in log and "is finished" in log, f"and the file has plain log lines\n{log!r}")
    for way, command in {
        "TERM=dumb": "TERM=dumb ./m --prefix four backup --backup-name four",
        "--no-progress": "./m --prefix five backup --backup-name five --no-progress",
        "-q": "./m -q --prefix six backup --backup-name six",
    }.items():
        status, seen = shell.run(command)
        check(status == 0 and "\x1b" not in seen and "Uploading " not in seen, f"{way}: nothing is redrawn\n{seen!r}")
        check(("is finished" in seen) == (way != "-q"), f"{way}: the result is {'not ' if way == '-q' else ''}logged\n{seen!r}")
    status, seen = shell.run("NO_COLOR=1 ./m --prefix seven backup --backup-name seven")
    check(status == 0 and not re.search(r"\x1b\[[\d;]*m", seen), f"NO_COLOR: no colours\n{seen!r}")
    shell.send("exit\n")
    os.waitpid(shell.pid, 0)


signal.alarm(6 * SECONDS)
job_control()
outputs()
