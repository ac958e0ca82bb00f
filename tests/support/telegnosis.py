"""Runs the program under test; its path is in TELEGNOSIS."""
import json
import os
import pathlib
import subprocess

PROGRAM = os.environ["TELEGNOSIS"]


def run(data, *arguments, faults=None, check=True, timeout=120, trace=None):
    """Runs one command; answers with the finished process (output as text)."""
    environment = dict(os.environ, TELEGNOSIS_DATA=str(data))
    environment.pop("TG_FAULTS", None)
    if faults:
        environment["TG_FAULTS"] = faults
    if trace:
        environment["TG_FAULT_TRACE"] = str(trace)
    done = subprocess.run([PROGRAM, *map(str, arguments)], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def run_json(data, *arguments, **options):
    return json.loads(run(data, *arguments, "--json", **options).stdout)


def message(number, text, **fields):
    """A message as Telegram Desktop writes it."""
    out = {"id": number, "type": "message", "date": "2025-03-01T12:00:00", "date_unixtime": str(1740819600 + number * 60),
           "from": "Dome", "from_id": "channel777", "text": text,
           "text_entities": [{"type": "plain", "text": text}] if text else []}
    out.update(fields)
    return out


def write_export(path, messages, channel_id=777, name="Dome", kind="public_channel"):
    pathlib.Path(path).write_text(json.dumps({"name": name, "type": kind, "id": channel_id, "messages": messages},
                                             ensure_ascii=False), encoding="utf-8")
    return path


def files_with(folder, marker):
    """Every file below the folder that holds the bytes."""
    needle = marker.encode()
    return [str(f) for f in pathlib.Path(folder).rglob("*") if f.is_file() and needle in f.read_bytes()]
