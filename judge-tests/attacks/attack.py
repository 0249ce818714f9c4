# What attacks in Python share: how they answer, and what they are told on stdin.
import os


def is_control():
    """Whether this is the control, outside of any sandbox: do no more than prove the point."""
    return "ATTACK_CONTROL" in os.environ


def answer(escapes):
    """Ends the attack: contained, if the list of what worked is empty."""
    print("ESCAPED " + ", ".join(map(str, escapes)) if escapes else "contained", flush=True)
    os._exit(0)


def facts():
    """The lines `name value` of stdin."""
    return dict(line.split(" ", 1) for line in os.pread(0, 4096, 0).decode().splitlines())


def works(action, *args, **named):
    """Whether a call goes through."""
    try:
        action(*args, **named)
        return True
    except (OSError, ValueError):
        return False
