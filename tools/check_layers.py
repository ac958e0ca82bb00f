#!/usr/bin/env python3
"""Refuses an include that the modules' declared arrows do not allow.

Reads lines `name:layer:folder:dep,dep:test_lib,test_lib` written by tg_module(). A file in a
module's folder may include its own module's headers and those of the modules it names (not of their
dependencies' only: what a public header of a dependency exposes counts as named through it, so
arrows are transitive). A test (x_test.cpp) and what tests share (x_fixture.hpp) may also include
what their TEST_LIBS offer, and the headers of tests/support. An arrow that no include needs is refused, too.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def main() -> int:
    modules = {}
    tested_with = {}
    for line in pathlib.Path(sys.argv[1]).read_text().split():
        name, layer, folder, deps, test_libs = line.split(":")
        modules[name] = (int(layer), folder, [d for d in deps.split(",") if d])
        tested_with[name] = [t.removeprefix("tg_") for t in test_libs.split(",") if t]
    reach = {}

    def reached(name):
        if name not in reach:
            reach[name] = {name}
            for dep in modules[name][2]:
                reach[name] |= reached(dep)
        return reach[name]

    by_folder = {folder: name for name, (_, folder, _) in modules.items()}

    def module_of(path):
        parts = path.split("/")
        for n in range(len(parts) - 1, 0, -1):
            name = by_folder.get("/".join(parts[:n]))
            if name:
                return name
        return None

    bad = 0
    for name, (_, folder, deps) in modules.items():
        used = set()
        for file in sorted(pathlib.Path("src", folder).rglob("*.[ch]pp")):
            is_test = file.name.endswith(("_test.cpp", "_fixture.hpp"))
            allowed = set(reached(name))
            if is_test:
                for other in tested_with[name]:
                    allowed |= reached(other) if other in modules else set()
            for number, line in enumerate(file.read_text().splitlines(), 1):
                found = INCLUDE.match(line)
                if not found:
                    continue
                if is_test and found.group(1).startswith("tests/support/"):
                    continue
                target = module_of(found.group(1))
                used.add(target)
                if target is None:
                    print(f"{file}:{number}: \"{found.group(1)}\" is in no module (write the path from src/)")
                    bad += 1
                elif target not in allowed:
                    print(f"{file}:{number}: {name} may not include {target} (add the arrow to its CMakeLists.txt, if it goes down)")
                    bad += 1
        for dep in deps:
            if dep not in used:
                print(f"src/{folder}/CMakeLists.txt: {name} includes nothing of {dep}: take the arrow out")
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
