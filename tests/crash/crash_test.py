"""kill -9 while the program stores data: nothing acknowledged is lost, nothing is duplicated.

Three forms: commands with nothing else running (import, erase, backup, removal), `telegnosis serve` under uploads,
imports, deletions, logins and a shutdown by SIGTERM, and the rotation of refresh tokens (rotation.py). The driver keeps
its own ledger, a synced line for everything that was sent and acknowledged. After each kill the program is started
again, completes what it had acknowledged, and is compared with the ledger; `fsck` checks the rest. The program is killed
once at each fault point that a form passes, and KILLS (30) times at random while items are pending. Each kill is printed
with the fault point that the program had passed last.

Finally, three deliberately broken programs must be detected: one that acknowledges before the commit, one that
acknowledges events before their effect, one that omits a sync before a power cut. They are separate builds
(CMakeLists.txt in this folder); the program under test has no such switch.
"""
import collections
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from rotation import RotationDriver, one_kill, rotation_life  # noqa: E402
from server_driver import WORDS, Ledger, Lost, ServerDriver, Tour, check_all_is_well, pending  # noqa: E402
from telegnosis import PROGRAM, message, run, run_json, write_export  # noqa: E402

SOURCES = pathlib.Path(__file__).resolve().parent.parent.parent / "src"
IMPORTS_TO_A_MERGE = 9
KILLS_A_LIFE = 25
IN_A_NEW_FOLDER = ("sql.migration_before_commit", "auth.before_keys_written", "ingest.after_rebuild_batch")


def places_of_the_program():
    """Every fault point in the sources: one that is never hit is a gap in this suite."""
    names = set()
    for file in SOURCES.rglob("*.cpp"):
        if not file.name.endswith("_test.cpp"):
            names |= set(re.findall(r'TG_FAULT(?:_RESULT)?\("([^"]+)"\)', file.read_text(encoding="utf-8")))
    return names


class Driver:
    def __init__(self, seed, program=PROGRAM):
        self.program = program
        self.random = random.Random(seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_crash_"))
        self.data = self.folder / "data"
        self.ledger = Ledger(self.folder / "ledger")
        self.acknowledged = {}  # channel id -> texts by message id
        self.last_place = self.folder / "last_place"
        self.rounds = 0
        self.worked = None  # seconds that the last killed program worked

    def close(self):
        self.ledger.close()
        shutil.rmtree(self.folder)

    def run(self, *arguments, **options):
        return run(self.data, *arguments, program=self.program, **options)

    def environment(self):
        self.last_place.unlink(missing_ok=True)
        environment = dict(os.environ, TELEGNOSIS_DATA=str(self.data), TG_FAULT_LAST=str(self.last_place))
        environment.pop("TG_FAULTS", None)
        return environment

    def stage(self):
        """The place that the killed program had passed last."""
        return self.last_place.read_text().strip() if self.last_place.exists() else "the start of the program"

    def wait_until_it_works(self, program):
        """Start-up takes longer than the work: times are counted from the first fault point that is passed."""
        while program.poll() is None and not (self.last_place.exists() and self.last_place.stat().st_size):
            time.sleep(0.001)
        return time.monotonic()

    def new_export(self, posts=40):
        """A channel of its own for each round; its texts carry a word that nothing else has."""
        self.rounds += 1
        channel = 1000 + self.rounds
        texts = {n: " ".join(self.random.choices(WORDS, k=12)) + f" особое{channel}x{n}" for n in range(1, posts + 1)}
        path = write_export(self.folder / f"{channel}.json", [message(n, t) for n, t in texts.items()],
                            channel_id=channel, name=f"Channel {channel}")
        return channel, texts, path

    def import_and_kill(self, faults=None, after=None, at_answer=False):
        """Starts an import that is killed at the fault point, after so many seconds, or when it has responded.

        Returns whether it was killed.
        """
        channel, texts, path = self.new_export()
        self.ledger.note("sent", channel, len(texts))
        environment = self.environment()
        if faults:
            environment["TG_FAULTS"] = faults
        program = subprocess.Popen([self.program, "import", "--no-wait", path], env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        began = self.wait_until_it_works(program) if after is not None else None
        try:
            out = program.stdout.readline() if at_answer else ""
            if at_answer:
                program.send_signal(signal.SIGKILL)
            out += program.communicate(timeout=after if after is not None else 60)[0]
        except subprocess.TimeoutExpired:
            program.send_signal(signal.SIGKILL)
            out = program.communicate()[0]
        self.worked = time.monotonic() - began if began else None
        if out.endswith("\n") and out.strip():
            self.ledger.note("acked", out.strip(), channel, len(texts))
            self.acknowledged[channel] = texts
        return program.returncode == -signal.SIGKILL

    def finish(self, faults=None, after=None):
        """Starts again and completes acknowledged jobs; may itself be killed at a fault point or after a time."""
        if after is not None:
            program = subprocess.Popen([self.program, "jobs", "--wait"], env=self.environment(),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            began = self.wait_until_it_works(program)
            try:
                program.wait(timeout=after)
            except subprocess.TimeoutExpired:
                program.send_signal(signal.SIGKILL)
                program.wait()
            self.worked = time.monotonic() - began
            return program.returncode == -signal.SIGKILL
        done = self.run("jobs", "--wait", check=False, faults=faults, timeout=120)
        if faults is None and done.returncode != 0:
            raise Lost(f"does not start again: {done.stderr}")
        return done.returncode == -signal.SIGKILL

    def check(self):
        stored = {c["id"]: c["posts"] for c in run_json(self.data, "channels", program=self.program)}
        # All are counted; of many, the newest and some others are searched: a long run stays linear.
        channels = list(self.acknowledged)
        searched = {*channels[-10:], *self.random.sample(channels, min(10, len(channels)))}
        for channel, texts in self.acknowledged.items():
            if stored.get(channel) != len(texts):
                raise Lost(f"channel {channel}: {stored.get(channel)} posts stored, {len(texts)} acknowledged")
            if channel not in searched:
                continue
            number = self.random.choice(list(texts))
            hits = run_json(self.data, "search", f"особое{channel}x{number}", "--channel", channel,
                            program=self.program)["results"]
            if not hits or hits[0]["metadata"]["message_id"] != number:
                raise Lost(f"channel {channel}: post {number} is not found by its own word")
        check_all_is_well(self.run("fsck", "--json", check=False))
        jobs = run_json(self.data, "jobs", program=self.program)
        if any(j["state"] not in ("done", "failed", "cancelled") for j in jobs):
            raise Lost(f"a job did not end: {jobs}")


def fault_points(driver):
    """Every fault point that the commands pass, and by which command."""
    _, _, path = driver.new_export()
    first = 1000 + driver.rounds
    commands = {"import": ["import", path], "erase": ["erase", "--now"], "backup": ["backup", driver.folder / "backup"],
                "remove": ["channels", "remove", str(first)]}
    places = {}
    for name, arguments in commands.items():
        trace = driver.folder / f"places.{name}"
        run(driver.data, *arguments, trace=trace)
        for _ in range(IMPORTS_TO_A_MERGE if name == "import" else 0):
            run(driver.data, "import", driver.new_export(posts=3)[2], trace=trace)
        for place in trace_of(trace):
            places.setdefault(place, arguments)
    trace = driver.folder / "places.restore"
    run(driver.folder / "restored", "restore", driver.folder / "backup", trace=trace)
    for place in trace_of(trace):
        places.setdefault(place, ["restore"])
    return places


def die_at(driver, place, arguments):
    """Returns whether the command, or the run that follows it, was killed at the fault point."""
    faults = f"{place}=crash@1"
    if arguments[0] == "import":
        # Some places are passed by the first import, some only when segments have gathered.
        return any(driver.import_and_kill(faults) | driver.finish(faults) for _ in range(IMPORTS_TO_A_MERGE + 1))
    if arguments[0] == "backup":
        return dies_in_a_backup(driver, faults)
    if arguments[0] == "restore":
        return dies_in_a_restore(driver, faults)
    if arguments[0] == "channels":
        channel, _, path = driver.new_export(posts=3)
        run(driver.data, "import", path)
        arguments = ["channels", "remove", channel]
    return run(driver.data, *arguments, faults=faults, check=False).returncode == -signal.SIGKILL


def dies_in_a_backup(driver, faults):
    """An interrupted backup is recognised as incomplete, and the next one is complete."""
    half, whole = (driver.folder / f"{kind}_{faults}" for kind in ("half", "whole"))
    died = driver.run("backup", half, faults=faults, check=False).returncode == -signal.SIGKILL
    if run(driver.folder / f"no_{faults}", "restore", half, check=False).returncode == 0:
        raise Lost("half a backup is restored as if it were whole")
    driver.run("backup", whole)
    run(driver.folder / f"new_{faults}", "restore", whole)
    return died


def dies_in_a_restore(driver, faults):
    """An interrupted restore is not taken for data, and the next one is complete."""
    backup, data = driver.folder / f"backup_{faults}", driver.folder / f"data_{faults}"
    driver.run("backup", backup)
    died = run(data, "restore", backup, faults=faults, check=False).returncode == -signal.SIGKILL
    if run(data, "channels", check=False).returncode == 0:
        raise Lost("half a restore is taken for data")
    run(data, "restore", backup)
    if run_json(data, "channels") != run_json(driver.data, "channels"):
        raise Lost("what is restored is not what was there")
    return died


def targeted(driver):
    places = fault_points(driver)
    hit = set()
    for place, arguments in places.items():
        at = Driver(1) if place in IN_A_NEW_FOLDER else driver
        died = die_at(at, place, arguments)
        at.finish()
        at.check()
        if at is not driver:
            at.close()  # these are passed in a new folder only
        if died:
            hit.add(place)
            print(f"commands: kill at {place}: recovered", flush=True)
    print(f"commands: {len(places)} fault points, {len(hit)} kills", flush=True)
    if set(places) - hit:
        raise Lost("some fault point was never hit: " + ", ".join(set(places) - hit))


def targeted_server(seed, but):
    """Kills a server at each fault point that the commands do not pass; the tour continues with the killed step."""
    driver = ServerDriver(seed)
    trace = driver.folder / "places"
    driver.start(trace=trace)
    if not Tour(driver).go_on():
        raise Lost("the server died by itself")
    driver.check()
    places = [place for place in trace_of(trace) if place not in but]
    driver.close()
    for place in places:
        driver = ServerDriver(seed)
        try:
            tour = Tour(driver)
            if driver.start(f"{place}=crash@1") and tour.go_on():
                raise Lost(f"{place} was not hit")
            driver.start()
            if not tour.go_on():
                raise Lost("the server died by itself")
            driver.check()
        finally:
            driver.close()
        print(f"server: kill at {place}: recovered", flush=True)
    print(f"server: {len(places)} more fault points, {len(places)} kills", flush=True)
    return set(places)


def trace_of(trace):
    return trace.read_text().split()


class Tally:
    """The random kills of one form, over all folders. Prints the time per kill at every 50th."""

    def __init__(self, form):
        self.form = form
        self.kills = 0
        self.stages = collections.Counter()
        self.acknowledged = collections.Counter()
        self.since, self.worked = time.monotonic(), self.work()

    @staticmethod
    def work():
        """CPU seconds used by the programs that were killed or have ended."""
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def note(self, stage, what):
        self.kills += 1
        self.stages[stage] += 1
        print(f"{self.form}: random kill {self.kills}, {what} pending: after {stage}", flush=True)
        if self.kills % 50 == 0:
            now, worked = time.monotonic(), self.work()
            print(f"{self.form}: kills {self.kills - 49} to {self.kills}: {(now - self.since) / 50:.1f} s each, "
                  f"{(worked - self.worked) / 50:.1f} s of work", flush=True)
            self.since, self.worked = now, worked

    def say(self):
        print(f"{self.form}: random kills by place: " + ", ".join(f"{place} {count}" for place, count in self.stages.most_common()))
        print(f"{self.form}: {self.kills} random kills, " +
              ", ".join(f"{count} acknowledged {what}" for what, count in self.acknowledged.items()) + ", nothing lost", flush=True)


def at_random(form, make_driver, live, kills):
    """Checks take longer the more a folder holds: each folder is used for some kills only, so a long run stays linear."""
    tally = Tally(form)
    for life, begin in enumerate(range(0, kills, KILLS_A_LIFE)):
        driver = make_driver(life)
        try:
            live(driver, tally, min(kills, begin + KILLS_A_LIFE))
        finally:
            driver.close()
    tally.say()


def server_life(driver, tally, until):
    """Kills `serve` under load."""
    rounds = 0
    while tally.kills < until:
        rounds += 1
        if rounds > KILLS_A_LIFE * 10:
            raise Lost("nothing is on its way when the kills come: make the times longer")
        driver.start()
        driver.check()
        after = driver.random.uniform(0.005, 0.8)
        # Every fifth kill comes while the server is already stopping.
        stop_for = driver.random.uniform(0, 0.2) if rounds % 5 == 0 else None
        waiting = driver.traffic_until_killed(after, stop_for)
        if waiting > 0:
            moment = f"{after * 1000:.0f} ms after the first request"
            if stop_for is not None:
                moment += f" and {stop_for * 1000:.0f} ms after SIGTERM"
            tally.note(driver.stage(), f"{moment}, {waiting} items")
    driver.start()
    driver.check()
    tally.acknowledged["documents"] += sum("id" in d for d in driver.documents.values())
    tally.acknowledged["deletions"] += sum(driver.deleted.values())
    tally.acknowledged["imports"] += sum("job" in c for c in driver.channels.values())


def commands_life(driver, tally, until):
    """Kills `import`, and the run that follows it, while posts are pending."""
    driver.import_and_kill(after=60)
    import_time = driver.worked
    driver.finish(after=60)
    finish_time = driver.worked
    rounds = 0
    while tally.kills < until:
        rounds += 1
        if rounds > KILLS_A_LIFE * 10:
            raise Lost("the kills come too late to hit anything: make the times shorter")
        if driver.random.random() < 0.3:
            died = driver.import_and_kill(after=driver.random.random() * import_time)
        else:
            driver.import_and_kill()
            died = driver.finish(after=driver.random.random() * finish_time)
        waiting = pending(driver.data)
        if died and waiting > 0:
            tally.note(driver.stage(), f"{waiting} items")
        if rounds % 10 == 0:
            driver.finish()
            driver.check()
    driver.finish()
    driver.check()
    tally.acknowledged["imports"] += len(driver.acknowledged)


def lives(driver, faults, **how):
    """Some imports that are all killed in the same way."""
    try:
        for _ in range(6):
            driver.import_and_kill(faults, **how)
            driver.finish(faults)
            driver.finish()
            driver.check()
    finally:
        driver.close()


def must_notice(name, program, faults, **how):
    """The program passes, the broken one must fail."""
    lives(Driver(5), faults, **how)
    try:
        lives(Driver(5, program=os.environ[program]), faults, **how)
    except Lost as lost:
        print(f"sabotage {name}: noticed ({str(lost).splitlines()[0][:100]})", flush=True)
        return
    raise AssertionError(f"the suite did not notice the sabotage {name}")


def power_cut_must_notice():
    """The simulated power cuts on an engine that omits one sync: the suite must fail."""
    done = subprocess.run([os.environ["TG_POWER_CUT_SKIP_FSYNC"], "--gtest_filter=PowerCut*"], text=True,
                          capture_output=True, timeout=600)
    failed = [line for line in done.stdout.splitlines() if line.startswith("[  FAILED  ] PowerCut")]
    if done.returncode != 1 or not failed:
        raise AssertionError(f"the power cuts did not notice the missing sync: exit {done.returncode}\n{done.stdout[-2000:]}")
    seen = next((line.strip() for line in done.stdout.splitlines() if " the first: " in line), failed[0])
    print(f"sabotage leave a sync out: noticed ({seen[:100]})", flush=True)


def commands(seed, kills):
    driver = Driver(seed)
    try:
        targeted(driver)
    finally:
        driver.close()
    at_random("commands", lambda life: Driver(seed + life), commands_life, kills)
    must_notice("acknowledge before commit", "TG_ACK_BEFORE_COMMIT", "sql.before_commit=delay:300", at_answer=True)
    must_notice("acknowledge events before ingest", "TG_ACK_BEFORE_INGEST", "ingest.before_sql_commit=crash")
    power_cut_must_notice()


def server(seed, kills):
    """Fault points that the commands pass are hit by that form; together the forms hit all of them."""
    tracer = Driver(seed)
    try:
        passed = set(fault_points(tracer))
    finally:
        tracer.close()
    hit = targeted_server(seed, but=passed)
    at_random("server", lambda life: ServerDriver(seed + life), server_life, kills)
    if missing := places_of_the_program() - passed - hit:
        raise Lost("no kill at " + ", ".join(sorted(missing)))
    print(f"{len(passed | hit)} places, all that stand in the sources", flush=True)


def rotation(seed, kills):
    """Refresh tokens; a program that acknowledges one before it is stored must be detected."""
    at_random("rotation", lambda life: RotationDriver(seed + life), rotation_life, kills)
    driver, tally = RotationDriver(5), Tally("rotation, sabotaged")
    driver.server.kill()
    try:
        for _ in range(10):
            one_kill(driver, tally, "sql.before_commit=delay:100", 0.4, program=os.environ["TG_ACK_BEFORE_COMMIT"])
    except Lost as lost:
        print(f"sabotage acknowledge before commit: noticed ({str(lost).splitlines()[0][:100]})", flush=True)
    else:
        raise AssertionError("tokens that are acknowledged before they are stored were not noticed")
    finally:
        driver.close()


def main():
    seed = int(os.environ.get("SEED", "20250301"))
    kills = int(os.environ.get("KILLS", "30"))
    print(f"SEED={seed}", flush=True)
    started = time.monotonic()
    # Separate forms, so that they can run in parallel; the two large ones get half of the random kills each.
    forms = {"commands": (commands, (kills + 1) // 2), "server": (server, (kills + 1) // 2),
             "rotation": (rotation, min(kills, 200))}
    form, count = forms[sys.argv[1]]
    form(seed, count)
    print(f"{time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
