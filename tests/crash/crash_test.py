"""kill -9 while posts are being taken in: nothing acknowledged is lost, nothing is there twice.

The driver keeps its own ledger: a line, synced, for every job that the program acknowledged (its id was
printed), with the posts it stands for. Each kill is printed with the place in the program that it came after. After each kill the program starts again, finishes what it had
acknowledged, and is compared with the ledger; `fsck` checks the rest. Each fault point that the program
passes is hit once; KILLS (30) more kills come at random. Last, two deliberately wrong behaviours must be
noticed by the same checks.
"""
import collections
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from telegnosis import PROGRAM, message, run, run_json, write_export  # noqa: E402

WORDS = "орбита купол зеркало трамвай депо вагон планетарий mirror telescope orbit station depot museum ticket".split()


class Lost(AssertionError):
    pass


class Driver:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_crash_"))
        self.data = self.folder / "data"
        self.ledger = os.open(self.folder / "ledger", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_DSYNC, 0o600)
        self.acknowledged = {}  # channel id -> texts by message id
        self.last_place = self.folder / "last_place"
        self.rounds = 0

    def close(self):
        os.close(self.ledger)
        shutil.rmtree(self.folder)

    def environment(self):
        self.last_place.unlink(missing_ok=True)
        environment = dict(os.environ, TELEGNOSIS_DATA=str(self.data), TG_FAULT_LAST=str(self.last_place))
        environment.pop("TG_FAULTS", None)
        return environment

    def stage(self):
        """The place that the killed program had passed last."""
        return self.last_place.read_text().strip() if self.last_place.exists() else "before the first place"

    def new_export(self, posts=40):
        """A channel of its own for each round; its texts carry a word that nothing else has."""
        self.rounds += 1
        channel = 1000 + self.rounds
        texts = {n: " ".join(self.random.choices(WORDS, k=12)) + f" особое{channel}x{n}" for n in range(1, posts + 1)}
        path = write_export(self.folder / f"{channel}.json", [message(n, t) for n, t in texts.items()],
                            channel_id=channel, name=f"Channel {channel}")
        return channel, texts, path

    def import_and_kill(self, faults=None, after=None, at_answer=False):
        """Starts an import; it dies at the fault point, after so many seconds, or when it has answered.

        Says whether it died.
        """
        channel, texts, path = self.new_export()
        environment = self.environment()
        if faults:
            environment["TG_FAULTS"] = faults
        program = subprocess.Popen([PROGRAM, "import", "--no-wait", path], env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            out = program.stdout.readline() if at_answer else ""
            if at_answer:
                program.send_signal(signal.SIGKILL)
            out += program.communicate(timeout=after if after is not None else 60)[0]
        except subprocess.TimeoutExpired:
            program.send_signal(signal.SIGKILL)
            out = program.communicate()[0]
        if out.endswith("\n") and out.strip():
            os.write(self.ledger, f"{out.strip()} {channel} {len(texts)}\n".encode())
            self.acknowledged[channel] = texts
        return program.returncode == -signal.SIGKILL

    def finish(self, faults=None, after=None):
        """Starts again and lets acknowledged jobs end; may itself die at a fault point or after a time."""
        if after is not None:
            program = subprocess.Popen([PROGRAM, "jobs", "--wait"], env=self.environment(),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                program.wait(timeout=after)
            except subprocess.TimeoutExpired:
                program.send_signal(signal.SIGKILL)
                program.wait()
            return program.returncode == -signal.SIGKILL
        done = run(self.data, "jobs", "--wait", check=False, faults=faults, timeout=120)
        if faults is None and done.returncode != 0:
            raise Lost(f"does not start again: {done.stderr}")
        return done.returncode == -signal.SIGKILL

    def check(self):
        stored = {c["id"]: c["posts"] for c in run_json(self.data, "channels")}
        for channel, texts in self.acknowledged.items():
            if stored.get(channel) != len(texts):
                raise Lost(f"channel {channel}: {stored.get(channel)} posts stored, {len(texts)} acknowledged")
            number = self.random.choice(list(texts))
            hits = run_json(self.data, "search", f"особое{channel}x{number}", "--channel", channel)["results"]
            if not hits or hits[0]["metadata"]["message_id"] != number:
                raise Lost(f"channel {channel}: post {number} is not found by its own word")
        checked = run(self.data, "fsck", check=False)
        if checked.returncode != 0:
            raise Lost(f"fsck: {checked.stdout}")
        jobs = run_json(self.data, "jobs")
        if any(j["state"] not in ("done", "failed", "cancelled") for j in jobs):
            raise Lost(f"a job did not end: {jobs}")


def fault_points(driver):
    """Every place that one life of the program passes, and with which command."""
    _, _, path = driver.new_export()
    commands = {"import": ["import", path], "erase": ["erase", "--now"], "remove": ["channels", "remove", str(1000 + driver.rounds)]}
    places = {}
    for name, arguments in commands.items():
        trace = driver.folder / f"places.{name}"
        run(driver.data, *arguments, trace=trace)
        for place in trace.read_text().split():
            if not place.startswith("sabotage."):
                places.setdefault(place, arguments)
    return places


def targeted(driver):
    places = fault_points(driver)
    hit = {}
    for place, arguments in places.items():
        for passage in (1, 2):
            faults = f"{place}=crash@{passage}"
            if arguments[0] == "import":
                died = driver.import_and_kill(faults)
                died = driver.finish(faults) or died
            elif arguments[0] == "channels":
                channel, _, path = driver.new_export(posts=3)
                run(driver.data, "import", path)
                died = run(driver.data, "channels", "remove", channel, faults=faults, check=False).returncode == -signal.SIGKILL
            else:
                died = run(driver.data, *arguments, faults=faults, check=False).returncode == -signal.SIGKILL
            if not died and place.startswith("sql.migration"):
                new = Driver(passage)  # only a new folder migrates
                died = new.import_and_kill(faults)
                new.finish()
                new.check()
                new.close()
            driver.finish()
            driver.check()
            if died:
                hit[place] = hit.get(place, 0) + 1
                print(f"kill at {place} (passage {passage}): recovered", flush=True)
    print(f"{len(places)} fault points, {sum(hit.values())} kills", flush=True)
    if set(places) - set(hit):
        raise Lost("some fault point was never hit: " + ", ".join(set(places) - set(hit)))


def at_random(driver, kills):
    done = 0
    rounds = 0
    stages = collections.Counter()
    while done < kills:
        rounds += 1
        if rounds > kills * 10:
            raise Lost("the kills come too late to hit anything: make the times shorter")
        if driver.random.random() < 0.3:
            died = driver.import_and_kill(after=driver.random.uniform(0.005, 0.06))
        else:
            driver.import_and_kill()
            died = driver.finish(after=driver.random.uniform(0.005, 0.15))
        if died:
            done += 1
            stages[driver.stage()] += 1
            print(f"random kill {done}: after {driver.stage()}", flush=True)
        if rounds % 10 == 0:
            driver.finish()
            driver.check()
    driver.finish()
    driver.check()
    print("random kills by place: " + ", ".join(f"{place} {count}" for place, count in stages.most_common()), flush=True)
    print(f"{done} random kills, {len(driver.acknowledged)} acknowledged imports, nothing lost", flush=True)


def must_notice(name, faults, **how):
    driver = Driver(5)
    try:
        for _ in range(6):
            driver.import_and_kill(faults, **how)
            driver.finish(faults)
            driver.finish()
            driver.check()
    except Lost as lost:
        print(f"sabotage {name}: noticed ({str(lost).splitlines()[0][:100]})", flush=True)
        return
    finally:
        driver.close()
    raise AssertionError(f"the suite did not notice the sabotage {name}")


def main():
    seed = int(os.environ.get("SEED", "20250301"))
    print(f"SEED={seed}", flush=True)
    started = time.monotonic()
    driver = Driver(seed)
    try:
        targeted(driver)
        at_random(driver, int(os.environ.get("KILLS", "30")))
    finally:
        driver.close()
    must_notice("acknowledge before commit", "sabotage.ack_before_commit=error,sql.before_commit=delay:300", at_answer=True)
    must_notice("acknowledge events before ingest", "sabotage.acknowledge_before_ingest=error,ingest.before_sql_commit=crash")
    print(f"{time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
