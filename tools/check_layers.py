#!/usr/bin/env python3
"""Refuses an include that the modules' declared dependencies do not allow.

    check_layers.py MODULES      checks src/; MODULES has a line `name:layer:folder:dep,dep:test_lib,test_lib` per module,
                                 written by tg_module()
    check_layers.py --self-test  shows it a tree with each violation, and one without any

A file may include headers of its own module, of the modules that it depends on, and of their dependencies. A test
(x_test.cpp) and what tests share (x_fixture.hpp) may also include what their TEST_LIBS offer, and the headers of
tests/support. A declared dependency that no include needs is refused, too.
"""
import pathlib
import re
import sys
import tempfile

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


class Modules:
    def __init__(self, lines):
        self.folder, self.deps, self.test_libs = {}, {}, {}
        for line in lines:
            name, _, folder, deps, test_libs = line.split(":")
            self.folder[name] = folder
            self.deps[name] = [d for d in deps.split(",") if d]
            self.test_libs[name] = [t.removeprefix("tg_") for t in test_libs.split(",") if t]
        self.by_folder = {folder: name for name, folder in self.folder.items()}
        self.reach = {}

    def reached(self, name):
        """The module itself and all that it depends on."""
        if name not in self.reach:
            self.reach[name] = {name}.union(*(self.reached(dep) for dep in self.deps[name]))
        return self.reach[name]

    def reached_by_tests(self, name):
        libraries = [lib for lib in self.test_libs[name] if lib in self.folder]
        return self.reached(name).union(*(self.reached(lib) for lib in libraries))

    def owner(self, path):
        parts = path.split("/")
        for n in range(len(parts) - 1, 0, -1):
            if name := self.by_folder.get("/".join(parts[:n])):
                return name
        return None


def includes(file):
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if found := INCLUDE.match(line):
            yield number, found.group(1)


def check(root, modules):
    """Yields a message per violation."""
    for name, folder in modules.folder.items():
        used = set()
        for file in sorted((root / folder).rglob("*.[ch]pp")):
            is_test = file.name.endswith(("_test.cpp", "_fixture.hpp"))
            allowed = modules.reached_by_tests(name) if is_test else modules.reached(name)
            for number, path in includes(file):
                if is_test and path.startswith("tests/support/"):
                    continue
                target = modules.owner(path)
                used.add(target)
                if target is None:
                    yield f'{file}:{number}: "{path}" is in no module (write the path from src/)'
                elif target not in allowed:
                    yield f"{file}:{number}: {name} may not include {target} (declare it in CMakeLists.txt if it is in a lower layer)"
        for dep in modules.deps[name]:
            if dep not in used:
                yield f"{root / folder}/CMakeLists.txt: {name} includes nothing of {dep}: remove it from DEPS"


# (sources by path, what must be found; None: nothing)
SELF_TESTS = [
    ({"api/x.cpp": '#include "base/x.hpp"\n'}, None),
    ({"api/x.cpp": '#include <vector>\n#include "api/x.hpp"\n#include "base/x.hpp"\n'}, None),
    ({"api/x.cpp": '#include "base/x.hpp"\n', "app/x.cpp": '#include "api/x.hpp"\n#include "base/x.hpp"\n'}, None),
    ({"api/x.cpp": '#include "base/x.hpp"\n', "base/x.cpp": '#include "api/x.hpp"\n'}, "base may not include api"),
    ({"api/x.cpp": '#include "base/x.hpp"\n#include "app/x.hpp"\n'}, "api may not include app"),
    ({"api/x.cpp": '#include "base/x.hpp"\n#include "elsewhere/x.hpp"\n'}, "is in no module"),
    ({"api/x.cpp": "#include <vector>\n"}, "api includes nothing of base"),
    ({"api/x.cpp": '#include "base/x.hpp"\n#include "tests/support/x.hpp"\n'}, "is in no module"),
    ({"api/x.cpp": '#include "base/x.hpp"\n', "api/x_test.cpp": '#include "tests/support/x.hpp"\n'}, None),
]


def self_test():
    failed = 0
    for sources, expected in SELF_TESTS:
        app = ["app:2:app:api:"] if "app/x.cpp" in sources or expected == "api may not include app" else []
        if expected == "api may not include app":
            sources = sources | {"app/x.cpp": '#include "api/x.hpp"\n'}
        with tempfile.TemporaryDirectory() as folder:
            for path, text in sources.items():
                file = pathlib.Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            found = list(check(pathlib.Path(folder), Modules(["base:0:base::", "api:1:api:base:"] + app)))
        if (expected is None and found) or (expected and not (len(found) == 1 and expected in found[0])):
            print(f"{sources}: expected {expected}, found {found}")
            failed += 1
    return failed


def main():
    if "--self-test" in sys.argv:
        return 1 if self_test() else 0
    found = list(check(pathlib.Path("src"), Modules(pathlib.Path(sys.argv[1]).read_text().split())))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
