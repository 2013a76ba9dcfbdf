"""The command line answers quickly because it imports nothing heavy before it must."""

import subprocess
import sys

HEAVY = ("duckdb", "pandas", "pyarrow", "numpy", "requests", "asyncio", "rich")


def loaded_after(code: str) -> set[str]:
    program = f"import sys; {code}; print(' '.join(sys.modules))"
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(out.stdout.split())


def test_the_package_imports_nothing_of_its_own() -> None:
    assert not [name for name in loaded_after("import gridctl") if name.startswith("gridctl.")]


def test_the_command_line_imports_nothing_heavy() -> None:
    assert not loaded_after("import gridctl.cli") & set(HEAVY)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import io, contextlib, gridctl.cli as c\n"
        "with contextlib.redirect_stdout(io.StringIO()): c.run(['--help'])\n"
    )
    program = f"{code}import sys; print(' '.join(sys.modules))"
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not set(out.stdout.split()) & (set(HEAVY) - {"rich"})


def test_looking_at_the_state_imports_nothing_that_fetches_or_computes() -> None:
    loaded = loaded_after("import gridctl.ops.overview, gridctl.store.status, gridctl.query.run")
    assert not loaded & {"numpy", "pandas", "pyarrow", "requests"}
