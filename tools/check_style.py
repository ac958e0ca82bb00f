#!/usr/bin/env python3
"""Enforces the coding rules that neither the compiler nor clang-format can check.

    check_style.py               checks the tree; exit code 1 if it finds violations
    check_style.py --self-test   shows each rule a text that it must refuse and one that it must accept
"""
import pathlib
import re
import sys

MOST_LINES = 600
MOST_TEST_LINES = 800
WIDEST_COMMENT = 100
SOURCES = (".cpp", ".hpp", ".py")
FOLDERS = ("src", "tests", "tools", "bench")

SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(UNIQUE\s+)?(TABLE|INDEX))\b", re.S)
LAMBDA = re.compile(r"\[([^\[\]]*)\]\s*\([^()]*\)\s*(?:mutable\s*)?(?:->\s*[\w:<>,\s*&]+?)?\s*\{")


def without_comments(text):
    """The text with comments blanked out; strings stay, and so do line numbers."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)

    def keep(match):
        found = match.group(0)
        return re.sub(r"[^\n]", " ", found) if found.startswith("/") else found

    return pattern.sub(keep, text)


def closing(text, opened, pair="{}"):
    """The place of the bracket that closes the one at `opened`."""
    depth = 0
    for at in range(opened, len(text)):
        if text[at] == pair[0]:
            depth += 1
        elif text[at] == pair[1]:
            depth -= 1
            if depth == 0:
                return at
    return len(text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def find_all(pattern, what):
    expression = re.compile(pattern)

    def rule(path, text, code):
        for match in expression.finditer(code):
            yield line_of(code, match.start()), what

    return rule


def capturing_coroutines(path, text, code):
    for match in LAMBDA.finditer(code):
        if not match.group(1).strip():
            continue
        body = code[match.end() - 1:closing(code, match.end() - 1)]
        # A nested lambda is checked on its own.
        while inner := LAMBDA.search(body, 1):
            body = body[:inner.start()] + body[closing(body, inner.end() - 1) + 1:]
        if re.search(r"\bco_(await|return|yield)\b", body):
            yield line_of(code, match.start()), "a coroutine lambda must not capture: the captures are destroyed first"


def arguments(call):
    """The arguments of fmt::format after the format string."""
    call = re.sub(r'"(?:\\.|[^"\\])*"', '""', call)
    parts, depth = [""], 0
    for c in call:
        depth += (c in "([{") - (c in ")]}")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return [part.strip() for part in parts[1:]]


# Constants, the number of a placeholder, and by convention variables named `places` (placeholders),
# `where` and `column`, which hold fixed text only.
SAFE_IN_SQL = re.compile(r"k[A-Z]\w*|(\w+::)*places(\(.*\))?|where|column|[\w.]+\.size\(\)(\s*[-+]\s*\d+)?", re.S)


def sql_from_parts(path, text, code):
    for match in re.finditer(r"fmt::format\s*\(", code):
        call = code[match.end():closing(code, match.end() - 1, "()")]
        unsafe = [a for a in arguments(call) if not SAFE_IN_SQL.fullmatch(a)]
        if unsafe and SQL.search(call):
            yield line_of(code, match.start()), f"{unsafe[0]} within SQL: bind it as a parameter"


def too_long(path, text, code):
    count = text.count("\n")
    most = MOST_TEST_LINES if path.endswith(("_test.cpp", "_test.py")) else MOST_LINES
    if count > most:
        yield count, f"{count} lines; a file has at most {most}"


def wide_comment(path, text, code):
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("//") and len(line) > WIDEST_COMMENT:
            yield number, f"{len(line)} columns; clang-format does not wrap comments, wrap it at {WIDEST_COMMENT}"


def header_form(path, text, code):
    if "#pragma once" not in code:
        yield 1, "#pragma once is missing"
    if not text.startswith("//"):
        yield 1, "a header starts with a comment on its purpose"
    if re.search(r"^\s*using namespace [^;]+;", code, re.M) and not re.search(r"\{[^}]*using namespace", code, re.S):
        yield 1, "a header must not have `using namespace`"


def is_cpp(path):
    return path.endswith((".cpp", ".hpp"))


def in_src(path):
    return path.startswith("src/") and is_cpp(path)


def is_product(path):
    return in_src(path) and not re.search(r"_(test|fuzz|fixture)\.[ch]pp$", path)


# (name, where it holds, rule, a text that it refuses, a text that it lets pass)
RULES = [
    ("executor", lambda p: in_src(p) and p != "src/runtime/task.hpp",
     find_all(r"\bany_io_executor\b|\basio::awaitable<|\basio::use_awaitable\b(?!_t)", "Task<T> and use_task: any_io_executor costs on every step"),
     "asio::awaitable<int> f();", "Task<int> f();  // not asio::awaitable<int>"),
    ("detached", is_product,
     find_all(r"\bdetached\b|\.detach\(\)", "tasks run in a Gate and threads are joined: nothing is detached"),
     "co_spawn(loop, f(), asio::detached);", "gate.spawn(loop, f());"),
    ("capture", in_src, capturing_coroutines,
     "auto f = [this](int x) -> Task<void> { co_await g(x); };",
     "auto f = [this](int x) { return spawn([](int y) -> Task<void> { co_await g(y); }, x); };"),
    ("sql", lambda p: is_product(p), sql_from_parts,
     'run(fmt::format("SELECT a FROM t WHERE b = {}", b));', 'run(fmt::format("SELECT {} FROM t WHERE b IN {}", kColumns, places(1, keys.size())), keys);'),
    # Commands and the main thread of `serve` may sleep: they do not block an event loop.
    ("sleep", lambda p: in_src(p) and not p.startswith("src/app/") and p != "src/runtime/fault.cpp",
     find_all(r"\bsleep_(for|until)\b|\b(u|nano)sleep\(", "do not sleep: wait for the event, or advance the FakeClock"),
     "std::this_thread::sleep_for(1s);", "notifier.wait_after(seen, 1s);"),
    # The crash suite kills after a random time.
    ("time", lambda p: p.startswith("tests/") and p.endswith(SOURCES) and not p.startswith("tests/crash/"),
     find_all(r"\bsleep_(for|until)\b|\btime\.sleep\(|\bassert\w*\(\s*time\.\w+\(\)\s*-", "tests must not sleep or assert durations"),
     "self.assertLess(time.monotonic() - begin, 10)", "status, reply = self.call(path, timeout=10)"),
    ("marker", lambda p: p.endswith(SOURCES) and p != "tools/check_style.py",
     lambda path, text, code: ((line_of(text, m.start()), "finish it, or describe what is not done and why")
                               for m in re.finditer(r"\b(TODO|FIXME|XXX|HACK)\b", text)),
     "// TODO: later", "// what is to do is done"),
    ("length", lambda p: p.endswith(SOURCES), too_long, "x\n" * 601, "x\n" * 600),
    ("width", is_cpp, wide_comment, "// " + "x" * 98, "// " + "ы" * 97),
    ("header", lambda p: in_src(p) and p.endswith(".hpp"), header_form,
     "#include <map>\n", "// What it is for.\n#pragma once\n"),
]


def check(path, text):
    code = without_comments(text) if is_cpp(path) else text
    for name, holds, rule, _, _ in RULES:
        if holds(path):
            for line, what in rule(path, text, code):
                yield f"{path}:{line}: {what} [{name}]"


def self_test():
    bad = 0
    for name, _, rule, refused, accepted in RULES:
        if not list(rule("x.hpp", refused, without_comments(refused))):
            print(f"rule {name} lets pass: {refused[:60]!r}")
            bad += 1
        if list(rule("x.hpp", accepted, without_comments(accepted))):
            print(f"rule {name} refuses: {accepted[:60]!r}")
            bad += 1
    return bad


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    if "--self-test" in sys.argv:
        return 1 if self_test() else 0
    found = []
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            path = file.relative_to(root).as_posix()
            if path.endswith(SOURCES):
                found += check(path, file.read_text(encoding="utf-8"))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
