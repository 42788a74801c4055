"""Run a program that is killed by the kernel the moment it opens a socket (Linux seccomp).

Executed as a script: ``python sandbox.py COMMAND [ARGUMENT ...]``.
"""

import ctypes
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
#: Number of socket(2) and socketpair(2), and the audit architecture.
CALLS = {
    "x86_64": (41, 53, 0xC000003E),
    "aarch64": (198, 199, 0xC00000B7),
}


def supported() -> bool:
    return sys.platform == "linux" and platform.machine() in CALLS


def forbid_sockets() -> None:
    """Install the filter for this process and all it starts; there is no way back."""
    socket, socketpair, architecture = CALLS[platform.machine()]
    program = [
        (LOAD, 0, 0, 4),  # architecture
        (JUMP_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, 0),  # call number
        (JUMP_EQUAL, 0, 1, socket),
        (RETURN, 0, 0, KILL_PROCESS),
        (JUMP_EQUAL, 0, 1, socketpair),
        (RETURN, 0, 0, KILL_PROCESS),
        (RETURN, 0, 0, ALLOW),
    ]
    instructions = ctypes.create_string_buffer(
        b"".join(struct.pack("HBBI", *step) for step in program)
    )
    fprog = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(program), ctypes.addressof(instructions))
    )
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) or libc.prctl(
        PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), fprog, zero, zero
    ):
        raise OSError(ctypes.get_errno(), "seccomp refused")


if __name__ == "__main__":
    forbid_sockets()
    os.execv(sys.argv[1], sys.argv[1:])
