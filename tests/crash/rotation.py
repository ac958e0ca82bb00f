"""Refresh tokens under kill -9: who was given a new one is never locked out, and an old one never works twice.

Some sessions of one user are refreshed as fast as they can be, over and over, until the auth service is killed: at the
places that a rotation passes, or at random. It starts again, and each session is tried:
- the last token that was acknowledged works;
- one that was sent and not answered works, too, as long as its answer may have been lost (GRACE);
- the one before it gives that same token again, never another one;
- one that is two rotations old is refused, and ends its session for all who hold its tokens.
"""
import pathlib
import random
import shutil
import tempfile
import threading
import time

from server_driver import DEAD, PASSWORD, Ledger, Lost
from telegnosis import PROGRAM, Server, run

PLACES = ["auth.refresh_before_successor", "sql.before_commit", "sql.after_commit_before_answer", "auth.after_refresh_spent"]
SESSIONS = 4
GRACE = 10  # seconds in which the auth service gives the successor of a spent token again
WHO = {"email": "ann@example.org", "password": PASSWORD}


class Session:
    """What one client knows: the tokens that were acknowledged, the newest last, and whether one more was asked for."""

    def __init__(self, name):
        self.name = name
        self.tokens = []
        self.spent_at = 0.0  # when the newest was last sent
        self.is_unanswered = False


class RotationDriver:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_crash_"))
        self.data = self.folder / "data"
        self.ledger = Ledger(self.folder / "ledger")
        self.last_place = self.folder / "last_place"
        self.server = None
        self.sessions = [Session(name) for name in range(SESSIONS)]
        self.rotations = 0
        try:
            self.set_up()
        except BaseException:
            self.close()
            raise

    def set_up(self):
        self.start()
        status, reply = self.call("register", {"username": "ann", "role": "user", **WHO}, token=self.server.key)
        if status != 201:
            raise Lost(f"no user can be made: {status} {reply}")
        for session in self.sessions:
            self.log_in(session)

    def close(self):
        if self.server is not None:
            self.server.kill()
        self.ledger.close()
        shutil.rmtree(self.folder)

    def stage(self):
        return self.last_place.read_text().strip() if self.last_place.exists() else "the start of the program"

    def start(self, faults=None, program=PROGRAM):
        """False: it died at a fault that the start passes already."""
        self.last_place.unlink(missing_ok=True)
        settings = {"SERVICE_SECRET": "a secret of more than thirty-two characters", "TG_FAULT_LAST": str(self.last_place)}
        try:
            self.server = Server(self.data, only="auth", settings=settings, faults=faults, program=program)
            return True
        except AssertionError:
            if not faults or self.stage() not in faults:
                raise
            self.server = None
            return False

    def call(self, what, body, token=None):
        return self.server.request("POST", f"/auth/{what}", body, service="auth", token=token)

    def log_in(self, session):
        status, pair = self.call("login", WHO)
        if status != 200:
            raise Lost(f"{status} {pair} for the right password")
        session.tokens = [pair["refresh_token"]]
        session.is_unanswered = False

    def refresh(self, session):
        """One rotation; answers with the status."""
        self.ledger.note("sent", session.name, session.tokens[-1])
        if not session.is_unanswered:  # else it may be spent since then
            session.spent_at = time.monotonic()
        session.is_unanswered = True
        status, pair = self.call("refresh", {"refresh_token": session.tokens[-1]})
        if status == 200:
            session.tokens = session.tokens[-2:] + [pair["refresh_token"]]
            self.ledger.note("acked", session.name, session.tokens[-1])
            self.rotations += 1
        session.is_unanswered = False
        return status

    def refresh_until_killed(self, after):
        """With `after`: killed so many seconds later; else the server dies by itself, at a fault."""
        lost = []

        def client(session):
            try:
                while True:
                    if (status := self.refresh(session)) != 200:
                        lost.append(Lost(f"session {session.name}: {status} for a token that was acknowledged"))
                        return
            except DEAD:
                pass

        clients = [threading.Thread(target=client, args=(session,)) for session in self.sessions]
        for one in clients:
            one.start()
        if after is not None:
            time.sleep(after)
            self.server.kill()
        for one in clients:
            one.join()
        self.server.kill()
        if lost:
            raise lost[0]

    # What must be so after a restart.

    def check(self, session):
        was_unanswered, sent_at = session.is_unanswered, session.spent_at
        status = self.refresh(session)
        if status == 401 and was_unanswered and time.monotonic() - sent_at > GRACE:
            return self.log_in(session)  # a slow start: nobody waits for that answer any more
        if status != 200:
            raise Lost(f"session {session.name} is locked out: {status} for "
                       f"{'the token that was sent' if was_unanswered else 'the token that was acknowledged'}")
        self.check_no_other_successor(session)

    def check_no_other_successor(self, session):
        status, pair = self.call("refresh", {"refresh_token": session.tokens[-2]})
        if status == 200 and pair["refresh_token"] != session.tokens[-1]:
            raise Lost(f"session {session.name}: an old token has worked twice")
        if status != 200:
            if time.monotonic() - session.spent_at <= GRACE:
                raise Lost(f"session {session.name}: {status} for a token whose answer may have been lost")
            self.log_in(session)

    def check_thief(self, session):
        """A token that is two rotations old is shown by somebody else."""
        if len(session.tokens) < 3 and self.refresh(session) + self.refresh(session) != 400:
            raise Lost(f"session {session.name} is locked out")
        for token, whose in ((session.tokens[-3], "an old token works again"), (session.tokens[-1], "a stolen session goes on")):
            status, _ = self.call("refresh", {"refresh_token": token})
            if status != 401:
                raise Lost(f"session {session.name}: {whose}: {status}")
        self.log_in(session)

    def check_all(self):
        for session in self.sessions:
            self.check(session)
        self.check_thief(self.random.choice(self.sessions))
        checked = run(self.data, "fsck", check=False)  # exactly one token of a living session is not spent
        if checked.returncode != 0:
            raise Lost(f"fsck: {checked.stdout}{checked.stderr}")


def rotation_life(driver, tally, until):
    """Every other kill comes at a place of a rotation, the rest at random."""
    driver.server.kill()
    rounds = 0
    while tally.kills < until:
        faults, after = None, driver.random.uniform(0.005, 0.5)
        if rounds % 2 == 0:
            faults, after = f"{PLACES[rounds // 2 % len(PLACES)]}=crash@{driver.random.randrange(1, 60)}", None
        rounds += 1
        one_kill(driver, tally, faults, after)
    tally.acknowledged["rotations"] += driver.rotations


def one_kill(driver, tally, faults, after, program=PROGRAM):
    if driver.start(faults, program):
        driver.refresh_until_killed(after)
        if waiting := sum(session.is_unanswered for session in driver.sessions):
            tally.note(driver.stage(), f"{waiting} rotations")
    driver.start()
    driver.check_all()
    driver.server.kill()
