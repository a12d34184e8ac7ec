"""`python cage.py COUNT COMMAND...`: root in a user namespace that allows no further ones.

The kernel's own refusal: `/proc/sys/user/max_user_namespaces` is 0 for whoever is inside, and only
there. COUNT users exist inside: 65536 are all, with 1 root cannot become anybody else.
"""

import os
import subprocess
import sys
from pathlib import Path

from service.embedded.linux import CLONE_NEWUSER, _call


def main() -> None:
    """Enter the namespace, which only a process outside may give several users, and execute."""
    count, *command = sys.argv[1:]
    pid = os.getpid()
    script = "import sys\nsys.stdin.read()\nfor f in sys.argv[2:]: open(f, 'w').write(sys.argv[1])"
    maps = [f"/proc/{pid}/uid_map", f"/proc/{pid}/gid_map"]
    outside = [sys.executable, "-c", script, f"0 0 {count}", *maps]
    with subprocess.Popen(outside, stdin=subprocess.PIPE) as writer:
        _call("unshare", CLONE_NEWUSER)
    assert writer.returncode == 0
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    os.execv(command[0], command)


main()
